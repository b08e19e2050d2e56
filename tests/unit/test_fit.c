/* Laws come back from their samples, also from rounded and cut ones. Samples are GSL's, which
 * share no code with ours; standard errors are from Fisher's information. */
#include "tests/unit/law.h"

#include <stdio.h>
#include <string.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_psi.h>

#include "analysis/fit/fit.h"
#include "sim/rand/gsl.h"

#ifndef CHECK_NEAR
#define CHECK_NEAR(value, reference, tolerance)                                                \
    do {                                                                                       \
        double value_ = (value), reference_ = (reference);                                     \
        if (!(fabs(value_ - reference_) <= (tolerance)))                                       \
            fail_msg("%s: %.12g, reference %.12g", #value, value_, reference_);                \
    } while (0)
#endif

#define N 4000

static double x[N];

static struct ust_rng draws_of(const char *name)
{
    return ust_rng_derive(31, 0, name);
}

static struct ust_fitted fit_one(enum ust_fit_law law, struct ust_fit_options options)
{
    struct ust_fitted out;
    assert_true(ust_fit_law(law, x, N, &options, &out));
    return out;
}

static struct ust_fit fit_all(struct ust_fit_options options)
{
    struct ust_fit out;
    ust_fit(x, N, &options, &out);
    return out;
}

static const struct ust_fit_options plain;

/* ---- recovered ---- */

static void an_exponential_comes_back(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("exponential");
    gsl_rng gsl = ust_rng_gsl(&rng);
    for (int i = 0; i < N; i++)
        x[i] = gsl_ran_exponential(&gsl, 7);
    CHECK_NEAR(fit_one(UST_FIT_EXPONENTIAL, plain).dist.arg[0], 7, 3 * 7 / sqrt(N));
    struct ust_fit fit = fit_all(plain);
    assert_int_equal(ust_fit_best(&fit)->law, UST_FIT_EXPONENTIAL);
    assert_true(fit.fits);
    assert_true(fit.p > 0.05);
}

static void a_gamma_comes_back(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("gamma");
    gsl_rng gsl = ust_rng_gsl(&rng);
    const double k = 2.5, scale = 3;
    for (int i = 0; i < N; i++)
        x[i] = gsl_ran_gamma(&gsl, k, scale);
    struct ust_fitted it = fit_one(UST_FIT_GAMMA, plain);
    /* var(k) = k / (n (k psi'(k) - 1)) */
    CHECK_NEAR(it.dist.arg[2], k, 3 * sqrt(k / (N * (k * gsl_sf_psi_1(k) - 1))));
    CHECK_NEAR(it.dist.arg[0], k * scale, 3 * scale * sqrt(k / N));
    struct ust_fit fit = fit_all(plain);
    assert_int_equal(ust_fit_best(&fit)->law, UST_FIT_GAMMA);
    assert_true(fit.fits);
}

static void a_lognormal_comes_back(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("lognormal");
    gsl_rng gsl = ust_rng_gsl(&rng);
    for (int i = 0; i < N; i++)
        x[i] = gsl_ran_lognormal(&gsl, 1.2, 0.9);
    struct ust_fitted it = fit_one(UST_FIT_LOGNORMAL, plain);
    CHECK_NEAR(log(it.dist.arg[2]), 1.2, 3 * 0.9 / sqrt(N));
    CHECK_NEAR(it.dist.arg[3], 0.9, 3 * 0.9 / sqrt(2.0 * N));
    struct ust_fit fit = fit_all(plain);
    assert_int_equal(ust_fit_best(&fit)->law, UST_FIT_LOGNORMAL);
    assert_true(fit.fits);
}

static void a_weibull_comes_back(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("weibull");
    gsl_rng gsl = ust_rng_gsl(&rng);
    for (int i = 0; i < N; i++)
        x[i] = gsl_ran_weibull(&gsl, 5, 0.6);
    struct ust_fitted it = fit_one(UST_FIT_WEIBULL, plain);
    /* var(shape) = 0.6079 shape^2 / n, var(scale) = 1.1087 (scale / shape)^2 / n */
    CHECK_NEAR(it.dist.arg[1], 0.6, 3 * 0.6 * sqrt(0.6079 / N));
    CHECK_NEAR(it.dist.arg[2], 5, 3 * 5 / 0.6 * sqrt(1.1087 / N));
    struct ust_fit fit = fit_all(plain);
    assert_int_equal(ust_fit_best(&fit)->law, UST_FIT_WEIBULL);
    assert_true(fit.fits);
}

static void a_pareto_comes_back(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("pareto");
    gsl_rng gsl = ust_rng_gsl(&rng);
    for (int i = 0; i < N; i++)
        x[i] = gsl_ran_pareto(&gsl, 2.5, 4);
    struct ust_fitted it = fit_one(UST_FIT_PARETO, plain);
    CHECK_NEAR(it.dist.arg[1], 2.5, 3 * 2.5 / sqrt(N));
    CHECK_NEAR(it.dist.arg[2], 4,
               10 * 4 / 2.5 / N); /* the minimum is scale / (alpha n) above */
    struct ust_fit fit = fit_all(plain);
    assert_int_equal(ust_fit_best(&fit)->law, UST_FIT_PARETO);
    assert_true(fit.fits);
}

static void an_erlang_comes_back_with_its_phases(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("erlang");
    gsl_rng gsl = ust_rng_gsl(&rng);
    for (int i = 0; i < N; i++)
        x[i] = gsl_ran_gamma(&gsl, 4, 2);
    struct ust_fitted it = fit_one(UST_FIT_ERLANG, plain);
    CHECK_NEAR(it.dist.arg[1], 4, 0);
    CHECK_NEAR(it.dist.arg[0], 8, 3 * 4 / sqrt(N));
    struct ust_fit fit = fit_all(plain);
    assert_int_equal(ust_fit_best(&fit)->law, UST_FIT_ERLANG);
}

static void two_exponentials_come_back(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("hyperexponential");
    gsl_rng gsl = ust_rng_gsl(&rng);
    const double p = 0.7, a = 1, b = 20;
    for (int i = 0; i < N; i++)
        x[i] = gsl_ran_exponential(&gsl, gsl_rng_uniform(&gsl) < p ? a : b);
    struct ust_fitted it = fit_one(UST_FIT_HYPEREXPONENTIAL, plain);
    const double mean = p * a + (1 - p) * b, second = 2 * (p * a * a + (1 - p) * b * b);
    const double cv = sqrt(second / (mean * mean) - 1);
    CHECK_NEAR(it.dist.arg[0], mean, 3 * cv * mean / sqrt(N));
    CHECK_NEAR(it.dist.arg[2], p,
               3 * 1.2 * sqrt(p * (1 - p) / N)); /* phases overlap a little */
    CHECK_NEAR(it.dist.arg[1], cv, 0.15);
    struct ust_fit fit = fit_all(plain);
    assert_int_equal(ust_fit_best(&fit)->law, UST_FIT_HYPEREXPONENTIAL);
    assert_true(fit.fits);
}

static void a_geometric_count_comes_back(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("geometric");
    gsl_rng gsl = ust_rng_gsl(&rng);
    for (int i = 0; i < N; i++)
        x[i] = gsl_ran_geometric(&gsl, 1 / 6.0);
    struct ust_fit_options counts = {.laws = UST_FIT_COUNTS, .step = 1, .least = 1};
    CHECK_NEAR(fit_one(UST_FIT_GEOMETRIC, counts).dist.arg[0], 6, 3 * sqrt(30.0 / N));
    struct ust_fit fit = fit_all(counts);
    assert_int_equal(ust_fit_best(&fit)->law, UST_FIT_GEOMETRIC);
    assert_true(fit.fits);
}

/* ---- recorded ---- */

/* Requests of a session: a real number that is rounded, and never less than 1. */
static void a_lognormal_count_comes_back_through_its_rounding(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("counts");
    gsl_rng gsl = ust_rng_gsl(&rng);
    for (int i = 0; i < N; i++)
        x[i] = fmax(floor(gsl_ran_lognormal(&gsl, 0.5, 1.1) + 0.5), 1);
    struct ust_fit_options counts = {.laws = UST_FIT_COUNTS, .step = 1, .least = 1};
    struct ust_fitted it = fit_one(UST_FIT_LOGNORMAL, counts);
    /* half of the information is rounded away: twice the standard errors of whole values */
    CHECK_NEAR(log(it.dist.arg[2]), 0.5, 3 * 2 * 1.1 / sqrt(N));
    CHECK_NEAR(it.dist.arg[3], 1.1, 3 * 2 * 1.1 / sqrt(2.0 * N));
    struct ust_fit fit = fit_all(counts);
    assert_int_equal(ust_fit_best(&fit)->law, UST_FIT_LOGNORMAL);
    assert_true(fit.fits);
}

static void whole_seconds_do_not_hide_a_gamma(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("seconds");
    gsl_rng gsl = ust_rng_gsl(&rng);
    for (int i = 0; i < N; i++)
        x[i] = floor(gsl_ran_gamma(&gsl, 1.6, 1.5) + 0.5);
    struct ust_fit_options seconds = {.step = 1};
    CHECK_NEAR(ust_fit_step(x, N, (const double[]){60, 1, 0.1, 0}), 1, 0);
    struct ust_fitted it = fit_one(UST_FIT_GAMMA, seconds);
    CHECK_NEAR(it.dist.arg[2], 1.6, 4 * sqrt(1.6 / (N * (1.6 * gsl_sf_psi_1(1.6) - 1))));
    CHECK_NEAR(it.dist.arg[0], 2.4, 3 * 1.5 * sqrt(1.6 / N) * 1.1);
    struct ust_fit fit = fit_all(seconds);
    assert_true(fit.fits);
    assert_int_equal(ust_fit_best(&fit)->law, UST_FIT_GAMMA);
    /* Taken as they are, there are values of 0, and gamma is impossible. */
    assert_false(ust_fit_law(UST_FIT_GAMMA, x, N, &plain, &it));
}

static void pauses_that_end_sessions_are_missed_and_known_to_be(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("cut");
    gsl_rng gsl = ust_rng_gsl(&rng);
    for (int i = 0; i < N;)
        if ((x[i] = gsl_ran_exponential(&gsl, 10)) <= 20)
            i++;
    /* Of what is seen the mean is 10 - 20 / (e^2 - 1) = 6.87. */
    CHECK_NEAR(fit_one(UST_FIT_EXPONENTIAL, plain).dist.arg[0], 10 - 20 / expm1(2), 0.3);
    struct ust_fit_options cut = {.beyond = 20};
    /* information of a cut exponential at its mean's double: 1 - 4 e^2 / (e^2 - 1)^2 = 0.276 */
    CHECK_NEAR(fit_one(UST_FIT_EXPONENTIAL, cut).dist.arg[0], 10, 3 * 10 / sqrt(0.276 * N));
    struct ust_fit fit = fit_all(cut);
    assert_true(fit.fits);
}

/* Of each request one in twenty sends its user away, who would have made more. */
static void sessions_that_were_cut_off_are_known_to_have_been_longer(void **state)
{
    (void)state;
    static double cut[N];
    struct ust_rng rng = draws_of("left");
    gsl_rng gsl = ust_rng_gsl(&rng);
    size_t n = 0, cuts = 0;
    for (int i = 0; i < N; i++) {
        double whole = fmax(floor(gsl_ran_lognormal(&gsl, 2, 1) + 0.5), 1);
        double left = gsl_ran_geometric(&gsl, 0.05);
        if (whole < left)
            x[n++] = whole;
        else
            cut[cuts++] = left;
    }
    assert_true(cuts > N / 5);
    struct ust_fit_options counts = {.laws = UST_FIT_COUNTS, .step = 1, .least = 1};
    struct ust_fit fit;
    ust_fit(x, n, &counts, &fit);
    assert_true(fit.mean < 8); /* the law's is 12.2 */
    counts.cut = cut;
    counts.cuts = cuts;
    struct ust_fitted it;
    assert_true(ust_fit_law(UST_FIT_LOGNORMAL, x, n, &counts, &it));
    CHECK_NEAR(log(it.dist.arg[2]), 2, 3 * 1.2 / sqrt(N));
    CHECK_NEAR(it.dist.arg[3], 1, 3 * 1.5 / sqrt(2.0 * N));
    ust_fit(x, n, &counts, &fit);
    assert_int_equal(ust_fit_best(&fit)->law, UST_FIT_LOGNORMAL);
    assert_true(fit.fits);
    assert_true(fit.p > 0.05);
    CHECK_NEAR(ust_dist_mean(&ust_fit_best(&fit)->dist), exp(2.5), 0.8);
}

static void a_fine_step_is_none(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++)
        x[i] = 1000 + i;
    CHECK_NEAR(ust_fit_step(x, N, (const double[]){10, 1, 0}), 0, 0);
    for (int i = 0; i < N; i++)
        x[i] = 100 * (i % 7);
    CHECK_NEAR(ust_fit_step(x, N, (const double[]){1000, 100, 1, 0}), 100, 0);
}

