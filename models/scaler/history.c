/* Load before the run, from a CSV file: rows of a time and of a load for each region, of any
 * spacing, in any order; those of one hour are averaged. */
#include <math.h>
#include <string.h>

#include "models/scaler/forecast.h"
#include "sim/spec/csv.h"
#include "sim/spec/stamp.h"

const struct ust_field ust_history_fields[] = {
    {.key = "file",
     .kind = UST_FIELD_FILE,
     .offset = offsetof(struct ust_history_params, file),
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct ust_history_params, file_node) + 1,
     .help = "A CSV file with a header and rows of any spacing, in any order; those of an hour "
             "are averaged. Loads are sums over the group: of cpu, slots and memory in "
             "instances (12.5 or 1250 %), of requests a rate, of queue a number."},
    {.key = "time",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct ust_history_params, time),
     .fallback = "time",
     .help = "Name of the column of times: ISO 8601, or seconds since 1970."},
    {.key = "column",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct ust_history_params, column),
     .given = offsetof(struct ust_history_params, column_node) + 1,
     .help = "Name of the column of loads, for the pools of all regions. Where absent, each "
             "region has the column of its name, and a scenario of one region 'load'."},
    {.key = "from",
     .kind = UST_FIELD_INSTANT,
     .offset = offsetof(struct ust_history_params, from),
     .given = offsetof(struct ust_history_params, from_node) + 1,
     .help = "The instant of the file at which the run begins, warm-up included; the "
             "scenario's own where absent. Rows from it on are left out."},
    {.key = "time_zone",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct ust_history_params, zone),
     .fallback = "Z",
     .given = offsetof(struct ust_history_params, zone_node) + 1,
     .help = "Of times that name none: Z, or an offset such as -08:00."},
    {.key = NULL},
};

struct reading {
    struct ust_spec *spec;
    struct ust_history_params *history;
    const struct ust_scaler_world *world;
    struct ust_csv *csv;
    int time, *load; /* columns; [region], -1: none */
    int64_t zone_ns, from_ns, end;
    uint32_t window;
    uint64_t rows, used;
    double **sum;
    uint32_t **n;
};

static int64_t hour_of_ns(int64_t unix_ns)
{
    const int64_t hour = 3600 * UST_S;
    return unix_ns / hour - (unix_ns % hour < 0);
}

static void unknown_column(struct reading *reading, struct ust_place place, const char *name)
{
    uint32_t n = ust_csv_columns(reading->csv);
    const char **known = ust_arena_alloc(reading->spec->arena, const char *, n + 1);
    for (uint32_t i = 0; i < n; i++)
        known[i] = ust_arena_text(reading->spec->arena, ust_csv_name(reading->csv, i));
    (void)ust_spec_unknown(reading->spec, place, "column", name, known, n);
}

static bool find_columns(struct reading *reading)
{
    const struct ust_history_params *history = reading->history;
    const struct ust_scaler_world *world = reading->world;
    struct ust_place file = history->file_node->place;
    bool any = false;
    reading->time = ust_csv_find(reading->csv, history->time);
    if (reading->time < 0)
        unknown_column(reading, file, history->time);
    for (uint32_t r = 0; r < world->regions_n; r++) {
        const char *name = history->column_node ? history->column : world->regions[r];
        reading->load[r] = ust_csv_find(reading->csv, name);
        if (reading->load[r] < 0 && !history->column_node && world->regions_n == 1)
            reading->load[r] = ust_csv_find(reading->csv, "load");
        any |= reading->load[r] >= 0;
    }
    if (!any && history->column_node)
        unknown_column(reading, history->column_node->place, history->column);
    else if (!any)
        (void)ust_diag_error(reading->spec->diag, file,
                             "'%s' has no column %s; 'column' can name one", history->file,
                             world->regions_n == 1 ? "'load'" : "that is named like a region");
    return any && reading->time >= 0;
}

