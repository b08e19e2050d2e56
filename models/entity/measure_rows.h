/* Rows of the results: what a pool, or a stream of requests, comes to between two readings of
 * what it counts. measure.c takes the readings, at every tick and at the ends. */
#ifndef UST_MODELS_ENTITY_MEASURE_ROWS_H
#define UST_MODELS_ENTITY_MEASURE_ROWS_H

#include "models/entity/pool.h"

/* A copy of the counts in which every integral reaches to now. */
struct ust_pool_count ust_measure_read_pool(struct ust_model *model, struct ust_pool *pool);

/* Values of all pool metrics, in their order, over what has come between two readings, `length`
 * ns apart. */
void ust_measure_pool_values(const struct ust_pool *pool, const struct ust_pool_count *a,
                             const struct ust_pool_count *b, double length, double *out);

/* CPU seconds of first attempts beyond what capacity could do between two readings. */
double ust_measure_shortfall(const struct ust_pool_count *a, const struct ust_pool_count *b);

struct ust_latency_row {
    double mean, p50, p95, p99; /* s; NAN: no answers */
};
struct ust_latency_row ust_measure_latencies(const struct ust_histogram *histogram,
                                             uint64_t sum_ns);

/* Into a stream's row, by metric: the fates of a cohort; the latencies. */
void ust_measure_cohort_values(const struct ust_cohort *cohort, double *out);
void ust_measure_latency_values(struct ust_latency_row row, double *out);

void ust_measure_add_cohort(struct ust_cohort *to, const struct ust_cohort *from);
struct ust_traffic_reading ust_measure_read_traffic(const struct ust_model *model,
                                                    uint32_t number);

#endif
