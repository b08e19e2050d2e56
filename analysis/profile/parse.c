#include "analysis/profile/parse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "models/persona/place.h"
#include "sim/base/hash.h"
#include "sim/base/text.h"
#include "sim/base/time.h"
#include "sim/base/utf8.h"
#include "sim/spec/csv.h"

#define NAMES(...)                                                                             \
    (const char *const[])                                                                      \
    {                                                                                          \
        __VA_ARGS__, NULL                                                                      \
    }

const char *const *const ust_event_field_names[UST_EVENT_FIELDS] = {
    [UST_EVENT_USER] = NAMES("user_id", "user", "userId", "uid", "visitor", "visitor_id",
                             "client_id", "customer_id", "account_id"),
    [UST_EVENT_TIME] =
        NAMES("timestamp", "time", "ts", "@timestamp", "datetime", "event_time", "date"),
    [UST_EVENT_ACTION] = NAMES("event_type", "action", "event", "behavior", "behaviour",
                               "behavior_type", "operation"),
    [UST_EVENT_CPU] = NAMES("cpu_ms"),
    [UST_EVENT_MEMORY] = NAMES("memory_bytes", "memory"),
    [UST_EVENT_BYTES] =
        NAMES("network_bytes", "bytes", "bytes_sent", "body_bytes_sent", "response_bytes"),
    [UST_EVENT_ATTEMPTS] = NAMES("attempts", "attempt_count"),
    [UST_EVENT_REQUEST] = NAMES("request_bytes", "bytes_received", "request_length"),
    [UST_EVENT_IO] = NAMES("io_operations", "io"),
    [UST_EVENT_LATENCY] = NAMES("latency_ms", "latency", "duration_ms", "response_time_ms"),
    [UST_EVENT_LATENCY_S] = NAMES("latency_s", "request_time", "response_time_s"),
    [UST_EVENT_STATUS] = NAMES("status", "status_code", "http_status", "result"),
    [UST_EVENT_REGION] = NAMES("region", "place", "city", "location"),
    [UST_EVENT_LATITUDE] = NAMES("latitude", "lat"),
    [UST_EVENT_LONGITUDE] = NAMES("longitude", "lon", "lng"),
    [UST_EVENT_DEVICE] = NAMES("device", "device_type"),
    [UST_EVENT_AGENT] = NAMES("user_agent", "userAgent", "agent"),
    [UST_EVENT_ID] = NAMES("id", "event_id", "request_id"),
    [UST_EVENT_LABEL] = NAMES("label", "persona"),
};

enum ust_event_field ust_event_field_find(const char *name)
{
    for (int field = 0; field < UST_EVENT_FIELDS; field++)
        for (const char *const *known = ust_event_field_names[field]; *known != NULL; known++)
            if (strcasecmp(name, *known) == 0)
                return (enum ust_event_field)field;
    return UST_EVENT_FIELDS;
}

#define FIELD_NAMES 256 /* a power of two */

struct ust_field_cache {
    struct {
        uint64_t hash; /* 0: empty */
        enum ust_event_field field;
    } at[FIELD_NAMES];
};

enum ust_event_field ust_parse_field(struct ust_parse *parse, const char *name)
{
    uint64_t hash = ust_hash_text(7, name) | 1;
    size_t at = (hash >> 1) & (FIELD_NAMES - 1);
    if (parse->fields->at[at].hash != hash) {
        parse->fields->at[at].hash = hash;
        parse->fields->at[at].field = ust_event_field_find(name);
    }
    return parse->fields->at[at].field;
}

/* ---- places of coordinates ---- */

/* Users come from few points; the nearest place of each is worked out once. */
#define POINTS 4096

struct ust_point_cache {
    struct {
        int64_t key; /* tenths of degrees + 1; 0: empty */
        uint16_t place;
    } at[POINTS];
};

/* Among cities, which have capitals; those of cloud regions stand at the same points. */
static const char *nearest_place(double latitude, double longitude)
{
    uint32_t n;
    const struct ust_place_facts *all = ust_place_catalogue(&n), *best = NULL;
    struct ust_place_facts point = {.latitude = latitude, .longitude = longitude};
    double least = HUGE_VAL;
    for (uint32_t i = 0; i < n; i++) {
        if (all[i].name[0] < 'A' || all[i].name[0] > 'Z')
            continue;
        double km = ust_place_distance_km(&all[i], &point);
        best = km < least ? &all[i] : best;
        least = km < least ? km : least;
    }
    return best != NULL ? best->name : "";
}

static uint16_t place_at(struct ust_parse *parse)
{
    int64_t north = (int64_t)floor((parse->latitude + 90.0) * 10.0);
    int64_t east = (int64_t)floor((parse->longitude + 180.0) * 10.0);
    int64_t key = north * 4000 + east + 1;
    size_t at = (size_t)(ust_mix64((uint64_t)key) & (POINTS - 1));
    if (parse->points->at[at].key != key) {
        parse->points->at[at].key = key;
        parse->points->at[at].place =
            ust_names_number(&parse->places, nearest_place(parse->latitude, parse->longitude));
    }
    return parse->points->at[at].place;
}

