/* What clients did beside asking once: readings of their counters, and the metrics of the time
 * between two of them. A metric that a stream has no use for is undefined there (NaN), so that
 * it leaves no rows.
 */
#ifndef UST_MODELS_ENTITY_TALLY_H
#define UST_MODELS_ENTITY_TALLY_H

#include <stdbool.h>
#include <stdint.h>

struct ust_model;

struct ust_tally {
    uint64_t attempts, offered, retries, denied, hedges, won, local;
    uint64_t open, pending; /* areas, ns */
    uint32_t breakers;
    bool repeats, budgets, copies, refuses, queues; /* what there is to count */
};

/* Of a stream; of several together, by adding. Zeroed is nothing. */
struct ust_tally ust_tally_read(const struct ust_model *model, uint32_t traffic);
void ust_tally_add(struct ust_tally *to, const struct ust_tally *from);

/* Writes the metrics from `retries` to `client_queue` of what lies between two readings,
 * `length` ns apart, to out[0..UST_TALLY_VALUES), in the order of metrics.def. */
#define UST_TALLY_VALUES (UST_METRIC_client_queue - UST_METRIC_retries + 1)
void ust_tally_values(const struct ust_tally *from, const struct ust_tally *to, double length,
                      double *out);

#endif
