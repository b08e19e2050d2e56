/* Estimators of sensitivity against functions whose answer is known in closed form. */
#include <math.h>

#include "analysis/stats/sensitivity.h"
#include "models/world/design.h"
#include "tests/unit/spec_help.h"

static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};

struct question {
    struct ust_answers answers;
    double *x, *y;
};

typedef double function(const double *x, uint32_t replication);

static struct question ask(enum ust_screen_method method, uint32_t n, uint32_t factors,
                           uint32_t replications, function *of)
{
    uint32_t points = (uint32_t)ust_screen_points_n(method, n, factors);
    struct question q = {.answers = {points, factors, replications, NULL, NULL, 0.95}};
    q.x = ust_malloc((size_t)points * factors * sizeof *q.x);
    q.y = ust_malloc((size_t)points * replications * sizeof *q.y);
    ust_screen_points(method, 42, n, factors, names, q.x);
    for (uint32_t p = 0; p < points; p++)
        for (uint32_t r = 0; r < replications; r++)
            q.y[(size_t)p * replications + r] = of(&q.x[(size_t)p * factors], r);
    q.answers.x = q.x;
    q.answers.y = q.y;
    return q;
}

static void forget(struct question *q)
{
    free(q->x);
    free(q->y);
}

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.6f, expected %.6f within %g", value, expected, tolerance);
}

static void holds(struct ust_interval interval, double expected)
{
    if (!(interval.low <= expected && expected <= interval.high))
        fail_msg("%.4f (%.4f to %.4f) does not hold %.4f", interval.value, interval.low,
                 interval.high, expected);
}

static struct ust_rng draws(void)
{
    return ust_rng_derive(1, 0, "test");
}

/* Ishigami and Homma (1990), a = 7, b = 0.1. V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2;
 * V1 = (1 + b pi^4/5)^2 / 2, V2 = a^2/8, V13 = 8 b^2 pi^8 / 225. */
static double ishigami(const double *x, uint32_t replication)
{
    (void)replication;
    double pi = acos(-1.0), a = pi * (2 * x[0] - 1), b = pi * (2 * x[1] - 1),
           c = pi * (2 * x[2] - 1);
    return sin(a) + 7 * sin(b) * sin(b) + 0.1 * pow(c, 4) * sin(a);
}

static void indices_of_ishigami_are_those_of_the_closed_form(void **state)
{
    (void)state;
    double pi = acos(-1.0), p4 = pow(pi, 4), p8 = pow(pi, 8);
    double v1 = pow(1 + 0.1 * p4 / 5, 2) / 2, v2 = 49.0 / 8, v13 = 8 * 0.01 * p8 / 225;
    double v = v1 + v2 + v13;
    near(v1 / v, 0.3139, 5e-5); /* as published; the closed form is what counts below */
    near(v2 / v, 0.4424, 5e-5);
    near((v1 + v13) / v, 0.5576, 5e-5);
    struct question q = ask(UST_SCREEN_SOBOL, 4096, 3, 1, ishigami);
    struct ust_rng rng = draws();
    struct ust_sobol out[3];
    ust_sensitivity_sobol(&q.answers, &rng, out);
    near(out[0].first.value, v1 / v, 0.01);
    near(out[1].first.value, v2 / v, 0.01);
    near(out[2].first.value, 0, 0.01);
    near(out[0].total.value, (v1 + v13) / v, 0.01);
    near(out[1].total.value, v2 / v, 0.01);
    near(out[2].total.value, v13 / v, 0.01);
    holds(out[0].first, v1 / v);
    holds(out[1].first, v2 / v);
    holds(out[2].first, 0);
    holds(out[0].total, (v1 + v13) / v);
    holds(out[1].total, v2 / v);
    holds(out[2].total, v13 / v);
    forget(&q);
}

/* Sobol's g-function, a = 0, 1, 4.5, 9, 99: V_i = 1 / (3 (1 + a_i)^2), V = prod(1 + V_i) - 1,
 * total_i = V_i prod_{j != i}(1 + V_j) / V (Saltelli and others 2010). */
static const double g_a[] = {0, 1, 4.5, 9, 99};

