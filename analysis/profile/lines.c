#include "analysis/profile/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "sim/base/arena.h"
#include "sim/base/text.h"
#include "sim/cli/cli.h"

#define FIRST_SIZE (256u << 10)
#define RAW_SIZE   (128u << 10)
/* How long a silent pipe keeps us from noticing that somebody wants a stop. */
#define WAIT_MS 250

struct ust_lines {
    int file;
    bool looked, compressed; /* by the first two bytes */
    bool inside;             /* a gzip member has begun and not ended */
    z_stream z;
    unsigned char *raw; /* bytes of the file that are still to be used */
    size_t raw_begin, raw_end;
    bool raw_ended;
    char *buffer; /* `size` bytes and room for a NUL */
    size_t size, begin, end;
    uint64_t number;
    bool ended, passing; /* passing over the rest of a long line */
    const char *error;
    /* Of objects: lines that have ended, those that end in the object at hand, and the byte
     * that its NUL stands on. */
    uint64_t passed, within;
    size_t patch_at;
    char patch;
    bool patched;
};

struct ust_lines *ust_lines_open(const char *path)
{
    int file = ust_text_equal(path, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                         : open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts;
    if (file >= 0 && fstat(file, &facts) == 0 && S_ISDIR(facts.st_mode)) {
        close(file);
        errno = EISDIR;
        return NULL;
    }
    if (file < 0)
        return NULL;
    struct ust_lines *lines = ust_malloc(sizeof *lines);
    *lines = (struct ust_lines){.file = file, .size = FIRST_SIZE};
    lines->buffer = ust_malloc(lines->size + 1);
    lines->raw = ust_malloc(RAW_SIZE);
    return lines;
}

void ust_lines_close(struct ust_lines *lines)
{
    if (lines == NULL)
        return;
    close(lines->file);
    if (lines->compressed)
        inflateEnd(&lines->z);
    free(lines->raw);
    free(lines->buffer);
    free(lines);
}

/* ---- bytes ---- */

/* What there is, at once: a pipe's reader need not wait for more than a line. 0 at the end, and
 * where somebody wants a stop. */
static size_t read_some(struct ust_lines *lines, void *out, size_t room)
{
    struct pollfd wait = {.fd = lines->file, .events = POLLIN};
    while (poll(&wait, 1, WAIT_MS) <= 0)
        if (ust_cli_stop_wanted())
            return 0;
    ssize_t n;
    do
        n = read(lines->file, out, room);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        lines->error = strerror(errno);
    return n > 0 ? (size_t)n : 0;
}

static void refill(struct ust_lines *lines)
{
    memmove(lines->raw, lines->raw + lines->raw_begin, lines->raw_end - lines->raw_begin);
    lines->raw_end -= lines->raw_begin;
    lines->raw_begin = 0;
    size_t n = read_some(lines, lines->raw + lines->raw_end, RAW_SIZE - lines->raw_end);
    lines->raw_end += n;
    lines->raw_ended = n == 0;
}

static void look(struct ust_lines *lines)
{
    while (lines->raw_end < 2 && !lines->raw_ended)
        refill(lines);
    lines->looked = true;
    if (lines->raw_end < 2 || lines->raw[0] != 0x1f || lines->raw[1] != 0x8b)
        return;
    lines->compressed = true;
    if (inflateInit2(&lines->z, 15 + 16) != Z_OK)
        ust_out_of_memory(0);
}

static size_t copy(struct ust_lines *lines, char *out, size_t room)
{
    size_t held = lines->raw_end - lines->raw_begin;
    if (held == 0)
        return lines->raw_ended ? 0 : read_some(lines, out, room);
    held = held < room ? held : room;
    memcpy(out, lines->raw + lines->raw_begin, held);
    lines->raw_begin += held;
    return held;
}

/* Member after member; what follows the last one and begins none is passed over, as gzip does.
 */
static size_t unpack(struct ust_lines *lines, char *out, size_t room)
{
    z_stream *z = &lines->z;
    for (;;) {
        if (lines->raw_end - lines->raw_begin < 2 && !lines->raw_ended)
            refill(lines);
        const unsigned char *raw = lines->raw + lines->raw_begin;
        size_t held = lines->raw_end - lines->raw_begin;
        if (held == 0 || (!lines->inside && (held < 2 || raw[0] != 0x1f || raw[1] != 0x8b))) {
            if (lines->inside && !ust_cli_stop_wanted())
                lines->error = "unexpected end of file";
            return 0;
        }
        lines->inside = true;
        z->next_in = lines->raw + lines->raw_begin;
        z->avail_in = (unsigned)held;
        z->next_out = (unsigned char *)out;
        z->avail_out = (unsigned)room;
        int code = inflate(z, Z_SYNC_FLUSH);
        lines->raw_begin = lines->raw_end - z->avail_in;
        if (code == Z_STREAM_END) {
            lines->inside = false;
            inflateReset(z);
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            lines->error = z->msg != NULL ? z->msg : "it cannot be decompressed";
            return 0;
        }
        if (z->avail_out < room)
            return room - z->avail_out;
        if (z->avail_in > 0 && code == Z_BUF_ERROR) {
            lines->error = "it cannot be decompressed";
            return 0;
        }
        if (lines->raw_begin == lines->raw_end && lines->inside && !lines->raw_ended)
            refill(lines);
    }
}

static bool read_more(struct ust_lines *lines)
{
    if (!lines->looked)
        look(lines);
    char *out = lines->buffer + lines->end;
    size_t room = lines->size - lines->end;
    size_t got = lines->compressed ? unpack(lines, out, room) : copy(lines, out, room);
    lines->end += got;
    lines->ended = got == 0;
    return got > 0;
}

/* ---- lines ---- */

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

/* ---- rows ---- */

/* Bytes up to the line's end that ends the row, 0 where none is in sight; *ends: line's ends
 * passed in quotes. */
static size_t row_extent(const char *text, size_t n, char separator, unsigned *ends)
{
    bool quoted = false, fresh = true; /* fresh: a cell begins */
    *ends = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '"' && (quoted || fresh)) {
            quoted = !quoted || (i + 1 < n && text[i + 1] == '"');
            i += quoted && !fresh;
            fresh = false;
        } else if (c == '\n' && !quoted) {
            return i;
        } else if (c == '\n' && ++*ends >= UST_ROW_LINES) {
            return 0;
        } else if (!quoted) {
            fresh = c == separator || (fresh && c == ' ');
        }
    }
    return 0;
}

