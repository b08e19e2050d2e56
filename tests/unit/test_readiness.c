/* Readiness: the worked example, and the properties that make the score honest. */
#include "sim/rand/rng.h"
#include "sim/rand/variate.h"
#include "tests/unit/readiness_help.h"

/* ---- the score ---- */

static struct ust_readiness_score score_of(double attainment, double alpha, double t,
                                           double rto, double c, double l, double rpo,
                                           double *burn)
{
    struct ust_readiness_settings settings = ust_readiness_defaults();
    struct ust_readiness_objective objective = {
        .weight = 1, .attainment = alpha, .rto_s = rto, .rpo_s = rpo};
    struct ust_readiness_kpi kpi = {.offered = 1,
                                    .attainment = attainment,
                                    .recovery_s = t,
                                    .shortfall = c,
                                    .headroom = 0.10,
                                    .loss_window_s = l};
    kpi.budget_burn = ust_readiness_burn(&settings, &objective, attainment, 1, 3600);
    *burn = kpi.budget_burn;
    return ust_readiness_score(&settings, &objective, &kpi);
}

static void the_worked_example_scores_86_1895(void **state)
{
    (void)state;
    double burn;
    struct ust_readiness_score s = score_of(0.985, 0.999, 420, 300, 0.06, 2, 60, &burn);
    CHECK_NEAR(burn, 0.020833, 5e-7);
    CHECK_NEAR(s.component[UST_SLO], 0.895833, 5e-7);
    CHECK_NEAR(s.component[UST_RTO], 0.714286, 5e-7);
    CHECK_NEAR(s.component[UST_CAP], 0.94, 1e-12);
    CHECK_NEAR(s.component[UST_HEAD], 0.5, 1e-12);
    assert_true(s.component[UST_RPO] == 1);
    assert_true(s.component[UST_STAB] == 1);
    CHECK_NEAR(s.score, 0.822247, 5e-7);
    assert_false(s.ready); /* missed its RTO, whatever the score says */
    double whole = 0.6 * s.score;

    s = score_of(0.9995, 0.99, 90, 900, 0.01, 2, 300, &burn);
    CHECK_NEAR(burn, 0.000069, 5e-7);
    CHECK_NEAR(s.component[UST_SLO], 0.999653, 5e-7);
    CHECK_NEAR(s.score, 0.931530, 5e-7);
    assert_true(s.ready);
    whole += 0.3 * s.score;

    s = score_of(0.70, 0.95, 1200, 3600, 0.20, 2, 3600, &burn);
    CHECK_NEAR(burn, 0.008333, 5e-7);
    CHECK_NEAR(s.component[UST_SLO], 0.958333, 5e-7);
    CHECK_NEAR(s.score, 0.890872, 5e-7);
    assert_true(s.ready);
    whole += 0.1 * s.score;
    CHECK_NEAR(100 * whole, 86.1895, 5e-5);
}

static void burn_counts_requests_where_their_number_in_the_window_is_known(void **state)
{
    (void)state;
    struct ust_readiness_settings settings = ust_readiness_defaults();
    struct ust_readiness_objective o = {.attainment = 0.99, .requests_30d = 1e6};
    /* 10 % of 20,000 missed; 1 % of 1e6 allowed. */
    CHECK_NEAR(ust_readiness_burn(&settings, &o, 0.9, 20000, 3600), 0.2, 1e-12);
    settings.window_days = 15;
    CHECK_NEAR(ust_readiness_burn(&settings, &o, 0.9, 20000, 3600), 0.4, 1e-12);
    o.attainment = 1;
    assert_true(isinf(ust_readiness_burn(&settings, &o, 0.9999, 20000, 3600)));
    assert_true(ust_readiness_burn(&settings, &o, 1, 20000, 3600) == 0);
}

static struct ust_readiness_settings random_settings(struct ust_rng *rng)
{
    struct ust_readiness_settings s = ust_readiness_defaults();
    double *weight[] = {&s.weight_slo,  &s.weight_rto, &s.weight_cap,
                        &s.weight_head, &s.weight_rpo, &s.weight_stab};
    for (int k = 0; k < 6; k++)
        *weight[k] = ust_rng_below(rng, 4) == 0 ? 0 : ust_rng_unit(rng);
    s.weight_slo += 0.01;
    s.h_star = ust_rng_below(rng, 5) == 0 ? 0 : ust_rng_unit(rng);
    s.u_star = 0.01 + ust_rng_unit(rng) * 0.9;
    return s;
}

static struct ust_readiness_kpi random_kpi(struct ust_rng *rng)
{
    struct ust_readiness_kpi kpi = {0};
    uint32_t odd = ust_rng_below(rng, 8);
    kpi.budget_burn = odd == 0 ? ust_infinity() : ust_rng_unit(rng) * 1.5;
    kpi.recovery_s = odd == 1 ? ust_infinity() : odd == 2 ? 0 : ust_rng_unit(rng) * 3600;
    kpi.shortfall = odd == 3 ? 1 : odd == 4 ? 0 : ust_rng_unit(rng);
    kpi.headroom = odd == 5 ? ust_infinity() : ust_rng_unit(rng) * 3 - 1;
    kpi.loss_window_s = odd == 6 ? 0 : ust_rng_unit(rng) * 200;
    kpi.metastable = odd == 7;
    return kpi;
}

