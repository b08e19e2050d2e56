/* Retries: how much load they make of failures, and how many requests they save. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

static void read_attempts(struct ust_model *model, void *context, double *values)
{
    (void)context;
    double offered = theory_users(model, UST_METRIC_offered);
    values[0] = theory_users(model, UST_METRIC_attempts) / offered;
    values[1] = theory_users(model, UST_METRIC_answered) / offered;
    values[2] = theory_users(model, UST_METRIC_failed) / offered;
    values[3] = theory_users(model, UST_METRIC_attempts);
}

/* A share p of all attempts fails, n attempts at most: (1 - p^n) / (1 - p) attempts to a
 * request, and 1 - p^n of them answered. The service has room for all. */
static void burst(double p, unsigned attempts, const char *jitter)
{
    struct theory_value v[4];
    char tolerance[300], more[300];
    double lost = pow(p, attempts);
    snprintf(tolerance, sizeof tolerance,
             "timeout: 60 s, retries: {kind: backoff, base: 100 ms, cap: 1 s, attempts: %u, "
             "jitter: %s}",
             attempts, jitter);
    snprintf(more, sizeof more,
             "faults: [{kind: error_burst, share: %.6f, at: 0 s, duration: endless}]", p);
    theory_run(theory_queue(&(struct theory_queue){.rate = 50,
                                                   .work = "10 ms",
                                                   .tolerance = tolerance,
                                                   .instance = "tuning: {slots: 1000}",
                                                   .service = "health_check: {interval: 0 s}",
                                                   .more = more,
                                                   .duration = 2000}),
               30, 4, NULL, read_attempts, NULL, v);
    theory_check(v[0], (1 - lost) / (1 - p), THEORY_MEANS, "p %g, %u attempts, %s: attempts", p,
                 attempts, jitter);
    theory_check(v[1], 1 - lost, THEORY_MEANS, "  answered");
    if (lost > 0.01)
        theory_check(v[2], lost, THEORY_QUANTILES, "  failed");
}

static void attempts_and_successes_are_geometric_sums(void **state)
{
    (void)state;
    theory_near((1 - pow(0.1, 4)) / 0.9, 1.111, 1e-12, "p .1");
    theory_near((1 - pow(0.5, 4)) / 0.5, 1.875, 1e-12, "p .5");
    burst(0.1, 4, "full");
    burst(0.5, 4, "none");
    burst(0.5, 4, "full");
    burst(0.3, 3, "decorrelated");
    burst(0.8, 6, "full");
}

/* A dead service is asked `attempts` times by everybody, no less. */
static void a_service_that_always_fails_is_asked_every_time(void **state)
{
    (void)state;
    struct theory_value v[4];
    theory_run(
        theory_queue(&(struct theory_queue){
            .rate = 50,
            .work = "10 ms",
            .tolerance = "timeout: 60 s, retries: {kind: backoff, base: 1 ms, cap: 1 ms, "
                         "attempts: 4, jitter: none}",
            .instance = "tuning: {slots: 1000}",
            .arrivals = "{kind: piecewise, points: [{at: 0 s, rate: 50 /s}, "
                        "{at: 90 s, rate: 0 /s}]}",
            .more = "faults: [{kind: error_burst, share: 100 %, at: 0 s}]",
            .duration = 100,
            .whole = true}),
        30, 4, NULL, read_attempts, NULL, v);
    assert_true(v[0].least == 4 && v[0].most == 4);
    assert_true(v[1].most == 0);
    assert_true(v[2].least == 1);
}

/* Without retries the load does not change. */
static void no_retries_no_amplification(void **state)
{
    (void)state;
    struct theory_value v[4];
    theory_run(theory_queue(&(struct theory_queue){
                   .rate = 50,
                   .work = "10 ms",
                   .instance = "tuning: {slots: 1000}",
                   .service = "health_check: {interval: 0 s}",
                   .more = "faults: [{kind: error_burst, share: 30 %, at: 0 s}]",
                   .duration = 1000}),
               30, 4, NULL, read_attempts, NULL, v);
    assert_true(v[0].least == 1 && v[0].most == 1);
    theory_check(v[2], 0.3, THEORY_MEANS, "p 0.3, no retries: failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attempts_and_successes_are_geometric_sums),
        cmocka_unit_test(a_service_that_always_fails_is_asked_every_time),
        cmocka_unit_test(no_retries_no_amplification),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