static double g_function(const double *x, uint32_t replication)
{
    double product = 1;
    (void)replication;
    for (int i = 0; i < 5; i++)
        product *= (fabs(4 * x[i] - 2) + g_a[i]) / (1 + g_a[i]);
    return product;
}

static void indices_of_the_g_function_are_those_of_the_closed_form(void **state)
{
    (void)state;
    struct question q = ask(UST_SCREEN_SOBOL, 4096, 5, 1, g_function);
    struct ust_rng rng = draws();
    struct ust_sobol out[5];
    double all = 1;
    for (int i = 0; i < 5; i++)
        all *= 1 + 1 / (3 * pow(1 + g_a[i], 2));
    ust_sensitivity_sobol(&q.answers, &rng, out);
    for (int i = 0; i < 5; i++) {
        double own = 1 / (3 * pow(1 + g_a[i], 2));
        near(out[i].first.value, own / (all - 1), 0.01);
        near(out[i].total.value, own * all / (1 + own) / (all - 1), 0.01);
        holds(out[i].total, own * all / (1 + own) / (all - 1));
    }
    forget(&q);
}

/* y = 3 a - 2 b + 0 c, plus 5 r: the same users everywhere. */
static double linear(const double *x, uint32_t replication)
{
    return 3 * x[0] - 2 * x[1] + 5.0 * replication;
}

static void a_linear_answer_has_its_slopes_for_effects_whatever_shifts_all_points(void **state)
{
    (void)state;
    struct question q = ask(UST_SCREEN_EFFECTS, 0, 3, 4, linear);
    struct ust_interval effect[3];
    ust_sensitivity_effects(&q.answers, effect);
    near(effect[0].value, 3, 1e-12);
    near(effect[1].value, -2, 1e-12);
    near(effect[2].value, 0, 1e-12);
    near(effect[0].high - effect[0].low, 0, 1e-12);
    near(ust_sensitivity_noise(&q.answers), 0, 1e-12);
    forget(&q);

    q = ask(UST_SCREEN_MORRIS, 6, 3, 4, linear);
    struct ust_morris morris[3];
    struct ust_rng rng = draws();
    ust_sensitivity_morris(&q.answers, &rng, morris);
    near(morris[0].star.value, 3, 1e-12);
    near(morris[0].mean.value, 3, 1e-12);
    near(morris[0].deviation.value, 0, 1e-7);
    near(morris[1].star.value, 2, 1e-12);
    near(morris[1].mean.value, -2, 1e-12);
    near(morris[2].star.value, 0, 1e-12);
    forget(&q);
}

/* Slopes 3, -2, 1: variances 9, 4, 1 of 14; alone and together are the same. */
static double additive(const double *x, uint32_t replication)
{
    (void)replication;
    return 1000 + 3 * x[0] - 2 * x[1] + x[2];
}

static void an_additive_answer_shares_its_variance_out(void **state)
{
    (void)state;
    struct question q = ask(UST_SCREEN_SOBOL, 1024, 3, 1, additive);
    struct ust_rng rng = draws();
    struct ust_sobol out[3];
    ust_sensitivity_sobol(&q.answers, &rng, out);
    near(out[0].first.value, 9.0 / 14, 0.01);
    near(out[1].first.value, 4.0 / 14, 0.01);
    near(out[2].first.value, 1.0 / 14, 0.01);
    near(out[0].total.value, 9.0 / 14, 0.01);
    near(out[1].total.value, 4.0 / 14, 0.01);
    near(out[2].total.value, 1.0 / 14, 0.01);
    forget(&q);
}

/* Main effects must not take a pair's for their own: c d is as large as anything here. */
static double pairs(const double *x, uint32_t replication)
{
    (void)replication;
    return 2 * x[0] + x[1] + 8 * (x[2] - 0.5) * (x[3] - 0.5) - 6 * (x[0] - 0.5) * (x[4] - 0.5);
}

