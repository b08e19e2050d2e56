/* A table of text for a terminal: columns as wide as what stands in them, counted in characters
 * and not in bytes. Where the terminal is too narrow the columns that matter least are left
 * out, and then the first column is cut, so that no line ever wraps.
 *
 * The first column is flush left, as are columns of ust_table_column.left; all others are
 * right. Cost: everything is kept until it is printed.
 */
#ifndef UST_ANALYSIS_STUDY_TABLE_H
#define UST_ANALYSIS_STUDY_TABLE_H

#include <stdint.h>
#include <stdio.h>

#include "sim/base/text.h"

struct ust_table_column {
    const char *title;
    unsigned rank; /* 0: never left out; else the highest goes first */
    bool left;
};

struct ust_table {
    const struct ust_table_column *columns;
    uint32_t columns_n, rows_n;
    char **cells; /* [row * columns_n + column], NULL: empty */
};

void ust_table_begin(struct ust_table *table, const struct ust_table_column *columns,
                     uint32_t columns_n);
void ust_table_row(struct ust_table *table); /* the cells below go into it */
__attribute__((format(printf, 3, 4))) void
ust_table_cell(struct ust_table *table, uint32_t column, const char *format, ...);
void ust_table_print(const struct ust_table *table, unsigned width, const char *indent,
                     struct ust_text *out);
void ust_table_free(struct ust_table *table);

#endif
