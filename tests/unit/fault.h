/* A fault read from its text, and what it does at a moment, for tests of faults. */
#ifndef UST_TESTS_UNIT_FAULT_H
#define UST_TESTS_UNIT_FAULT_H

#include "tests/unit/policy.h"

#include "models/fault/fault.h"

static inline struct ust_fault_course course(const struct policy *policy)
{
    return ust_fault_course_expected(policy->variant.params);
}

static inline double level(const struct policy *policy, double seconds)
{
    struct ust_fault_course expected = course(policy);
    return ust_fault_level(&expected, ust_time_from_seconds(seconds));
}

static inline double next(const struct policy *policy, double seconds, double step)
{
    struct ust_fault_course expected = course(policy);
    ust_time at =
        ust_fault_next(&expected, ust_time_from_seconds(seconds), ust_time_from_seconds(step));
    return at == UST_NEVER ? HUGE_VAL : ust_time_seconds(at);
}

static inline struct ust_fault_effect effect(const struct policy *policy, double seconds)
{
    struct ust_fault_effect out;
    struct ust_fault_course expected = course(policy);
    ust_fault_effect_at(ust_fault_of(policy->variant.kind), policy->variant.params, &expected,
                        ust_time_from_seconds(seconds), &out);
    return out;
}

static inline ust_time end(const struct policy *policy, int64_t run_s)
{
    struct ust_fault_course expected = course(policy);
    return ust_fault_end(&expected, run_s * UST_S);
}

static inline struct ust_fault_scope scope(const struct policy *policy)
{
    struct ust_fault_scope out;
    ust_fault_of(policy->variant.kind)->scope(policy->variant.params, &out);
    return out;
}

#endif
