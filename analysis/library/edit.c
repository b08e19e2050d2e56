/* One key of the top level: from its line to that before the next key. */
#include "analysis/library/edit.h"

#include <string.h>

static bool continues(const char *line)
{
    /* What belongs to the key above: deeper, or an element of its list. */
    return *line == ' ' || *line == '\t' || *line == '-' || *line == ']' || *line == '}';
}

static bool is_key(const char *line, const char *key)
{
    size_t n = strlen(key);
    if (strncmp(line, key, n) != 0)
        return false;
    line += n + strspn(line + n, " ");
    return *line == ':' && (line[1] == ' ' || line[1] == '\n' || line[1] == '\r' || !line[1]);
}

static const char *next_line(const char *at)
{
    const char *end = strchr(at, '\n');
    return end ? end + 1 : at + strlen(at);
}

/* A comment behind the value, with the blanks before it. */
static const char *comment_of(const char *line, const char *end)
{
    for (const char *at = line; at + 1 < end; at++)
        if (at[0] == ' ' && at[1] == '#') {
            while (at > line && at[-1] == ' ')
                at--;
            return at;
        }
    return NULL;
}

bool ust_edit_key(const struct ust_text *text, const char *key, const char *value,
                  struct ust_text *out)
{
    const char *whole = ust_text_string(text), *at = whole;
    bool lines = false;
    for (const char *line = whole; *line; line = next_line(line))
        lines |= is_key(line, "persona") || is_key(line, "extends");
    while (*at && !is_key(at, key))
        at = next_line(at);
    if (!lines)
        return false;
    ust_text_clear(out);
    ust_text_add_n(out, whole, (size_t)(at - whole));
    if (out->length > 0 && whole[at - whole - 1] != '\n')
        ust_text_add(out, "\n");
    ust_text_printf(out, "%s: %s", key, value);
    if (*at) {
        const char *end = next_line(at), *comment = comment_of(at, end);
        if (comment)
            ust_text_add_n(out, comment, strcspn(comment, "\r\n"));
        for (at = end; *at && continues(at);)
            at = next_line(at);
    }
    ust_text_printf(out, "\n%s", at);
    return true;
}
