/* Tests of policies read their parameters as a user writes them: one line of YAML. */
#ifndef UST_TESTS_UNIT_POLICY_H
#define UST_TESTS_UNIT_POLICY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/spec/spec.h"

#define CHECK_NEAR(got, want, tolerance)                                                       \
    do {                                                                                       \
        double near_got = (got), near_want = (want);                                           \
        if (!(fabs(near_got - near_want) <= (tolerance)))                                      \
            fail_msg("%s is %.9g, not %.9g within %.3g", #got, near_got, near_want,            \
                     (double)(tolerance));                                                     \
    } while (0)

struct policy {
    struct ust_spec spec;
    struct ust_variant variant;
    enum ust_status status;
};

/* "{kind: backoff, base: 1 s}" of a registry, with its messages. */
static inline struct policy policy_try(const struct ust_registry *registry, const char *text)
{
    const struct ust_field fields[] = {
        {.key = "it",
         .kind = UST_FIELD_VARIANT,
         .offset = 0,
         .registry = registry,
         .flags = UST_FIELD_REQUIRED},
        {.key = NULL},
    };
    struct policy policy = {.spec = {.arena = ust_arena_new(), .diag = ust_diag_new()}};
    char *line = NULL;
    int length = asprintf(&line, "it: %s\n", text);
    assert_true(length > 0);
    struct ust_node *root = ust_spec_read_text(&policy.spec, "test.yaml", line, (size_t)length);
    free(line);
    policy.status = root ? ust_spec_decode(&policy.spec, root, fields, &policy.variant)
                         : ust_diag_status(policy.spec.diag);
    return policy;
}

static inline struct policy policy_read(const struct ust_registry *registry, const char *text)
{
    struct policy policy = policy_try(registry, text);
    if (policy.status != UST_OK || ust_diag_errors(policy.spec.diag))
        ust_diag_print(policy.spec.diag, stderr, NULL);
    assert_int_equal(policy.status, UST_OK);
    return policy;
}

static inline void policy_free(struct policy *policy)
{
    ust_diag_free(policy->spec.diag);
    ust_arena_free(policy->spec.arena);
}

/* The only message that the text causes, and its column; the text begins at column 5. */
static inline void policy_refuses(const struct ust_registry *registry, const char *text,
                                  unsigned column, const char *message)
{
    struct policy policy = policy_try(registry, text);
    const struct ust_diag_message *first = ust_diag_at(policy.spec.diag, 0);
    assert_non_null(first);
    assert_string_equal(first->text, message);
    assert_int_equal(first->place.column, column);
    assert_int_equal(ust_diag_errors(policy.spec.diag), 1);
    assert_int_equal(policy.status, UST_INVALID);
    policy_free(&policy);
}

/* The same where the message stands at the last place of the text that begins with `at`. */
static inline void policy_refuses_at(const struct ust_registry *registry, const char *text,
                                     const char *at, const char *message)
{
    const char *found = NULL;
    for (const char *next = text; (next = strstr(next, at)) != NULL; next++)
        found = next;
    assert_non_null(found);
    policy_refuses(registry, text, (unsigned)(found - text) + 5, message);
}

/* Kolmogorov's distance of samples, which it sorts, from the uniform law on low..high, times
 * the root of n. Below 1.95 in 999 of 1000 sets of samples. */
static inline int policy_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline double policy_uniform_distance(double *sample, size_t n, double low, double high)
{
    double distance = 0;
    qsort(sample, n, sizeof *sample, policy_order);
    for (size_t i = 0; i < n; i++) {
        double law = (sample[i] - low) / (high - low);
        distance = fmax(distance,
                        fmax(law - (double)i / (double)n, (double)(i + 1) / (double)n - law));
    }
    return distance * sqrt((double)n);
}

/* Pearson's statistic of counts against expected shares. */
static inline double policy_chi_square(const uint64_t *count, const double *share, uint32_t n)
{
    double total = 0, sum = 0;
    for (uint32_t i = 0; i < n; i++)
        total += (double)count[i];
    for (uint32_t i = 0; i < n; i++) {
        double off = (double)count[i] - total * share[i];
        sum += off * off / (total * share[i]);
    }
    return sum;
}

#endif
