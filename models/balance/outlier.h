/* Outlier detection: which instance behaves so unlike the others that it is left out for a
 * while. What Envoy does, as its reference says (config.cluster.v3.OutlierDetection): by errors
 * in a row, at once; and by success rates, every interval.
 *
 *   in the list ──outlier, and not too many are out──▶ ejected for base time * times in a row
 *        ▲                                                │ at the first sweep after that, or
 *        └────────────────────────────────────────────────┘ when a health check passes
 *
 * Nothing here knows of pools: counts go in, decisions come out.
 */
#ifndef UST_MODELS_BALANCE_OUTLIER_H
#define UST_MODELS_BALANCE_OUTLIER_H

#include "sim/rand/rng.h"
#include "sim/spec/spec.h"

struct ust_outlier_rule {
    ust_time interval, base_ejection_time, max_ejection_time, max_ejection_time_jitter;
    double max_ejection;
    int64_t consecutive_5xx, consecutive_gateway_failure;
    double enforcing_consecutive_5xx, enforcing_consecutive_gateway_failure;
    double enforcing_success_rate, enforcing_failure_percentage;
    int64_t success_rate_minimum_hosts, success_rate_request_volume;
    double success_rate_stdev_factor;
    int64_t failure_percentage_minimum_hosts, failure_percentage_request_volume;
    double failure_percentage_threshold;
    /* errors told apart by where they arise: the service answers one, or cannot be reached */
    bool split;
    int64_t consecutive_local_origin_failure;
    double enforcing_consecutive_local_origin_failure, enforcing_local_origin_success_rate;
    double enforcing_failure_percentage_local_origin;
    bool unejected_by_health_check, always_one;
    const struct ust_node *node; /* NULL: there is no outlier detection */
};

extern const struct ust_field ust_outlier_fields[];

/* What is known of one instance; zeroed for a new one. */
struct ust_outlier_host {
    uint32_t in_a_row, gateway_in_a_row, local_in_a_row;
    uint32_t errors, local; /* since the last sweep; `local` only where they are split */
    uint64_t answered;      /* good answers ever, at the last error */
    uint64_t answered_was;  /* ... at the last sweep */
    uint32_t times;         /* ejections that count for the length of the next */
    bool ejected;
    ust_time until; /* when the ejection may end */
};

/* Why an instance is an outlier. */
enum ust_outlier_reason {
    UST_OUTLIER_NOT,
    UST_OUTLIER_5XX,
    UST_OUTLIER_GATEWAY,
    UST_OUTLIER_SUCCESS_RATE,
    UST_OUTLIER_FAILURE_PERCENTAGE,
    UST_OUTLIER_LOCAL,
    UST_OUTLIER_LOCAL_SUCCESS_RATE,
    UST_OUTLIER_LOCAL_FAILURE_PERCENTAGE,
};
extern const char *const ust_outlier_reason_names[];

/* One more error of an instance that has given so many good answers ever; `gateway`: it could
 * not be reached, or did not answer. Good answers are not told one by one, so that they cost
 * nothing: errors are in a row when the number of good ones has not moved between them. */
enum ust_outlier_reason ust_outlier_error(const struct ust_outlier_rule *rule,
                                          struct ust_outlier_host *host, uint64_t answered,
                                          bool gateway, struct ust_rng *rng);

/* May one more be ejected, with so many of `present` out? One always may. */
bool ust_outlier_may_eject(const struct ust_outlier_rule *rule, uint32_t ejected,
                           uint32_t present);

void ust_outlier_eject(const struct ust_outlier_rule *rule, struct ust_outlier_host *host,
                       ust_time now, struct ust_rng *rng);
void ust_outlier_return(struct ust_outlier_host *host);

/* A sweep, in Envoy's order. First this for each instance: true where its ejection ends. */
bool ust_outlier_sweep_host(struct ust_outlier_host *host, ust_time now);

/* Then this, once, for those not ejected: host[i] has given answered[i] good answers ever.
 * reason[i] is filled, and the counts of the interval start anew. */
void ust_outlier_sweep_rates(const struct ust_outlier_rule *rule,
                             struct ust_outlier_host *const *host, const uint64_t *answered,
                             uint32_t n, struct ust_rng *rng, enum ust_outlier_reason *reason);

#endif
