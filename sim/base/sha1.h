/* SHA-1 (FIPS 180-4), for one thing: the id that git gives to the bytes of a file. Nothing here
 * is a secret, and a run should not need git to say which bytes it read. */
#ifndef UST_BASE_SHA1_H
#define UST_BASE_SHA1_H

#include <stddef.h>

#define UST_SHA1_TEXT_MAX 41

/* What `git hash-object` prints for a file of these bytes, without filters. Returns `out`. */
const char *ust_git_blob_id(const char *bytes, size_t length, char out[UST_SHA1_TEXT_MAX]);

#endif
