/* A HorizontalPodAutoscaler and the pods that it watches, for tests of it. Levels are shares of
 * the request of one cpu, or of a metric per pod. */
#ifndef UST_TESTS_UNIT_HPA_H
#define UST_TESTS_UNIT_HPA_H

#include "tests/unit/scaler.h"

struct hpa {
    struct policy policy;
    const struct ust_scaler_type *type;
    void *state;
    struct ust_scaler_instance pod[MAX];
    struct ust_scaler_view view;
};

/* A controller that meets `pods` pods, ready for long. */
static inline void hpa_begin(struct hpa *hpa, const char *text, uint32_t pods)
{
    *hpa = (struct hpa){.policy = policy_read(&ust_scaler_registry, text)};
    hpa->type = ust_scaler_of(hpa->policy.variant.kind);
    hpa->state = calloc(1, hpa->type->state_size(hpa->policy.variant.params));
    hpa->view = (struct ust_scaler_view){.now = UST_DAY,
                                         .desired = pods,
                                         .min = 1,
                                         .max = 1000,
                                         .instance = hpa->pod,
                                         .n = pods};
    for (uint32_t i = 0; i < pods && i < MAX; i++)
        hpa->pod[i] = (struct ust_scaler_instance){.in_service = true};
}

static inline void hpa_end(struct hpa *hpa)
{
    free(hpa->state);
    policy_free(&hpa->policy);
}

/* Pods as they come: ready for long; unready since they started; ready, but started just now;
 * without a metric; not even started. */
static inline void ready(struct hpa *hpa, uint32_t pod, double value)
{
    hpa->pod[pod] = (struct ust_scaler_instance){.in_service = true};
    report(&hpa->pod[pod], value);
}

static inline void unready(struct hpa *hpa, uint32_t pod, double value)
{
    hpa->pod[pod] = (struct ust_scaler_instance){.in_service = false};
    report(&hpa->pod[pod], value);
}

static inline void hot(struct hpa *hpa, uint32_t pod, double value)
{
    ust_time now = hpa->view.now;
    hpa->pod[pod] = (struct ust_scaler_instance){
        .launched = now, .ready = now, .changed = now, .in_service = true};
    report(&hpa->pod[pod], value);
}

static inline void missing(struct hpa *hpa, uint32_t pod)
{
    ready(hpa, pod, (double)NAN);
}

static inline void pending(struct hpa *hpa, uint32_t pod)
{
    hpa->pod[pod] = (struct ust_scaler_instance){.ready = UST_NEVER};
    report(&hpa->pod[pod], (double)NAN);
}

static inline struct ust_scaler_answer sync(struct hpa *hpa)
{
    for (uint32_t i = 0; i < hpa->view.n && i < MAX; i++)
        hpa->pod[i].since = hpa->view.now - 15 * UST_S;
    struct ust_scaler_answer answer =
        hpa->type->target(hpa->policy.variant.params, hpa->state, &hpa->view);
    assert_true((answer.desired != hpa->view.desired) == (answer.reason != NULL));
    return answer;
}

/* What the pods alone ask for: no windows, no limits of rate. */
#define ALONE                                                                                  \
    "scale_up: {policies: [{type: pods, value: 100000, period: 15 s}]}, "                      \
    "scale_down: {stabilization_window: 0 s}"
#define CPU(target) "{kind: k8s_hpa, metric: cpu, target: " target ", " ALONE "}"
#define RATE(target)                                                                           \
    "{kind: k8s_hpa, metric: requests, requests_per_instance: " target " req/s, " ALONE "}"

static inline int64_t alone(struct hpa *hpa)
{
    int64_t desired = sync(hpa).desired;
    hpa_end(hpa);
    return desired;
}

static inline void levels(struct hpa *hpa, uint32_t n, const double *value)
{
    for (uint32_t i = 0; i < n; i++)
        ready(hpa, i, value[i]);
}

#endif