/* ---- published ---- */

/* Millions of revolutions that 23 ball bearings lasted (Lieblein and Zelen 1956). */
static const double bearings[] = {17.88, 28.92, 33.00,  41.52,  42.12,  45.60,  48.40, 51.84,
                                  51.96, 54.12, 55.56,  67.80,  68.64,  68.64,  68.88, 84.12,
                                  93.12, 98.64, 105.12, 105.84, 127.92, 128.04, 173.40};

static void ball_bearings_have_the_weibull_and_lognormal_of_the_books(void **state)
{
    (void)state;
    struct ust_fitted it;
    const size_t n = sizeof bearings / sizeof bearings[0];
    assert_true(ust_fit_law(UST_FIT_WEIBULL, bearings, n, &plain, &it));
    /* Thoman, Bain and Antle (1969), Lawless (1982): shape 2.102, scale 81.88 */
    CHECK_NEAR(it.dist.arg[1], 2.102, 0.0005);
    CHECK_NEAR(it.dist.arg[2], 81.88, 0.01);
    assert_true(ust_fit_law(UST_FIT_LOGNORMAL, bearings, n, &plain, &it));
    /* Lawless (1982): mu 4.150, sigma 0.522 */
    CHECK_NEAR(log(it.dist.arg[2]), 4.150, 0.0005);
    CHECK_NEAR(it.dist.arg[3], 0.522, 0.0005);
    assert_true(ust_fit_law(UST_FIT_GAMMA, bearings, n, &plain, &it));
    /* Where log k - digamma(k) = log mean - mean log. */
    double mean = 0, logs = 0;
    for (size_t i = 0; i < n; i++) {
        mean += bearings[i] / (double)n;
        logs += log(bearings[i]) / (double)n;
    }
    CHECK_NEAR(log(it.dist.arg[2]) - gsl_sf_psi(it.dist.arg[2]), log(mean) - logs, 1e-10);
}

