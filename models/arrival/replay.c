/* Recorded instants, one for each arrival, played as they were.
 *
 * The first row is the beginning of the run, unless `origin` names another instant of the
 * recording. Draws play no part: all replications meet the same instants. */
#include <stdlib.h>
#include <string.h>

#include "models/arrival/plan.h"
#include "sim/base/limits.h"

struct params {
    const char *file, *column, *origin;
    int unit;
    double speed;
    bool repeat;
    ust_time period;
    const struct ust_node *file_node, *column_node, *origin_node, *period_node;
};

static const struct ust_field fields[] = {
    UST_TRACE_FILE(struct params, "A CSV file, a row for each arrival, in order of time."),
    UST_TRACE_COLUMN(
        struct params,
        "Where the instants stand: a name of the header, or a number from 1; the first "
        "column where absent."),
    {.key = "unit",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, unit),
     .choices = ust_stamp_names,
     .fallback = "auto",
     .help = "How instants are written: iso (2023-11-16 18:15:46.6805900, with or without a "
             "zone), or a number of s, ms, us, ns; auto: iso where it looks so, else s."},
    {.key = "origin",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct params, origin),
     .given = offsetof(struct params, origin_node) + 1,
     .help = "The instant of the recording that is the beginning of the run, written as in the "
             "file; rows before it are left out. The first row where absent."},
    {.key = "speed",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, speed),
     .low = 0,
     .high = 1e6,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "1",
     .help = "2 plays it twice as fast."},
    UST_TRACE_REPEAT(struct params, "recording"),
    {.key = "period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, period),
     .low = 0,
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_LOW_OPEN,
     .given = offsetof(struct params, period_node) + 1,
     .help = "How long the recording lasts, by its own clock; where absent, a mean gap longer "
             "than to its last row."},
    {.key = NULL},
};

struct reader {
    const struct params *params;
    struct ust_spec *spec;
    struct ust_csv *csv;
    uint32_t column;
    bool begun; /* the origin is known */
    int64_t origin_ns;
    ust_time end; /* later ones are counted, not kept; UST_NEVER: all are kept */
    ust_time *kept, last;
    uint64_t n, kept_n, capacity;
};

/* Recorded time since the origin, as time of the run. */
static ust_time played(const struct params *params, int64_t since)
{
    return params->speed == 1 ? since : ust_time_round((double)since / params->speed);
}

static bool read_row(struct reader *reader)
{
    struct ust_place place = ust_csv_place(reader->csv, reader->column);
    const char *text = ust_csv_cell(reader->csv, reader->column);
    int64_t ns;
    if (!ust_stamp_parse(text, (enum ust_stamp)reader->params->unit, &ns)) {
        ust_diag_error(reader->spec->diag, place, "'%s' is no instant; 'unit' is %s", text,
                       ust_stamp_names[reader->params->unit]);
        return false;
    }
    if (!reader->begun)
        reader->origin_ns = ns;
    reader->begun = true;
    if (ns < reader->origin_ns && reader->n == 0 && reader->params->origin)
        return true;
    ust_time at = played(reader->params, ns - reader->origin_ns);
    if (at < reader->last || ns < reader->origin_ns) {
        ust_diag_error(reader->spec->diag, place,
                       "'%s' lies before the row before; rows must be "
                       "in order of time",
                       text);
        return false;
    }
    if ((double)at > UST_DURATION_MAX_S * 1e9 || reader->n >= UST_ROWS_MAX) {
        ust_diag_error(reader->spec->diag, place,
                       "'%s' lies too far from the first, or is one of too many", text);
        return false;
    }
    reader->n++;
    reader->last = at;
    if (at >= reader->end)
        return true;
    if (reader->kept_n == reader->capacity) {
        reader->capacity = reader->capacity ? 2 * reader->capacity : 1024;
        reader->kept = ust_realloc(reader->kept, reader->capacity * sizeof(*reader->kept));
    }
    reader->kept[reader->kept_n++] = at;
    return true;
}