static void no_pair_is_mistaken_for_a_main_effect(void **state)
{
    (void)state;
    struct question q = ask(UST_SCREEN_EFFECTS, 0, 7, 1, pairs);
    struct ust_interval effect[7];
    assert_int_equal(q.answers.points, 16);
    ust_sensitivity_effects(&q.answers, effect);
    near(effect[0].value, 2, 1e-12);
    near(effect[1].value, 1, 1e-12);
    for (int i = 2; i < 7; i++)
        near(effect[i].value, 0, 1e-12);
    assert_true(isnan(effect[0].low)); /* one replication says nothing of chance */
    forget(&q);
}

/* x^2 from a grid of four levels with steps of 2/3: effects 2/3 (0 to 2/3) and 4/3 (1/3 to 1),
 * as often; so mu* is 1, and sigma 1/3 (with n below the line). */
static double bent(const double *x, uint32_t replication)
{
    (void)replication;
    return x[0] * x[0];
}

static void morris_tells_a_bent_answer_by_its_deviation(void **state)
{
    (void)state;
    struct question q = ask(UST_SCREEN_MORRIS, 400, 2, 1, bent);
    struct ust_morris out[2];
    struct ust_rng rng = draws();
    ust_sensitivity_morris(&q.answers, &rng, out);
    near(out[0].star.value, 1, 0.06);
    near(out[0].deviation.value, 1.0 / 3, 0.01);
    holds(out[0].star, 1);
    near(out[1].star.value, 0, 0);
    forget(&q);
}

/* A hash for chance: of the point and the replication, normal enough. */
static double chance(const double *x, uint32_t factors, uint32_t replication)
{
    struct ust_text name = {0};
    for (uint32_t f = 0; f < factors; f++)
        ust_text_printf(&name, "%.17g ", x[f]);
    struct ust_rng rng = ust_rng_derive(5, replication, ust_text_string(&name));
    ust_text_free(&name);
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += ust_rng_unit(&rng);
    return sum;
}

/* Variance 1/12 * 12 = 1 between points of each (a, b, c alike), noise of 1 per replication:
 * with 4 replications the averages vary by 1 + 1/4, of which 1/5 is noise. */
static double noisy(const double *x, uint32_t replication)
{
    return 2 * (x[0] + x[1] + x[2]) + chance(x, 3, replication) + 100.0 * replication;
}

static void noise_is_the_share_that_replications_leave(void **state)
{
    (void)state;
    struct question q = ask(UST_SCREEN_SOBOL, 512, 3, 4, noisy);
    near(ust_sensitivity_noise(&q.answers), 0.2, 0.02);
    forget(&q);
}

/* Nominal 95 % intervals of an effect of 2 from 6 noisy replications. */
static double noisy_effect(const double *x, uint32_t replication)
{
    return 2 * x[0] + chance(x, 3, replication);
}

static void intervals_of_effects_hold_the_truth_as_often_as_they_say(void **state)
{
    (void)state;
    uint32_t held = 0, tries = 400;
    for (uint32_t t = 0; t < tries; t++) {
        struct question q = ask(UST_SCREEN_EFFECTS, 0, 3, 6, noisy_effect);
        for (uint32_t p = 0; p < q.answers.points; p++)
            for (uint32_t r = 0; r < 6; r++)
                q.y[p * 6 + r] = noisy_effect(&q.x[p * 3], 1 + 6 * t + r);
        struct ust_interval effect[3];
        ust_sensitivity_effects(&q.answers, effect);
        held += effect[0].low <= 2 && 2 <= effect[0].high;
        forget(&q);
    }
    assert_in_range(held, 0.92 * tries, 0.98 * tries); /* 400 tries: 0.95 +- 0.022 (2 sd) */
}

/* x0^2 + x0 x1: effects of x0 are 2 x0 + 2/3 + x1 with x0 = 0 or 1/3, their mean 3/2; those of
 * x1 are x0, their mean 1/2. */
static double bent_together(const double *x, uint32_t replication)
{
    (void)replication;
    return x[0] * x[0] + x[0] * x[1];
}

