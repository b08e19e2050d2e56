#include "sim/base/utf8.h"

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

bool ust_utf8_stands(unsigned code)
{
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
        return false;
    if (code == 0x2028 || code == 0x2029 || code == 0xfeff)
        return false;
    /* What turns the direction of writing lets a line read as what it is not. */
    if (code == 0x061c || code == 0x200e || code == 0x200f ||
        (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
        return false;
    return code != 0xfffe && code != 0xffff;
}
