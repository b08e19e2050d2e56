#include "sim/spec/csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "sim/base/assert.h"
#include "sim/base/hash.h"
#include "sim/base/limits.h"
#include "sim/spec/parts.h"

struct cell {
    char *text;
    uint32_t column; /* where it stands in its line */
};

struct ust_csv {
    struct ust_spec *spec;
    const char *path;
    struct ust_place from; /* who names the file */
    uint32_t order;
    gzFile in; /* reads plain files too */
    uint64_t bytes, rows, hash;
    uint32_t line;
    char *buffer; /* the current line, cut into cells; NULs end them */
    size_t capacity;
    struct cell *cells;
    uint32_t columns, cells_capacity;
    const char **names; /* of the header, or NULL */
    char separator;     /* 0: the first row has not been seen */
    bool pending;       /* the first row is in `cells` but was not handed out yet */
    bool stopped;
    unsigned errors_before, messages;
};

static struct ust_place place_of(const struct ust_csv *csv, uint32_t column, size_t width)
{
    return (struct ust_place){.file = csv->path,
                              .line = csv->line,
                              .column = column,
                              .width = width < 1 ? 1 : (uint32_t)width,
                              .order = csv->order};
}

/* ---- lines ---- */

static bool keep(struct ust_csv *csv, size_t length, int c)
{
    if (length + 1 >= csv->capacity) {
        csv->capacity = csv->capacity * 2 + 256;
        csv->buffer = ust_realloc(csv->buffer, csv->capacity);
    }
    csv->buffer[length] = (char)c;
    return length < UST_CSV_LINE_MAX;
}

/* At the end: is it one, or did reading fail? A compressed file may be damaged or cut off. */
static bool readable(struct ust_csv *csv)
{
    int error;
    const char *text = gzerror(csv->in, &error), *behind = strstr(text, ": ");
    if (error == Z_OK || error == Z_STREAM_END)
        return true;
    if (behind != NULL)
        text = behind + 2; /* zlib begins with "<fd:4>: " */
    ust_diag_error(csv->spec->diag, csv->from, "'%s' cannot be read: %s",
                   ust_spec_shown(csv->spec, csv->path),
                   error == Z_ERRNO ? strerror(errno) : text);
    return false;
}

/* The next line, without its end, into `buffer`; -1 at the end of the file. */
static ptrdiff_t read_line(struct ust_csv *csv)
{
    size_t length = 0;
    int c;
    csv->line++;
    while ((c = gzgetc(csv->in)) != EOF && c != '\n') {
        if (!keep(csv, length++, c)) {
            ust_diag_error(csv->spec->diag, place_of(csv, 1, 1), "a line of more than %u bytes",
                           UST_CSV_LINE_MAX);
            return -1;
        }
    }
    csv->bytes += length + (c == '\n');
    if (csv->bytes > UST_TRACE_BYTES_MAX) {
        ust_diag_error(csv->spec->diag, csv->from, "'%s' has more than %u bytes",
                       ust_spec_shown(csv->spec, csv->path), UST_TRACE_BYTES_MAX);
        return -1;
    }
    if (c == EOF && !readable(csv))
        return -1;
    if (c == EOF && length == 0)
        return -1;
    keep(csv, length, '\0');
    if (length > 0 && csv->buffer[length - 1] == '\r')
        csv->buffer[--length] = '\0';
    if (csv->line == 1 && length >= 3 && memcmp(csv->buffer, "\xef\xbb\xbf", 3) == 0)
        memmove(csv->buffer, csv->buffer + 3, (length -= 3) + 1);
    return (ptrdiff_t)length;
}

/* ---- cells ---- */

static char guess_separator(const char *line)
{
    return strchr(line, ',') != NULL    ? ','
           : strchr(line, ';') != NULL  ? ';'
           : strchr(line, '\t') != NULL ? '\t'
                                        : ',';
}

static bool add_cell(struct ust_csv *csv, uint32_t n, char *text, uint32_t column)
{
    if (n == UST_CSV_COLUMNS_MAX) {
        ust_diag_error(csv->spec->diag, place_of(csv, column, 1), "more than %u cells in a row",
                       UST_CSV_COLUMNS_MAX);
        return false;
    }
    if (n == csv->cells_capacity) {
        csv->cells_capacity = csv->cells_capacity * 2 + 8;
        csv->cells = ust_realloc(csv->cells, csv->cells_capacity * sizeof *csv->cells);
    }
    csv->cells[n] = (struct cell){text, column};
    return true;
}

