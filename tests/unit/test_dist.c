/* The kinds as a registry, their arguments and messages, and the discrete ones' laws. The
 * continuous laws are in test_law.c. */
#include <stdio.h>

#include "tests/unit/law.h"
#include "tests/unit/make_dist.h"

#include <gsl/gsl_randist.h>

#include "sim/base/detmath.h"
#include "sim/rand/gsl.h"

/* ---- the registry ---- */

static void every_kind_is_found_by_its_name(void **state)
{
    (void)state;
    int n = 0;
    for (; ust_dist_types[n]; n++) {
        assert_ptr_equal(ust_dist_find(ust_dist_types[n]->name), ust_dist_types[n]);
        assert_non_null(strstr(ust_dist_types[n]->example, ust_dist_types[n]->name));
    }
    assert_int_equal(n, 11);
    assert_null(ust_dist_find("lognormall"));
    assert_null(ust_dist_find(""));
}

static void every_table_of_arguments_is_sound(void **state)
{
    (void)state;
    for (const struct ust_dist_type *const *type = ust_dist_types; *type; type++) {
        const struct ust_dist_arg *arg = (*type)->args;
        for (; arg->name; arg++) {
            assert_true(arg < (*type)->args + UST_DIST_ARGS_MAX - 1);
            assert_non_null(arg->help);
            assert_true(arg->low < arg->high || (*type)->from_file);
            if (!arg->needed && ust_dist_given(arg->fallback))
                assert_true(arg->fallback >= arg->low && arg->fallback <= arg->high);
        }
        assert_true(arg > (*type)->args);
    }
}

static void only_the_constant_is_constant(void **state)
{
    (void)state;
    struct ust_dist constant = ust_dist_constant(40);
    struct ust_dist uniform = make_dist("uniform", GIVEN({"low", 4}, {"high", 4}));
    assert_true(ust_dist_is_constant(&constant));
    assert_false(ust_dist_is_constant(&uniform));
}

static void constant_draws_nothing_from_its_stream(void **state)
{
    (void)state;
    struct ust_dist dist = ust_dist_constant(40);
    struct ust_rng rng = ust_rng_derive(1, 0, "x"), before = rng;
    assert_true(ust_dist_sample(&dist, &rng) == 40);
    assert_memory_equal(&rng, &before, sizeof rng);
    assert_true(ust_dist_mean(&dist) == 40);
    assert_true(dist.type->variance(&dist) == 0);
    assert_true(dist.type->cdf(&dist, 39.9) == 0);
    assert_true(dist.type->cdf(&dist, 40) == 1);
}

/* ---- messages ---- */

static void check_message(const char *kind, const struct given *given, const char *expected)
{
    struct ust_dist dist;
    const char *message = try_dist(&dist, kind, given);
    assert_non_null(message);
    assert_string_equal(message, expected);
}

static void impossible_arguments_are_refused_with_the_reason(void **state)
{
    (void)state;
    check_message("uniform", GIVEN({"low", 3}, {"high", 2}), "uniform needs low <= high");
    check_message("erlang", GIVEN({"mean", 3}, {"k", 2.5}),
                  "erlang needs a whole number k; gamma takes any shape");
    check_message("pareto", GIVEN({"mean", 3}, {"alpha", 1}),
                  "pareto has a mean only when alpha is above 1; give scale instead");
    check_message("hyperexponential", GIVEN({"mean", 3}, {"cv", 2}, {"p", 0.5}),
                  "hyperexponential needs p >= (cv^2 - 1) / (cv^2 + 1)");
    check_message("empirical", GIVEN_NONE, "empirical needs the values of a file");
}

static void alternatives_are_refused_together_and_when_both_are_missing(void **state)
{
    (void)state;
    const char *lognormal = "lognormal needs mean and cv, or median and sigma";
    check_message("lognormal", GIVEN({"mean", 3}), lognormal);
    check_message("lognormal", GIVEN({"mean", 3}, {"sigma", 1}), lognormal);
    check_message("lognormal", GIVEN({"mean", 3}, {"cv", 1}, {"sigma", 1}), lognormal);
    check_message("lognormal", GIVEN({"mean", 3}, {"cv", 1}, {"median", 1}, {"sigma", 1}),
                  lognormal);
    check_message("gamma", GIVEN({"mean", 3}), "gamma needs one of cv and shape");
    check_message("gamma", GIVEN({"mean", 3}, {"cv", 1}, {"shape", 1}),
                  "gamma needs one of cv and shape");
    check_message("weibull", GIVEN({"shape", 3}), "weibull needs one of mean and scale");
    check_message("weibull", GIVEN({"shape", 3}, {"mean", 1}, {"scale", 1}),
                  "weibull needs one of mean and scale");
    check_message("pareto", GIVEN({"alpha", 3}), "pareto needs one of mean and scale");
    check_message("pareto", GIVEN({"alpha", 3}, {"mean", 1}, {"scale", 1}),
                  "pareto needs one of mean and scale");
}

