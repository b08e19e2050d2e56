#include "sim/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/arena.h"

void ust_text_free(struct ust_text *text)
{
    free(text->data);
    *text = (struct ust_text){0};
}

void ust_text_clear(struct ust_text *text)
{
    text->length = 0;
    if (text->data != NULL)
        text->data[0] = '\0';
}

static void reserve(struct ust_text *text, size_t more)
{
    size_t need = text->length + more + 1;
    if (need <= text->capacity)
        return;
    size_t capacity = text->capacity * 2 < 64 ? 64 : text->capacity * 2;
    text->capacity = capacity < need ? need : capacity;
    text->data = ust_realloc(text->data, text->capacity);
}

void ust_text_add_n(struct ust_text *text, const char *more, size_t length)
{
    reserve(text, length);
    memcpy(text->data + text->length, more, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void ust_text_add(struct ust_text *text, const char *more)
{
    ust_text_add_n(text, more, strlen(more));
}

void ust_text_vprintf(struct ust_text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    reserve(text, (size_t)length);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
    va_end(again);
    text->length += (size_t)length;
}

void ust_text_printf(struct ust_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    ust_text_vprintf(text, format, arguments);
    va_end(arguments);
}

const char *ust_text_string(const struct ust_text *text)
{
    return text->data == NULL ? "" : text->data;
}

bool ust_text_equal(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

#define WORD_MAX 48 /* longer words are not typing mistakes of ours */

static bool alike(char a, char b)
{
    return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) ==
           (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
}

/* Optimal string alignment: insertion, deletion, substitution, swap of neighbours. A letter in
 * the wrong case is the right letter. */
static unsigned edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    unsigned row[3][WORD_MAX + 1];
    for (unsigned j = 0; j <= m; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *now = row[i % 3], *before = row[(i - 1) % 3], *two = row[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = least(before[j] + 1, now[j - 1] + 1,
                           before[j - 1] + !alike(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && alike(a[i - 1], b[j - 2]) && alike(a[i - 2], b[j - 1]) &&
                two[j - 2] + 1 < now[j])
                now[j] = two[j - 2] + 1;
        }
    }
    return row[n % 3][m];
}

const char *ust_text_nearest(const char *word, const char *const *words, size_t n)
{
    size_t length = strlen(word);
    if (length == 0 || length > WORD_MAX)
        return NULL;
    unsigned limit = length < 3 ? 1 : (unsigned)((length + 2) / 3);
    const char *nearest = NULL;
    for (size_t i = 0; i < n; i++) {
        if (strlen(words[i]) > WORD_MAX)
            continue;
        unsigned distance = edit_distance(word, words[i]);
        if (distance <= limit && distance < strlen(words[i])) {
            nearest = words[i];
            if (distance == 0)
                break;
            limit = distance - 1;
        }
    }
    return nearest;
}

size_t ust_text_columns(const char *text)
{
    size_t columns = 0;
    for (; *text != '\0'; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

void ust_text_pad(struct ust_text *text, const char *word, size_t columns, bool right)
{
    size_t taken = ust_text_columns(word);
    int blanks = taken < columns ? (int)(columns - taken) : 0;
    ust_text_printf(text, "%*s%s%*s", right ? blanks : 0, "", word, right ? 0 : blanks, "");
}

void ust_text_shell(struct ust_text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_./=:@%+,-";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        ust_text_add(text, word);
        return;
    }
    ust_text_add(text, "'");
    for (const char *at = word; *at != '\0'; at++)
        ust_text_add_n(text, *at == '\'' ? "'\\''" : at, *at == '\'' ? 4 : 1);
    ust_text_add(text, "'");
}

const char *ust_count_text(unsigned long long count, char out[UST_COUNT_TEXT_MAX])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", count);
    char *to = out;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

static size_t columns_of(const char *text, size_t bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < bytes; i++)
        n += ((unsigned char)text[i] & 0xc0u) != 0x80u;
    return n;
}

void ust_text_wrap(struct ust_text *out, const char *words, size_t width, const char *first,
                   const char *indent)
{
    size_t at = ust_text_columns(first);
    bool begins = true;
    ust_text_add(out, first);
    while (*words != '\0') {
        size_t spaces = strspn(words, " "), length = strcspn(words + spaces, " ");
        size_t n = columns_of(words + spaces, length);
        if (!begins && at + spaces + n > width) {
            ust_text_printf(out, "\n%s", indent);
            at = ust_text_columns(indent);
        } else if (!begins) {
            ust_text_add_n(out, words, spaces);
            at += spaces;
        }
        ust_text_add_n(out, words + spaces, length);
        at += n;
        begins = false;
        words += spaces + length;
    }
    ust_text_add(out, "\n");
}