/* Ten trajectories, which is what people take: nominal 95 % intervals in 300 studies. */
static void intervals_of_mu_star_hold_the_truth_as_often_as_they_say(void **state)
{
    (void)state;
    uint32_t held[2] = {0, 0}, tries = 300;
    for (uint32_t t = 0; t < tries; t++) {
        struct question q = ask(UST_SCREEN_MORRIS, 10, 2, 1, bent_together);
        ust_screen_points(UST_SCREEN_MORRIS, 1000 + t, 10, 2, names, q.x);
        for (uint32_t p = 0; p < q.answers.points; p++)
            q.y[p] = bent_together(&q.x[p * 2], 0);
        struct ust_morris out[2];
        struct ust_rng rng = ust_rng_derive(t, 0, "test");
        ust_sensitivity_morris(&q.answers, &rng, out);
        held[0] += out[0].star.low <= 1.5 && 1.5 <= out[0].star.high;
        held[1] += out[1].star.low <= 0.5 && 0.5 <= out[1].star.high;
        forget(&q);
    }
    printf("of %u intervals %u and %u\n", tries, held[0], held[1]);
    assert_in_range(held[0], 0.92 * tries, 0.99 * tries);
    assert_in_range(held[1], 0.92 * tries, 0.99 * tries);
}

static void an_answer_that_never_varies_has_no_indices(void **state)
{
    (void)state;
    struct question q = ask(UST_SCREEN_SOBOL, 8, 2, 2, linear);
    for (uint32_t i = 0; i < q.answers.points * 2; i++)
        q.y[i] = 7;
    struct ust_rng rng = draws();
    struct ust_sobol out[2];
    ust_sensitivity_sobol(&q.answers, &rng, out);
    assert_true(isnan(out[0].first.value));
    assert_true(isnan(out[0].total.low));
    assert_true(isnan(ust_sensitivity_noise(&q.answers)));
    forget(&q);
}

/* ---- the points ---- */

static void a_trajectory_moves_each_range_once_by_two_thirds(void **state)
{
    (void)state;
    double x[20 * 6 * 5];
    ust_screen_points(UST_SCREEN_MORRIS, 9, 20, 5, names, x);
    for (int t = 0; t < 20; t++) {
        int met[5] = {0};
        for (int s = 0; s < 5; s++)
            for (int d = 0; d < 5; d++) {
                double by = fabs(x[(t * 6 + s + 1) * 5 + d] - x[(t * 6 + s) * 5 + d]);
                met[d] += by > 0;
                assert_true(by < 1e-9 || fabs(by - 2.0 / 3) < 1e-9);
            }
        for (int d = 0; d < 5; d++)
            assert_int_equal(met[d], 1);
    }
}

static void corners_are_balanced_and_orthogonal(void **state)
{
    (void)state;
    double x[16 * 8];
    assert_int_equal(ust_screen_points_n(UST_SCREEN_EFFECTS, 0, 8), 16);
    ust_screen_points(UST_SCREEN_EFFECTS, 0, 0, 8, names, x);
    for (int a = 0; a < 8; a++)
        for (int b = 0; b <= a; b++) {
            int product = 0, sum = 0;
            for (int i = 0; i < 16; i++) {
                product += (x[i * 8 + a] > 0.5 ? 1 : -1) * (x[i * 8 + b] > 0.5 ? 1 : -1);
                sum += x[i * 8 + a] > 0.5 ? 1 : -1;
            }
            assert_int_equal(product, a == b ? 16 : 0);
            assert_int_equal(sum, 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indices_of_ishigami_are_those_of_the_closed_form),
        cmocka_unit_test(indices_of_the_g_function_are_those_of_the_closed_form),
        cmocka_unit_test(a_linear_answer_has_its_slopes_for_effects_whatever_shifts_all_points),
        cmocka_unit_test(an_additive_answer_shares_its_variance_out),
        cmocka_unit_test(no_pair_is_mistaken_for_a_main_effect),
        cmocka_unit_test(morris_tells_a_bent_answer_by_its_deviation),
        cmocka_unit_test(noise_is_the_share_that_replications_leave),
        cmocka_unit_test(intervals_of_effects_hold_the_truth_as_often_as_they_say),
        cmocka_unit_test(intervals_of_mu_star_hold_the_truth_as_often_as_they_say),
        cmocka_unit_test(an_answer_that_never_varies_has_no_indices),
        cmocka_unit_test(a_trajectory_moves_each_range_once_by_two_thirds),
        cmocka_unit_test(corners_are_balanced_and_orthogonal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
