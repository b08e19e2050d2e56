/* Outages that happened, from a CSV file: each takes its scope down from its start to its end.
 */
#include <stdlib.h>
#include <string.h>

#include "models/fault/common.h"
#include "models/fault/incidents.h"
#include "sim/spec/csv.h"
#include "sim/spec/stamp.h"

/* An outage of every minute for a year is no list of incidents. */
#define INCIDENTS_MAX 500000

static const char *const missing_names[] = {"drop", "endless", "median", NULL};

struct alias {
    const char *name, *is;
};

struct params {
    struct ust_fault_common common;
    const char *file, *start, *end, *scope, *zone;
    struct ust_instant from;
    int missing;
    double lost;
    struct ust_items scopes; /* struct alias */
    const struct ust_node *file_node, *zone_node, *from_node;
    /* what bind finds */
    struct ust_fault_target *targets;
    struct ust_incident *list; /* by target, then start */
    uint32_t *first;           /* [target + 1] */
    uint32_t targets_n;
    const char *report;
};

static const struct ust_field alias_fields[] = {
    {.key = "name",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct alias, name),
     .flags = UST_FIELD_REQUIRED,
     .help = "A scope as the file writes it."},
    {.key = "is",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct alias, is),
     .flags = UST_FIELD_REQUIRED,
     .help = "What it is here: a region, REGION/ZONE, SERVICE, or SERVICE@REGION."},
    {.key = NULL},
};

#define COLUMN(name, text)                                                                     \
    {                                                                                          \
        .key = #name, .kind = UST_FIELD_TEXT, .offset = offsetof(struct params, name),         \
        .fallback = #name, .help = text                                                        \
    }

static const struct ust_field fields[] = {
    {.key = "file",
     .kind = UST_FIELD_FILE,
     .offset = offsetof(struct params, file),
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct params, file_node) + 1,
     .help = "A CSV file with a header, a row for each incident. Rows of the same scope that "
             "overlap become one; rows that make no sense are dropped, counted and told."},
    COLUMN(start, "Name of the column of beginnings: ISO 8601, or seconds since 1970."),
    COLUMN(end, "Name of the column of ends."),
    COLUMN(
        scope,
        "Name of the column that says what was down: a region, REGION/ZONE (number or letter, "
        "us-east-1a too), SERVICE, or SERVICE@REGION."),
    {.key = "scopes",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, scopes),
     .fields = alias_fields,
     .size = sizeof(struct alias),
     .low = 1,
     .high = 1000,
     .help =
         "What scopes by other names are here, as in [{name: US East (Ohio), is: us-east-2}]."},
    {.key = "from",
     .kind = UST_FIELD_INSTANT,
     .offset = offsetof(struct params, from),
     .given = offsetof(struct params, from_node) + 1,
     .help =
         "The instant of the file at which the measured run begins; the scenario's own where "
         "absent."},
    {.key = "time_zone",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct params, zone),
     .fallback = "Z",
     .given = offsetof(struct params, zone_node) + 1,
     .help = "Of times that name none: Z, or an offset such as -08:00."},
    {.key = "missing_end",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, missing),
     .choices = missing_names,
     .fallback = "drop",
     .help =
         "A row without an end is dropped, lasts to the end of the run, or lasts as long as "
         "the median of the others."},
    {.key = "lost",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, lost),
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "100 %",
     .help =
         "Share of the instances in scope that each incident takes down. At 100 % a region is "
         "dark, its control plane too."},
    UST_FAULT_IN_FLIGHT(struct params),
    UST_FAULT_RETURNS(struct params),
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    int64_t offset;
    (void)node;
    if (params->zone != NULL && !ust_zone_parse(params->zone, &offset))
        (void)ust_diag_error(spec->diag, ust_fault_place(params->zone_node),
                             "'time_zone' is '%s', must be Z or an offset such as -08:00",
                             params->zone);
}

/* ---- scopes ---- */

static const char *translated(const struct params *params, const char *text)
{
    const struct alias *alias = params->scopes.at;
    for (uint32_t i = 0; i < params->scopes.n; i++)
        if (ust_text_equal(alias[i].name, text))
            return alias[i].is;
    return text;
}

static int32_t find_part(const char *const *names, uint32_t n, const char *text, size_t length)
{
    for (uint32_t i = 0; i < n; i++)
        if (strlen(names[i]) == length && memcmp(names[i], text, length) == 0)
            return (int32_t)i;
    return -1;
}