static enum ust_status read_rows(struct reader *reader, const struct ust_node *node)
{
    const struct params *params = reader->params;
    struct ust_spec *spec = reader->spec;
    struct ust_place file = params->file_node ? params->file_node->place : node->place;
    unsigned before = ust_diag_errors(spec->diag);
    if (params->origin) {
        reader->begun =
            ust_stamp_parse(params->origin, (enum ust_stamp)params->unit, &reader->origin_ns);
        if (!reader->begun)
            ust_diag_error(spec->diag, params->origin_node->place,
                           "'origin' is '%s', must be an instant as in the file",
                           params->origin);
    }
    reader->csv = ust_csv_open(spec, params->file, file, UST_CSV_HEADER_MAYBE);
    bool going = ust_csv_next(reader->csv);
    if (going) {
        int column = ust_trace_column(reader->csv, spec,
                                      params->column_node ? params->column_node->place : file,
                                      params->column, 0);
        reader->column = (uint32_t)column;
        going = ust_diag_errors(spec->diag) == before;
    }
    while (going)
        going = read_row(reader) && ust_csv_next(reader->csv);
    ust_csv_close(reader->csv);
    if (ust_diag_errors(spec->diag) > before)
        return UST_INVALID;
    if (reader->n == 0)
        return ust_diag_error(spec->diag, file, "'%s' has no instants%s", params->file,
                              params->origin ? " from 'origin' on" : "");
    return UST_OK;
}

/* How long the recording is, in time of the run; checked against the run's own length. */
static enum ust_status find_length(const struct reader *reader, ust_time end,
                                   const struct ust_node *node, ust_time *length)
{
    const struct params *params = reader->params;
    char text[UST_TIME_TEXT_MAX], last[UST_TIME_TEXT_MAX];
    *length = reader->last;
    if (reader->n > 1)
        *length += ust_time_round((double)reader->last / (double)(reader->n - 1));
    if (params->period_node) {
        *length = played(params, params->period);
        if (*length < reader->last)
            return ust_diag_error(reader->spec->diag, params->period_node->place,
                                  "'period' is %s, but the last instant comes after %s",
                                  ust_time_text(*length, text),
                                  ust_time_text(reader->last, last));
    }
    if (*length == 0)
        return ust_diag_error(reader->spec->diag, node->place,
                              "the recording takes no time; 'period' can say how long it is");
    if (params->repeat || *length >= end)
        return UST_OK;
    ust_diag_error(reader->spec->diag, node->place,
                   "the recording lasts %s, %s less than the run", ust_time_text(*length, text),
                   ust_time_text(end - *length, last));
    ust_diag_note(reader->spec->diag, "'repeat: true' starts it over; 'period' says that it is "
                                      "longer than to its last row");
    return UST_INVALID;
}

static enum ust_status plan(const void *from, const struct ust_arrival_context *context,
                            const struct ust_node *node, struct ust_arrival_plan *out)
{
    const struct params *params = from;
    struct reader reader = {.params = params,
                            .spec = context->spec,
                            .end = params->repeat ? UST_NEVER : context->end};
    ust_time length = 0;
    enum ust_status status = read_rows(&reader, node);
    if (status == UST_OK)
        status = find_length(&reader, context->end, node, &length);
    if (status == UST_OK) {
        ust_time *instants = ust_arena_alloc(context->spec->arena, ust_time, reader.kept_n);
        memcpy(instants, reader.kept, reader.kept_n * sizeof(*instants));
        out->kind = UST_PLAN_INSTANTS;
        out->instants = instants;
        out->n = reader.kept_n;
        out->period = params->repeat ? length : 0;
        out->mean_30d = (double)reader.n / ust_time_seconds(length) * (UST_BUDGET_DAYS * 86400);
    }
    free(reader.kept);
    return status;
}

const struct ust_arrival_type ust_arrival_replay = {
    .kind = {.name = "replay",
             .help = "Recorded instants of single arrivals, from a CSV file.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .plan = plan,
};
