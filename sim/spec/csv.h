/* Numbers in a CSV file: traces, matrices, measured samples. One row at a time, so memory does
 * not grow with the file.
 *
 * Cells are separated by commas (or by semicolons or tabs, if the first row has no comma), may
 * stand in double quotes ("" inside is one quote), and lose blanks around them. Empty lines and
 * lines that begin with # are skipped. All rows have as many cells as the first.
 *
 *   struct ust_csv *csv = ust_csv_open(spec, path, from, UST_CSV_HEADER_MAYBE);
 *   while (ust_csv_next(csv))
 *       ust_csv_number(csv, 0, &x);
 *   UST_TRY(ust_csv_close(csv));
 *
 * Promise: at most UST_TRACE_BYTES_MAX bytes are read (decompressed) and one line of
 * UST_CSV_LINE_MAX held; every message has file, line and column. Reading stops at the first
 * broken row, and after UST_CSV_MESSAGES_MAX bad numbers.
 */
#ifndef UST_SPEC_CSV_H
#define UST_SPEC_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/spec/spec.h"

/* A row of a matrix over all places fits; a file without line ends does not. */
#define UST_CSV_LINE_MAX     (1u << 20)
#define UST_CSV_COLUMNS_MAX  8192
#define UST_CSV_MESSAGES_MAX 10

enum ust_csv_header {
    UST_CSV_HEADER_NONE,
    UST_CSV_HEADER_YES,
    UST_CSV_HEADER_MAYBE, /* the first row is one if none of its cells begins like a number */
};

struct ust_csv; /* opaque */

/* `path` is usable as it stands (see ust_spec_path); messages about the file itself point at
 * `from`. Always returns a reader; if the file cannot be read, it has no rows. */
struct ust_csv *ust_csv_open(struct ust_spec *spec, const char *path, struct ust_place from,
                             enum ust_csv_header header);

/* Frees the reader; UST_INVALID if there was any message since ust_csv_open. */
enum ust_status ust_csv_close(struct ust_csv *csv);

/* The next row; false at the end or after an error. */
bool ust_csv_next(struct ust_csv *csv);

uint32_t ust_csv_columns(const struct ust_csv *csv);           /* 0 in an empty file */
const char *ust_csv_name(const struct ust_csv *csv, uint32_t); /* of the header; "" without */
int ust_csv_find(const struct ust_csv *csv, const char *name); /* column, or -1 */
uint64_t ust_csv_rows(const struct ust_csv *csv);              /* rows seen so far */

/* Of the current row. The text lives until the next row. */
const char *ust_csv_cell(const struct ust_csv *csv, uint32_t column);
struct ust_place ust_csv_place(const struct ust_csv *csv, uint32_t column);

/* A cell as a plain number, or as a value of `field` (unit, range, message); a quantity without
 * a unit is in the field's base unit. False with a message when it is none. */
bool ust_csv_number(struct ust_csv *csv, uint32_t column, double *out);
bool ust_csv_quantity(struct ust_csv *csv, uint32_t column, const struct ust_field *field,
                      void *out);

/* A whole text as a plain decimal number ("-1.5e3"): no hexadecimal, no "inf", no "nan", no
 * blanks, no locale. False if it is none or overflows. */
bool ust_number_parse(const char *text, double *out);

#endif