/* Where a quoted cell ends (at its separator or the end of the line), or NULL with a message.
 */
static char *quoted_end(struct ust_csv *csv, char *text, uint32_t column)
{
    for (char *at = text + 1; *at != '\0'; at++) {
        if (*at != '"')
            continue;
        if (at[1] == '"') {
            at++;
            continue;
        }
        char *rest = at + 1 + strspn(at + 1, csv->separator == '\t' ? " " : " \t");
        if (*rest == '\0' || *rest == csv->separator)
            return rest;
        ust_diag_error(csv->spec->diag, place_of(csv, column, 1),
                       "text behind the closing quote; a quote inside is written \"\"");
        return NULL;
    }
    ust_diag_error(csv->spec->diag, place_of(csv, column, 1),
                   "a quote that is not closed on its line");
    return NULL;
}

/* Takes the quotes off in place, and whatever follows the closing one. */
static void unquote(char *text)
{
    char *to = text;
    for (char *at = text + 1; *at != '\0'; at++) {
        if (*at == '"' && *++at != '"')
            break;
        *to++ = *at;
    }
    *to = '\0';
}

static void trim_end(char *begin, char *end)
{
    while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
        *--end = '\0';
}

static uint32_t columns_between(const char *begin, const char *end)
{
    uint32_t columns = 0;
    for (; begin < end; begin++)
        columns += ((unsigned char)*begin & 0xc0) != 0x80;
    return columns;
}

/* Cuts the line in `buffer` into cells; their number, or 0 with a message. */
static uint32_t split(struct ust_csv *csv)
{
    uint32_t n = 0, column = 1;
    for (char *at = csv->buffer;;) {
        char *begin = at + strspn(at, csv->separator == '\t' ? " " : " \t");
        column += (uint32_t)(begin - at);
        char *end = *begin == '"' ? quoted_end(csv, begin, column)
                                  : begin + strcspn(begin, (char[]){csv->separator, '\0'});
        if (end == NULL || !add_cell(csv, n++, begin, column))
            return 0;
        column += columns_between(begin, end) + 1;
        bool more = *end != '\0';
        *end = '\0';
        if (*begin == '"')
            unquote(begin);
        else
            trim_end(begin, end);
        if (!more)
            return n;
        at = end + 1;
    }
}

static void add_to_hash(struct ust_csv *csv)
{
    for (uint32_t i = 0; i < csv->columns; i++)
        csv->hash = ust_hash_text(csv->hash, csv->cells[i].text);
}

/* The next line that is neither empty nor a comment, cut into cells. */
static bool read_row(struct ust_csv *csv)
{
    for (;;) {
        ptrdiff_t length = read_line(csv);
        if (length < 0)
            return false;
        if (memchr(csv->buffer, '\0', (size_t)length) != NULL) {
            ust_diag_error(csv->spec->diag, place_of(csv, 1, 1), "a NUL byte, this is no text");
            return false;
        }
        size_t lead = strspn(csv->buffer, " \t");
        if (csv->buffer[lead] == '\0' || csv->buffer[lead] == '#')
            continue;
        if (csv->separator == 0)
            csv->separator = guess_separator(csv->buffer);
        uint32_t n = split(csv);
        if (n == 0)
            return false;
        if (csv->columns == 0)
            csv->columns = n;
        if (n == csv->columns) {
            add_to_hash(csv);
            return true;
        }
        ust_diag_error(csv->spec->diag, place_of(csv, 1, 1),
                       "%u cell%s in this row, the first row has %u", n, n == 1 ? "" : "s",
                       csv->columns);
        return false;
    }
}

/* ---- the reader ---- */

static bool begins_like_number(const char *text)
{
    return *text != '\0' && strchr("0123456789+-.", *text) != NULL;
}

static bool is_header(const struct ust_csv *csv, enum ust_csv_header header)
{
    if (header != UST_CSV_HEADER_MAYBE)
        return header == UST_CSV_HEADER_YES;
    for (uint32_t i = 0; i < csv->columns; i++)
        if (begins_like_number(csv->cells[i].text))
            return false;
    return true;
}

