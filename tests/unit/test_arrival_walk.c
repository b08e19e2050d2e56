/* The generator of arrivals: exact for every shape of plan.
 *
 * A Poisson process whose time is stretched by its own cumulative rate has unit exponential
 * gaps, whatever the rate; that is the test of all rate plans. */
#include "tests/unit/law.h"

#include "models/arrival/arrival.h"

#define N 100000

static struct ust_arrival_plan plan_of(const struct ust_rate_knot *knots, uint32_t n,
                                       ust_time period)
{
    return (struct ust_arrival_plan){
        .kind = UST_PLAN_RATE, .knots = knots, .knots_n = n, .period = period};
}

/* Expected arrivals until t, written anew from the definition. */
static double mass(const struct ust_arrival_plan *plan, ust_time t)
{
    double cycle = 0, sum = 0;
    for (uint32_t i = 0; i + 1 < plan->knots_n; i++)
        cycle += (plan->knots[i].rate + plan->knots[i].rate_end) / 2 *
                 (double)(plan->knots[i + 1].at - plan->knots[i].at) / 1e9;
    if (plan->period > 0) {
        sum = (double)(t / plan->period) * cycle;
        t %= plan->period;
    }
    for (uint32_t i = 0; i + 1 < plan->knots_n && plan->knots[i].at < t; i++) {
        double length = (double)(plan->knots[i + 1].at - plan->knots[i].at) / 1e9;
        if (length == 0)
            continue;
        double inside = (double)(t - plan->knots[i].at) / 1e9;
        double x = inside < length ? inside : length;
        double slope = (plan->knots[i].rate_end - plan->knots[i].rate) / length;
        sum += plan->knots[i].rate * x + slope * x * x / 2;
    }
    return sum;
}

static double exponential_cdf(const void *law, double x)
{
    return -expm1(-x / *(const double *)law);
}

static double uniform_cdf(const void *law, double x)
{
    return x / *(const double *)law;
}

/* N arrivals of a plan that starts over: stretched gaps are exponential with mean 1. */
static void check_stretched(const char *what, const struct ust_arrival_plan *plan)
{
    static double gap[N];
    const double mean = 1;
    struct ust_rng rng = ust_rng_derive(11, 0, what);
    struct ust_arrivals arrivals;
    ust_arrivals_start(&arrivals, plan, NULL);
    double before = 0;
    ust_time last = 0;
    for (int i = 0; i < N; i++) {
        ust_time at = ust_arrivals_next(&arrivals, &rng);
        assert_true(at >= last);
        assert_true(at >= arrivals.from);
        assert_true((double)(at - arrivals.from) <= arrivals.length);
        last = at;
        double now = mass(plan, at);
        gap[i] = now - before;
        before = now;
    }
    law_check(what, gap, N, exponential_cdf, &mean);
}

#define PERIOD(knots) plan_of(knots, sizeof(knots) / sizeof(knots[0]), 100 * UST_S)

static void a_level_rate_has_exponential_gaps(void **state)
{
    (void)state;
    const struct ust_rate_knot knots[] = {{0, 900, 900}, {100 * UST_S, 900, 900}};
    struct ust_arrival_plan plan = PERIOD(knots);
    check_stretched("level", &plan);
}

static void a_rate_that_rises_from_nothing_is_inverted_exactly(void **state)
{
    (void)state;
    const struct ust_rate_knot knots[] = {{0, 0, 400}, {100 * UST_S, 400, 400}};
    struct ust_arrival_plan plan = PERIOD(knots);
    check_stretched("from nothing", &plan);
}

static void a_rate_that_falls_to_nothing_is_inverted_exactly(void **state)
{
    (void)state;
    const struct ust_rate_knot knots[] = {{0, 400, 0}, {100 * UST_S, 0, 0}};
    struct ust_arrival_plan plan = PERIOD(knots);
    check_stretched("to nothing", &plan);
}

static void slopes_jumps_and_gaps_together_are_inverted_exactly(void **state)
{
    (void)state;
    const struct ust_rate_knot knots[] = {{0, 100, 900},
                                          {10 * UST_S, 50, 0},
                                          {30 * UST_S, 0, 0},
                                          {40 * UST_S, 2000, 2000},
                                          {41 * UST_S, 7, 7.0000000001},
                                          {60 * UST_S, 300, 10},
                                          {60 * UST_S, 10, 10},
                                          {90 * UST_S, 0, 120},
                                          {100 * UST_S, 0, 0}};
    struct ust_arrival_plan plan = PERIOD(knots);
    check_stretched("all together", &plan);
}

