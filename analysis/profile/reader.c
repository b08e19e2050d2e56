#include "analysis/profile/reader.h"

#include <errno.h>
#include <string.h>

#include "analysis/profile/foreign.h"
#include "analysis/profile/lines.h"
#include "sim/base/hash.h"
#include "sim/base/text.h"
#include "sim/base/time.h"

const char *const ust_event_format_names[] = {"auto", "ndjson", "csv", "access", NULL};
const char *const ust_copies_names[] = {"auto", "drop", "keep", NULL};

/* Ids that are remembered, a power of two; a newer one takes an older one's place. */
#define RECENT (1u << 20)

/* Lines before the first one that tells the format: titles, or broken ones. */
#define PREAMBLE_MAX 10

struct input {
    const char *path;
    uint32_t number;
    struct ust_lines *lines;
    enum ust_event_format format;
    struct ust_columns columns;
    struct ust_event ahead;
    bool has_ahead, ended;
    struct ust_session_row row; /* of a table of sessions, while in_row */
    bool in_row;
    uint64_t untimed;  /* rows */
    uint32_t preamble; /* lines that told no format, and what was wrong with the first */
    const char *wrong;
    bool begun, objects; /* JSON that is not a line an event */
    int64_t last;        /* time of the last event read */
    bool any;
};

struct ust_reader {
    struct ust_read_options o;
    struct ust_arena *arena;
    struct ust_parse parse;
    struct input *input[UST_READ_INPUTS_MAX];
    uint32_t inputs;
    uint64_t *recent;
    struct ust_read_report report;
    const char *error;
};

struct ust_reader *ust_reader_new(const struct ust_read_options *options,
                                  struct ust_arena *arena, const char **error)
{
    struct ust_agents *agents =
        ust_agents_new(options->bots, options->bots_n, false, arena, error);
    if (agents == NULL)
        return NULL;
    struct ust_reader *reader = ust_arena_alloc(arena, struct ust_reader, 1);
    reader->o = *options;
    reader->arena = arena;
    reader->parse = ust_parse_new(arena, agents);
    reader->parse.stamp = options->stamp;
    reader->parse.zone_s = options->zone_s;
    reader->parse.pause_max = options->gap;
    reader->recent = ust_arena_alloc(arena, uint64_t, RECENT);
    reader->error = "";
    return reader;
}

void ust_reader_close(struct ust_reader *reader)
{
    if (reader == NULL)
        return;
    for (uint32_t i = 0; i < reader->inputs; i++)
        ust_lines_close(reader->input[i]->lines);
    reader->inputs = 0;
    ust_agents_free(reader->parse.agents);
    reader->parse.agents = NULL;
}

enum ust_status ust_reader_open(struct ust_reader *reader, const char *path)
{
    if (reader->inputs == UST_READ_INPUTS_MAX) {
        reader->error =
            ust_arena_printf(reader->arena, "more than %d inputs at once", UST_READ_INPUTS_MAX);
        return UST_INVALID;
    }
    struct ust_lines *lines = ust_lines_open(path);
    if (lines == NULL) {
        reader->error =
            ust_arena_printf(reader->arena, "cannot open '%s': %s", path, strerror(errno));
        return UST_REFUSED;
    }
    struct input *input = ust_arena_alloc(reader->arena, struct input, 1);
    input->path = ust_text_equal(path, "-") ? "standard input" : path;
    input->lines = lines;
    input->format = reader->o.format;
    input->number = reader->inputs;
    reader->input[reader->inputs++] = input;
    return UST_OK;
}

/* ---- formats ---- */

static enum ust_status note_malformed(struct ust_reader *reader, const struct input *input,
                                      const char *reason)
{
    struct ust_read_report *report = &reader->report;
    if (report->malformed < UST_READ_MALFORMED_N)
        report->first_malformed[report->malformed] =
            (struct ust_malformed){input->path, ust_lines_number(input->lines), reason};
    if (++report->malformed <= reader->o.malformed_max)
        return UST_OK;
    reader->error = ust_arena_printf(reader->arena, "more than %llu malformed lines",
                                     (unsigned long long)reader->o.malformed_max);
    return UST_INVALID;
}

static bool is_access(struct ust_reader *reader, const char *line)
{
    return ust_parse_access(&reader->parse, ust_arena_text(reader->arena, line));
}

/* The first row of a CSV file: a header, unless columns go by number and it is an event. */
static enum ust_status begin_csv(struct ust_reader *reader, struct input *input,
                                 const char *line, bool *header)
{
    struct ust_columns *columns = &input->columns;
    columns->separator = ust_csv_separator(line);
    *header = true;
    if (reader->o.columns != NULL) {
        const char *wrong = ust_columns_map(columns, reader->o.columns, NULL, reader->arena);
        if (wrong == NULL &&
            ust_parse_csv(&reader->parse, columns, ust_arena_text(reader->arena, line))) {
            *header = false;
            return UST_OK;
        }
    }
    *columns = (struct ust_columns){.separator = columns->separator};
    const char *wrong = ust_columns_map(columns, reader->o.columns,
                                        ust_arena_text(reader->arena, line), reader->arena);
    if (wrong == NULL)
        return UST_OK;
    reader->error = ust_arena_printf(reader->arena, "%s: %s", input->path, wrong);
    return UST_INVALID;
}

