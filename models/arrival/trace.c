/* A recorded series of counts, one for each interval.
 *
 * The first row is the beginning of the run (or, with `from`, a later one). As counts, every
 * interval gets exactly its number, at independent uniform instants; with a scale, the
 * fractions are carried on to the next interval, so that sums stay right. As rate, a Poisson
 * process with these means: replications then differ in their numbers too. */
#include <stdlib.h>
#include <string.h>

#include "models/arrival/plan.h"
#include "sim/base/limits.h"

enum as { AS_COUNTS, AS_RATE };
static const char *const as_names[] = {"counts", "rate", NULL};

struct params {
    const char *file, *column, *time;
    ust_time interval, from;
    int as;
    double scale;
    bool repeat;
    const struct ust_node *file_node, *column_node, *time_node, *from_node;
};

static const struct ust_field fields[] = {
    UST_TRACE_FILE(struct params, "A CSV file, a row for each interval."),
    UST_TRACE_COLUMN(
        struct params,
        "Where the counts stand: a name of the header, or a number from 1; the last column "
        "where absent."),
    {.key = "time",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct params, time),
     .given = offsetof(struct params, time_node) + 1,
     .help = "Column of times (ISO 8601, or seconds); missing rows are then intervals without "
             "arrivals. Where absent, rows follow one another."},
    {.key = "interval",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, interval),
     .low = 0,
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_REQUIRED | UST_FIELD_LOW_OPEN,
     .help = "What one row covers."},
    {.key = "as",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, as),
     .choices = as_names,
     .fallback = "counts",
     .help = "counts: exactly so many in each interval; rate: so many on average."},
    {.key = "scale",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, scale),
     .low = 0,
     .high = 1e9,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "1",
     .help = "Factor on every count."},
    {.key = "from",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, from),
     .low = 0,
     .high = UST_DURATION_MAX_S,
     .fallback = "0 s",
     .given = offsetof(struct params, from_node) + 1,
     .help = "How far into the trace the run begins: whole intervals."},
    UST_TRACE_REPEAT(struct params, "trace"),
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    char start[UST_TIME_TEXT_MAX], interval[UST_TIME_TEXT_MAX];
    (void)node;
    if (params->interval > 0 && params->from % params->interval != 0)
        ust_diag_error(spec->diag, params->from_node->place,
                       "'from' is %s, must be a multiple of 'interval', %s",
                       ust_time_text(params->from, start),
                       ust_time_text(params->interval, interval));
}

/* The rows of a trace as they are read. All rows are counted; only those from `skip` on, at
 * most `keep`, are kept: a run of an hour does not hold a year. With `repeat` all are. */
struct reader {
    const struct params *params;
    struct ust_spec *spec;
    struct ust_csv *csv;
    int value, time;  /* columns; time -1: none */
    int64_t first_ns; /* of the time column */
    uint64_t rows, skip, keep;
    double *kept, sum;
    uint64_t kept_n, capacity;
};

static void append(struct reader *reader, double count)
{
    uint64_t row = reader->rows++;
    reader->sum += count;
    if (row < reader->skip || reader->kept_n >= reader->keep)
        return;
    if (reader->kept_n == reader->capacity) {
        reader->capacity = reader->capacity ? 2 * reader->capacity : 1024;
        reader->kept = ust_realloc(reader->kept, reader->capacity * sizeof(*reader->kept));
    }
    reader->kept[reader->kept_n++] = count;
}

/* Intervals up to this row's own that the file leaves out had no arrivals. */
static bool fill_gap(struct reader *reader)
{
    struct ust_place place = ust_csv_place(reader->csv, (uint32_t)reader->time);
    const char *text = ust_csv_cell(reader->csv, (uint32_t)reader->time);
    int64_t ns;
    if (!ust_stamp_parse(text, UST_STAMP_AUTO, &ns)) {
        ust_diag_error(reader->spec->diag, place, "'%s' is no time", text);
        return false;
    }
    if (reader->rows == 0)
        reader->first_ns = ns;
    int64_t since = ns - reader->first_ns, interval = reader->params->interval;
    if (since % interval != 0 || since / interval < (int64_t)reader->rows) {
        ust_diag_error(reader->spec->diag, place,
                       "'%s' is not a whole number of intervals after the row before", text);
        return false;
    }
    uint64_t row = (uint64_t)(since / interval);
    if (row >= UST_ROWS_MAX) {
        ust_diag_error(reader->spec->diag, place,
                       "'%s' lies more than %u intervals after the first", text, UST_ROWS_MAX);
        return false;
    }
    while (reader->rows < row)
        append(reader, 0);
    return true;
}

static bool read_row(struct reader *reader)
{
    double count;
    if (reader->time >= 0 && !fill_gap(reader))
        return false;
    if (!ust_csv_number(reader->csv, (uint32_t)reader->value, &count))
        return true; /* reported; the reader stops when there are too many */
    struct ust_place place = ust_csv_place(reader->csv, (uint32_t)reader->value);
    if (!(count >= 0) || !(count <= 1e15)) {
        ust_diag_error(reader->spec->diag, place, "a count is %g, must lie between 0 and 1e15",
                       count);
        return false;
    }
    if (reader->rows >= UST_ROWS_MAX) {
        ust_diag_error(reader->spec->diag, place, "more than %u rows", UST_ROWS_MAX);
        return false;
    }
    append(reader, count);
    return true;
}

