/* Small edits in a persona's text that leave all else, comments too, as it was written. */
#ifndef UST_LIBRARY_EDIT_H
#define UST_LIBRARY_EDIT_H

#include <stdbool.h>

#include "sim/base/text.h"

/* Writes `key: value` for the key at the top of the text, in its place or at the end. False
 * where the text is not one key a line. */
bool ust_edit_key(const struct ust_text *text, const char *key, const char *value,
                  struct ust_text *out);

#endif