struct ust_csv *ust_csv_open(struct ust_spec *spec, const char *path, struct ust_place from,
                             enum ust_csv_header header)
{
    struct ust_csv *csv = ust_malloc(sizeof *csv);
    *csv = (struct ust_csv){.spec = spec,
                            .path = ust_arena_text(spec->arena, path),
                            .from = from,
                            .order = spec->files++,
                            .errors_before = ust_diag_errors(spec->diag)};
    int fd = ust_spec_open(spec, path, from, UST_TRACE_BYTES_MAX);
    csv->in = fd < 0 ? NULL : gzdopen(fd, "rb");
    if (csv->in == NULL && fd >= 0) {
        ust_diag_error(spec->diag, from, "'%s' cannot be read: %s", ust_spec_shown(spec, path),
                       strerror(errno));
        close(fd);
    }
    if (csv->in != NULL)
        gzbuffer(csv->in, 1u << 16);
    csv->pending = csv->in != NULL && read_row(csv);
    csv->stopped = !csv->pending;
    if (!csv->pending || !is_header(csv, header))
        return csv;
    csv->names = ust_arena_alloc(spec->arena, const char *, csv->columns);
    for (uint32_t i = 0; i < csv->columns; i++)
        csv->names[i] = ust_arena_text(spec->arena, csv->cells[i].text);
    csv->pending = false;
    return csv;
}

enum ust_status ust_csv_close(struct ust_csv *csv)
{
    bool fine = ust_diag_errors(csv->spec->diag) == csv->errors_before;
    ust_spec_remember(csv->spec, csv->path, ust_mix64(csv->hash ^ csv->columns));
    if (csv->in != NULL)
        gzclose(csv->in);
    free(csv->buffer);
    free(csv->cells);
    free(csv);
    return fine ? UST_OK : UST_INVALID;
}

bool ust_csv_next(struct ust_csv *csv)
{
    if (csv->stopped)
        return false;
    if (!csv->pending && !read_row(csv)) {
        csv->stopped = true;
        return false;
    }
    csv->pending = false;
    csv->rows++;
    return true;
}

uint32_t ust_csv_columns(const struct ust_csv *csv)
{
    return csv->columns;
}

const char *ust_csv_name(const struct ust_csv *csv, uint32_t column)
{
    return csv->names == NULL || column >= csv->columns ? "" : csv->names[column];
}

int ust_csv_find(const struct ust_csv *csv, const char *name)
{
    for (uint32_t i = 0; csv->names != NULL && i < csv->columns; i++)
        if (strcmp(csv->names[i], name) == 0)
            return (int)i;
    return -1;
}

uint64_t ust_csv_rows(const struct ust_csv *csv)
{
    return csv->rows;
}

const char *ust_csv_cell(const struct ust_csv *csv, uint32_t column)
{
    UST_ASSERT(column < csv->columns);
    return csv->cells[column].text;
}

struct ust_place ust_csv_place(const struct ust_csv *csv, uint32_t column)
{
    UST_ASSERT(column < csv->columns);
    return place_of(csv, csv->cells[column].column, ust_text_columns(csv->cells[column].text));
}

static bool count_message(struct ust_csv *csv)
{
    if (++csv->messages >= UST_CSV_MESSAGES_MAX)
        csv->stopped = true;
    return false;
}

static const char *column_name(const struct ust_csv *csv, uint32_t column)
{
    if (*ust_csv_name(csv, column) != '\0')
        return ust_csv_name(csv, column);
    return ust_arena_printf(csv->spec->arena, "column %u", column + 1);
}

bool ust_csv_number(struct ust_csv *csv, uint32_t column, double *out)
{
    if (ust_number_parse(ust_csv_cell(csv, column), out))
        return true;
    ust_diag_error(csv->spec->diag, ust_csv_place(csv, column), "'%s' is '%s', needs a number",
                   ust_spec_shown(csv->spec, column_name(csv, column)),
                   ust_spec_shown(csv->spec, ust_csv_cell(csv, column)));
    return count_message(csv);
}

bool ust_csv_quantity(struct ust_csv *csv, uint32_t column, const struct ust_field *field,
                      void *out)
{
    const char *text = ust_csv_cell(csv, column);
    struct ust_quantity quantity;
    struct ust_node node = {
        .kind = UST_NODE_SCALAR, .place = ust_csv_place(csv, column), .text = text};
    if (ust_unit_parse(field->kind, text, &quantity) == UST_UNIT_MISSING)
        node.text =
            ust_arena_printf(csv->spec->arena, "%s %s", text, ust_unit_base(field->kind));
    return ust_spec_scalar(csv->spec, &node, field, out) == UST_OK || count_message(csv);
}