static void ranges_exclude_what_no_law_allows(void **state)
{
    (void)state;
    check_message("exponential", GIVEN({"mean", 0}), "out of range");
    check_message("exponential", GIVEN({"mean", -1}), "out of range");
    check_message("lognormal", GIVEN({"mean", 0}, {"cv", 1}), "out of range");
    check_message("gamma", GIVEN({"mean", 1}, {"cv", 0}), "out of range");
    check_message("weibull", GIVEN({"mean", 1}, {"shape", 0}), "out of range");
    check_message("pareto", GIVEN({"mean", 1}, {"alpha", 0}), "out of range");
    check_message("erlang", GIVEN({"mean", 1}, {"k", 0}), "out of range");
    check_message("hyperexponential", GIVEN({"mean", 1}, {"cv", 0.99}), "out of range");
    check_message("geometric", GIVEN({"mean", 0.99}), "out of range");
    check_message("uniform", GIVEN({"low", -1}, {"high", 1}), "out of range");
    check_message("deterministic", GIVEN({"value", -1}), "out of range");
    check_message("exponential", GIVEN({"rate", 1}), "unknown argument");
}

/* ---- the ends of the allowed ranges ---- */

static void check_extreme(const char *kind, const struct given *given)
{
    struct ust_dist dist = make_dist(kind, given);
    struct ust_rng rng = ust_rng_derive(1, 0, kind);
    for (int i = 0; i < 100000; i++) {
        double x = ust_dist_sample(&dist, &rng);
        if (!(x >= 0 && x < HUGE_VAL))
            fail_msg("%s: sample %g", kind, x);
    }
}

static void samples_are_finite_and_not_negative_at_the_ends_of_all_ranges(void **state)
{
    (void)state;
    const double large = UST_DIST_LARGE, small = 1e-300;
    check_extreme("deterministic", GIVEN({"value", 0}));
    check_extreme("uniform", GIVEN({"low", 0}, {"high", large}));
    check_extreme("exponential", GIVEN({"mean", large}));
    check_extreme("exponential", GIVEN({"mean", small}));
    check_extreme("erlang", GIVEN({"mean", large}, {"k", 1}));
    check_extreme("erlang", GIVEN({"mean", small}, {"k", 10000}));
    check_extreme("gamma", GIVEN({"mean", large}, {"cv", 100}));
    check_extreme("gamma", GIVEN({"mean", small}, {"cv", 0.001}));
    check_extreme("gamma", GIVEN({"mean", large}, {"shape", 0.0001}));
    check_extreme("gamma", GIVEN({"mean", large}, {"shape", 1e6}));
    check_extreme("lognormal", GIVEN({"mean", large}, {"cv", 1000}));
    check_extreme("lognormal", GIVEN({"mean", small}, {"cv", 1000}));
    check_extreme("lognormal", GIVEN({"median", large}, {"sigma", 4}));
    check_extreme("lognormal", GIVEN({"median", large}, {"sigma", 0}));
    check_extreme("weibull", GIVEN({"mean", large}, {"shape", 0.05}));
    check_extreme("weibull", GIVEN({"scale", large}, {"shape", 0.05}));
    check_extreme("weibull", GIVEN({"mean", small}, {"shape", 1000}));
    check_extreme("pareto", GIVEN({"scale", large}, {"alpha", 0.1}));
    check_extreme("pareto", GIVEN({"mean", large}, {"alpha", 10000}));
    check_extreme("pareto", GIVEN({"mean", large}, {"alpha", 1.0000001}));
    check_extreme("hyperexponential", GIVEN({"mean", large}, {"cv", 1000}));
    check_extreme("hyperexponential", GIVEN({"mean", small}, {"cv", 1}));
    check_extreme("hyperexponential", GIVEN({"mean", 1}, {"cv", 1}, {"p", 0.001}));
    check_extreme("hyperexponential", GIVEN({"mean", 1}, {"cv", 1000}, {"p", 0.999999}));
    check_extreme("geometric", GIVEN({"mean", 1}));
    check_extreme("geometric", GIVEN({"mean", 1e12}));
}