/* "us-east-1/a", "us-east-1/1", "us-east-1a". */
static bool zone_of(const struct ust_fault_world *world, const char *text,
                    struct ust_fault_target *out)
{
    for (uint32_t r = 0; r < world->regions_n; r++) {
        size_t length = strlen(world->regions[r]);
        if (strncmp(text, world->regions[r], length) != 0)
            continue;
        const char *rest = text + length + (text[length] == '/');
        int zone = ust_fault_zone(rest, NULL);
        if (zone < 0 || (uint32_t)zone >= world->zones[r] ||
            (text[length] != '/' && (rest[0] < 'a' || rest[0] > 'z')))
            continue;
        out->region = (int32_t)r;
        out->zone = zone;
        return true;
    }
    return false;
}

static bool scope_of(const struct ust_fault_world *world, const char *text,
                     struct ust_fault_target *out)
{
    const char *at = strchr(text, '@');
    out->region = out->zone = out->service = -1;
    if (at != NULL) {
        out->service = find_part(world->services, world->services_n, text, (size_t)(at - text));
        out->region = ust_fault_find(world->regions, world->regions_n, at + 1);
        return out->service >= 0 && out->region >= 0;
    }
    out->region = ust_fault_find(world->regions, world->regions_n, text);
    if (out->region >= 0 || zone_of(world, text, out))
        return true;
    out->service = ust_fault_find(world->services, world->services_n, text);
    return out->service >= 0;
}

static uint32_t target_of(struct params *params, struct ust_arena *arena,
                          const struct ust_fault_target *wanted)
{
    uint32_t n = params->targets_n;
    for (uint32_t i = 0; i < n; i++)
        if (params->targets[i].region == wanted->region &&
            params->targets[i].zone == wanted->zone &&
            params->targets[i].service == wanted->service)
            return i;
    if ((n & (n - 1)) == 0) { /* at every power of two the list doubles */
        struct ust_fault_target *more =
            ust_arena_alloc(arena, struct ust_fault_target, n == 0 ? 1 : (size_t)n * 2);
        if (n > 0)
            memcpy(more, params->targets, n * sizeof *more);
        params->targets = more;
    }
    params->targets[n] = *wanted;
    return params->targets_n++;
}

/* ---- reading ---- */

struct reading {
    struct ust_spec *spec;
    struct params *params;
    const struct ust_fault_world *world;
    struct ust_csv *csv;
    int start, end, scope;
    int64_t zone_s, from_ns;
    struct ust_incident *list;
    uint32_t n, capacity;
    struct ust_incident_count count;
    const char *unknown; /* the first scope that is none */
};

static bool column(struct reading *reading, const char *name, int *out)
{
    *out = ust_csv_find(reading->csv, name);
    if (*out >= 0)
        return true;
    uint32_t n = ust_csv_columns(reading->csv);
    const char **known = ust_arena_alloc(reading->spec->arena, const char *, n + 1);
    for (uint32_t i = 0; i < n; i++)
        known[i] = ust_arena_text(reading->spec->arena, ust_csv_name(reading->csv, i));
    (void)ust_spec_unknown(reading->spec, reading->params->file_node->place, "column", name,
                           known, n);
    return false;
}

/* Since the end of the warm-up. */
static bool stamp(const struct reading *reading, const char *text, ust_time *out)
{
    int64_t ns;
    if (!ust_stamp_parse(text, UST_STAMP_AUTO, &ns))
        return false;
    bool date = strlen(text) > 4 && text[4] == '-';
    if (date && ust_stamp_zone(text) == NULL)
        ns -= reading->zone_s * UST_S;
    *out = ns - reading->from_ns;
    return true;
}

static void take_row(struct reading *reading)
{
    struct params *params = reading->params;
    const char *end = ust_csv_cell(reading->csv, (uint32_t)reading->end);
    struct ust_incident it = {.end = UST_NEVER, .row = reading->count.rows++};
    if (!stamp(reading, ust_csv_cell(reading->csv, (uint32_t)reading->start), &it.start) ||
        (*end != '\0' && !stamp(reading, end, &it.end))) {
        reading->count.unreadable++;
        return;
    }
    const char *text = ust_csv_cell(reading->csv, (uint32_t)reading->scope);
    struct ust_fault_target target = {.lost = params->lost};
    if (!scope_of(reading->world, translated(params, text), &target)) {
        reading->count.unknown++;
        if (reading->unknown == NULL)
            reading->unknown = ust_arena_text(reading->spec->arena, text);
        return;
    }
    it.target = target_of(params, reading->spec->arena, &target);
    if (reading->n == reading->capacity) {
        reading->capacity = reading->capacity * 2 + 64;
        reading->list = ust_realloc(reading->list, reading->capacity * sizeof *reading->list);
    }
    reading->list[reading->n++] = it;
}