static enum ust_status read_rows(struct reader *reader, const struct ust_node *node)
{
    const struct params *params = reader->params;
    struct ust_place file = params->file_node ? params->file_node->place : node->place;
    struct ust_spec *spec = reader->spec;
    unsigned before = ust_diag_errors(spec->diag);
    reader->csv = ust_csv_open(spec, params->file, file, UST_CSV_HEADER_MAYBE);
    bool going = ust_csv_next(reader->csv);
    if (going) {
        uint32_t last = ust_csv_columns(reader->csv) - 1;
        reader->value = ust_trace_column(
            reader->csv, spec, params->column_node ? params->column_node->place : file,
            params->column, last);
        reader->time =
            params->time
                ? ust_trace_column(reader->csv, spec, params->time_node->place, params->time, 0)
                : -1;
        going = ust_diag_errors(spec->diag) == before;
    }
    while (going)
        going = read_row(reader) && ust_csv_next(reader->csv);
    ust_csv_close(reader->csv);
    if (ust_diag_errors(spec->diag) > before)
        return UST_INVALID;
    if (reader->rows == 0)
        return ust_diag_error(spec->diag, file, "'%s' has no rows", params->file);
    return UST_OK;
}

/* Is the trace long enough for the run, and does the run begin inside it? */
static enum ust_status check_length(const struct reader *reader, ust_time end,
                                    const struct ust_node *node)
{
    const struct params *params = reader->params;
    char length[UST_TIME_TEXT_MAX], from[UST_TIME_TEXT_MAX], run[UST_TIME_TEXT_MAX];
    ust_time whole = (ust_time)reader->rows * params->interval;
    ust_time_text(whole, length);
    if (params->from >= whole)
        return ust_diag_error(reader->spec->diag, params->from_node->place,
                              "'from' is %s, but the trace lasts %s",
                              ust_time_text(params->from, from), length);
    if (params->repeat || whole - params->from >= end)
        return UST_OK;
    ust_time_text(end - (whole - params->from), run);
    if (params->from > 0)
        ust_diag_error(reader->spec->diag, node->place,
                       "the trace lasts %s beyond 'from', %s less than the run",
                       ust_time_text(whole - params->from, from), run);
    else
        ust_diag_error(reader->spec->diag, node->place,
                       "the trace lasts %s, %s less than the run", length, run);
    ust_diag_note(reader->spec->diag, "'repeat: true' starts it over");
    return UST_INVALID;
}

/* The row of the run's beginning comes first; the rows before it follow the last. */
static void rotate(struct reader *reader, uint64_t by)
{
    double *turned = ust_malloc(reader->kept_n * sizeof(*turned));
    for (uint64_t i = 0; i < reader->kept_n; i++)
        turned[i] = reader->kept[(i + by) % reader->kept_n];
    free(reader->kept);
    reader->kept = turned;
}

static void plan_counts(const struct reader *reader, struct ust_arrival_plan *out)
{
    uint64_t *counts = ust_arena_alloc(reader->spec->arena, uint64_t, reader->kept_n);
    double sum = 0, given = 0;
    for (uint64_t i = 0; i < reader->kept_n; i++) {
        sum += reader->kept[i] * reader->params->scale;
        double whole = ust_floor(sum + 0.5);
        counts[i] = (uint64_t)(whole - given);
        given = whole;
    }
    out->kind = UST_PLAN_COUNTS;
    out->counts = counts;
    out->n = reader->kept_n;
    out->interval = reader->params->interval;
}

static enum ust_status plan_rate(const struct reader *reader, const struct ust_node *node,
                                 struct ust_arrival_plan *out)
{
    const struct params *params = reader->params;
    double days = (double)reader->kept_n * ust_time_seconds(params->interval) / 86400;
    if ((double)reader->kept_n + days > UST_KNOTS_MAX)
        return ust_diag_error(reader->spec->diag, node->place,
                              "%llu rows are too many 'as: rate'; at most %u are possible",
                              (unsigned long long)reader->kept_n, UST_KNOTS_MAX);
    double per_count = params->scale / ust_time_seconds(params->interval), rate = 0;
    struct ust_knots knots = {0};
    ust_time at = 0;
    for (uint64_t i = 0; i < reader->kept_n; i++, at += params->interval) {
        rate = reader->kept[i] * per_count;
        ust_knots_line(&knots, at, at + params->interval, rate, rate);
    }
    ust_knots_add(&knots, at, rate, rate);
    ust_knots_finish(&knots, reader->spec->arena, out);
    return UST_OK;
}

static enum ust_status plan(const void *from, const struct ust_arrival_context *context,
                            const struct ust_node *node, struct ust_arrival_plan *out)
{
    const struct params *params = from;
    uint64_t skip = (uint64_t)(params->from / params->interval);
    uint64_t needed = (uint64_t)((context->end - 1) / params->interval) + 1;
    struct reader reader = {.params = params,
                            .spec = context->spec,
                            .skip = params->repeat ? 0 : skip,
                            .keep = params->repeat ? UINT64_MAX : needed};
    enum ust_status status = read_rows(&reader, node);
    if (status == UST_OK)
        status = check_length(&reader, context->end, node);
    if (status == UST_OK) {
        if (params->repeat && skip > 0)
            rotate(&reader, skip);
        if (params->as == AS_COUNTS)
            plan_counts(&reader, out);
        else
            status = plan_rate(&reader, node, out);
        ust_time whole = (ust_time)reader.rows * params->interval;
        out->period = params->repeat ? whole : 0;
        out->mean_30d =
            reader.sum * params->scale / ust_time_seconds(whole) * (UST_BUDGET_DAYS * 86400);
    }
    free(reader.kept);
    return status;
}

const struct ust_arrival_type ust_arrival_trace = {
    .kind = {.name = "trace",
             .help = "A recorded series of counts per interval, from a CSV file.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .plan = plan,
};