static bool read_row(struct reading *reading)
{
    static const struct ust_field load = {
        .key = "load", .kind = UST_FIELD_RATIO, .low = 0, .high = 1e12};
    const char *text = ust_csv_cell(reading->csv, (uint32_t)reading->time);
    int64_t ns;
    reading->rows++;
    if (!ust_stamp_parse(text, UST_STAMP_AUTO, &ns)) {
        (void)ust_diag_error(
            reading->spec->diag, ust_csv_place(reading->csv, (uint32_t)reading->time),
            "'%s' is no time; 2026-03-02 14:00 and seconds since 1970 are", text);
        return false;
    }
    if (strlen(text) > 4 && text[4] == '-' && ust_stamp_zone(text) == NULL)
        ns -= reading->zone_ns;
    /* Between years as far apart as allowed 64 bits hold it in this order, and only so. */
    int64_t since = ns - reading->from_ns;
    int64_t hour =
        since >= 0 ? reading->end : hour_of_ns(since + reading->world->start_unix_ns);
    int64_t first = reading->end - (int64_t)reading->window;
    for (uint32_t r = 0; r < reading->world->regions_n; r++) {
        double value;
        if (reading->load[r] < 0 ||
            *ust_csv_cell(reading->csv, (uint32_t)reading->load[r]) == '\0')
            continue; /* an empty cell is a gap */
        if (!ust_csv_quantity(reading->csv, (uint32_t)reading->load[r], &load, &value))
            return false;
        if (hour < first || hour >= reading->end)
            continue;
        reading->sum[r][hour - first] += value;
        reading->n[r][hour - first]++;
        reading->used++;
    }
    return true;
}

static void keep(struct reading *reading)
{
    struct ust_history_params *history = reading->history;
    uint32_t regions = reading->world->regions_n;
    history->end = reading->end;
    history->hours = ust_arena_alloc(reading->spec->arena, double *, regions + 1);
    for (uint32_t r = 0; r < regions; r++) {
        if (reading->load[r] < 0)
            continue;
        for (uint32_t i = 0; i < reading->window; i++)
            reading->sum[r][i] =
                reading->n[r][i] > 0 ? reading->sum[r][i] / reading->n[r][i] : (double)NAN;
        history->hours[r] = reading->sum[r];
    }
}

static void prepare(struct reading *reading)
{
    struct ust_arena *arena = reading->spec->arena;
    uint32_t regions = reading->world->regions_n;
    reading->load = ust_arena_alloc(arena, int, regions + 1);
    reading->sum = ust_arena_alloc(arena, double *, regions + 1);
    reading->n = ust_arena_alloc(arena, uint32_t *, regions + 1);
    for (uint32_t r = 0; r < regions; r++) {
        reading->sum[r] = ust_arena_alloc(arena, double, reading->window);
        reading->n[r] = ust_arena_alloc(arena, uint32_t, reading->window);
    }
}

enum ust_status ust_history_read(struct ust_spec *spec, struct ust_history_params *history,
                                 const struct ust_scaler_world *world, uint32_t window)
{
    struct reading reading = {.spec = spec,
                              .history = history,
                              .world = world,
                              .window = window,
                              .end = hour_of_ns(world->start_unix_ns)};
    int64_t zone_s = 0;
    if (history->node == NULL)
        return UST_OK;
    if (!ust_zone_parse(history->zone, &zone_s))
        return ust_diag_error(spec->diag, ust_scaler_place(history->zone_node, history->node),
                              "'time_zone' is '%s', must be Z or an offset such as -08:00",
                              history->zone);
    if (history->file_node == NULL)
        return UST_INVALID; /* told already */
    reading.zone_ns = zone_s * UST_S;
    reading.from_ns = history->from_node ? history->from.unix_ns : world->start_unix_ns;
    prepare(&reading);
    reading.csv =
        ust_csv_open(spec, history->file, history->file_node->place, UST_CSV_HEADER_YES);
    bool going = ust_csv_next(reading.csv) && find_columns(&reading);
    while (going)
        going = read_row(&reading) && ust_csv_next(reading.csv);
    UST_TRY(ust_csv_close(reading.csv));
    if (reading.used == 0)
        return ust_diag_error(spec->diag, history->file_node->place,
                              "'%s' has no row of the %u hours before the run; 'from' says "
                              "which instant of it the run's beginning is",
                              history->file, window);
    keep(&reading);
    return UST_OK;
}

uint32_t ust_history_hours(const struct ust_history_params *history,
                           const struct ust_scaler_world *world, uint32_t window)
{
    uint32_t most = 0;
    for (uint32_t r = 0; history->hours != NULL && r < world->regions_n; r++) {
        uint32_t n = 0;
        for (uint32_t i = 0; history->hours[r] != NULL && i < window; i++)
            n += !ust_scaler_missing(history->hours[r][i]);
        most = n > most ? n : most;
    }
    return most;
}