static enum ust_status read_rows(struct reading *reading)
{
    const struct ust_node *node = reading->params->file_node;
    reading->csv =
        ust_csv_open(reading->spec, reading->params->file, node->place, UST_CSV_HEADER_YES);
    bool first = true, found = false;
    while (ust_csv_next(reading->csv)) {
        if (first) { /* all are asked for, so that all that is missing is told */
            found = column(reading, reading->params->start, &reading->start);
            found &= column(reading, reading->params->end, &reading->end);
            found &= column(reading, reading->params->scope, &reading->scope);
        }
        first = false;
        if (!found)
            break;
        if (reading->count.rows == INCIDENTS_MAX) {
            (void)ust_diag_error(reading->spec->diag, node->place,
                                 "'%s' has more than %d incidents", reading->params->file,
                                 INCIDENTS_MAX);
            break;
        }
        take_row(reading);
    }
    return ust_csv_close(reading->csv);
}

/* Ranges of the list by target, and what cleaning did, in words. */
static void keep(struct reading *reading, uint32_t n)
{
    struct params *params = reading->params;
    struct ust_arena *arena = reading->spec->arena;
    params->list = ust_arena_alloc(arena, struct ust_incident, n + 1);
    memcpy(params->list, reading->list, n * sizeof *params->list);
    params->first = ust_arena_alloc(arena, uint32_t, params->targets_n + 1);
    for (uint32_t i = 0; i < n; i++)
        params->first[params->list[i].target + 1]++;
    for (uint32_t t = 0; t < params->targets_n; t++)
        params->first[t + 1] += params->first[t];
    struct ust_text text = {0};
    const char *name = strrchr(params->file, '/');
    ust_text_printf(&text, "%s: ", name == NULL ? params->file : name + 1);
    ust_incidents_tell(&reading->count, &text);
    params->report = ust_arena_text(arena, ust_text_string(&text));
    ust_text_free(&text);
}

static enum ust_status bind(struct ust_spec *spec, void *from, const struct ust_node *node,
                            const struct ust_fault_world *world)
{
    struct params *params = from;
    struct reading reading = {.spec = spec, .params = params, .world = world};
    unsigned errors = ust_diag_errors(spec->diag);
    reading.from_ns = params->from_node ? params->from.unix_ns : world->start_unix_ns;
    (void)ust_zone_parse(params->zone, &reading.zone_s);
    if (params->file_node == NULL || read_rows(&reading) != UST_OK ||
        ust_diag_errors(spec->diag) > errors) {
        free(reading.list);
        return UST_INVALID;
    }
    uint32_t n =
        ust_incidents_clean(reading.list, reading.n, world->duration,
                            (enum ust_incident_missing)params->missing, &reading.count);
    keep(&reading, n);
    free(reading.list);
    enum ust_status status = UST_OK;
    if (n == 0)
        status = ust_diag_error(spec->diag, params->file_node->place,
                                "no incident is left to happen: %s", params->report);
    else if (ust_incidents_dirty(&reading.count))
        ust_diag_warning(spec->diag, params->file_node->place, "%s", params->report);
    if (reading.unknown != NULL)
        ust_diag_note(spec->diag,
                      "the first unknown scope is '%s'; 'scopes' can say what it is",
                      reading.unknown);
    (void)node;
    return status;
}

/* ---- what happens ---- */

static uint32_t targets(const void *from, struct ust_arena *arena,
                        const struct ust_fault_world *world,
                        const struct ust_fault_target **out)
{
    const struct params *params = from;
    (void)arena;
    (void)world;
    *out = params->targets;
    return params->targets_n;
}

static ust_time stay(const void *from, uint32_t t, uint32_t n, struct ust_rng *rng)
{
    const struct params *params = from;
    uint32_t at = params->first[t] + n / 2;
    (void)rng;
    if (at >= params->first[t + 1])
        return UST_NEVER;
    const struct ust_incident *it = &params->list[at];
    if (n % 2 != 0)
        return it->end - it->start;
    return it->start - (at > params->first[t] ? it[-1].end : 0);
}

static void scope(const void *from, struct ust_fault_scope *out)
{
    const struct params *params = from;
    *out = ust_fault_scope_whole(&params->common, NULL, NULL);
}

static const char *what(const void *from, struct ust_arena *arena)
{
    const struct params *params = from;
    (void)arena;
    return params->report;
}

const struct ust_fault_type ust_fault_incident_file = {
    .kind = {.name = "incident_file",
             .help = "Outages that happened, from a CSV file of start, end and scope.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .form = UST_FAULT_PROCESS,
    .scope = scope,
    .bind = bind,
    .targets = targets,
    .stay = stay,
    .what = what,
};