/* ---- a line's life ---- */

struct ust_parse ust_parse_new(struct ust_arena *arena, struct ust_agents *agents)
{
    return (struct ust_parse){
        .actions = ust_names_new(arena, UST_PROFILE_ACTIONS_MAX),
        .devices = ust_names_new(arena, UST_PROFILE_DEVICES_MAX),
        .places = ust_names_new(arena, UST_PROFILE_PLACES_MAX),
        .labels = ust_names_new(arena, UST_PROFILE_LABELS_MAX),
        .agents = agents,
        .points = ust_arena_alloc(arena, struct ust_point_cache, 1),
        .fields = ust_arena_alloc(arena, struct ust_field_cache, 1),
    };
}

void ust_parse_begin(struct ust_parse *parse)
{
    parse->event = (struct ust_event){.zone_min = UST_NO_ZONE};
    for (int q = 0; q < UST_QUANTITIES; q++)
        parse->event.quantity[q] = (double)NAN;
    parse->has_user = parse->has_time = false;
    parse->latitude = parse->longitude = (double)NAN;
    parse->reason = NULL;
}

static bool fail(struct ust_parse *parse, const char *reason)
{
    parse->reason = reason;
    return false;
}

bool ust_parse_end(struct ust_parse *parse, uint64_t line_hash)
{
    if (!parse->has_time)
        return fail(parse, "no time");
    if (!parse->has_user)
        return fail(parse, "no user");
    if (!isnan(parse->latitude) && !isnan(parse->longitude) && parse->event.place == 0)
        parse->event.place = place_at(parse);
    if (!parse->event.identified)
        parse->event.id = line_hash;
    return true;
}

/* ---- time ---- */

static bool set_time(struct ust_parse *parse, int64_t ns)
{
    parse->event.at = ns;
    parse->event.fine = ns % UST_S != 0;
    parse->has_time = true;
    return true;
}

/* Seconds until the year 5138, milliseconds until then, and so on: recordings of our age differ
 * by a factor of a thousand in each unit. */
static enum ust_stamp unit_of(double magnitude)
{
    return magnitude < 1e11   ? UST_STAMP_S
           : magnitude < 1e14 ? UST_STAMP_MS
           : magnitude < 1e17 ? UST_STAMP_US
                              : UST_STAMP_NS;
}

static bool time_of_text(struct ust_parse *parse, const char *text)
{
    int64_t ns, zone;
    double number;
    enum ust_stamp unit = parse->stamp;
    if (unit == UST_STAMP_AUTO && ust_number_parse(text, &number))
        unit = unit_of(fabs(number));
    if (!ust_stamp_parse(text, unit, &ns))
        return fail(parse, "the time cannot be read");
    if (unit != UST_STAMP_AUTO && unit != UST_STAMP_ISO)
        return set_time(parse, ns);
    const char *named = ust_stamp_zone(text);
    if (named == NULL)
        return set_time(parse, ns - parse->zone_s * UST_S);
    if (ust_zone_parse(named, &zone))
        parse->event.zone_min = (int16_t)(zone / 60);
    return set_time(parse, ns);
}

static bool time_of_number(struct ust_parse *parse, double value)
{
    const double units[] = {
        [UST_STAMP_S] = 1e9, [UST_STAMP_MS] = 1e6, [UST_STAMP_US] = 1e3, [UST_STAMP_NS] = 1};
    enum ust_stamp unit = parse->stamp;
    if (unit == UST_STAMP_AUTO || unit == UST_STAMP_ISO)
        unit = unit_of(fabs(value));
    double ns = value * units[unit];
    if (!(fabs(ns) < 4e18))
        return fail(parse, "the time cannot be read");
    return set_time(parse, (int64_t)llround(ns));
}

/* ---- values ---- */

static bool set_quantity(struct ust_parse *parse, enum ust_quantity quantity, double value)
{
    if (!isfinite(value) || value < 0.0 || value > 1e15)
        return fail(parse, "a quantity is negative or no number");
    parse->event.quantity[quantity] = value;
    return true;
}

static bool set_status(struct ust_parse *parse, int64_t status)
{
    if (status < 0 || status > 999)
        return fail(parse, "the status is not 0 to 999");
    parse->event.status = (int16_t)status;
    parse->event.failed = status >= 500 || status == 408 || status == 429;
    parse->event.timed_out = status == 408 || status == 504;
    parse->event.abandoned = status == 499;
    return true;
}

static bool set_coordinate(struct ust_parse *parse, double *out, double value, double limit)
{
    if (!(fabs(value) <= limit))
        return fail(parse, "coordinates are out of range");
    *out = value;
    return true;
}

