/* What a HorizontalPodAutoscaler makes of a recommendation, for tests of its behaviour. */
#ifndef UST_TESTS_UNIT_HPA_BEHAVIOR_H
#define UST_TESTS_UNIT_HPA_BEHAVIOR_H

#include "tests/unit/hpa.h"

#include "models/scaler/k8s_hpa.h"

#define PODS(value, seconds)    "{type: pods, value: " #value ", period: " #seconds " s}"
#define PERCENT(value, seconds) "{type: percent, value: " #value ", period: " #seconds " s}"
#define UP(policies)            "scale_up: {policies: [" policies "]}"
#define DOWN(policies)          "scale_down: {stabilization_window: 0 s, policies: [" policies "]}"
#define AT_ONCE                 "scale_down: {stabilization_window: 0 s}"
#define HPA(more)               "{kind: k8s_hpa, metric: cpu, target: 50 %, " more "}"

/* ---- the parts behind a recommendation ---- */

struct part {
    struct hpa hpa;
    const struct ust_hpa_params *params;
    struct ust_hpa_state *state;
};

/* A controller that has run for long and remembers nothing. */
static inline void part_begin(struct part *part, const char *text, int64_t pods)
{
    hpa_begin(&part->hpa, text, 0);
    part->params = part->hpa.policy.variant.params;
    part->state = part->hpa.state;
    part->hpa.view.desired = pods;
    ust_hpa_begin(part->params, part->state, &part->hpa.view);
    part->state->recommendations.n = 0;
}

static inline int64_t behave(struct part *part, int64_t recommendation)
{
    return ust_hpa_behave(part->params, part->state, &part->hpa.view, recommendation).desired;
}

#endif
