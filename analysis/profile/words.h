/* What features and counts are called, and their values as people write them: "14", "3 s",
 * "42 KB", "75 %", "8.1 ms". */
#ifndef UST_PROFILE_WORDS_H
#define UST_PROFILE_WORDS_H

#include "analysis/profile/feature.h"
#include "sim/base/text.h"

void ust_feature_value_text(const struct ust_feature_column *column, double value,
                            struct ust_text *out);

/* "share of 'buy'" for an action, else its name. */
void ust_feature_name_text(const struct ust_feature_column *column, struct ust_text *out);

/* "12,345 WHAT"; the second with a dot before it, and nothing where there are none. */
void ust_words_count(struct ust_text *out, uint64_t n, const char *what);
void ust_words_some(struct ust_text *out, uint64_t n, const char *what);

/* A word of a recording as a name of the language: letters, digits, - _ . ; "action" where
 * nothing is left of it. `out` has room for the word, or 7 bytes. Returns it. */
char *ust_plain_name(const char *word, char *out);

#endif
