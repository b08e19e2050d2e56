/* Tests of arrival kinds read them as a user writes them, for a run that they describe. */
#ifndef UST_TESTS_UNIT_ARRIVAL_H
#define UST_TESTS_UNIT_ARRIVAL_H

#include "tests/unit/policy.h"

#include "models/arrival/arrival.h"

struct arrival {
    struct policy policy;
    struct ust_arrival_context context;
    struct ust_arrival_plan plan;
    enum ust_status status;
};

static inline struct arrival arrival_try(const char *text, struct ust_arrival_context context)
{
    static const struct ust_user_persona nobody = {.name = "nobody"};
    struct arrival arrival = {.policy = policy_try(&ust_arrival_registry, text),
                              .context = context};
    arrival.context.spec = &arrival.policy.spec; /* good for the call below only */
    if (!context.persona)
        arrival.context.persona = &nobody;
    arrival.status = arrival.policy.status;
    if (arrival.status == UST_OK) {
        const struct ust_arrival_type *type =
            (const struct ust_arrival_type *)arrival.policy.variant.kind;
        arrival.status = type->plan(arrival.policy.variant.params, &arrival.context,
                                    arrival.policy.variant.node, &arrival.plan);
    }
    return arrival;
}

static inline struct arrival arrival_read(const char *text, struct ust_arrival_context context)
{
    struct arrival arrival = arrival_try(text, context);
    if (arrival.status != UST_OK)
        ust_diag_print(arrival.policy.spec.diag, stderr, NULL);
    assert_int_equal(arrival.status, UST_OK);
    assert_int_equal(ust_diag_errors(arrival.policy.spec.diag), 0);
    return arrival;
}

static inline void arrival_free(struct arrival *arrival)
{
    policy_free(&arrival->policy);
}

/* A run without warm-up, by Greenwich's clock. */
static inline struct ust_arrival_context arrival_run(ust_time end)
{
    return (struct ust_arrival_context){.end = end};
}

static inline void arrival_refuses(const char *text, ust_time end, const char *message)
{
    struct arrival arrival = arrival_try(text, arrival_run(end));
    const struct ust_diag_message *first = ust_diag_at(arrival.policy.spec.diag, 0);
    assert_non_null(first);
    assert_string_equal(first->text, message);
    assert_int_equal(ust_diag_errors(arrival.policy.spec.diag), 1);
    assert_int_equal(arrival.status, UST_INVALID);
    arrival_free(&arrival);
}

#endif
