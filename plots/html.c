#include "plots/html.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/arena.h"
#include "sim/base/assert.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* Bytes of the valid UTF-8 character at `at`, 0 if there is none. Overlong forms, surrogates
 * and what lies beyond U+10FFFF are not valid. */
static unsigned character(const unsigned char *at)
{
    unsigned n = at[0] < 0x80                    ? 1
                 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2
                 : at[0] >= 0xe0 && at[0] < 0xf0 ? 3
                 : at[0] >= 0xf0 && at[0] < 0xf5 ? 4
                                                 : 0;
    for (unsigned i = 1; i < n; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
        return 0;
    return n;
}

static bool printable(const unsigned char *at, unsigned n)
{
    if (n == 1)
        return *at >= 0x20 ? *at != 0x7f : *at == '\n' || *at == '\t';
    /* The C1 controls and the two non-characters at the end of the plane. */
    return !(n == 2 && at[0] == 0xc2 && at[1] < 0xa0) &&
           !(n == 3 && at[0] == 0xef && at[1] == 0xbf && at[2] >= 0xbe);
}

static void clean(struct ust_text *out, const char *text, bool escape)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        unsigned n = character(at);
        if (n == 0 || !printable(at, n))
            ust_text_add(out, REPLACEMENT);
        else if (escape && *at == '<')
            ust_text_add(out, "&lt;");
        else if (escape && *at == '>')
            ust_text_add(out, "&gt;");
        else if (escape && *at == '&')
            ust_text_add(out, "&amp;");
        else if (escape && *at == '"')
            ust_text_add(out, "&quot;");
        else if (escape && *at == '\'')
            ust_text_add(out, "&#39;");
        else
            ust_text_add_n(out, (const char *)at, n);
        at += n == 0 ? 1 : n;
    }
}

void ust_html_text(struct ust_text *out, const char *text)
{
    clean(out, text, true);
}

void ust_html_clean(struct ust_text *out, const char *text)
{
    clean(out, text, false);
}

void ust_html_name(struct ust_text *out, const char *name)
{
    ust_text_add(out, "<bdi>");
    ust_html_text(out, name);
    ust_text_add(out, "</bdi>");
}

static void put_number(struct ust_text *out, double value)
{
    char digits[64];
    UST_ASSERT(isfinite(value));
    snprintf(digits, sizeof(digits), "%.4f", value);
    size_t n = strlen(digits);
    while (digits[n - 1] == '0')
        digits[--n] = '\0';
    if (digits[n - 1] == '.')
        digits[--n] = '\0';
    ust_text_add(out, strcmp(digits, "-0") == 0 ? "0" : digits);
}

void ust_html_put(struct ust_text *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (const char *at = format; *at != '\0'; at++) {
        const char *percent = strchr(at, '%');
        if (percent == NULL) {
            ust_text_add(out, at);
            break;
        }
        ust_text_add_n(out, at, (size_t)(percent - at));
        at = percent + 1;
        switch (*at) {
        case 's':
            ust_html_text(out, va_arg(arguments, const char *));
            break;
        case 'n':
            ust_html_name(out, va_arg(arguments, const char *));
            break;
        case 'r':
            ust_text_add(out, va_arg(arguments, const char *));
            break;
        case 'd':
            ust_text_printf(out, "%d", va_arg(arguments, int));
            break;
        case 'u':
            ust_text_printf(out, "%u", va_arg(arguments, uint32_t));
            break;
        case 'f':
            put_number(out, va_arg(arguments, double));
            break;
        default:
            UST_ASSERT(*at == '%');
            ust_text_add(out, "%");
        }
    }
    va_end(arguments);
}

json_t *ust_html_json_string(const char *text)
{
    struct ust_text valid = {0};
    clean(&valid, text, false);
    json_t *string = json_string(ust_text_string(&valid));
    ust_text_free(&valid);
    return string;
}

void ust_html_json(struct ust_text *out, const json_t *value)
{
    /* ASCII only; the escapes below mean the same characters inside JSON's strings, and these
     * characters stand nowhere else in JSON. */
    char *json = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(10) |
                                       JSON_SORT_KEYS);
    UST_ASSERT(json != NULL);
    for (const char *at = json; *at != '\0'; at++) {
        size_t plain = strcspn(at, "<>&");
        ust_text_add_n(out, at, plain);
        at += plain;
        if (*at == '\0')
            break;
        ust_text_add(out, *at == '<' ? "\\u003c" : *at == '>' ? "\\u003e" : "\\u0026");
    }
    free(json);
}