enum ust_line ust_lines_next_row(struct ust_lines *lines, char separator, char **text,
                                 size_t *length)
{
    lines->number += lines->within;
    lines->within = 0;
    for (;;) {
        const char *from = lines->buffer + lines->begin;
        size_t held = lines->end - lines->begin;
        const char *end = memchr(from, '\n', held);
        if (end == NULL || memchr(from, '"', (size_t)(end - from)) == NULL || lines->passing)
            return ust_lines_next(lines, text, length);
        unsigned ends;
        size_t extent = row_extent(from, held, separator, &ends);
        if (extent > 0 && ends > 0) {
            hand_out(lines, extent, extent + 1, text, length);
            lines->within = ends;
            return UST_LINE_OK;
        }
        if (extent > 0 || ends >= UST_ROW_LINES || lines->ended || !make_room(lines))
            return ust_lines_next(lines, text, length);
        read_more(lines);
    }
}

/* ---- objects ---- */

static const char blank[] = " \t\r\n";

static void skip_mark(struct ust_lines *lines)
{
    if (lines->begin == 0 && lines->end >= 3 && memcmp(lines->buffer, "\xef\xbb\xbf", 3) == 0)
        lines->begin = 3;
}

bool ust_lines_are_objects(struct ust_lines *lines)
{
    for (;;) { /* a pipe may give them byte by byte */
        size_t at = lines->end >= 3 && memcmp(lines->buffer, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        lines->buffer[lines->end] = '\0';
        at += strspn(lines->buffer + at, blank);
        if (lines->buffer[at] == '{') {
            at++;
            at += strspn(lines->buffer + at, " \t\r");
        } else if (lines->buffer[at] == '[') {
            return true;
        }
        if (at < lines->end)
            return at > 0 && lines->buffer[at] == '\n';
        if (lines->end == lines->size || !read_more(lines))
            return false;
    }
}

#define BROKEN ((size_t)-1)

/* Bytes of the object that begins at `text`; 0 where it does not end within n, BROKEN where it
 * closes what it has not opened. */
static size_t object_extent(const char *text, size_t n)
{
    size_t braces = 0, brackets = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
            continue;
        }
        quoted = c == '"';
        braces += c == '{';
        brackets += c == '[';
        if (c == ']' && brackets-- == 0)
            return BROKEN;
        if (c == '}' && --braces == 0)
            return brackets == 0 ? i + 1 : BROKEN;
    }
    return 0;
}

