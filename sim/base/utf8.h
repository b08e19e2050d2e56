/* Bytes as characters. */
#ifndef UST_BASE_UTF8_H
#define UST_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Offset of the first byte that is not UTF-8 (RFC 3629), or the length. */
size_t ust_utf8_extent(const char *text, size_t length);

/* One character of valid UTF-8 at `text`, and how many bytes it takes. */
unsigned ust_utf8_decode(const char *text, size_t *length);

/* May the character stand in a line as it is? Not if it ends the line, marks byte order, or is
 * a control character that a terminal would obey. */
bool ust_utf8_stands(unsigned code);

#endif