static void segments_of_few_arrivals_hand_on_the_rest_of_a_draw(void **state)
{
    (void)state;
    static struct ust_rate_knot knots[101];
    for (int i = 0; i <= 100; i++)
        knots[i] = (struct ust_rate_knot){i * UST_S, i % 7 * 0.05, (i + 3) % 5 * 0.04};
    struct ust_arrival_plan plan = PERIOD(knots);
    check_stretched("few", &plan);
}

static void counts_per_interval_are_poisson_around_the_rate(void **state)
{
    (void)state;
    const struct ust_rate_knot knots[] = {
        {0, 0, 90}, {40 * UST_S, 90, 10}, {70 * UST_S, 30, 30}, {100 * UST_S, 0, 0}};
    struct ust_arrival_plan plan = PERIOD(knots);
    double count[50] = {0}, expected[50];
    struct ust_rng rng = ust_rng_derive(12, 0, "counts");
    struct ust_arrivals arrivals;
    ust_arrivals_start(&arrivals, &plan, NULL);
    for (ust_time at; (at = ust_arrivals_next(&arrivals, &rng)) < 4000 * UST_S;)
        count[at % (100 * UST_S) / (2 * UST_S)]++;
    for (int i = 0; i < 50; i++)
        expected[i] =
            40 * (mass(&plan, (i + 1) * 2 * UST_S - (i == 49)) - mass(&plan, i * 2 * UST_S));
    law_check_counts("by two seconds", count, expected, 50);
}

/* Breakpoints 0, 2, 5, 6, 10 with rates 1, 4, 4, 0.5, 2 on straight lines: where the cumulative
 * rate reaches E, from an independent program (scipy and bisection). */
static void the_inverse_of_the_cumulative_rate_meets_reference_values(void **state)
{
    (void)state;
    const struct ust_rate_knot knots[] = {{0, 1, 4},
                                          {2 * UST_S, 4, 4},
                                          {5 * UST_S, 4, 0.5},
                                          {6 * UST_S, 0.5, 2},
                                          {10 * UST_S, 2, 2}};
    const double reached[] = {0.25, 1, 3, 5, 10, 17, 19, 20.5, 23};
    const double expected[] = {
        0.21525043702153, 0.666666666666667, 1.44151844011225, 2, 3.25, 5,
        5.73879612503626, 7.57259929569378,  9.33333333333333};
    struct ust_arrival_plan plan = plan_of(knots, 5, 0);
    for (int i = 0; i < 9; i++) {
        struct ust_arrivals arrivals;
        ust_arrivals_start(&arrivals, &plan, NULL);
        arrivals.mass = reached[i];
        double seconds = (double)ust_arrivals_cross(&arrivals) / 1e9;
        if (!(fabs(seconds - expected[i]) < 1e-9))
            fail_msg("E = %g: %.12f, not %.12f", reached[i], seconds, expected[i]);
    }
}

static void two_streams_together_are_one_of_both_rates(void **state)
{
    (void)state;
    static double gap[N];
    const struct ust_rate_knot slow[] = {{0, 30, 30}, {UST_DAY, 30, 30}};
    const struct ust_rate_knot fast[] = {{0, 70, 70}, {UST_DAY, 70, 70}};
    struct ust_arrival_plan plan[2] = {plan_of(slow, 2, 0), plan_of(fast, 2, 0)};
    struct ust_rng rng[2] = {ust_rng_derive(1, 0, "slow"), ust_rng_derive(1, 0, "fast")};
    struct ust_arrivals arrivals[2];
    ust_time next[2], last = 0;
    int slow_n = 0;
    for (int i = 0; i < 2; i++) {
        ust_arrivals_start(&arrivals[i], &plan[i], NULL);
        next[i] = ust_arrivals_next(&arrivals[i], &rng[i]);
    }
    for (int i = 0; i < N; i++) {
        int first = next[1] < next[0];
        gap[i] = (double)(next[first] - last);
        last = next[first];
        slow_n += first == 0;
        next[first] = ust_arrivals_next(&arrivals[first], &rng[first]);
    }
    const double mean = 1e9 / 100;
    law_check("superposition", gap, N, exponential_cdf, &mean);
    law_check_mean("share of the slow", (double)slow_n / N, 0.3, sqrt(0.3 * 0.7), N);
}

