#include "sim/base/diag.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/arena.h"
#include "sim/base/limits.h"
#include "sim/base/text.h"
#include "sim/base/utf8.h"

struct source {
    const char *file;
    const char *text;
    size_t length;
};

struct message {
    struct ust_diag_message shown;
    struct ust_text text, notes;
};

struct ust_diag {
    struct ust_arena *arena;
    struct message messages[UST_DIAG_MAX]; /* kept sorted by place */
    struct source *sources;
    uint32_t sources_n, sources_capacity;
    unsigned kept, errors, warnings;
    unsigned newest;
};

struct ust_diag *ust_diag_new(void)
{
    struct ust_diag *diag = ust_malloc(sizeof *diag);
    memset(diag, 0, sizeof *diag);
    diag->arena = ust_arena_new();
    return diag;
}

void ust_diag_free(struct ust_diag *diag)
{
    if (diag == NULL)
        return;
    for (unsigned i = 0; i < diag->kept; i++) {
        ust_text_free(&diag->messages[i].text);
        ust_text_free(&diag->messages[i].notes);
    }
    free(diag->sources);
    ust_arena_free(diag->arena);
    free(diag);
}

static bool place_after(const struct ust_place *a, const struct ust_place *b)
{
    if (a->order != b->order)
        return a->order > b->order;
    if (a->line != b->line)
        return a->line > b->line;
    return a->column > b->column;
}

__attribute__((format(printf, 4, 0))) static void add(struct ust_diag *diag,
                                                      enum ust_severity severity,
                                                      struct ust_place place,
                                                      const char *format, va_list arguments)
{
    if (severity == UST_ERROR)
        diag->errors++;
    else
        diag->warnings++;
    if (diag->kept == UST_DIAG_MAX) {
        diag->newest = UST_DIAG_MAX; /* its notes go nowhere */
        return;
    }
    struct message message = {.shown = {.severity = severity, .place = place}};
    ust_text_vprintf(&message.text, format, arguments);
    message.shown.text = ust_text_string(&message.text);
    message.shown.notes = "";
    unsigned at = diag->kept++;
    while (at > 0 && place_after(&diag->messages[at - 1].shown.place, &place)) {
        diag->messages[at] = diag->messages[at - 1];
        at--;
    }
    diag->messages[at] = message;
    diag->newest = at;
}

enum ust_status ust_diag_error(struct ust_diag *diag, struct ust_place place,
                               const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(diag, UST_ERROR, place, format, arguments);
    va_end(arguments);
    return UST_INVALID;
}

void ust_diag_warning(struct ust_diag *diag, struct ust_place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(diag, UST_WARNING, place, format, arguments);
    va_end(arguments);
}

void ust_diag_note(struct ust_diag *diag, const char *format, ...)
{
    if (diag->newest >= diag->kept)
        return;
    struct ust_text *notes = &diag->messages[diag->newest].notes;
    if (notes->length > 0)
        ust_text_add(notes, "\n");
    va_list arguments;
    va_start(arguments, format);
    ust_text_vprintf(notes, format, arguments);
    va_end(arguments);
    diag->messages[diag->newest].shown.notes = ust_text_string(notes);
}

void ust_diag_source(struct ust_diag *diag, const char *file, const char *text, size_t length)
{
    if (diag->sources_n == diag->sources_capacity) {
        diag->sources_capacity = diag->sources_capacity * 2 + 8;
        diag->sources =
            ust_realloc(diag->sources, diag->sources_capacity * sizeof *diag->sources);
    }
    diag->sources[diag->sources_n++] = (struct source){
        ust_arena_text(diag->arena, file), ust_arena_text_n(diag->arena, text, length), length};
}

const char *ust_diag_source_text(const struct ust_diag *diag, const char *file)
{
    for (uint32_t i = 0; i < diag->sources_n; i++)
        if (strcmp(diag->sources[i].file, file) == 0)
            return diag->sources[i].text;
    return NULL;
}

unsigned ust_diag_errors(const struct ust_diag *diag)
{
    return diag->errors;
}

unsigned ust_diag_warnings(const struct ust_diag *diag)
{
    return diag->warnings;
}

enum ust_status ust_diag_status(const struct ust_diag *diag)
{
    return diag->errors > 0 ? UST_INVALID : UST_OK;
}

const struct ust_diag_message *ust_diag_at(const struct ust_diag *diag, unsigned index)
{
    if (index >= diag->kept)
        return NULL;
    return &diag->messages[index].shown;
}

