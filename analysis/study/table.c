#include "analysis/study/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/arena.h"

#define GAP       2
#define COLUMNS   16 /* more fit on no terminal */
#define FIRST_MIN 8  /* the first column is not cut below this */

void ust_table_begin(struct ust_table *table, const struct ust_table_column *columns,
                     uint32_t columns_n)
{
    *table = (struct ust_table){.columns = columns,
                                .columns_n = columns_n < COLUMNS ? columns_n : COLUMNS};
}

void ust_table_row(struct ust_table *table)
{
    size_t n = table->columns_n, bytes = n * sizeof *table->cells;
    table->cells = ust_realloc(table->cells, (table->rows_n + 1) * bytes);
    memset(table->cells + table->rows_n * n, 0, bytes);
    table->rows_n++;
}

void ust_table_cell(struct ust_table *table, uint32_t column, const char *format, ...)
{
    struct ust_text text = {0};
    va_list arguments;
    va_start(arguments, format);
    ust_text_vprintf(&text, format, arguments);
    va_end(arguments);
    char **cell = &table->cells[(size_t)(table->rows_n - 1) * table->columns_n + column];
    free(*cell);
    *cell = text.data;
}

void ust_table_free(struct ust_table *table)
{
    for (size_t i = 0; i < (size_t)table->rows_n * table->columns_n; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (struct ust_table){0};
}

static const char *cell(const struct ust_table *table, uint32_t row, uint32_t column)
{
    const char *text = table->cells[(size_t)row * table->columns_n + column];
    return text == NULL ? "" : text;
}

/* ---- widths ---- */

static bool is_empty(const struct ust_table *table, uint32_t column)
{
    for (uint32_t row = 0; row < table->rows_n; row++)
        if (cell(table, row, column)[0] != '\0')
            return false;
    return true;
}

static size_t measure(const struct ust_table *table, size_t wide[COLUMNS])
{
    size_t total = 0;
    for (uint32_t c = 0; c < table->columns_n; c++) {
        wide[c] = ust_text_columns(table->columns[c].title);
        for (uint32_t row = 0; row < table->rows_n; row++) {
            size_t n = ust_text_columns(cell(table, row, c));
            wide[c] = n > wide[c] ? n : wide[c];
        }
        if (c > 0 && is_empty(table, c))
            wide[c] = 0; /* left out */
        total += wide[c] > 0 ? wide[c] + (c > 0 ? GAP : 0) : 0;
    }
    return total;
}

static void make_fit(const struct ust_table *table, size_t wide[COLUMNS], size_t total,
                     size_t width)
{
    while (total > width) {
        uint32_t least = 0;
        for (uint32_t c = 1; c < table->columns_n; c++)
            if (wide[c] > 0 && table->columns[c].rank > 0 &&
                (least == 0 || table->columns[c].rank > table->columns[least].rank))
                least = c;
        if (least == 0)
            break;
        total -= wide[least] + GAP;
        wide[least] = 0;
    }
    if (total > width) {
        size_t over = total - width;
        wide[0] = wide[0] > over + FIRST_MIN ? wide[0] - over : FIRST_MIN;
    }
}

/* ---- lines ---- */

static void add_spaces(size_t n, struct ust_text *out)
{
    while (n-- > 0)
        ust_text_add(out, " ");
}

/* As much of the text as fits; what was cut ends in an ellipsis. Returns the columns used. */
static size_t add_cut(const char *text, size_t wide, struct ust_text *out)
{
    size_t n = ust_text_columns(text);
    if (n <= wide) {
        ust_text_add(out, text);
        return n;
    }
    size_t bytes = 0;
    for (size_t kept = 0; text[bytes] != '\0'; bytes++)
        if (((unsigned char)text[bytes] & 0xc0) != 0x80 && kept++ == wide - 1)
            break; /* the first byte of the character that has no room */
    ust_text_add_n(out, text, bytes);
    ust_text_add(out, "…");
    return wide;
}

static void add_line(const struct ust_table *table, const size_t wide[COLUMNS], int row,
                     const char *indent, struct ust_text *out)
{
    size_t behind = 0; /* spaces owed; none at the end of a line */
    ust_text_add(out, indent);
    for (uint32_t c = 0; c < table->columns_n; c++) {
        if (wide[c] == 0)
            continue;
        const char *text = row < 0 ? table->columns[c].title : cell(table, (uint32_t)row, c);
        bool left = c == 0 || table->columns[c].left;
        size_t n = ust_text_columns(text);
        size_t pad = n < wide[c] ? wide[c] - n : 0;
        behind += c > 0 ? GAP : 0;
        if (!left)
            behind += pad;
        if (n > 0) {
            add_spaces(behind, out);
            add_cut(text, wide[c], out);
            behind = 0;
        }
        if (left)
            behind += n > 0 ? pad : wide[c];
    }
    ust_text_add(out, "\n");
}

void ust_table_print(const struct ust_table *table, unsigned width, const char *indent,
                     struct ust_text *out)
{
    size_t wide[COLUMNS] = {0}, taken = ust_text_columns(indent);
    size_t total = measure(table, wide);
    make_fit(table, wide, total, width > taken ? width - taken : 0);
    add_line(table, wide, -1, indent, out);
    for (uint32_t row = 0; row < table->rows_n; row++)
        add_line(table, wide, (int)row, indent, out);
}