static void a_plan_of_hardly_any_arrivals_skips_its_empty_rounds(void **state)
{
    (void)state;
    static double gap[1000];
    const struct ust_rate_knot knots[] = {{0, 1e-7, 1e-7}, {UST_MS, 0, 0}};
    struct ust_arrival_plan plan = plan_of(knots, 2, UST_MS);
    struct ust_rng rng = ust_rng_derive(13, 0, "rare");
    for (int i = 0; i < 1000;
         i++) { /* one arrival in 10^10 rounds; each alone, for 292 years */
        struct ust_arrivals arrivals;
        ust_arrivals_start(&arrivals, &plan, NULL);
        gap[i] = (double)ust_arrivals_next(&arrivals, &rng);
    }
    const double mean = 1e16;
    law_check("rare", gap, 1000, exponential_cdf, &mean);
}

static void a_plan_without_arrivals_ends_at_once_even_if_it_starts_over(void **state)
{
    (void)state;
    const struct ust_rate_knot knots[] = {{0, 0, 0}, {UST_S, 0, 0}};
    const uint64_t counts[] = {0, 0};
    struct ust_arrival_plan plans[] = {
        plan_of(knots, 2, UST_S),
        {.kind = UST_PLAN_COUNTS, .counts = counts, .n = 2, .interval = 1, .period = 2},
        {.kind = UST_PLAN_INSTANTS, .n = 0, .period = 1},
    };
    struct ust_rng rng = ust_rng_derive(14, 0, "nothing");
    for (int i = 0; i < 3; i++) {
        struct ust_arrivals arrivals;
        ust_arrivals_start(&arrivals, &plans[i], NULL);
        assert_true(ust_arrivals_next(&arrivals, &rng) == UST_NEVER);
        assert_true(ust_arrivals_next(&arrivals, &rng) == UST_NEVER);
    }
}

static void a_plan_that_has_ended_stays_ended(void **state)
{
    (void)state;
    const struct ust_rate_knot knots[] = {{0, 5, 5}, {UST_S, 0, 0}};
    struct ust_arrival_plan plan = plan_of(knots, 2, 0);
    struct ust_rng rng = ust_rng_derive(15, 0, "end");
    struct ust_arrivals arrivals;
    ust_arrivals_start(&arrivals, &plan, NULL);
    int n = 0;
    while (ust_arrivals_next(&arrivals, &rng) != UST_NEVER)
        n++;
    assert_true(n < 30); /* Poisson of mean 5 */
    for (int i = 0; i < 5; i++)
        assert_true(ust_arrivals_next(&arrivals, &rng) == UST_NEVER);
}

/* ---- counts ---- */

static void each_interval_gets_exactly_its_count_in_order(void **state)
{
    (void)state;
    const uint64_t counts[] = {3, 0, 1, 1000, 0, 0, 7};
    struct ust_arrival_plan plan = {.kind = UST_PLAN_COUNTS,
                                    .counts = counts,
                                    .n = 7,
                                    .interval = UST_MINUTE,
                                    .period = 7 * UST_MINUTE};
    struct ust_rng rng = ust_rng_derive(16, 0, "exact");
    struct ust_arrivals arrivals;
    ust_arrivals_start(&arrivals, &plan, NULL);
    uint64_t seen[21] = {0};
    ust_time last = 0;
    for (int i = 0; i < 3 * 1011; i++) {
        ust_time at = ust_arrivals_next(&arrivals, &rng);
        assert_true(at >= last);
        last = at;
        assert_true(at < 21 * UST_MINUTE);
        assert_int_equal(at / UST_MINUTE % 7, arrivals.index);
        seen[at / UST_MINUTE]++;
    }
    for (int i = 0; i < 21; i++)
        assert_int_equal(seen[i], counts[i % 7]);
}

static void instants_of_an_interval_are_independent_uniforms(void **state)
{
    (void)state;
    static double all[N], first[N / 5];
    const uint64_t counts[] = {5};
    struct ust_arrival_plan plan = {
        .kind = UST_PLAN_COUNTS, .counts = counts, .n = 1, .interval = UST_S, .period = UST_S};
    struct ust_rng rng = ust_rng_derive(17, 0, "uniform");
    struct ust_arrivals arrivals;
    ust_arrivals_start(&arrivals, &plan, NULL);
    for (int i = 0; i < N; i++) {
        all[i] = (double)(ust_arrivals_next(&arrivals, &rng) % UST_S);
        if (i % 5 == 0) /* the least of five: 1 - its fifth power of what is above is uniform */
            first[i / 5] = 1 - pow(1 - all[i] / 1e9, 5);
    }
    const double second = 1e9, one = 1;
    law_check("all of five", all, N, uniform_cdf, &second);
    law_check("first of five", first, N / 5, uniform_cdf, &one);
}

