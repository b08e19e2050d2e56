#include "models/world/events.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "models/entity/model.h"
#include "models/persona/place.h"
#include "sim/base/text.h"
#include "sim/cli/cli.h"
#include "sim/cli/output.h"

/* Fast enough not to slow a run, and a third of the size. */
#define COMPRESSION "wb3"
#define PLAIN       "wbT"

enum held { UNDER_WAY, OVER, WRITTEN };

struct entry {
    struct ust_told told;
    uint8_t state; /* enum held */
};

struct ust_events {
    const struct ust_config *config;
    struct ust_listener listener;
    struct ust_events_facts facts;
    const struct ust_place_facts **place; /* [place]: NULL: none known */
    const char **name;                    /* [place], as a JSON string; "" without one */
    uint32_t replication;
    /* a ring of requests whose numbers run from `base`; a power of two */
    struct entry *ring;
    uint32_t room, base, end; /* end: behind the highest that is over */
    struct ust_text line;
    struct ust_output file;
    gzFile out;
    bool failed;
};

/* ---- one line ---- */

static void add_json(struct ust_text *out, const char *text)
{
    ust_text_add(out, "\"");
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            ust_text_add_n(out, "\\", 1);
        if ((unsigned char)*c < ' ')
            ust_text_printf(out, "\\u%04x", (unsigned)*c);
        else
            ust_text_add_n(out, c, 1);
    }
    ust_text_add(out, "\"");
}

/* "2026-11-27T16:00:00.123456789-05:00" */
static void add_time(struct ust_text *out, int64_t unix_ns, int offset_min)
{
    char text[UST_TIME_TEXT_MAX];
    int64_t seconds = unix_ns / UST_S - (unix_ns % UST_S < 0);
    ust_time_iso(seconds, offset_min, text);
    const size_t clock = strlen("2026-11-27T16:00:00");
    ust_text_add_n(out, text, clock);
    ust_text_printf(out, ".%09d", (int)(unix_ns - seconds * UST_S));
    ust_text_add(out, text + clock);
}

static int offset_of(const struct ust_events *events, uint32_t place, int64_t unix_ns)
{
    if (events->place[place] == NULL)
        return events->config->offset_minutes;
    return ust_place_offset_min(events->place[place], unix_ns / UST_S);
}

/* The user of a request by itself is seen once. */
static void add_user(struct ust_text *out, const struct ust_traffic_config *traffic,
                     const struct ust_told *told)
{
    struct ust_text name = {0};
    if (told->visit > 0)
        ust_text_printf(&name, "%s/%" PRIu32, traffic->name, told->visit);
    else
        ust_text_printf(&name, "%s/r%" PRIu32, traffic->name, told->number);
    add_json(out, ust_text_string(&name));
    ust_text_free(&name);
}

static void add_answer(struct ust_text *out, const struct ust_told *told)
{
    static const struct {
        int status;
        const char *word;
    } outcomes[] = {
        [UST_ANSWERED] = {200, "answered"},   [UST_FAILED] = {500, "failed"},
        [UST_SHED] = {503, "shed"},           [UST_TIMED_OUT] = {504, "timed_out"},
        [UST_ABANDONED] = {499, "abandoned"},
    };
    ust_text_printf(out, ",\"latency_ms\":%.6f,\"status\":%d,\"outcome\":\"%s\"",
                    (double)(told->seen - told->sent) / 1e6, outcomes[told->outcome].status,
                    outcomes[told->outcome].word);
    if (told->attempts > 1)
        ust_text_printf(out, ",\"attempts\":%d", told->attempts);
}

static void write_line(struct ust_events *events, const struct ust_told *told)
{
    const struct ust_traffic_config *traffic = &events->config->traffic[told->traffic];
    const struct ust_pool_config *pool = &events->config->pools[told->pool];
    int64_t at = events->config->start_unix_ns + told->sent;
    struct ust_text *line = &events->line;
    ust_text_clear(line);
    ust_text_printf(line,
                    "{\"id\":\"%" PRIu32 "-%" PRIu32 "\",\"user_id\":", events->replication,
                    told->number);
    add_user(line, traffic, told);
    ust_text_add(line, ",\"timestamp\":\"");
    add_time(line, at, offset_of(events, told->place, at));
    ust_text_add(line, "\",\"event_type\":");
    add_json(line, traffic->actions[told->action].id.name);
    ust_text_printf(line, ",\"resource_consumption\":{\"cpu_ms\":%.6f", told->work_ns / 1e6);
    if (traffic->sizes)
        ust_text_printf(line,
                        ",\"memory_bytes\":%.0f,\"request_bytes\":%.0f,\"response_bytes\":%.0f,"
                        "\"io_operations\":%.3g",
                        told->memory, told->request, told->response, told->io);
    ust_text_add(line, "}");
    add_answer(line, told);
    if (events->name[told->place][0] != '\0')
        ust_text_printf(line, ",\"region\":%s", events->name[told->place]);
    if (traffic->devices_n > 0) {
        ust_text_add(line, ",\"device\":");
        add_json(line, traffic->devices[told->device].id.name);
    }
    ust_text_add(line, ",\"persona\":");
    add_json(line, traffic->persona->name);
    ust_text_add(line, ",\"service\":");
    add_json(line, events->config->services[pool->service].name);
    ust_text_add(line, ",\"served_in\":");
    add_json(line, events->config->regions[pool->region].name);
    ust_text_add(line, "}\n");
    events->failed |= gzwrite(events->out, ust_text_string(line), (unsigned)line->length) !=
                      (int)line->length;
    events->facts.written++;
}

