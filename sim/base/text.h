/* Text that grows, and the small operations on words that messages need. */
#ifndef UST_BASE_TEXT_H
#define UST_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* A growing NUL-terminated string. Start with {0}; free with ust_text_free. */
struct ust_text {
    char *data; /* NULL while empty */
    size_t length, capacity;
};

void ust_text_free(struct ust_text *text);
void ust_text_clear(struct ust_text *text);
void ust_text_add(struct ust_text *text, const char *more);
void ust_text_add_n(struct ust_text *text, const char *more, size_t length);
__attribute__((format(printf, 2, 3))) void ust_text_printf(struct ust_text *text,
                                                           const char *format, ...);
__attribute__((format(printf, 2, 0))) void
ust_text_vprintf(struct ust_text *text, const char *format, va_list arguments);
const char *ust_text_string(const struct ust_text *text); /* never NULL */

bool ust_text_equal(const char *a, const char *b);

/* The word of `words` (n of them) nearest to `word` by edit distance with transpositions, or
 * NULL when none is near enough to suggest (distance above a third of the word's length, at
 * least 1). */
const char *ust_text_nearest(const char *word, const char *const *words, size_t n);

/* Columns that a UTF-8 text takes on a terminal, counting each code point as one. */
size_t ust_text_columns(const char *text);

/* Adds a word and blanks up to `columns`, behind it or (right) before it; never cuts it. */
void ust_text_pad(struct ust_text *text, const char *word, size_t columns, bool right);

/* Adds words in lines of at most `width` columns, broken at spaces; `first` goes before the
 * first and `indent` before every further one, and the last one is ended. A longer word stands
 * alone.
 */
void ust_text_wrap(struct ust_text *text, const char *words, size_t width, const char *first,
                   const char *indent);

/* Adds a word of a POSIX shell: as it is when it cannot be mistaken, else in single quotes. */
void ust_text_shell(struct ust_text *text, const char *word);

/* 1234567 -> "1,234,567". Returns `out`. */
#define UST_COUNT_TEXT_MAX 32
const char *ust_count_text(unsigned long long count, char out[UST_COUNT_TEXT_MAX]);

#endif