static void a_million_in_an_interval_stay_inside_it(void **state)
{
    (void)state;
    const uint64_t counts[] = {1000000, 1};
    struct ust_arrival_plan plan = {
        .kind = UST_PLAN_COUNTS, .counts = counts, .n = 2, .interval = UST_S};
    struct ust_rng rng = ust_rng_derive(18, 0, "million");
    struct ust_arrivals arrivals;
    double sum = 0;
    ust_arrivals_start(&arrivals, &plan, NULL);
    for (int i = 0; i < 1000000; i++) {
        ust_time at = ust_arrivals_next(&arrivals, &rng);
        assert_true(at <= UST_S);
        sum += (double)at / 1e9;
    }
    law_check_mean("million", sum / 1e6, 0.5, sqrt(1.0 / 12), 1000000);
    assert_true(ust_arrivals_next(&arrivals, &rng) >= UST_S);
    assert_true(ust_arrivals_next(&arrivals, &rng) == UST_NEVER);
}

/* ---- instants ---- */

static void a_recording_is_played_as_it_is_and_draws_nothing(void **state)
{
    (void)state;
    const ust_time instants[] = {0, 5, 5, 1000};
    struct ust_arrival_plan plan = {
        .kind = UST_PLAN_INSTANTS, .instants = instants, .n = 4, .period = 2000};
    struct ust_rng rng = ust_rng_derive(19, 0, "played"), untouched = rng;
    struct ust_arrivals arrivals;
    ust_arrivals_start(&arrivals, &plan, NULL);
    const ust_time expected[] = {0, 5, 5, 1000, 2000, 2005, 2005, 3000, 4000};
    for (int i = 0; i < 9; i++) {
        assert_true(ust_arrivals_next(&arrivals, &rng) == expected[i]);
        assert_int_equal(arrivals.index, i % 4);
    }
    assert_true(rng.state == untouched.state);
}

static void a_recording_that_is_not_repeated_ends(void **state)
{
    (void)state;
    const ust_time instants[] = {7};
    struct ust_arrival_plan plan = {.kind = UST_PLAN_INSTANTS, .instants = instants, .n = 1};
    struct ust_rng rng = ust_rng_derive(20, 0, "ends");
    struct ust_arrivals arrivals;
    ust_arrivals_start(&arrivals, &plan, NULL);
    assert_true(ust_arrivals_next(&arrivals, &rng) == 7);
    assert_true(ust_arrivals_next(&arrivals, &rng) == UST_NEVER);
    assert_true(ust_arrivals_next(&arrivals, &rng) == UST_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_rate_has_exponential_gaps),
        cmocka_unit_test(a_rate_that_rises_from_nothing_is_inverted_exactly),
        cmocka_unit_test(a_rate_that_falls_to_nothing_is_inverted_exactly),
        cmocka_unit_test(slopes_jumps_and_gaps_together_are_inverted_exactly),
        cmocka_unit_test(segments_of_few_arrivals_hand_on_the_rest_of_a_draw),
        cmocka_unit_test(counts_per_interval_are_poisson_around_the_rate),
        cmocka_unit_test(the_inverse_of_the_cumulative_rate_meets_reference_values),
        cmocka_unit_test(two_streams_together_are_one_of_both_rates),
        cmocka_unit_test(a_plan_of_hardly_any_arrivals_skips_its_empty_rounds),
        cmocka_unit_test(a_plan_without_arrivals_ends_at_once_even_if_it_starts_over),
        cmocka_unit_test(a_plan_that_has_ended_stays_ended),
        cmocka_unit_test(each_interval_gets_exactly_its_count_in_order),
        cmocka_unit_test(instants_of_an_interval_are_independent_uniforms),
        cmocka_unit_test(a_million_in_an_interval_stay_inside_it),
        cmocka_unit_test(a_recording_is_played_as_it_is_and_draws_nothing),
        cmocka_unit_test(a_recording_that_is_not_repeated_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
