/* Results for other programs: a table of the database as tidy CSV or JSON lines, the series as
 * OpenMetrics.
 *
 * Tidy: one value a row, and every row says which run, seed and scenario it is of, so that the
 * rows of many runs can be laid under each other. OpenMetrics carries simulated time: a sample
 * stands at the end of its interval, in seconds since 1970 by the scenario's start. Rows are
 * written as they are read; memory does not grow with the run.
 */
#ifndef UST_ANALYSIS_EXPORT_H
#define UST_ANALYSIS_EXPORT_H

#include <stdio.h>

#include "sim/store/store.h"

extern const char *const ust_export_tables[]; /* "kpi", "series", ..., NULL-terminated */

/* By index into ust_export_tables. CSV is RFC 4180's with \n; numbers read back to the same
 * bits. UST_REFUSED where `out` takes no more is the caller's to see by ferror. */
enum ust_status ust_export_csv(struct ust_store *store, int table, FILE *out);
enum ust_status ust_export_jsonl(struct ust_store *store, int table, FILE *out);
/* Every series with a value, as gauges `understudy_METRIC`. */
enum ust_status ust_export_openmetrics(struct ust_store *store, FILE *out);

#endif