static void durations_are_whole_nanoseconds_that_never_overflow(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(1, 0, "x");
    struct ust_dist dist = ust_dist_constant(2.5);
    assert_int_equal(ust_dist_time(&dist, &rng), 2); /* ties to even */
    dist = ust_dist_constant(1e12);
    assert_int_equal(ust_dist_time(&dist, &rng), 1000000000000);
    dist = ust_dist_constant(UST_DIST_LARGE);
    assert_int_equal(ust_dist_time(&dist, &rng), UST_DIST_TIME_MAX);
    dist = ust_dist_constant(0x1p61);
    assert_int_equal(ust_dist_time(&dist, &rng), UST_DIST_TIME_MAX);
    dist = ust_dist_constant(0x1.fffffffffffffp60);
    assert_int_equal(ust_dist_time(&dist, &rng), ((ust_time)1 << 61) - 256);
    dist = make_dist("pareto", GIVEN({"scale", 1e9}, {"alpha", 0.1}));
    int capped = 0;
    for (int i = 0; i < 10000; i++)
        capped += ust_dist_time(&dist, &rng) == UST_DIST_TIME_MAX;
    /* P(X > 2^61) = (10^9 / 2^61)^0.1 */
    double p = pow(1e9 / 0x1p61, 0.1);
    law_check_mean("capped", capped / 10000.0, p, sqrt(p * (1 - p)), 10000);
}

/* ---- geometric ---- */

static void check_geometric(double mean)
{
    enum { CELLS = 4000, DRAWS = 300000 };
    static double count[CELLS + 1], expected[CELLS + 1];
    memset(count, 0, sizeof count);
    struct ust_dist dist = make_dist("geometric", GIVEN({"mean", mean}));
    struct ust_rng rng = ust_rng_derive(1, 0, "geometric");
    double sum = 0;
    for (int i = 0; i < DRAWS; i++) {
        double n = ust_dist_sample(&dist, &rng);
        assert_true(n >= 1);
        assert_true(n == floor(n));
        sum += n;
        count[n <= CELLS ? (int)n - 1 : CELLS]++;
    }
    for (unsigned n = 1; n <= CELLS; n++)
        expected[n - 1] = DRAWS * gsl_ran_geometric_pdf(n, 1 / mean);
    expected[CELLS] = DRAWS * gsl_cdf_geometric_Q(CELLS, 1 / mean);
    law_check_counts("geometric", count, expected, CELLS + 1);
    law_check_mean("geometric", sum / DRAWS, mean, sqrt(mean * (mean - 1)), DRAWS);
    for (unsigned n = 1; n <= CELLS; n *= 3) {
        assert_true(fabs(dist.type->cdf(&dist, n) - gsl_cdf_geometric_P(n, 1 / mean)) < 1e-13);
        assert_true(dist.type->cdf(&dist, n + 0.5) == dist.type->cdf(&dist, n));
    }
    assert_true(dist.type->cdf(&dist, 0.5) == 0);
    assert_true(ust_dist_mean(&dist) == mean);
    assert_true(dist.type->variance(&dist) == mean * (mean - 1));
}

static void geometric_of_mean_1_5_follows_its_law(void **state)
{
    (void)state;
    check_geometric(1.5);
}

static void geometric_of_mean_14_follows_its_law(void **state)
{
    (void)state;
    check_geometric(14);
}

static void geometric_of_mean_300_follows_its_law(void **state)
{
    (void)state;
    check_geometric(300);
}

static void geometric_of_mean_1_is_always_1(void **state)
{
    (void)state;
    struct ust_dist dist = make_dist("geometric", GIVEN({"mean", 1}));
    struct ust_rng rng = ust_rng_derive(1, 0, "geometric");
    for (int i = 0; i < 1000; i++)
        assert_true(ust_dist_sample(&dist, &rng) == 1);
    assert_true(dist.type->cdf(&dist, 1) == 1);
}

/* ---- empirical ---- */

struct fixture {
    struct ust_arena *arena;
    struct ust_dist dist;
    struct ust_rng rng;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture =
        (struct fixture){.arena = ust_arena_new(), .rng = ust_rng_derive(1, 0, "empirical")};
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    ust_arena_free(fixture->arena);
    return 0;
}