/* The line `number` of a source, without its end; false where there is none. */
static bool find_line(const struct ust_diag *diag, const struct ust_place *place,
                      const char **line, size_t *length)
{
    for (uint32_t i = 0; i < diag->sources_n; i++) {
        const struct source *source = &diag->sources[i];
        if (strcmp(source->file, place->file) != 0)
            continue;
        const char *at = source->text, *end = source->text + source->length;
        for (uint32_t n = 1; n < place->line && at != NULL; n++) {
            at = memchr(at, '\n', (size_t)(end - at));
            at = at == NULL ? NULL : at + 1;
        }
        if (at == NULL || at >= end)
            return false;
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        *line = at;
        *length = (size_t)((stop == NULL ? end : stop) - at);
        if (*length > 0 && at[*length - 1] == '\r')
            --*length;
        return true;
    }
    return false;
}

#define LINE_SHOWN_MAX 160 /* columns of a source line; long ones are cut around the caret */

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* One column of the quoted line: a character that a terminal would obey, or that is none, shows
 * as a question mark. Returns the bytes that it took. */
static size_t put_character(FILE *out, const char *at, size_t left)
{
    size_t bytes = 1;
    while (bytes < left && continues(at[bytes]))
        bytes++;
    size_t whole = ust_utf8_extent(at, bytes), one;
    if (*at == '\t')
        fputc(' ', out);
    else if (whole == bytes && ust_utf8_stands(ust_utf8_decode(at, &one)))
        fwrite(at, 1, bytes, out);
    else
        fputc('?', out);
    return bytes;
}

/* The quoted line, cut around the caret, and the caret line below it. Columns count characters.
 */
static void quote(FILE *out, const struct ust_place *place, const char *line, size_t length)
{
    size_t first = 0, column = 1, skipped = 0;
    if (place->column > LINE_SHOWN_MAX - 40)
        skipped = place->column - (LINE_SHOWN_MAX - 40);
    while (first < length && (column <= skipped || continues(line[first])))
        column += !continues(line[first++]);
    fprintf(out, "%5u | %s", place->line, skipped ? "..." : "");
    size_t shown = 0, at = first;
    for (; at < length && shown < LINE_SHOWN_MAX; shown++)
        at += put_character(out, line + at, length - at);
    fprintf(out, "%s\n      | %s", at < length ? "..." : "", skipped ? "   " : "");
    size_t caret = place->column - skipped;
    for (size_t i = 1; i < caret; i++)
        fputc(' ', out);
    fputc('^', out);
    size_t room = shown >= caret ? shown - caret : 0;
    for (size_t i = 1; i < place->width && i <= room; i++)
        fputc('~', out);
    fputc('\n', out);
}

static void print_message(const struct ust_diag *diag, const struct ust_diag_message *message,
                          FILE *out)
{
    const struct ust_place *place = &message->place;
    const char *word = message->severity == UST_ERROR ? "error" : "warning";
    if (place->file == NULL)
        fprintf(out, "understudy: %s: %s\n", word, message->text);
    else if (place->line == 0)
        fprintf(out, "%s: %s: %s\n", place->file, word, message->text);
    else if (strncmp(place->file, "--", 2) == 0) /* an option, all in one line */
        fprintf(out, "%s:%u: %s: %s\n", place->file, place->column, word, message->text);
    else
        fprintf(out, "%s:%u:%u: %s: %s\n", place->file, place->line, place->column, word,
                message->text);
    const char *line;
    size_t length;
    if (place->file != NULL && place->line > 0 && place->column > 0 &&
        find_line(diag, place, &line, &length))
        quote(out, place, line, length);
    for (const char *note = message->notes; *note != '\0';) {
        size_t n = strcspn(note, "\n");
        fprintf(out, "      = %.*s\n", (int)n, note);
        note += n + (note[n] == '\n');
    }
}

void ust_diag_print(const struct ust_diag *diag, FILE *out, const char *consequence)
{
    const struct ust_diag_message *message;
    for (unsigned i = 0; (message = ust_diag_at(diag, i)) != NULL; i++)
        print_message(diag, message, out);
    if (diag->errors + diag->warnings > diag->kept)
        fprintf(out, "and %u more\n", diag->errors + diag->warnings - diag->kept);
    if (diag->errors > 0)
        fprintf(out, "%u error%s; %s\n", diag->errors, diag->errors == 1 ? "" : "s",
                consequence == NULL ? "nothing was run" : consequence);
}
