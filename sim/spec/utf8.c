/* Bytes as characters: which are UTF-8, and which of them YAML shows as they are. */
#include "sim/spec/parts.h"

size_t ust_utf8_extent(const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t i = 0;
    while (i < length) {
        unsigned char c = s[i];
        size_t more = c < 0x80   ? 0
                      : c < 0xc2 ? 9
                      : c < 0xe0 ? 1
                      : c < 0xf0 ? 2
                      : c < 0xf5 ? 3
                                 : 9;
        if (more == 9 || more > length - i - 1)
            return i;
        for (size_t k = 1; k <= more; k++)
            if ((s[i + k] & 0xc0) != 0x80)
                return i;
        if ((c == 0xe0 && s[i + 1] < 0xa0) || (c == 0xed && s[i + 1] >= 0xa0) ||
            (c == 0xf0 && s[i + 1] < 0x90) || (c == 0xf4 && s[i + 1] >= 0x90))
            return i;
        i += more + 1;
    }
    return length;
}

/* One character of UTF-8 at `text`, and how many bytes it takes. */
unsigned ust_utf8_decode(const char *text, size_t *length)
{
    const unsigned char *s = (const unsigned char *)text;
    *length = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    unsigned code = *length == 1   ? s[0]
                    : *length == 2 ? s[0] & 0x1f
                    : *length == 3 ? s[0] & 0x0f
                                   : s[0] & 0x07;
    for (size_t i = 1; i < *length; i++)
        code = code << 6 | (s[i] & 0x3f);
    return code;
}

/* May the character stand in YAML as it is, and is it no line break? */
bool ust_utf8_stands(unsigned code)
{
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
        return false;
    if (code == 0x2028 || code == 0x2029 || code == 0xfeff)
        return false;
    return code != 0xfffe && code != 0xffff;
}

bool ust_spec_printable(const char *text)
{
    for (size_t length; *text != '\0'; text += length)
        if (!ust_utf8_stands(ust_utf8_decode(text, &length)))
            return false;
    return true;
}

enum ust_status ust_spec_key(struct ust_spec *spec, const char *key, struct ust_place place)
{
    if (ust_text_columns(key) <= UST_SPEC_KEY_MAX && ust_spec_printable(key))
        return UST_OK;
    return ust_diag_error(spec->diag, place,
                          "a key is at most %d characters long, all of them in one line",
                          UST_SPEC_KEY_MAX);
}