/* ---- goodness ---- */

static void what_is_no_law_is_told_from_one(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("humps");
    for (int i = 0; i < N; i++)
        x[i] =
            ust_rng_unit(&rng) < 0.5 ? 1 + 0.1 * ust_rng_unit(&rng) : 50 + ust_rng_unit(&rng);
    struct ust_fit fit = fit_all(plain);
    assert_false(fit.fits);
    assert_true(fit.distance > 0.1);
    assert_true(fit.p < 0.01);
    assert_true(fit.p_below);
}

/* Under the law itself, p is uniform: of 60 samples about 3 are below 0.05, and not 12. */
static void the_bootstrap_rejects_as_often_as_it_says(void **state)
{
    (void)state;
    int below = 0, below_half = 0;
    for (int k = 0; k < 60; k++) {
        char name[16];
        double few[200];
        snprintf(name, sizeof name, "p %d", k);
        struct ust_rng rng = draws_of(name);
        for (int i = 0; i < 200; i++)
            few[i] = 3 * ust_exponential(&rng);
        struct ust_fit_options options = {
            .laws = 1u << UST_FIT_EXPONENTIAL, .seed = (uint64_t)k, .name = name};
        struct ust_fit fit;
        ust_fit(few, 200, &options, &fit);
        below += fit.p < 0.05;
        below_half += fit.p < 0.5;
    }
    assert_true(below <= 9);
    CHECK_NEAR(below_half, 30, 12);
}