/* Its lines are not malformed, there is something else wrong with it. */
static enum ust_status refuse_format(struct ust_reader *reader, const struct input *input)
{
    uint32_t lines = input->preamble < PREAMBLE_MAX ? input->preamble : PREAMBLE_MAX;
    reader->report.malformed -= lines;
    reader->error = input->wrong;
    return UST_INVALID;
}

/* By its first line, which may itself be no event (*spent); one that is of no format is
 * malformed, and the next one is asked. */
static enum ust_status begin(struct ust_reader *reader, struct input *input, const char *line,
                             size_t length, bool *spent)
{
    bool open = input->format == UST_FORMAT_AUTO;
    const char *foreign =
        ust_lines_number(input->lines) == 1 ? ust_foreign(line, length) : NULL;
    *spent = false;
    if (foreign != NULL) {
        reader->error = ust_arena_printf(reader->arena, "%s: it is %s", input->path, foreign);
        return UST_INVALID;
    }
    if (open)
        input->format = line[strspn(line, " \t")] == '{' ? UST_FORMAT_NDJSON
                        : is_access(reader, line)        ? UST_FORMAT_ACCESS
                                                         : UST_FORMAT_CSV;
    if (input->format != UST_FORMAT_CSV)
        return UST_OK;
    enum ust_status status = begin_csv(reader, input, line, spent);
    if (status == UST_OK || !open || reader->o.columns != NULL)
        return status;
    if (input->preamble++ == PREAMBLE_MAX)
        return refuse_format(reader, input);
    input->format = UST_FORMAT_AUTO;
    input->columns = (struct ust_columns){0};
    input->wrong = input->wrong != NULL ? input->wrong : reader->error;
    reader->error = "";
    *spent = true;
    return note_malformed(reader, input, "no JSON, no access log, no header of CSV");
}

static bool parse(struct ust_reader *reader, struct input *input, char *line, size_t length)
{
    if (strlen(line) != length) {
        reader->parse.reason = "a NUL byte";
        return false;
    }
    switch (input->format) {
    case UST_FORMAT_NDJSON:
        return ust_parse_ndjson(&reader->parse, line, length);
    case UST_FORMAT_ACCESS:
        return ust_parse_access(&reader->parse, line);
    default:
        return ust_parse_csv(&reader->parse, &input->columns, line);
    }
}

/* ---- lines ---- */

static bool is_copy(struct ust_reader *reader, const struct ust_event *event)
{
    if (reader->o.copies == UST_COPIES_KEEP ||
        (reader->o.copies == UST_COPIES_AUTO && !event->identified && !event->fine))
        return false;
    uint64_t id = event->id | 1; /* 0: an empty place */
    uint64_t *at = &reader->recent[ust_mix64(id) & (RECENT - 1)];
    bool copy = *at == id;
    *at = id;
    return copy;
}

/* Does the event count? Reports what does not. */
static bool accept(struct ust_reader *reader, struct input *input,
                   const struct ust_event *event)
{
    struct ust_read_report *report = &reader->report;
    if (input->any && event->at < input->last) {
        report->steps_back++;
        if (input->last - event->at > report->step_largest)
            report->step_largest = input->last - event->at;
    }
    input->any = true;
    input->last = event->at;
    if (is_copy(reader, event)) {
        report->copies++;
        return false;
    }
    report->bots += event->bot;
    return !event->bot || reader->o.keep_bots;
}

/* A session of a table: whose nobody says is its own user's, and one without time is put where
 * the others leave most room. */
static void begin_row(struct ust_reader *reader, struct input *input)
{
    struct ust_event *event = &reader->parse.row.event;
    event->input = input->number;
    event->line = ust_lines_number(input->lines);
    if (!reader->parse.has_user)
        event->user = ust_mix64(ust_mix64(input->number + 1) + event->line);
    bool timed = reader->parse.has_time;
    if (!timed) {
        event->at =
            reader->o.spread_from +
            (int64_t)(ust_session_table_share(input->untimed++) * (double)reader->o.spread);
        reader->report.untimed++;
        input->any = false; /* no clock, no steps */
    }
    input->in_row = accept(reader, input, event);
    if (input->in_row)
        input->row = reader->parse.row;
}

