/* Files that hold no lines of text: what they are, by their first bytes. */
#ifndef UST_PROFILE_FOREIGN_H
#define UST_PROFILE_FOREIGN_H

#include <stddef.h>

/* "compressed by zstd; ..." to put behind "it is ", with what to do; NULL: none that is known.
 */
const char *ust_foreign(const char *bytes, size_t n);

#endif