static const struct ust_readiness_objective objective = {
    .persona = "p", .weight = 1, .attainment = 0.99, .rto_s = 300, .rpo_s = 60};

static void the_score_never_leaves_0_to_1(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(1, 0, "bounded");
    for (int round = 0; round < 20000; round++) {
        struct ust_readiness_settings settings = random_settings(&rng);
        struct ust_readiness_kpi kpi = random_kpi(&rng);
        struct ust_readiness_score s = ust_readiness_score(&settings, &objective, &kpi);
        assert_true(s.score >= 0);
        assert_true(s.score <= 1);
        for (int k = 0; k < UST_COMPONENTS; k++) {
            assert_true(s.component[k] >= 0);
            assert_true(s.component[k] <= 1);
        }
    }
}

static void no_kpi_that_gets_better_lowers_the_score(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(2, 0, "monotone");
    for (int round = 0; round < 20000; round++) {
        struct ust_readiness_settings settings = random_settings(&rng);
        struct ust_readiness_kpi worse = random_kpi(&rng), better = worse;
        switch (ust_rng_below(&rng, 6)) {
        case 0:
            better.budget_burn = isinf(worse.budget_burn) ? 1 : worse.budget_burn * 0.7;
            break;
        case 1:
            better.recovery_s = isinf(worse.recovery_s) ? 3600 : worse.recovery_s * 0.7;
            break;
        case 2:
            better.shortfall *= 0.7;
            break;
        case 3:
            better.headroom += 0.1;
            break;
        case 4:
            better.loss_window_s *= 0.7;
            break;
        default:
            better.metastable = false;
        }
        struct ust_readiness_score a = ust_readiness_score(&settings, &objective, &worse);
        struct ust_readiness_score b = ust_readiness_score(&settings, &objective, &better);
        assert_true(b.score >= a.score);
        assert_true(b.ready >= a.ready);
    }
}

static void a_component_of_zero_with_weight_makes_the_score_zero(void **state)
{
    (void)state;
    struct ust_readiness_settings settings = ust_readiness_defaults();
    struct ust_readiness_kpi good = {.headroom = 1};
    assert_true(ust_readiness_score(&settings, &objective, &good).score == 1);
    struct ust_readiness_kpi bad = good;
    bad.budget_burn = settings.u_star;
    assert_true(ust_readiness_score(&settings, &objective, &bad).score == 0);
    bad = good;
    bad.recovery_s = ust_infinity();
    assert_true(ust_readiness_score(&settings, &objective, &bad).score == 0);
    bad = good;
    bad.shortfall = 1;
    assert_true(ust_readiness_score(&settings, &objective, &bad).score == 0);
    bad = good;
    bad.headroom = -0.01;
    assert_true(ust_readiness_score(&settings, &objective, &bad).score == 0);
    bad = good;
    bad.loss_window_s = ust_infinity();
    assert_true(ust_readiness_score(&settings, &objective, &bad).score == 0);
    bad = good;
    bad.metastable = true;
    assert_true(ust_readiness_score(&settings, &objective, &bad).score == 0);
    settings.weight_stab = 0; /* 0 to the power of 0 is 1 */
    assert_true(ust_readiness_score(&settings, &objective, &bad).score == 1);
}

static void shares_of_a_loss_take_the_logarithm_apart_exactly(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(3, 0, "shares");
    for (int round = 0; round < 5000; round++) {
        struct ust_readiness_settings settings = random_settings(&rng);
        struct ust_readiness_kpi kpi = random_kpi(&rng);
        struct ust_readiness_score s = ust_readiness_score(&settings, &objective, &kpi);
        double share[UST_COMPONENTS], weight[UST_COMPONENTS], sum = 0;
        ust_readiness_shares(&settings, &s, share);
        ust_readiness_weights(&settings, weight);
        for (int k = 0; k < UST_COMPONENTS; k++) {
            sum += share[k];
            if (s.score > 0 && s.score < 1 && weight[k] > 0)
                CHECK_NEAR(share[k] * log(s.score), weight[k] * log(s.component[k]), 1e-9);
            if (!(s.score > 0) && s.component[k] > 0)
                assert_true(share[k] == 0);
        }
        CHECK_NEAR(sum, s.score < 1 ? 1 : 0, 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example_scores_86_1895),
        cmocka_unit_test(burn_counts_requests_where_their_number_in_the_window_is_known),
        cmocka_unit_test(the_score_never_leaves_0_to_1),
        cmocka_unit_test(no_kpi_that_gets_better_lowers_the_score),
        cmocka_unit_test(a_component_of_zero_with_weight_makes_the_score_zero),
        cmocka_unit_test(shares_of_a_loss_take_the_logarithm_apart_exactly),
    };
    return cmocka_run_group_tests_name("readiness", tests, NULL, NULL);
}
