/* Automatic target weights, as of an Application Load Balancer: who errs much more than the
 * others gets less and less, and once it does not, little by little its share again.
 *
 * As AWS documents it ("Edit target group attributes", Automatic Target Weights): the share of
 * errors of a target, HTTP 5xx and failed connections, is compared with that of the others,
 * where at least three are healthy; every five seconds the weights of anomalous targets are
 * lowered, down to the least that detection needs, and those of the others raised until they
 * are at par; at most half of the targets are mitigated. AWS does not say what is a significant
 * deviation, nor how large the steps are: these are parameters, and their defaults assumptions.
 *
 * Here: with e errors among n answers of one target, and E among N of the others, it is
 * anomalous where p = e/n exceeds P = E/N by `difference` at least, and by `deviation` times
 *   sqrt(q (1 - q) (1/n + 1/N)),  q = (e + E) / (n + N)
 * (the test of two proportions).
 *
 * Nothing here knows of pools: counts go in, weights come out.
 */
#ifndef UST_MODELS_BALANCE_TARGET_WEIGHTS_H
#define UST_MODELS_BALANCE_TARGET_WEIGHTS_H

#include "sim/spec/spec.h"

struct ust_target_weights_rule {
    bool mitigation;
    ust_time period;
    int64_t minimum_targets, requests;
    double deviation, difference, max_mitigated;
    double reduce, raise, minimum_weight;
};

extern const struct ust_field ust_target_weights_fields[];

/* What is known of one target; a new one has weight 1 and nothing else. */
struct ust_target {
    uint32_t errors;   /* since it was judged last */
    uint64_t answered; /* good answers ever, when it was judged last */
    double weight;     /* 0 to 1 */
    double excess;     /* of its errors over the others', in deviations, when judged last */
    bool anomalous, mitigated;
};

/* A period is over: target[i], one of n healthy ones, has given answered[i] good answers ever.
 * Verdicts and weights are those of the next period. */
void ust_target_weights_adjust(const struct ust_target_weights_rule *rule,
                               struct ust_target *const *target, const uint64_t *answered,
                               uint32_t n);

#endif