static void empirical_without_weights_draws_each_value_alike(void **state)
{
    struct fixture *f = *state;
    double values[] = {7, 3, 5, 3, 1}, count[8] = {0};
    assert_null(ust_dist_empirical(&f->dist, f->arena, values, NULL, 5));
    for (int i = 0; i < 100000; i++)
        count[(int)ust_dist_sample(&f->dist, &f->rng)]++;
    double expected[] = {20000, 40000, 20000, 20000};
    law_check_counts("empirical", (double[]){count[1], count[3], count[5], count[7]}, expected,
                     4);
    assert_true(fabs(ust_dist_mean(&f->dist) - 3.8) < 1e-15);
    assert_true(fabs(f->dist.type->variance(&f->dist) - 4.16) < 1e-14);
    assert_true(f->dist.type->cdf(&f->dist, 0.9) == 0);
    assert_true(f->dist.type->cdf(&f->dist, 3) == 0.6);
    assert_true(f->dist.type->cdf(&f->dist, 4) == 0.6);
    assert_true(f->dist.type->cdf(&f->dist, 7) == 1);
}

static void empirical_with_weights_draws_in_their_proportion(void **state)
{
    struct fixture *f = *state;
    double values[] = {4, 1, 3, 2}, weights[] = {40, 0.5, 29.5, 30}, count[5] = {0};
    assert_null(ust_dist_empirical(&f->dist, f->arena, values, weights, 4));
    for (int i = 0; i < 1000000; i++)
        count[(int)ust_dist_sample(&f->dist, &f->rng)]++;
    double expected[] = {5000, 300000, 295000, 400000};
    law_check_counts("empirical", count + 1, expected, 4);
    assert_true(fabs(ust_dist_mean(&f->dist) - 3.09) < 1e-15);
    assert_true(fabs(f->dist.type->cdf(&f->dist, 2) - 0.305) < 1e-15);
    assert_true(f->dist.type->cdf(&f->dist, 4) == 1);
}

static void empirical_never_draws_a_value_of_weight_0(void **state)
{
    struct fixture *f = *state;
    double values[] = {9, 1, 8, 2, 7}, weights[] = {0, 1, 0, 3, 0};
    assert_null(ust_dist_empirical(&f->dist, f->arena, values, weights, 5));
    for (int i = 0; i < 100000; i++)
        assert_true(ust_dist_sample(&f->dist, &f->rng) <= 2);
    assert_true(f->dist.type->cdf(&f->dist, 2) == 1);
    assert_true(ust_dist_mean(&f->dist) == 1.75);
}

static void empirical_of_many_weights_follows_them(void **state)
{
    struct fixture *f = *state;
    enum { N = 5000, DRAWS = 2000000 };
    static double values[N], weights[N], count[N], expected[N];
    double total = 0;
    for (int i = 0; i < N; i++) {
        values[i] = N - 1 - i;
        weights[i] = ust_rng_unit(&f->rng) * ust_rng_unit(&f->rng);
        total += weights[i];
    }
    assert_null(ust_dist_empirical(&f->dist, f->arena, values, weights, N));
    for (int i = 0; i < DRAWS; i++)
        count[N - 1 - (int)ust_dist_sample(&f->dist, &f->rng)]++;
    for (int i = 0; i < N; i++)
        expected[i] = DRAWS * weights[i] / total;
    law_check_counts("empirical", count, expected, N);
}

static void empirical_does_not_depend_on_the_order_of_its_rows(void **state)
{
    struct fixture *f = *state;
    double a[] = {1, 2, 3, 3, 5}, a_weight[] = {5, 4, 3, 2, 1};
    double b[] = {3, 5, 1, 3, 2}, b_weight[] = {2, 1, 5, 3, 4};
    struct ust_dist other;
    assert_null(ust_dist_empirical(&f->dist, f->arena, a, a_weight, 5));
    assert_null(ust_dist_empirical(&other, f->arena, b, b_weight, 5));
    struct ust_rng rng = f->rng;
    for (int i = 0; i < 1000; i++)
        assert_true(ust_dist_sample(&f->dist, &f->rng) == ust_dist_sample(&other, &rng));
}

static void empirical_of_one_value_is_that_value(void **state)
{
    struct fixture *f = *state;
    assert_null(ust_dist_empirical(&f->dist, f->arena, (double[]){6}, (double[]){0.1}, 1));
    assert_true(ust_dist_sample(&f->dist, &f->rng) == 6);
    assert_true(f->dist.type->variance(&f->dist) == 0);
    assert_null(f->dist.type->prepare(&f->dist));
}