static enum ust_status take_line(struct ust_reader *reader, struct input *input, char *line,
                                 size_t length)
{
    bool spent = false;
    reader->report.lines++;
    if (strspn(line, " \t") == length || line[0] == '#')
        return UST_OK;
    bool first = input->format == UST_FORMAT_AUTO ||
                 (input->format == UST_FORMAT_CSV && input->columns.separator == 0);
    if (first) {
        enum ust_status status = begin(reader, input, line, length, &spent);
        if (status != UST_OK || spent)
            return status;
    }
    if (!parse(reader, input, line, length))
        return note_malformed(reader, input, reader->parse.reason);
    struct ust_event *event = &reader->parse.event;
    event->input = input->number;
    event->line = ust_lines_number(input->lines);
    if (input->format == UST_FORMAT_CSV && input->columns.table.parts > 0) {
        begin_row(reader, input);
        return UST_OK;
    }
    input->ahead = *event;
    input->has_ahead = accept(reader, input, event);
    return UST_OK;
}

/* JSON in an array, or over several lines an object, shows before the first line. */
static enum ust_line next_line(struct input *input, char **line, size_t *length)
{
    bool json = input->format == UST_FORMAT_AUTO || input->format == UST_FORMAT_NDJSON;
    if (!input->begun && json && ust_lines_are_objects(input->lines)) {
        input->objects = true;
        input->format = UST_FORMAT_NDJSON;
    }
    input->begun = true;
    if (input->objects)
        return ust_lines_next_object(input->lines, line, length);
    char separator = input->format == UST_FORMAT_CSV ? input->columns.separator : '\0';
    return separator != '\0' ? ust_lines_next_row(input->lines, separator, line, length)
                             : ust_lines_next(input->lines, line, length);
}

/* Reads on until there is an event ahead, or nothing more. */
static enum ust_status look_ahead(struct ust_reader *reader, struct input *input)
{
    enum ust_status status = UST_OK;
    if (input->in_row && !input->has_ahead)
        input->has_ahead = input->in_row =
            ust_session_table_next(&input->columns.table, &input->row, &input->ahead);
    while (!input->has_ahead && !input->ended && status == UST_OK) {
        char *line;
        size_t length;
        switch (next_line(input, &line, &length)) {
        case UST_LINE_OK:
            status = take_line(reader, input, line, length);
            if (input->in_row)
                input->has_ahead =
                    ust_session_table_next(&input->columns.table, &input->row, &input->ahead);
            break;
        case UST_LINE_LONG:
            reader->report.lines++;
            status = note_malformed(reader, input,
                                    input->objects ? "an object that does not end"
                                                   : "a line of more than a mebibyte");
            break;
        case UST_LINE_BROKEN:
            reader->error = ust_arena_printf(
                reader->arena, "'%s' cannot be read on after line %llu: %s", input->path,
                (unsigned long long)ust_lines_number(input->lines),
                ust_lines_error(input->lines));
            return UST_REFUSED;
        case UST_LINE_END:
            input->ended = true;
            if (input->format == UST_FORMAT_AUTO && input->wrong != NULL)
                return refuse_format(reader, input);
            break;
        }
    }
    return status;
}

enum ust_status ust_reader_next(struct ust_reader *reader, struct ust_event *event, bool *any)
{
    struct input *next = NULL;
    for (uint32_t i = 0; i < reader->inputs; i++) {
        struct input *input = reader->input[i];
        enum ust_status status = look_ahead(reader, input);
        if (status != UST_OK)
            return status;
        if (input->has_ahead && (next == NULL || input->ahead.at < next->ahead.at))
            next = input;
    }
    *any = next != NULL;
    if (next == NULL)
        return UST_OK;
    struct ust_read_report *report = &reader->report;
    *event = next->ahead;
    next->has_ahead = false;
    if (report->events == 0 || event->at < report->first)
        report->first = event->at;
    if (report->events == 0 || event->at > report->last)
        report->last = event->at;
    report->events++;
    report->unzoned += event->zone_min == UST_NO_ZONE && reader->report.untimed == 0;
    return UST_OK;
}

const struct ust_read_report *ust_reader_report(const struct ust_reader *reader)
{
    return &reader->report;
}

const char *ust_reader_error(const struct ust_reader *reader)
{
    return reader->error;
}

const struct ust_names *ust_reader_actions(const struct ust_reader *reader)
{
    return &reader->parse.actions;
}

const struct ust_names *ust_reader_devices(const struct ust_reader *reader)
{
    return &reader->parse.devices;
}

const struct ust_names *ust_reader_places(const struct ust_reader *reader)
{
    return &reader->parse.places;
}

const struct ust_names *ust_reader_labels(const struct ust_reader *reader)
{
    return &reader->parse.labels;
}

uint32_t ust_reader_inputs(const struct ust_reader *reader)
{
    return reader->inputs;
}

const char *ust_reader_path(const struct ust_reader *reader, uint32_t input)
{
    return reader->input[input]->path;
}
