/* HTML as text that grows. Only these functions put foreign text into a page, and they escape
 * it for wherever it lands: between tags, in a quoted attribute, in a script's JSON. Bytes that
 * are not UTF-8 and control characters become U+FFFD, so a page is always valid. */
#ifndef UST_PLOTS_HTML_H
#define UST_PLOTS_HTML_H

#include <jansson.h>

#include "sim/base/text.h"

/* Escaped text, good between tags and in attributes in double or single quotes. */
void ust_html_text(struct ust_text *out, const char *text);

/* The text as printable UTF-8, not escaped for anything. */
void ust_html_clean(struct ust_text *out, const char *text);

/* A name: escaped, and isolated, so that right-to-left text cannot turn its surroundings. */
void ust_html_name(struct ust_text *out, const char *name);

/* Printf of escaped strings: %s arguments are escaped, %n are names (see above), %r are put as
 * they are (HTML made by us), %d int, %u uint32_t, %f double with up to 4 digits, %% a percent
 * sign. Nothing else is known. */
void ust_html_put(struct ust_text *out, const char *format, ...);

/* JSON that may stand in a script element: no byte of it can end the element or open a comment.
 */
void ust_html_json(struct ust_text *out, const json_t *value);

/* The text as valid UTF-8, for jansson, which refuses anything else. */
json_t *ust_html_json_string(const char *text);

#endif