bool ust_parse_number(struct ust_parse *parse, enum ust_event_field field, double value)
{
    char text[40];
    switch (field) {
    case UST_EVENT_TIME:
        return time_of_number(parse, value);
    case UST_EVENT_CPU:
        return set_quantity(parse, UST_QUANTITY_CPU, value);
    case UST_EVENT_MEMORY:
        return set_quantity(parse, UST_QUANTITY_MEMORY, value);
    case UST_EVENT_BYTES:
        return set_quantity(parse, UST_QUANTITY_BYTES, value);
    case UST_EVENT_ATTEMPTS:
        return set_quantity(parse, UST_QUANTITY_ATTEMPTS, value);
    case UST_EVENT_REQUEST:
        return set_quantity(parse, UST_QUANTITY_REQUEST, value);
    case UST_EVENT_IO:
        return set_quantity(parse, UST_QUANTITY_IO, value);
    case UST_EVENT_LATENCY:
        return set_quantity(parse, UST_QUANTITY_LATENCY, value);
    case UST_EVENT_LATENCY_S:
        return set_quantity(parse, UST_QUANTITY_LATENCY, value * 1e3);
    case UST_EVENT_STATUS:
        return value == floor(value) && fabs(value) < 1e6
                   ? set_status(parse, (int64_t)value)
                   : fail(parse, "the status is not 0 to 999");
    case UST_EVENT_LATITUDE:
        return set_coordinate(parse, &parse->latitude, value, 90.0);
    case UST_EVENT_LONGITUDE:
        return set_coordinate(parse, &parse->longitude, value, 180.0);
    default: /* a name that is a number */
        snprintf(text, sizeof text, "%.17g", value);
        return ust_parse_text(parse, field, text);
    }
}

bool ust_parse_whole(struct ust_parse *parse, enum ust_event_field field, int64_t value)
{
    char text[24];
    switch (field) {
    case UST_EVENT_TIME: /* exactly, not through a double */
    case UST_EVENT_USER:
    case UST_EVENT_ACTION:
    case UST_EVENT_ID:
        snprintf(text, sizeof text, "%lld", (long long)value);
        return ust_parse_text(parse, field, text);
    default:
        return ust_parse_number(parse, field, (double)value);
    }
}

static bool is_one_of(const char *text, const char *const *words)
{
    while (*words != NULL && strcasecmp(text, *words) != 0)
        words++;
    return *words != NULL;
}

static bool status_of_text(struct ust_parse *parse, const char *text)
{
    static const char *const bad[] = {"error",   "fail",    "failed", "failure",
                                      "timeout", "aborted", "false",  NULL};
    static const char *const late[] = {"timeout", "timed_out", NULL};
    static const char *const gone[] = {"abandoned", "cancelled", "canceled", NULL};
    double number;
    if (ust_number_parse(text, &number))
        return ust_parse_number(parse, UST_EVENT_STATUS, number);
    parse->event.failed |= is_one_of(text, bad);
    parse->event.timed_out = is_one_of(text, late);
    parse->event.failed |= parse->event.timed_out;
    parse->event.abandoned = is_one_of(text, gone);
    return true;
}

static void set_agent(struct ust_parse *parse, const char *text)
{
    struct ust_agent agent = ust_agents_look(parse->agents, text);
    parse->event.bot = agent.bot;
    if (parse->event.device == 0 && agent.device[0] != '\0')
        parse->event.device = ust_names_number(&parse->devices, agent.device);
}

/* Words become parts of a persona: valid UTF-8 in one line, cut where nobody would read on. */
static uint16_t number_of(struct ust_names *names, const char *text)
{
    char word[64];
    size_t left = strlen(text), n = 0;
    while (left > 0) {
        size_t length = 1;
        bool valid = ust_utf8_extent(text, left < 4 ? left : 4) > 0;
        unsigned code = valid ? ust_utf8_decode(text, &length) : 0;
        if (n + length >= sizeof word)
            break;
        if (valid && ust_utf8_stands(code))
            memcpy(word + n, text, length);
        else
            memset(word + n, valid ? ' ' : '?', length);
        n += length;
        text += length;
        left -= length;
    }
    word[n] = '\0';
    return ust_names_number(names, word);
}

bool ust_parse_text(struct ust_parse *parse, enum ust_event_field field, const char *text)
{
    struct ust_event *event = &parse->event;
    double number;
    if (text[0] == '\0' || (text[0] == '-' && text[1] == '\0'))
        return true; /* not said */
    switch (field) {
    case UST_EVENT_USER:
        event->user = ust_hash_text(1, text);
        parse->has_user = true;
        return true;
    case UST_EVENT_TIME:
        return time_of_text(parse, text);
    case UST_EVENT_ACTION:
        event->action = number_of(&parse->actions, text);
        return true;
    case UST_EVENT_REGION:
        event->place = number_of(&parse->places, text);
        return true;
    case UST_EVENT_DEVICE:
        event->device = number_of(&parse->devices, text);
        return true;
    case UST_EVENT_LABEL:
        event->label = number_of(&parse->labels, text);
        return true;
    case UST_EVENT_AGENT:
        set_agent(parse, text);
        return true;
    case UST_EVENT_ID:
        event->id = ust_hash_text(event->id + 2, text);
        event->identified = true;
        return true;
    case UST_EVENT_STATUS:
        return status_of_text(parse, text);
    default:
        return ust_number_parse(text, &number) ? ust_parse_number(parse, field, number)
                                               : fail(parse, "a quantity is no number");
    }
}
