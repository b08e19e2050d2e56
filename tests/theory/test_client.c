/* What clients do to protect themselves and their servers, against what it must come to. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

/* ---- deadlines ---- */

static void read_fates(struct ust_model *model, void *context, double *values)
{
    (void)context;
    double offered = theory_users(model, UST_METRIC_offered);
    values[0] = theory_users(model, UST_METRIC_attempts) / offered;
    values[1] = theory_users(model, UST_METRIC_timed_out) / offered;
    values[2] = theory_users(model, UST_METRIC_in_flight) / offered;
    values[3] = theory_users(model, UST_METRIC_answered) / offered;
}

/* Requests of the first second, to a service that never answers. Waits of 100 and 200 ms and a
 * timeout of 300 ms: attempts begin at 0, 400 ms and 900 ms. */
static void lost(const char *deadline, double duration, struct theory_value *v)
{
    char tolerance[300];
    snprintf(tolerance, sizeof tolerance,
             "timeout: 300 ms, deadline: %s, retries: {kind: backoff, base: 100 ms, cap: 10 s, "
             "attempts: 9, jitter: none}",
             deadline);
    theory_run(
        theory_queue(&(struct theory_queue){
            .work = "10 ms",
            .tolerance = tolerance,
            .instance = "tuning: {slots: 1000}",
            .arrivals = "{kind: piecewise, points: [{at: 0 s, rate: 50 /s}, "
                        "{at: 1 s, rate: 50 /s}, {at: 1001 ms, rate: 0 /s}]}",
            .service = "health_check: {interval: 0 s}",
            .more = "faults: [{kind: region_loss, region: here, at: 0 s, in_flight: silent}]",
            .duration = duration,
            .whole = true}),
        30, 4, NULL, read_fates, NULL, v);
}

static void a_deadline_ends_the_attempt_under_way(void **state)
{
    (void)state;
    struct theory_value v[4];
    lost("1 s", 3, v);
    assert_true(v[0].least == 3 && v[0].most == 3);
    assert_true(v[1].least == 1); /* at 1 s, not at 1.2 s, as the next test shows */
    lost("1 s", 2.002, v);        /* the last came at 1.001 s at the latest */
    assert_true(v[2].most == 0);
    lost("1010 ms", 2.002, v);
    assert_true(v[2].most > 0);
}

/* The third attempt would begin 900 ms after the first send. */
static void a_retry_that_could_only_begin_after_the_deadline_is_not_made(void **state)
{
    (void)state;
    struct theory_value v[4];
    lost("850 ms", 1.702, v); /* so the request ends with its second attempt, at 700 ms */
    assert_true(v[0].least == 2 && v[0].most == 2);
    assert_true(v[1].least == 1);
    assert_true(v[2].most == 0);
    lost("900 ms", 3, v);
    assert_true(v[0].least == 2 && v[0].most == 2);
    lost("901 ms", 3, v);
    assert_true(v[0].least == 3 && v[0].most == 3);
}

/* M/M/inf: no attempt lasts longer than the deadline, and 1 - exp(-mu D) of them end before. */
static void a_deadline_alone_cuts_long_services(void **state)
{
    (void)state;
    struct theory_value v[4];
    theory_run(theory_queue(&(struct theory_queue){.rate = 50,
                                                   .work = "exponential(mean 100 ms)",
                                                   .tolerance = "deadline: 200 ms",
                                                   .instance = "tuning: {slots: 1000}",
                                                   .duration = 2000}),
               30, 4, NULL, read_fates, NULL, v);
    theory_check(v[3], 1 - exp(-2), THEORY_MEANS, "answered before the deadline");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_ends_the_attempt_under_way),
        cmocka_unit_test(a_retry_that_could_only_begin_after_the_deadline_is_not_made),
        cmocka_unit_test(a_deadline_alone_cuts_long_services),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
