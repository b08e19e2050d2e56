#include "analysis/profile/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "sim/base/arena.h"
#include "sim/base/text.h"

#define FIRST_SIZE (256u << 10)

struct ust_lines {
    gzFile in;
    char *buffer; /* `size` bytes and room for a NUL */
    size_t size, begin, end;
    uint64_t number;
    bool ended, passing; /* passing over the rest of a long line */
    const char *error;
};

struct ust_lines *ust_lines_open(const char *path)
{
    bool standard = ust_text_equal(path, "-");
    int file = standard ? dup(STDIN_FILENO) : -1;
    if (standard && file < 0)
        return NULL;
    errno = 0;
    gzFile in = standard ? gzdopen(file, "rb") : gzopen(path, "rb");
    if (in == NULL) {
        if (errno == 0)
            errno = ENOMEM;
        if (standard)
            close(file);
        return NULL;
    }
    gzbuffer(in, 128u << 10);
    struct ust_lines *lines = ust_malloc(sizeof *lines);
    *lines = (struct ust_lines){.in = in, .size = FIRST_SIZE};
    lines->buffer = ust_malloc(lines->size + 1);
    return lines;
}

void ust_lines_close(struct ust_lines *lines)
{
    if (lines == NULL)
        return;
    gzclose(lines->in);
    free(lines->buffer);
    free(lines);
}

static bool read_more(struct ust_lines *lines)
{
    int got =
        gzread(lines->in, lines->buffer + lines->end, (unsigned)(lines->size - lines->end));
    if (got > 0) {
        lines->end += (size_t)got;
        return true;
    }
    int code;
    const char *text = gzerror(lines->in, &code);
    lines->ended = true;
    if (code != Z_OK && code != Z_STREAM_END)
        lines->error = code == Z_ERRNO ? strerror(errno) : text;
    return false;
}

/* Makes room behind what is there: first at the front of the buffer, then a larger one. */
static bool make_room(struct ust_lines *lines)
{
    if (lines->begin > 0) {
        memmove(lines->buffer, lines->buffer + lines->begin, lines->end - lines->begin);
        lines->end -= lines->begin;
        lines->begin = 0;
    } else if (lines->end == lines->size) {
        if (lines->size >= UST_LINE_MAX)
            return false;
        lines->size *= 2;
        lines->buffer = ust_realloc(lines->buffer, lines->size + 1);
    }
    return true;
}

static void hand_out(struct ust_lines *lines, size_t length, size_t step, char **text,
                     size_t *out)
{
    *text = lines->buffer + lines->begin;
    lines->begin += step;
    if (length > 0 && (*text)[length - 1] == '\r')
        length--;
    (*text)[length] = '\0';
    if (++lines->number == 1 && length >= 3 && memcmp(*text, "\xef\xbb\xbf", 3) == 0) {
        *text += 3;
        length -= 3;
    }
    *out = length;
}

enum ust_line ust_lines_next(struct ust_lines *lines, char **text, size_t *length)
{
    size_t seen = 0; /* without a line's end */
    for (;;) {
        char *from = lines->buffer + lines->begin;
        size_t held = lines->end - lines->begin;
        char *end = memchr(from + seen, '\n', held - seen);
        if (end != NULL) {
            bool passed = lines->passing;
            lines->passing = false;
            hand_out(lines, (size_t)(end - from), (size_t)(end - from) + 1, text, length);
            return passed ? UST_LINE_LONG : UST_LINE_OK;
        }
        seen = held;
        if (lines->ended)
            break;
        if (!make_room(lines)) {
            lines->passing = true;
            lines->begin = lines->end = seen = 0;
        }
        read_more(lines);
    }
    if (lines->error != NULL)
        return UST_LINE_BROKEN;
    if (seen == 0 && !lines->passing)
        return UST_LINE_END;
    bool passed = lines->passing;
    lines->passing = false;
    hand_out(lines, seen, seen, text, length);
    return passed ? UST_LINE_LONG : UST_LINE_OK;
}

uint64_t ust_lines_number(const struct ust_lines *lines)
{
    return lines->number;
}

const char *ust_lines_error(const struct ust_lines *lines)
{
    return lines->error;
}