/* ---- in order ---- */

static struct entry *entry_of(struct ust_events *events, uint32_t number)
{
    return &events->ring[number & (events->room - 1)];
}

/* Writes what is over at the beginning of the ring. */
static void advance(struct ust_events *events)
{
    while (events->base < events->end && entry_of(events, events->base)->state != UNDER_WAY) {
        struct entry *entry = entry_of(events, events->base);
        if (entry->state == OVER)
            write_line(events, &entry->told);
        entry->state = UNDER_WAY; /* of its next user */
        events->base++;
    }
}

static void grow(struct ust_events *events)
{
    uint32_t room = events->room * 2;
    struct entry *ring = ust_malloc(room * sizeof *ring);
    memset(ring, 0, room * sizeof *ring);
    for (uint32_t n = events->base; n < events->end; n++)
        ring[n & (room - 1)] = *entry_of(events, n);
    free(events->ring);
    events->ring = ring;
    events->room = room;
}

static void make_room(struct ust_events *events, uint32_t number)
{
    while (number - events->base >= events->room) {
        if (events->room < UST_EVENTS_HELD) {
            grow(events);
            continue;
        }
        if (events->base >= events->end) /* nobody between is over */
            events->end = events->base + 1;
        entry_of(events, events->base)->state = WRITTEN; /* who is not over comes late */
        advance(events);
    }
}

static void tell(void *context, const struct ust_told *told)
{
    struct ust_events *events = context;
    bool synthetic = events->config->traffic[told->traffic].synthetic;
    events->facts.synthetic += synthetic;
    if (told->number < events->base) {
        events->facts.late += !synthetic;
        if (!synthetic)
            write_line(events, told);
        return;
    }
    make_room(events, told->number);
    *entry_of(events, told->number) = (struct entry){*told, synthetic ? WRITTEN : OVER};
    if (told->number >= events->end)
        events->end = told->number + 1;
    if (told->number == events->base)
        advance(events);
}

/* ---- beginning and end ---- */

static void find_places(struct ust_events *events)
{
    const struct ust_config *config = events->config;
    events->place = ust_malloc((config->places_n + 1) * sizeof(*events->place));
    events->name = ust_malloc((config->places_n + 1) * sizeof(*events->name));
    for (uint32_t p = 0; p < config->places_n; p++) {
        events->place[p] = NULL;
        events->name[p] = "";
    }
    for (uint32_t t = 0; t < config->traffic_n; t++) {
        const struct ust_traffic_config *traffic = &config->traffic[t];
        const struct ust_origin *origin = traffic->persona->geography.at;
        for (uint32_t i = 0; i < traffic->persona->geography.n && i < traffic->places_n; i++)
            events->place[traffic->first_place + i] = &origin[i].place;
    }
}

static void name_places(struct ust_events *events)
{
    for (uint32_t p = 0; p < events->config->places_n; p++) {
        struct ust_text text = {0};
        if (events->config->places[p].name[0] == '\0')
            continue;
        add_json(&text, events->config->places[p].name);
        events->name[p] = text.data; /* its owner from now on */
    }
}

static void forget(struct ust_events *events)
{
    for (uint32_t p = 0; p < events->config->places_n; p++)
        if (events->name[p][0] != '\0')
            free((void *)(uintptr_t)events->name[p]);
    free(events->name);
    free(events->place);
    free(events->ring);
    ust_text_free(&events->line);
    free(events);
}

struct ust_events *ust_events_open(const char *path, const struct ust_config *config,
                                   uint32_t replication)
{
    size_t length = strlen(path);
    bool compressed = length > 3 && strcmp(path + length - 3, ".gz") == 0;
    struct ust_events *events = ust_malloc(sizeof *events);
    *events = (struct ust_events){.config = config, .replication = replication, .room = 1024};
    events->listener = (struct ust_listener){tell, events};
    events->ring = ust_malloc(events->room * sizeof *events->ring);
    memset(events->ring, 0, events->room * sizeof *events->ring);
    find_places(events);
    name_places(events);
    if (ust_output_open(path, &events->file) == UST_OK) {
        int fd = dup(fileno(events->file.stream));
        events->out = fd >= 0 ? gzdopen(fd, compressed ? COMPRESSION : PLAIN) : NULL;
        if (events->out == NULL) {
            ust_cli_refused("cannot write '%s': %s", path, strerror(errno));
            ust_output_drop(&events->file);
        }
    }
    if (events->out == NULL) {
        forget(events);
        return NULL;
    }
    gzbuffer(events->out, 1u << 17);
    return events;
}

const struct ust_listener *ust_events_listener(struct ust_events *events)
{
    return &events->listener;
}

enum ust_status ust_events_close(struct ust_events *events, bool whole,
                                 struct ust_events_facts *facts)
{
    if (events == NULL)
        return UST_OK;
    for (; events->base < events->end; events->base++)
        if (entry_of(events, events->base)->state == OVER)
            write_line(events, &entry_of(events, events->base)->told);
    enum ust_status status = UST_OK;
    errno = 0;
    bool fine = gzclose(events->out) == Z_OK && !events->failed;
    if (whole && !fine)
        status = ust_cli_refused("cannot write '%s': %s", events->file.path,
                                 errno != 0 ? strerror(errno) : "it cannot be written to");
    if (whole && fine)
        status = ust_output_keep(&events->file);
    else
        ust_output_drop(&events->file);
    *facts = events->facts;
    forget(events);
    return status;
}
