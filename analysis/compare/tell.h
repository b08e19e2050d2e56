/* What a comparison says: a table with a chart for people, the same in Markdown for a pull
 * request, and JSON. */
#ifndef UST_ANALYSIS_COMPARE_TELL_H
#define UST_ANALYSIS_COMPARE_TELL_H

#include "analysis/compare/compare.h"

/* Without `all`, of what is undecided or the same only its number. `width`: of the terminal. */
void ust_compare_table(const struct ust_compare *compare, bool all, unsigned width,
                       struct ust_arena *arena, struct ust_text *out);
void ust_compare_markdown(const struct ust_compare *compare, struct ust_arena *arena,
                          struct ust_text *out);
/* A picture of the relative differences (chart.c), worst first: at most UST_COMPARE_CHART_ROWS;
 * without `all` only what was found, and of what is undecided enough to fill a dozen rows. Rows
 * without a value in A have no relative difference. UST_REFUSED where nothing is left. */
#define UST_COMPARE_CHART_ROWS 40
enum ust_status ust_compare_chart(const struct ust_compare *compare, bool all, unsigned width,
                                  struct ust_arena *arena, const char *path);
/* "2 worse, 1 better, 30 undecided of 41; ..." and what could have been found, a line each. */
void ust_compare_summary(const struct ust_compare *compare, struct ust_text *out);
struct json_t;
struct json_t *ust_compare_json(const struct ust_compare *compare);

#endif
