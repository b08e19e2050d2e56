/* Every continuous distribution: its exact law against GSL's, its samples against its law and
 * against GSL's samples, its moments against their formulas. Seeds are fixed; see law.h for
 * thresholds. */
#include <stdio.h>

#include "tests/unit/law.h"
#include "tests/unit/make_dist.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>

#include "sim/rand/gsl.h"
#include "sim/rand/special.h"

#define MANY 200000

static double ours[MANY], theirs[MANY];

static double cdf_of(const void *law, double x)
{
    const struct ust_dist *dist = law;
    return dist->type->cdf(dist, x);
}

/* Samples of n = 200,000 against the cumulative function, by Kolmogorov and Smirnov; the mean
 * and, where the fourth moment is finite and tame, the variance. */
static void check_samples(const struct ust_dist *dist, int with_variance)
{
    struct ust_rng rng = ust_rng_derive(1, 0, dist->type->name);
    double mean = ust_dist_mean(dist), variance = dist->type->variance(dist);
    double sum = 0, squares = 0, fourth = 0;
    for (int i = 0; i < MANY; i++) {
        double x = ust_dist_sample(dist, &rng), d = (x - mean) * (x - mean);
        assert_true(x >= 0);
        ours[i] = x;
        sum += x;
        squares += d;
        fourth += d * d;
    }
    if (isfinite(variance))
        law_check_mean("mean", sum / MANY, mean, sqrt(variance), MANY);
    if (with_variance) {
        double spread = sqrt(fourth / MANY - (squares / MANY) * (squares / MANY));
        law_check_mean("variance", squares / MANY, variance, spread, MANY);
    }
    law_check(dist->type->name, ours, MANY, cdf_of, dist);
}

