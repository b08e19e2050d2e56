/* What the writers of table `estimate` share. */
#ifndef UST_ANALYSIS_STATS_ESTIMATE_H
#define UST_ANALYSIS_STATS_ESTIMATE_H

#include <sqlite3.h>

#include "analysis/stats/stats.h"

/* Values of one key, gathered row by row; free(values) at the end. */
struct ust_sample {
    sqlite3_int64 key;
    double *values;
    size_t n, capacity;
};
void ust_sample_add(struct ust_sample *sample, double value);

/* Replaces the interval of a key whose row is there. */
enum ust_status ust_estimate_replace(struct ust_store *store, sqlite3_int64 key,
                                     struct ust_interval interval, const char *method);

/* Intervals of a single replication, by batch means of its series. */
enum ust_status ust_estimate_single(struct ust_store *store, double confidence);

#endif
