/* A group of instances and the scaler that watches it, for tests of scalers. */
#ifndef UST_TESTS_UNIT_SCALER_H
#define UST_TESTS_UNIT_SCALER_H

#include "tests/unit/policy.h"

#include "models/scaler/scaler.h"

#define MAX 128

struct group {
    struct policy policy;
    const struct ust_scaler_type *type;
    void *state;
    struct ust_scaler_instance instance[MAX];
    struct ust_scaler_view view;
};

/* Whatever metric is asked for, it has this value. */
static inline void report(struct ust_scaler_instance *instance, double value)
{
    for (int m = 0; m < UST_SCALE_METRICS; m++)
        instance->value[m] = value;
}

/* n instances that have been in service for long, and are as many as desired. */
static inline void group_begin(struct group *group, const char *text, uint32_t n)
{
    *group = (struct group){.policy = policy_read(&ust_scaler_registry, text)};
    group->type = ust_scaler_of(group->policy.variant.kind);
    const void *params = group->policy.variant.params;
    if (group->type->state_size != NULL)
        group->state = calloc(1, group->type->state_size(params));
    group->view = (struct ust_scaler_view){.now = UST_DAY,
                                           .desired = n,
                                           .min = 1,
                                           .max = 1000,
                                           .instance = group->instance,
                                           .n = n};
    for (uint32_t i = 0; i < n && i < MAX; i++)
        group->instance[i] = (struct ust_scaler_instance){.in_service = true};
}

static inline void group_end(struct group *group)
{
    free(group->state);
    policy_free(&group->policy);
}

/* One call a period later; adopts the answer within the bounds, as a pool would that launches
 * nothing yet. */
static inline int64_t call(struct group *group)
{
    ust_time period = group->type->period(group->policy.variant.params);
    group->view.now += period;
    group->view.unix_s += period / UST_S;
    group->view.local_s += period / UST_S;
    struct ust_scaler_answer answer =
        group->type->target(group->policy.variant.params, group->state, &group->view);
    assert_true((answer.desired != group->view.desired) == (answer.reason != NULL));
    if (answer.bounds) {
        group->view.min = answer.min;
        group->view.max = answer.max;
    }
    int64_t desired = answer.desired;
    desired = desired < group->view.min ? group->view.min : desired;
    group->view.desired = desired > group->view.max ? group->view.max : desired;
    return group->view.desired;
}

/* One more point of the metric with `value` on every instance. */
static inline int64_t point(struct group *group, double value)
{
    for (uint32_t i = 0; i < group->view.n && i < MAX; i++)
        report(&group->instance[i], value);
    return call(group);
}

static inline int64_t points(struct group *group, int n, double value)
{
    for (int i = 0; i < n; i++)
        point(group, value);
    return group->view.desired;
}

/* The pool has brought itself to what is desired: what was added has served for `age`, and what
 * was removed is gone. */
static inline void settle(struct group *group, ust_time age)
{
    for (uint32_t i = group->view.n; i < (uint32_t)group->view.desired && i < MAX; i++) {
        ust_time since = group->view.now - age;
        group->instance[i] = (struct ust_scaler_instance){
            .launched = since, .ready = since, .changed = since, .in_service = true};
    }
    group->view.n = (uint32_t)group->view.desired;
}

#endif