#define NEAR(a, b, relative)                                                                   \
    do {                                                                                       \
        double near_a = (a), near_b = (b);                                                     \
        if (!(fabs(near_a - near_b) <= (relative)*fabs(near_b)))                               \
            fail_msg("%s = %.17g, expected %.17g", #a, near_a, near_b);                        \
    } while (0)

/* The cumulative functions of ours and GSL's agree to 10^-12 from far left to far right. */
#define SAME_CDF(dist, x, expression)                                                          \
    for (double x = ust_dist_mean(&(dist)) / 1024; x < ust_dist_mean(&(dist)) * 64; x *= 1.25) \
    NEAR(cdf_of(&(dist), x), expression, 1e-12)

/* Samples of ours and GSL's, drawn from one stream, by the two-sample test. */
#define SAME_SAMPLES(dist, view, expression)                                                   \
    do {                                                                                       \
        struct ust_rng stream = ust_rng_derive(2, 0, (dist).type->name);                       \
        gsl_rng view = ust_rng_gsl(&stream);                                                   \
        for (int i = 0; i < MANY; i++) {                                                       \
            ours[i] = ust_dist_sample(&(dist), &stream);                                       \
            theirs[i] = (expression);                                                          \
        }                                                                                      \
        law_check_two((dist).type->name, ours, theirs, MANY);                                  \
    } while (0)

/* ---- uniform ---- */

static void uniform_of_2_to_5_follows_its_law(void **state)
{
    (void)state;
    struct ust_dist dist = make_dist("uniform", GIVEN({"low", 2}, {"high", 5}));
    check_samples(&dist, 1);
    NEAR(ust_dist_mean(&dist), 3.5, 0);
    NEAR(dist.type->variance(&dist), 0.75, 1e-15);
    for (double x = 0; x < 6; x += 0.125)
        NEAR(cdf_of(&dist, x), gsl_cdf_flat_P(x, 2, 5), 1e-15);
    SAME_SAMPLES(dist, view, gsl_ran_flat(&view, 2, 5));
}

static void uniform_of_one_point_is_that_point(void **state)
{
    (void)state;
    struct ust_dist dist = make_dist("uniform", GIVEN({"low", 4}, {"high", 4}));
    struct ust_rng rng = ust_rng_derive(1, 0, "x");
    assert_true(ust_dist_sample(&dist, &rng) == 4);
    assert_true(cdf_of(&dist, 4) == 1);
    assert_true(cdf_of(&dist, 3.999) == 0);
}

/* ---- exponential, erlang, gamma ---- */

static void exponential_of_mean_3_follows_its_law(void **state)
{
    (void)state;
    struct ust_dist dist = make_dist("exponential", GIVEN({"mean", 3}));
    check_samples(&dist, 1);
    NEAR(ust_dist_mean(&dist), 3, 0);
    NEAR(dist.type->variance(&dist), 9, 0);
    SAME_CDF(dist, x, gsl_cdf_exponential_P(x, 3));
    SAME_SAMPLES(dist, view, gsl_ran_exponential(&view, 3));
}

static void check_erlang(double k)
{
    struct ust_dist dist = make_dist("erlang", GIVEN({"mean", 30}, {"k", k}));
    check_samples(&dist, 1);
    NEAR(ust_dist_mean(&dist), 30, 1e-15);
    NEAR(dist.type->variance(&dist), 900 / k, 1e-15);
    SAME_CDF(dist, x, gsl_cdf_gamma_P(x, k, 30 / k));
    SAME_SAMPLES(dist, view, gsl_ran_erlang(&view, 30 / k, k));
}

static void erlang_of_1_phase_follows_its_law(void **state)
{
    (void)state;
    check_erlang(1);
}

static void erlang_of_4_phases_follows_its_law(void **state)
{
    (void)state;
    check_erlang(4);
}

static void erlang_of_5_phases_follows_its_law(void **state)
{
    (void)state;
    check_erlang(5);
}

static void erlang_of_20_phases_follows_its_law(void **state)
{
    (void)state;
    check_erlang(20);
}

static void check_gamma(double cv)
{
    struct ust_dist dist = make_dist("gamma", GIVEN({"mean", 40}, {"cv", cv}));
    double shape = 1 / (cv * cv);
    check_samples(&dist, 1);
    NEAR(ust_dist_mean(&dist), 40, 1e-15);
    NEAR(dist.type->variance(&dist), 1600 * cv * cv, 1e-14);
    SAME_CDF(dist, x, gsl_cdf_gamma_P(x, shape, 40 / shape));
    SAME_SAMPLES(dist, view, gsl_ran_gamma(&view, shape, 40 / shape));
}

static void gamma_of_cv_0_2_follows_its_law(void **state)
{
    (void)state;
    check_gamma(0.2);
}

static void gamma_of_cv_0_7_follows_its_law(void **state)
{
    (void)state;
    check_gamma(0.7);
}

static void gamma_of_cv_1_follows_its_law(void **state)
{
    (void)state;
    check_gamma(1);
}

static void gamma_of_cv_1_5_follows_its_law(void **state)
{
    (void)state;
    check_gamma(1.5);
}

static void gamma_of_cv_4_follows_its_law(void **state)
{
    (void)state;
    check_gamma(4);
}

static void gamma_by_shape_is_gamma_by_cv(void **state)
{
    (void)state;
    struct ust_dist a = make_dist("gamma", GIVEN({"mean", 2}, {"cv", 0.5}));
    struct ust_dist b = make_dist("gamma", GIVEN({"mean", 2}, {"shape", 4}));
    assert_memory_equal(a.p, b.p, sizeof a.p);
}

/* ---- lognormal ---- */

static void check_lognormal(double cv)
{
    struct ust_dist dist = make_dist("lognormal", GIVEN({"mean", 40}, {"cv", cv}));
    double sigma = sqrt(log1p(cv * cv)), mu = log(40) - sigma * sigma / 2;
    check_samples(&dist, cv < 1);
    NEAR(ust_dist_mean(&dist), 40, 1e-14);
    NEAR(dist.type->variance(&dist), 1600 * cv * cv, 1e-14);
    SAME_CDF(dist, x, gsl_cdf_lognormal_P(x, mu, sigma));
    SAME_SAMPLES(dist, view, gsl_ran_lognormal(&view, mu, sigma));
}

static void lognormal_of_cv_0_3_follows_its_law(void **state)
{
    (void)state;
    check_lognormal(0.3);
}

static void lognormal_of_cv_1_5_follows_its_law(void **state)
{
    (void)state;
    check_lognormal(1.5);
}

static void lognormal_of_cv_5_follows_its_law(void **state)
{
    (void)state;
    check_lognormal(5);
}

static void lognormal_by_median_and_sigma_follows_its_law(void **state)
{
    (void)state;
    struct ust_dist dist = make_dist("lognormal", GIVEN({"median", 7}, {"sigma", 0.8}));
    check_samples(&dist, 0);
    NEAR(ust_dist_mean(&dist), 7 * exp(0.32), 1e-14);
    NEAR(cdf_of(&dist, 7), 0.5, 1e-14);
    SAME_CDF(dist, x, gsl_cdf_lognormal_P(x, log(7), 0.8));
}

static void lognormal_of_cv_0_is_its_mean(void **state)
{
    (void)state;
    struct ust_dist dist = make_dist("lognormal", GIVEN({"mean", 40}, {"cv", 0}));
    struct ust_rng rng = ust_rng_derive(1, 0, "x");
    NEAR(ust_dist_sample(&dist, &rng), 40, 1e-15);
    assert_true(dist.type->variance(&dist) == 0);
}

/* ---- weibull, pareto ---- */

static void check_weibull(double shape)
{
    struct ust_dist dist = make_dist("weibull", GIVEN({"mean", 120}, {"shape", shape}));
    double scale = 120 / gsl_sf_gamma(1 + 1 / shape);
    check_samples(&dist, shape >= 1);
    NEAR(ust_dist_mean(&dist), 120, 1e-13);
    NEAR(dist.type->variance(&dist),
         scale * scale * gsl_sf_gamma(1 + 2 / shape) - 120.0 * 120.0, 1e-12 * shape * shape);
    SAME_CDF(dist, x, gsl_cdf_weibull_P(x, scale, shape));
    SAME_SAMPLES(dist, view, gsl_ran_weibull(&view, scale, shape));
}

static void weibull_of_shape_0_5_follows_its_law(void **state)
{
    (void)state;
    check_weibull(0.5);
}

static void weibull_of_shape_1_follows_its_law(void **state)
{
    (void)state;
    check_weibull(1);
}

static void weibull_of_shape_1_7_follows_its_law(void **state)
{
    (void)state;
    check_weibull(1.7);
}

static void weibull_of_shape_6_follows_its_law(void **state)
{
    (void)state;
    check_weibull(6);
}

static void weibull_by_scale_has_63_percent_below_it(void **state)
{
    (void)state;
    struct ust_dist dist = make_dist("weibull", GIVEN({"scale", 9}, {"shape", 2.5}));
    check_samples(&dist, 1);
    NEAR(cdf_of(&dist, 9), 1 - exp(-1), 1e-14);
    SAME_CDF(dist, x, gsl_cdf_weibull_P(x, 9, 2.5));
}

static void check_pareto(double alpha)
{
    struct ust_dist dist = make_dist("pareto", GIVEN({"mean", 40}, {"alpha", alpha}));
    double scale = 40 * (alpha - 1) / alpha;
    check_samples(&dist, alpha > 8);
    NEAR(ust_dist_mean(&dist), 40, 1e-14);
    SAME_CDF(dist, x, x > scale ? gsl_cdf_pareto_P(x, alpha, scale) : 0);
    SAME_SAMPLES(dist, view, gsl_ran_pareto(&view, alpha, scale));
}

static void pareto_of_alpha_1_2_follows_its_law(void **state)
{
    (void)state;
    check_pareto(1.2);
}

static void pareto_of_alpha_2_5_follows_its_law(void **state)
{
    (void)state;
    check_pareto(2.5);
}

static void pareto_of_alpha_12_follows_its_law(void **state)
{
    (void)state;
    check_pareto(12);
}

static void pareto_by_scale_needs_no_mean(void **state)
{
    (void)state;
    struct ust_dist dist = make_dist("pareto", GIVEN({"scale", 3}, {"alpha", 0.5}));
    check_samples(&dist, 0);
    assert_true(isinf(ust_dist_mean(&dist)));
    assert_true(isinf(dist.type->variance(&dist)));
    NEAR(cdf_of(&dist, 12), 0.5, 1e-15);
}

static void pareto_has_a_variance_from_alpha_2_on(void **state)
{
    (void)state;
    struct ust_dist dist = make_dist("pareto", GIVEN({"scale", 2}, {"alpha", 3}));
    NEAR(dist.type->variance(&dist), 4 * 3.0 / (4 * 1), 1e-15); /* s^2 a / ((a-1)^2 (a-2)) */
    dist = make_dist("pareto", GIVEN({"scale", 2}, {"alpha", 2}));
    assert_true(isinf(dist.type->variance(&dist)));
}

/* ---- hyperexponential ---- */

static double hyperexponential_cdf(double p, double a, double b, double x)
{
    return p * gsl_cdf_exponential_P(x, a) + (1 - p) * gsl_cdf_exponential_P(x, b);
}

static void hyperexponential_of_cv_2_has_balanced_means(void **state)
{
    (void)state;
    struct ust_dist dist = make_dist("hyperexponential", GIVEN({"mean", 200}, {"cv", 2}));
    /* p = (1 + sqrt((c2 - 1) / (c2 + 1))) / 2, rates 2 p / m and 2 (1 - p) / m */
    double p = 0.5 * (1 + sqrt(3.0 / 5));
    check_samples(&dist, 1);
    SAME_CDF(dist, x, hyperexponential_cdf(p, 200 / (2 * p), 200 / (2 * (1 - p)), x));
    SAME_SAMPLES(
        dist, view,
        gsl_ran_exponential(&view, gsl_rng_uniform(&view) < p ? 100 / p : 100 / (1 - p)));
}

static void hyperexponential_of_cv_10_follows_its_law(void **state)
{
    (void)state;
    struct ust_dist dist = make_dist("hyperexponential", GIVEN({"mean", 200}, {"cv", 10}));
    check_samples(&dist, 0);
    double p = 0.5 * (1 + sqrt(99.0 / 101));
    SAME_CDF(dist, x, hyperexponential_cdf(p, 200 / (2 * p), 200 / (2 * (1 - p)), x));
}

static void hyperexponential_of_cv_1_is_exponential(void **state)
{
    (void)state;
    struct ust_dist dist = make_dist("hyperexponential", GIVEN({"mean", 200}, {"cv", 1}));
    check_samples(&dist, 1);
    SAME_CDF(dist, x, gsl_cdf_exponential_P(x, 200));
}

/* With p = 0.9 and cv 2: s = 200 sqrt(3/2); short 200 - s/3, long 200 + 3 s. */
static void hyperexponential_with_its_share_given_meets_mean_and_cv(void **state)
{
    (void)state;
    struct ust_dist dist =
        make_dist("hyperexponential", GIVEN({"mean", 200}, {"cv", 2}, {"p", 0.9}));
    double s = 200 * sqrt(1.5), quick = 200 - s / 3, slow = 200 + 3 * s;
    check_samples(&dist, 1);
    SAME_CDF(dist, x, hyperexponential_cdf(0.9, quick, slow, x));
    NEAR(0.9 * quick + 0.1 * slow, 200, 1e-14);
    NEAR(2 * (0.9 * quick * quick + 0.1 * slow * slow), 200 * 200 * 5.0, 1e-14);
}

/* ---- the special functions themselves ---- */

static void log_gamma_agrees_with_gsl(void **state)
{
    (void)state;
    for (double a = 1e-4; a < 1e6; a *= 1.07) {
        double want = gsl_sf_lngamma(a);
        assert_true(fabs(ust_log_gamma(a) - want) <= 4e-14 * fmax(1, fabs(want)));
    }
}

static void gamma_ratio_agrees_with_gsl_for_any_shape(void **state)
{
    (void)state;
    for (double a = 1e-3; a < 1e5; a *= 2.3)
        for (double x = a / 64; x < 8 * a + 20; x *= 1.3)
            NEAR(ust_gamma_ratio(a, x), gsl_sf_gamma_inc_P(a, x), 1e-12 * fmax(1, a));
    assert_true(ust_gamma_ratio(2, 0) == 0);
    assert_true(ust_gamma_ratio(2, -1) == 0);
}

static void normal_cdf_agrees_with_gsl_in_both_tails(void **state)
{
    (void)state;
    for (double x = -37; x < 37; x += 0.0625)
        NEAR(ust_normal_cdf(x), gsl_cdf_ugaussian_P(x), 2e-13 * fmax(1, x * x));
    assert_true(ust_normal_cdf(0) == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_gamma_agrees_with_gsl),
        cmocka_unit_test(gamma_ratio_agrees_with_gsl_for_any_shape),
        cmocka_unit_test(normal_cdf_agrees_with_gsl_in_both_tails),
        cmocka_unit_test(uniform_of_2_to_5_follows_its_law),
        cmocka_unit_test(uniform_of_one_point_is_that_point),
        cmocka_unit_test(exponential_of_mean_3_follows_its_law),
        cmocka_unit_test(erlang_of_1_phase_follows_its_law),
        cmocka_unit_test(erlang_of_4_phases_follows_its_law),
        cmocka_unit_test(erlang_of_5_phases_follows_its_law),
        cmocka_unit_test(erlang_of_20_phases_follows_its_law),
        cmocka_unit_test(gamma_of_cv_0_2_follows_its_law),
        cmocka_unit_test(gamma_of_cv_0_7_follows_its_law),
        cmocka_unit_test(gamma_of_cv_1_follows_its_law),
        cmocka_unit_test(gamma_of_cv_1_5_follows_its_law),
        cmocka_unit_test(gamma_of_cv_4_follows_its_law),
        cmocka_unit_test(gamma_by_shape_is_gamma_by_cv),
        cmocka_unit_test(lognormal_of_cv_0_3_follows_its_law),
        cmocka_unit_test(lognormal_of_cv_1_5_follows_its_law),
        cmocka_unit_test(lognormal_of_cv_5_follows_its_law),
        cmocka_unit_test(lognormal_by_median_and_sigma_follows_its_law),
        cmocka_unit_test(lognormal_of_cv_0_is_its_mean),
        cmocka_unit_test(weibull_of_shape_0_5_follows_its_law),
        cmocka_unit_test(weibull_of_shape_1_follows_its_law),
        cmocka_unit_test(weibull_of_shape_1_7_follows_its_law),
        cmocka_unit_test(weibull_of_shape_6_follows_its_law),
        cmocka_unit_test(weibull_by_scale_has_63_percent_below_it),
        cmocka_unit_test(pareto_of_alpha_1_2_follows_its_law),
        cmocka_unit_test(pareto_of_alpha_2_5_follows_its_law),
        cmocka_unit_test(pareto_of_alpha_12_follows_its_law),
        cmocka_unit_test(pareto_by_scale_needs_no_mean),
        cmocka_unit_test(pareto_has_a_variance_from_alpha_2_on),
        cmocka_unit_test(hyperexponential_of_cv_2_has_balanced_means),
        cmocka_unit_test(hyperexponential_of_cv_10_follows_its_law),
        cmocka_unit_test(hyperexponential_of_cv_1_is_exponential),
        cmocka_unit_test(hyperexponential_with_its_share_given_meets_mean_and_cv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