static void equal_values_are_a_constant_and_few_are_no_law(void **state)
{
    (void)state;
    struct ust_fit fit;
    const double same[] = {4, 4, 4}, few[] = {1, 2, 3, 4, 5};
    ust_fit(same, 3, &plain, &fit);
    assert_true(fit.constant);
    assert_null(ust_fit_best(&fit));
    ust_fit(few, 5, &plain, &fit);
    assert_false(fit.constant);
    assert_null(ust_fit_best(&fit));
    ust_fit(few, 0, &plain, &fit);
    assert_false(fit.constant);
    assert_null(ust_fit_best(&fit));
}

static void thinned_values_keep_the_mean_and_rare_ones_their_weight(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_rng rng = draws_of("thin");
    struct ust_thinned thin;
    double sum = 0, kept = 0;
    for (int i = 0; i < N; i++)
        sum += x[i] = ust_exponential(&rng);
    ust_fit_thin(x, N, 100, arena, &thin);
    assert_int_equal(thin.n, 100);
    assert_null(thin.weight);
    for (int i = 0; i < 100; i++)
        kept += thin.value[i];
    CHECK_NEAR(kept / 100, sum / N, 1e-9);
    for (int i = 0; i < N; i++)
        x[i] = i % 10 == 0 ? 7 : 3;
    ust_fit_thin(x, N, 100, arena, &thin);
    assert_int_equal(thin.n, 2);
    CHECK_NEAR(thin.value[1], 7, 0);
    CHECK_NEAR(thin.weight[1], N / 10, 0);
    ust_arena_free(arena);
}