static void empirical_refuses_data_without_a_law(void **state)
{
    struct fixture *f = *state;
    const double no_number = __builtin_nan("");
    double good[] = {1, 2}, zero[] = {0, 0};
    assert_string_equal(ust_dist_empirical(&f->dist, f->arena, good, NULL, 0),
                        "empirical needs at least one value");
    const char *values = "empirical needs values that are finite and not negative";
    assert_string_equal(ust_dist_empirical(&f->dist, f->arena, (double[]){1, -2}, NULL, 2),
                        values);
    assert_string_equal(
        ust_dist_empirical(&f->dist, f->arena, (double[]){1, no_number}, NULL, 2), values);
    assert_string_equal(
        ust_dist_empirical(&f->dist, f->arena, (double[]){1, HUGE_VAL}, NULL, 2), values);
    const char *weights = "empirical needs weights that are finite and not negative";
    assert_string_equal(ust_dist_empirical(&f->dist, f->arena, good, (double[]){1, -1}, 2),
                        weights);
    assert_string_equal(
        ust_dist_empirical(&f->dist, f->arena, good, (double[]){no_number, 1}, 2), weights);
    assert_string_equal(ust_dist_empirical(&f->dist, f->arena, good, zero, 2),
                        "empirical needs a weight above 0");
}

/* ---- the same draws everywhere ---- */

static uint64_t hash_of(const struct ust_dist *dist)
{
    struct ust_rng rng = ust_rng_derive(10, 0, dist->type->name);
    uint64_t hash = ust_double_bits(ust_dist_mean(dist));
    for (int i = 0; i < 100000; i++)
        hash = ust_mix64(hash ^ ust_double_bits(ust_dist_sample(dist, &rng)));
    return hash;
}

#define CHECK_HASH(kind, given, expected)                                                      \
    do {                                                                                       \
        struct ust_dist dist = make_dist(kind, given);                                         \
        assert_int_equal(hash_of(&dist), expected);                                            \
    } while (0)

/* Preparation, mean and 100,000 samples: any build that differs in one bit changes the hash. */
static void every_build_draws_the_same_samples(void **state)
{
    (void)state;
    CHECK_HASH("uniform", GIVEN({"low", 1}, {"high", 3}), 0x9057bd054151a1d7);
    CHECK_HASH("exponential", GIVEN({"mean", 3}), 0x39fd6bde1ac782da);
    CHECK_HASH("erlang", GIVEN({"mean", 3}, {"k", 3}), 0xfde6d652b312542);
    CHECK_HASH("erlang", GIVEN({"mean", 3}, {"k", 7}), 0xa4491f3ce57adf63);
    CHECK_HASH("gamma", GIVEN({"mean", 3}, {"cv", 0.7}), 0x8a3fa04222c73f06);
    CHECK_HASH("gamma", GIVEN({"mean", 3}, {"cv", 1.7}), 0xe69eebabd1983aa0);
    CHECK_HASH("lognormal", GIVEN({"mean", 3}, {"cv", 1.5}), 0x69a654012808c7da);
    CHECK_HASH("weibull", GIVEN({"mean", 3}, {"shape", 0.7}), 0xc1be1c1ec3f8ecba);
    CHECK_HASH("pareto", GIVEN({"mean", 3}, {"alpha", 2.5}), 0x5d1478e6ab9cfed7);
    CHECK_HASH("hyperexponential", GIVEN({"mean", 3}, {"cv", 2}), 0xed2046f7afc8581d);
    CHECK_HASH("geometric", GIVEN({"mean", 14}), 0xa4f2f3a16f067b46);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_found_by_its_name),
        cmocka_unit_test(every_table_of_arguments_is_sound),
        cmocka_unit_test(only_the_constant_is_constant),
        cmocka_unit_test(constant_draws_nothing_from_its_stream),
        cmocka_unit_test(impossible_arguments_are_refused_with_the_reason),
        cmocka_unit_test(alternatives_are_refused_together_and_when_both_are_missing),
        cmocka_unit_test(ranges_exclude_what_no_law_allows),
        cmocka_unit_test(samples_are_finite_and_not_negative_at_the_ends_of_all_ranges),
        cmocka_unit_test(durations_are_whole_nanoseconds_that_never_overflow),
        cmocka_unit_test(geometric_of_mean_1_5_follows_its_law),
        cmocka_unit_test(geometric_of_mean_14_follows_its_law),
        cmocka_unit_test(geometric_of_mean_300_follows_its_law),
        cmocka_unit_test(geometric_of_mean_1_is_always_1),
        cmocka_unit_test_setup_teardown(empirical_without_weights_draws_each_value_alike,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(empirical_with_weights_draws_in_their_proportion,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(empirical_never_draws_a_value_of_weight_0, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(empirical_of_many_weights_follows_them, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(empirical_does_not_depend_on_the_order_of_its_rows,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(empirical_of_one_value_is_that_value, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(empirical_refuses_data_without_a_law, set_up,
                                        tear_down),
        cmocka_unit_test(every_build_draws_the_same_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
