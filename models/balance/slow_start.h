/* Slow start: an instance that becomes healthy gets its share of the traffic step by step.
 *
 *   weight = full weight * max(min_weight, (max(t, 1 s) / window)^(1 / aggression)),  t <
 * window
 *
 * with t since it became healthy (Envoy's slow start; an Application Load Balancer's is the
 * straight line, aggression 1, without a minimum).
 */
#ifndef UST_MODELS_BALANCE_SLOW_START_H
#define UST_MODELS_BALANCE_SLOW_START_H

#include "sim/spec/spec.h"

struct ust_slow_start {
    ust_time window; /* 0: none */
    double aggression, min_weight;
};

extern const struct ust_field ust_slow_start_fields[];

/* Share of its full weight that an instance has so long after it became healthy; 1 from the end
 * of the window on. */
double ust_slow_start_share(const struct ust_slow_start *slow, ust_time since);

#endif