static void a_fit_is_the_same_whatever_the_order_and_the_unit(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("order");
    static double y[N];
    gsl_rng gsl = ust_rng_gsl(&rng);
    for (int i = 0; i < N; i++)
        x[i] = gsl_ran_gamma(&gsl, 0.7, 1);
    struct ust_fitted a = fit_one(UST_FIT_WEIBULL, plain), b;
    for (int i = 0; i < N; i++)
        y[i] = x[N - 1 - i] * 1e9;
    assert_true(ust_fit_law(UST_FIT_WEIBULL, y, N, &plain, &b));
    CHECK_NEAR(b.dist.arg[1] / a.dist.arg[1], 1, 1e-9);
    CHECK_NEAR(b.dist.arg[2] / a.dist.arg[2], 1e9, 1);
}

/* Exponential patience of mean 5, looked at for 2 each: the rest is cut off. */
static void patience_is_known_although_most_are_answered(void **state)
{
    (void)state;
    struct ust_rng rng = draws_of("patience");
    double total = 0;
    uint64_t left = 0;
    for (int i = 0; i < N; i++) {
        double patience = 5 * ust_exponential(&rng);
        total += patience < 2 ? patience : 2;
        left += patience < 2;
    }
    CHECK_NEAR(ust_fit_censored_mean(total, left), 5, 3 * 5 / sqrt((double)left));
    assert_true(isnan(ust_fit_censored_mean(total, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exponential_comes_back),
        cmocka_unit_test(a_gamma_comes_back),
        cmocka_unit_test(a_lognormal_comes_back),
        cmocka_unit_test(a_weibull_comes_back),
        cmocka_unit_test(a_pareto_comes_back),
        cmocka_unit_test(an_erlang_comes_back_with_its_phases),
        cmocka_unit_test(two_exponentials_come_back),
        cmocka_unit_test(a_geometric_count_comes_back),
        cmocka_unit_test(a_lognormal_count_comes_back_through_its_rounding),
        cmocka_unit_test(whole_seconds_do_not_hide_a_gamma),
        cmocka_unit_test(pauses_that_end_sessions_are_missed_and_known_to_be),
        cmocka_unit_test(sessions_that_were_cut_off_are_known_to_have_been_longer),
        cmocka_unit_test(a_fine_step_is_none),
        cmocka_unit_test(ball_bearings_have_the_weibull_and_lognormal_of_the_books),
        cmocka_unit_test(what_is_no_law_is_told_from_one),
        cmocka_unit_test(the_bootstrap_rejects_as_often_as_it_says),
        cmocka_unit_test(equal_values_are_a_constant_and_few_are_no_law),
        cmocka_unit_test(thinned_values_keep_the_mean_and_rare_ones_their_weight),
        cmocka_unit_test(a_fit_is_the_same_whatever_the_order_and_the_unit),
        cmocka_unit_test(patience_is_known_although_most_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