/* Bytes up to the next comma or line's end; all where there is none. */
static size_t junk_extent(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && text[i] != ',' && text[i] != '\n')
        i++;
    return i;
}

static uint64_t count_ends(const char *text, size_t n)
{
    uint64_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += text[i] == '\n';
    return count;
}

/* Passes what stands between objects; false where the buffer holds nothing else. */
static bool find_object(struct ust_lines *lines)
{
    for (; lines->begin < lines->end; lines->begin++) {
        char c = lines->buffer[lines->begin];
        if (c == '\0' || strchr(" \t\r\n,[]", c) == NULL)
            return true;
        lines->passed += c == '\n';
    }
    return false;
}

static enum ust_line hand_out_object(struct ust_lines *lines, size_t extent, char **text,
                                     size_t *length)
{
    *text = lines->buffer + lines->begin;
    *length = extent;
    lines->number = lines->passed + 1;
    lines->within = count_ends(*text, extent);
    lines->begin += extent;
    lines->patch_at = lines->begin;
    lines->patch = (*text)[extent];
    lines->patched = true;
    (*text)[extent] = '\0';
    return UST_LINE_OK;
}

/* The object does not end: behind its first line there may be others that do. */
static enum ust_line pass_line(struct ust_lines *lines)
{
    const char *from = lines->buffer + lines->begin;
    const char *end = memchr(from, '\n', lines->end - lines->begin);
    lines->number = lines->passed + 1;
    lines->begin = end != NULL ? (size_t)(end - lines->buffer) : lines->end;
    return UST_LINE_LONG;
}

enum ust_line ust_lines_next_object(struct ust_lines *lines, char **text, size_t *length)
{
    if (lines->patched)
        lines->buffer[lines->patch_at] = lines->patch;
    lines->patched = false;
    lines->passed += lines->within;
    lines->within = 0;
    skip_mark(lines);
    for (;;) {
        if (find_object(lines)) {
            const char *from = lines->buffer + lines->begin;
            size_t held = lines->end - lines->begin;
            bool object = *from == '{';
            size_t extent = object ? object_extent(from, held) : junk_extent(from, held);
            if (extent == BROKEN)
                return pass_line(lines);
            if (extent > 0 && (object || extent < held || lines->ended))
                return hand_out_object(lines, extent, text, length);
            if (lines->ended && lines->error == NULL)
                return pass_line(lines);
        }
        if (lines->ended)
            return lines->error != NULL ? UST_LINE_BROKEN : UST_LINE_END;
        if (!make_room(lines))
            return pass_line(lines);
        read_more(lines);
    }
}

uint64_t ust_lines_number(const struct ust_lines *lines)
{
    return lines->number;
}

const char *ust_lines_error(const struct ust_lines *lines)
{
    return lines->error;
}
