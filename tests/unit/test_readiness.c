/* Readiness: the worked example, the properties that make the score honest, and the way from a
 * database to a verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "analysis/readiness/internal.h"
#include "analysis/stats/stats.h"
#include "sim/rand/rng.h"
#include "sim/rand/variate.h"
#include "tests/unit/rundb.h"

#define CHECK_NEAR(value, expected, tolerance)                                                 \
    do {                                                                                       \
        double got = (value);                                                                  \
        if (!(fabs(got - (expected)) <= (tolerance)))                                          \
            fail_msg("%s is %.15g, expected %.15g", #value, got, (double)(expected));          \
    } while (0)

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

/* ---- the course of one replication ---- */

#define INTERVALS 900 /* of 10 s: 2.5 h; the fault strikes at 600 s */
#define ONSET     60

struct course {
    struct ust_readiness_settings settings;
    struct ust_readiness_objective objective;
    double offered[INTERVALS], good[INTERVALS], work[INTERVALS], capacity[INTERVALS];
    double lost_work[INTERVALS], lost_capacity[INTERVALS];
    const double *offered_of[1], *good_of[1];
    double loss_window_s[1];
    struct ust_readiness_pool pool[2];
    struct ust_readiness_trajectory t;
    struct ust_readiness_kpi kpi;
};

static void fill(double *values, int from, int to, double value)
{
    for (int i = from; i < to; i++)
        values[i] = value;
}

/* 100 requests and 50 cpu-s an interval (5 CPUs busy), ten CPUs; the other region idle. */
static void course_init(struct course *c)
{
    memset(c, 0, sizeof *c);
    c->settings = ust_readiness_defaults();
    c->objective = objective;
    fill(c->offered, 0, INTERVALS, 100);
    fill(c->good, 0, INTERVALS, 100);
    fill(c->work, 0, INTERVALS, 50);
    fill(c->capacity, 0, INTERVALS, 10);
    c->offered_of[0] = c->offered;
    c->good_of[0] = c->good;
    c->pool[0] = (struct ust_readiness_pool){2, 1, true, false, c->work, c->capacity};
    c->pool[1] = (struct ust_readiness_pool){1, 1, false, true, c->lost_work, c->lost_capacity};
    c->t = (struct ust_readiness_trajectory){.interval_s = 10,
                                             .intervals = INTERVALS,
                                             .fault = true,
                                             .onset_s = 600,
                                             .all_over_s = 1200,
                                             .personas = 1,
                                             .pools = 2,
                                             .offered = c->offered_of,
                                             .good = c->good_of,
                                             .pool = c->pool,
                                             .loss_window_s = c->loss_window_s};
}

static const struct ust_readiness_kpi *measured(struct course *c)
{
    ust_readiness_measure(&c->settings, &c->objective, &c->t, &c->kpi);
    return &c->kpi;
}

static void a_fault_that_touches_nobody_costs_nothing(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    c.t.all_over_s = 600; /* of no length */
    const struct ust_readiness_kpi *kpi = measured(&c);
    assert_true(kpi->offered == 36000); /* one hour at 10 req/s */
    assert_true(kpi->recovery_s == 0);
    struct ust_readiness_score s = ust_readiness_score(&c.settings, &c.objective, kpi);
    assert_true(s.component[UST_SLO] == 1);
    assert_true(s.component[UST_RTO] == 1);
    assert_true(s.component[UST_CAP] == 1);
    assert_true(s.ready);
}

static void recovery_is_the_start_of_the_first_five_good_minutes(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    fill(c.good, ONSET, ONSET + 42, 20); /* 420 s */
    const struct ust_readiness_kpi *kpi = measured(&c);
    assert_true(kpi->recovery_s == 420);
    CHECK_NEAR(kpi->attainment, 1 - 42 * 80 / 36000.0, 1e-12);
    /* A bad interval spoils its whole minute. */
    fill(c.good, ONSET + 42, ONSET + 43, 20);
    assert_true(measured(&c)->recovery_s == 480);
}

static void four_good_minutes_are_no_recovery(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    fill(c.good, ONSET, ONSET + 6, 0);
    fill(c.good, ONSET + 30, ONSET + 36, 0); /* minutes 1 to 4 are good, minute 5 is not */
    assert_true(measured(&c)->recovery_s == 360);
    fill(c.good, ONSET + 30, ONSET + 36, 100);
    fill(c.good, ONSET + 36, ONSET + 42, 0); /* now there are five */
    assert_true(measured(&c)->recovery_s == 60);
}

static void without_five_good_minutes_within_the_horizon_there_is_no_recovery(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    fill(c.good, ONSET, ONSET + 354, 0);
    assert_true(measured(&c)->recovery_s == 3540); /* the window may reach past the horizon */
    fill(c.good, ONSET, ONSET + 360, 0);
    assert_true(isinf(measured(&c)->recovery_s));
    course_init(&c);
    fill(c.good, ONSET, ONSET + 6, 0);
    c.t.intervals = ONSET + 30; /* four minutes, then the run ends */
    assert_true(isinf(measured(&c)->recovery_s));
    c.t.intervals = ONSET + 36;
    assert_true(measured(&c)->recovery_s == 60);
}

static void sampling_noise_within_the_slack_does_not_delay_recovery(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    /* A bucket of 600 at 99 %: 0.99 - 1.645 * sqrt(.99 * .01 / 600) = 0.98332, 590 good. */
    c.good[ONSET + 7] = 90;
    assert_true(measured(&c)->recovery_s == 0);
    c.good[ONSET + 7] = 89; /* 589 of 600 = 0.98167 */
    assert_true(measured(&c)->recovery_s == 120);
    c.settings.slack = 0;
    c.good[ONSET + 7] = 94; /* exactly 99 % */
    assert_true(measured(&c)->recovery_s == 0);
}

static void buckets_of_few_requests_are_merged_forward(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    fill(c.offered, 0, INTERVALS, 1); /* six a bucket: five buckets make thirty */
    fill(c.good, 0, INTERVALS, 1);
    c.good[ONSET + 3] = 0; /* 29 of 30 = .9667, slack allows .9601 */
    assert_true(measured(&c)->recovery_s == 0);
    fill(c.good, ONSET, ONSET + 3, 0); /* 26 of 30 */
    assert_true(measured(&c)->recovery_s == 300);
    c.settings.bucket_offers = 1;
    assert_true(measured(&c)->recovery_s == 60);
}

static void a_persona_nobody_asked_for_lost_nothing(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    fill(c.offered, 0, INTERVALS, 0);
    fill(c.good, 0, INTERVALS, 0);
    const struct ust_readiness_kpi *kpi = measured(&c);
    assert_true(kpi->attainment == 1);
    assert_true(kpi->budget_burn == 0);
    assert_true(kpi->recovery_s == 0);
}

static void intervals_longer_than_a_bucket_are_buckets(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    c.t.interval_s = 120; /* the onset at 600 s is interval 5 */
    c.t.intervals = 60;
    fill(c.good, 5, 7, 0);
    assert_true(measured(&c)->recovery_s == 240);
    c.t.onset_s = 650; /* rounded down to its interval's start */
    assert_true(measured(&c)->recovery_s == 240);
}

static void requests_under_way_at_the_end_are_not_held_against_anyone(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    double undecided[INTERVALS] = {0};
    const double *undecided_of[1] = {undecided};
    c.t.intervals = ONSET + 60; /* ten minutes */
    c.good[ONSET + 59] = 40;
    assert_true(measured(&c)->attainment < 1);
    undecided[ONSET + 59] = 60;
    c.t.undecided = undecided_of;
    assert_true(measured(&c)->attainment == 1);
    assert_true(measured(&c)->offered == 5940);
}

static void shortfall_is_the_work_of_the_rto_that_found_no_capacity(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    fill(c.work, ONSET, ONSET + 15, 125); /* 12.5 CPUs wanted, 10 there, for half the RTO */
    fill(c.work, ONSET + 15, INTERVALS, 100);
    /* 2.5 * 150 / (12.5 * 150 + 10 * 150) */
    CHECK_NEAR(measured(&c)->shortfall, 1.0 / 9.0, 1e-12);
    c.settings.target_utilisation = 0.8; /* 8 CPUs count: 4.5 and 2 missing of 12.5 and 10 */
    CHECK_NEAR(measured(&c)->shortfall, 6.5 / 22.5, 1e-12);
    c.settings.target_utilisation = 1;
    c.objective.rto_s = 155; /* half an interval counts half */
    CHECK_NEAR(measured(&c)->shortfall, 2.5 * 150 / (12.5 * 150 + 10 * 5), 1e-12);
}

static void spare_capacity_of_one_pool_does_not_help_another(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    c.pool[1].under_test = true; /* idle work 0, capacity 100 */
    fill(c.lost_capacity, 0, INTERVALS, 100);
    fill(c.work, ONSET, INTERVALS, 200);
    CHECK_NEAR(measured(&c)->shortfall, 0.5, 1e-12);
}

static void headroom_is_what_the_end_leaves_above_the_peak_of_the_last_ten_minutes(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    fill(c.capacity, ONSET + 350, INTERVALS, 12);
    fill(c.work, ONSET + 306, ONSET + 312, 100); /* 10 CPUs in one minute of the last ten */
    fill(c.work, ONSET, ONSET + 290, 900);       /* before: does not count */
    CHECK_NEAR(measured(&c)->headroom, 0.2, 1e-12);
    fill(c.work, 0, INTERVALS, 0);
    assert_true(isinf(measured(&c)->headroom));
}

static void static_share_compares_capacity_before_with_all_that_will_come(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    fill(c.lost_work, 0, ONSET, 200); /* 20 CPUs over there, 5 here, 10 in service here */
    CHECK_NEAR(measured(&c)->static_share, 0.4, 1e-12);
    c.pool[1].shifts = false;
    assert_true(measured(&c)->static_share == 1);
}

static void metastable_is_no_goodput_with_capacity_after_all_triggers(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    fill(c.good, ONSET, INTERVALS, 50);
    assert_true(measured(&c)->metastable);
    fill(c.good, ONSET + 342, ONSET + 348, 95); /* a good minute near the end */
    assert_false(measured(&c)->metastable);
    fill(c.good, ONSET, INTERVALS, 50);
    fill(c.capacity, ONSET, INTERVALS, 4.9); /* plainly too small: no mystery */
    assert_false(measured(&c)->metastable);
    fill(c.capacity, ONSET, INTERVALS, 10);
    c.t.all_over_s = 600 + 3301; /* the trigger lasts into the window */
    assert_false(measured(&c)->metastable);
    c.t.all_over_s = 600 + 3300;
    assert_true(measured(&c)->metastable);
}

static void capacity_has_caught_up_when_it_is_never_short_again(void **state)
{
    (void)state;
    struct course c;
    course_init(&c);
    assert_true(ust_readiness_caught_up(&c.settings, &c.t) == 0);
    fill(c.work, ONSET + 6, ONSET + 12, 200);
    fill(c.work, ONSET + 48, ONSET + 54, 200);
    assert_true(ust_readiness_caught_up(&c.settings, &c.t) == 540);
    fill(c.work, ONSET + 354, ONSET + 360, 200);
    assert_true(isinf(ust_readiness_caught_up(&c.settings, &c.t)));
}

static void more_static_capacity_never_makes_anything_worse(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(4, 0, "metamorphic");
    for (int round = 0; round < 200; round++) {
        struct course c;
        course_init(&c);
        for (int i = 0; i < INTERVALS; i++) {
            c.work[i] = 200 * ust_rng_unit(&rng);
            c.capacity[i] = 20 * ust_rng_unit(&rng);
        }
        c.settings.target_utilisation = 0.3 + 0.7 * ust_rng_unit(&rng);
        c.objective.rto_s = 3600 * ust_rng_unit(&rng);
        struct ust_readiness_kpi less = *measured(&c);
        double late = ust_readiness_caught_up(&c.settings, &c.t), more = 5 * ust_rng_unit(&rng);
        for (int i = 0; i < INTERVALS; i++)
            c.capacity[i] += more;
        const struct ust_readiness_kpi *kpi = measured(&c);
        assert_true(kpi->shortfall <= less.shortfall);
        assert_true(kpi->headroom >= less.headroom);
        assert_true(kpi->static_share >= less.static_share);
        assert_true(ust_readiness_caught_up(&c.settings, &c.t) <= late);
    }
}

/* ---- chance ---- */

/* A Poisson number of requests with exponential work of mean `each`, `rate` a second. */
static void scatter(struct course *c, struct ust_rng *rng, int from, double rate, double each)
{
    for (int i = from; i < INTERVALS; i++) {
        double t = ust_exponential(rng) / rate;
        c->work[i] = 0;
        for (; t < 10; t += ust_exponential(rng) / rate)
            c->work[i] += each * ust_exponential(rng);
    }
}

static void dispersion_is_the_mean_square_of_the_work_over_its_mean(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(5, 0, "dispersion");
    static struct course c;
    course_init(&c);
    assert_true(ust_readiness_dispersion(c.work, INTERVALS) == 0);
    double calm = 0, stepped = 0;
    for (int round = 0; round < 50; round++) {
        scatter(&c, &rng, 0, 100, 0.05); /* E[w^2] / E[w] = 2 x 50 ms */
        calm += ust_readiness_dispersion(c.work, INTERVALS) / 50;
        /* Steps are no chance: five times the demand from the fault on, some dark intervals. */
        scatter(&c, &rng, ONSET, 500, 0.05);
        for (int i = 0; i < INTERVALS; i += 90)
            c.work[i] = 0;
        stepped += ust_readiness_dispersion(c.work, INTERVALS) / 50;
    }
    CHECK_NEAR(calm, 0.1, 0.004);
    CHECK_NEAR(stepped, 0.1, 0.004 + 0.1 * 0.05); /* 20 gaps of 899 are far too large */
    assert_true(ust_readiness_dispersion(c.work, 1) == 0);
}

/* A healthy run with 15 % to spare, of work so long that every fourth interval asks for more
 * than there is, and one minute in twenty. */
static void chance_is_no_shortage_and_takes_no_headroom(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(6, 0, "chance");
    static struct course c;
    double missing = 0, naive = 0;
    int late = 0, late_naive = 0;
    for (int round = 0; round < 200; round++) {
        course_init(&c);
        scatter(&c, &rng, 0, 4, 1.25); /* 5 CPUs; a minute's mean scatters by 0.46 */
        fill(c.capacity, 0, INTERVALS, 5.75);
        missing += measured(&c)->shortfall / 200;
        late += ust_readiness_caught_up(&c.settings, &c.t) > 0;
        assert_in_range(100 * c.kpi.headroom, 1, 40);
        c.settings.slack = 0; /* then all of it counts */
        naive += measured(&c)->shortfall / 200;
        late_naive += ust_readiness_caught_up(&c.settings, &c.t) > 0;
    }
    assert_true(naive > 0.02);
    assert_true(missing < 0.004);
    assert_in_range(late_naive, 150, 200);
    assert_in_range(late, 0, 20);
}

static void a_shortage_beyond_chance_counts_in_full(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(7, 0, "shortage");
    static struct course c;
    double sum = 0;
    for (int round = 0; round < 100; round++) {
        course_init(&c);
        scatter(&c, &rng, 0, 100, 0.05);
        fill(c.capacity, ONSET, ONSET + 60, 4); /* of 5 */
        c.objective.rto_s = 600;
        sum += measured(&c)->shortfall / 100;
        assert_true(ust_readiness_caught_up(&c.settings, &c.t) == 600);
    }
    CHECK_NEAR(sum, 0.2, 0.004);
}

/* ---- from a database to a verdict ---- */

struct fixture {
    struct rundb db;
    char path[256];
    struct ust_store *store;
};

/* 2.5 h of 10 s; everybody is served and the standby is large. */
static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    rundb_init(&f->db, INTERVALS, 10);
    rundb_path(f->path);
    for (int p = 0; p < 2; p++) {
        rundb_fill(rundb_series(&f->db, RUNDB_OFFERED, p), 0, INTERVALS, 100);
        rundb_fill(rundb_series(&f->db, RUNDB_GOOD, p), 0, INTERVALS, 100);
    }
    rundb_fill(rundb_series(&f->db, RUNDB_WORK, RUNDB_WEST), 0, INTERVALS, 50);
    rundb_fill(rundb_series(&f->db, RUNDB_CAPACITY, RUNDB_WEST), 0, INTERVALS, 10);
    rundb_moment(&f->db, 600, "fault_start", RUNDB_NONE);
    rundb_moment(&f->db, 626, "detected", RUNDB_NONE);
    rundb_moment(&f->db, 656, "moved_50", RUNDB_NONE);
    f->db.plan.run.replications = 100;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ust_store_close(f->store);
    rundb_remove(f->path);
    rundb_free(&f->db);
    free(f);
    return 0;
}

static void create(struct fixture *f)
{
    assert_int_equal(ust_store_create(f->path, &f->db.plan, false, NULL, &f->store), UST_OK);
}

static void add(struct fixture *f, uint32_t from, uint32_t to)
{
    for (uint32_t id = from; id <= to; id++) {
        struct ust_store_replication result = rundb_replication(&f->db, id);
        assert_int_equal(ust_store_add(f->store, &result), UST_OK);
    }
}

static double ask(struct fixture *f, const char *sql)
{
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(ust_store_sqlite(f->store), sql, -1, &row, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(ust_store_sqlite(f->store)));
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    double value =
        sqlite3_column_type(row, 0) == SQLITE_NULL ? RUNDB_NONE : sqlite3_column_double(row, 0);
    sqlite3_finalize(row);
    return value;
}

static void judge(struct fixture *f, struct ust_readiness_result *result)
{
    assert_int_equal(ust_readiness_judge(f->store, result), UST_OK);
}

static void seventy_three_faultless_replications_are_ready_and_one_less_is_not(void **state)
{
    struct fixture *f = *state;
    struct ust_readiness_result result;
    struct ust_text text = {0}, command = {0};
    create(f);
    add(f, 1, 72);
    judge(f, &result);
    assert_int_equal(result.verdict, UST_UNDECIDED);
    ust_readiness_why(&result, 9, "  ", &text);
    assert_string_equal(ust_text_string(&text), "");
    ust_readiness_next(&result, &text, &command);
    assert_string_equal(
        ust_text_string(&text),
        "undecided: all 72 replications were ready, which proves P(ready) 0.949, "
        "not yet 0.95; 73 replications decide, if they go on like this");
    char wanted[600];
    snprintf(wanted, sizeof wanted,
             "understudy run loss.yaml -o %s --replications 73 --seed 42", f->path);
    assert_string_equal(ust_text_string(&command), wanted);
    ust_text_free(&command);
    ust_text_free(&text);
    ust_readiness_free(&result);
    add(f, 73, 73);
    judge(f, &result);
    assert_int_equal(result.verdict, UST_READY);
    CHECK_NEAR(result.readiness.value, 100, 1e-9);
    CHECK_NEAR(result.p_ready.low, 0.9500079920442688, 1e-12);
    struct ust_text line = {0};
    ust_readiness_line(&result, &line);
    assert_string_equal(ust_text_string(&line),
                        "READY   west for the loss of east   readiness 100.0 (100.0 – 100.0)   "
                        "P(ready) 1.00 (0.95 – 1.00)");
    ust_text_free(&line);
    ust_readiness_free(&result);
    assert_true(
        ask(f, "SELECT verdict = 'READY' AND n = 73 AND region = 'west' FROM verdict") == 1);
    assert_true(ask(f, "SELECT count(*) FROM readiness") == 73 * 3);
}

/* Whatever was seen, the number that is named decides if the share and the mean stay. */
static void the_number_that_is_named_decides(void **state)
{
    (void)state;
    struct ust_readiness_settings settings = ust_readiness_defaults();
    static const double thresholds[] = {0.8, 0.9, 0.95, 0.99};
    int named = 0;
    for (int t = 0; t < 4; t++)
        for (uint32_t n = 2; n <= 60; n++)
            for (uint32_t k = 0; k <= n; k++) {
                settings.ready_p = thresholds[t];
                struct ust_interval w = ust_stats_wilson(k, n, 0.95);
                struct ust_readiness_bound p = {w.value, w.low, w.high};
                struct ust_readiness_bound score = {90, 90 - 20 / sqrt(n), 90 + 10 / sqrt(n)};
                struct ust_readiness_wanted wanted =
                    ust_readiness_wanted(&settings, n, score, p);
                bool open = ust_readiness_decide(&settings, score, p) == UST_UNDECIDED;
                assert_true(open == (wanted.replications > 0));
                if (!open || wanted.far)
                    continue;
                uint32_t more = wanted.replications;
                assert_true(more > n);
                double share = w.value * more;
                w = ust_stats_wilson((uint64_t)(w.value > settings.ready_p
                                                    ? floor(share + 1e-9)
                                                    : ceil(share - 1e-9)),
                                     more, 0.95);
                p = (struct ust_readiness_bound){w.value, w.low, w.high};
                score.low = 90 - 20 / sqrt(more);
                assert_true(ust_readiness_decide(&settings, score, p) != UST_UNDECIDED);
                named++;
            }
    assert_in_range(named, 1000, 4000);
}

static void faultless_replications_that_prove_a_share_are_as_the_tables_say(void **state)
{
    (void)state;
    struct ust_readiness_settings settings = ust_readiness_defaults();
    struct ust_readiness_bound score = {99, 98, 100}, p = {1, 0.72, 1};
    static const struct {
        double p;
        uint32_t n;
    } table[] = {{0.90, 35}, {0.95, 73}, {0.99, 381}, {0.999, 3838}};
    for (int i = 0; i < 4; i++) {
        settings.ready_p = table[i].p;
        assert_int_equal(ust_readiness_wanted(&settings, 10, score, p).replications,
                         table[i].n);
    }
}

static void what_no_number_of_replications_decides_says_so_and_names_a_standard(void **state)
{
    struct fixture *f = *state;
    struct ust_readiness_result result;
    struct ust_text text = {0}, command = {0};
    /* A loss of data within the objective, and no headroom to speak of: ready, at 53 points. */
    rundb_fill(rundb_series(&f->db, RUNDB_CAPACITY, RUNDB_WEST), 0, INTERVALS, 5.002);
    create(f);
    add(f, 1, 80);
    judge(f, &result);
    assert_int_equal(result.verdict, UST_UNDECIDED);
    assert_true(result.p_ready.low >= 0.95);
    double score = 100 * pow(0.0004 / 0.2, 0.1);
    CHECK_NEAR(result.readiness.value, score, 1e-6);
    ust_readiness_next(&result, &text, &command);
    assert_non_null(strstr(ust_text_string(&text), "however many the replications"));
    char wanted[600];
    snprintf(wanted, sizeof wanted, "understudy readiness %s --set ready_score=53", f->path);
    assert_string_equal(ust_text_string(&command), wanted);
    ust_text_free(&text);
    ust_text_free(&command);
    ust_readiness_free(&result);
}

/* Medians say that nothing happened; three replications in twenty lost everything. */
static void a_reason_speaks_of_the_replications_that_lost_by_it(void **state)
{
    struct fixture *f = *state;
    create(f);
    add(f, 1, 17);
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_SHOPPER), ONSET, ONSET + 42, 50);
    add(f, 18, 20);
    struct ust_readiness_result result;
    judge(f, &result);
    struct ust_text why = {0};
    assert_true(result.personas[0].recovery_s == 0);
    ust_readiness_why(&result, 9, "", &why);
    assert_string_equal(ust_text_string(&why),
                        "why: shopper loses 1.0 points: RTO 7 m against 5 m in 3 of 20 "
                        "replications (87 %), 0.81 % of the 30-day error budget burnt, 20 % "
                        "allowed in 3 of 20 replications (13 %)\n");
    ust_text_free(&why);
    ust_readiness_free(&result);
}

static void without_a_fault_no_reason_speaks_of_recovery(void **state)
{
    struct fixture *f = *state;
    f->db.plan.faults_n = 0;
    create(f);
    add(f, 1, 8);
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_PARTNER), 0, INTERVALS, 90);
    add(f, 9, 10);
    struct ust_readiness_result result;
    judge(f, &result);
    struct ust_text why = {0};
    ust_readiness_why(&result, 9, "", &why);
    assert_non_null(strstr(ust_text_string(&why), ": 90.00 % answered well, objective "));
    assert_non_null(strstr(ust_text_string(&why), "in 2 of 10 replications (100 %)"));
    assert_null(strstr(ust_text_string(&why), "RTO"));
    ust_text_free(&why);
    ust_readiness_free(&result);
}

/* Its weight is nothing, so it costs no points; but the gate is shut. */
static void what_bars_the_gate_without_costing_points_is_said(void **state)
{
    struct fixture *f = *state;
    f->db.setting[0] = (struct ust_store_setting){"weight_rto", 0};
    f->db.setting[1] = (struct ust_store_setting){"weight_slo", 0};
    f->db.plan.settings_n = 2;
    create(f);
    add(f, 1, 6);
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_SHOPPER), ONSET, ONSET + 42, 50);
    add(f, 7, 8);
    struct ust_readiness_result result;
    judge(f, &result);
    struct ust_text why = {0};
    ust_readiness_why(&result, 9, "", &why);
    assert_string_equal(ust_text_string(&why),
                        "gate: shopper misses its RTO in 2 of 8 replications\n");
    ust_text_free(&why);
    ust_readiness_free(&result);
}

static void a_missed_rto_is_not_ready_however_good_the_score(void **state)
{
    struct fixture *f = *state;
    /* The shopper (weight 3 of 4, RTO 300 s) is back after 420 s. */
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_SHOPPER), ONSET, ONSET + 42, 50);
    create(f);
    add(f, 1, 20);
    struct ust_readiness_result result;
    judge(f, &result);
    assert_int_equal(result.verdict, UST_NOT_READY);
    /* s1: 2100 of 259,200 allowed burn .0081019, s1 = .959491; s2 = 300/420; .30 and .25. */
    double persona = pow(1 - 2100 / 259200.0 / 0.2, 0.30) * pow(300 / 420.0, 0.25);
    CHECK_NEAR(result.personas[0].score, 100 * persona, 1e-9);
    CHECK_NEAR(result.readiness.value, 75 * persona + 25, 1e-9);
    CHECK_NEAR(result.personas[0].points, 75 * (1 - persona), 1e-9);
    assert_true(result.readiness.low > 80);
    assert_true(result.p_ready.value == 0);
    assert_int_equal(result.weakest, 0);
    assert_true(result.personas[0].recovery_s == 420);

    struct ust_text why = {0};
    ust_readiness_why(&result, 9, "", &why);
    assert_string_equal(ust_text_string(&why),
                        "why: shopper loses 6.9 points: RTO 7 m against 5 m (87 %), 0.81 % of "
                        "the 30-day error budget burnt, 20 % allowed (13 %)\n");
    ust_text_free(&why);
    ust_readiness_free(&result);
    assert_true(
        ask(f, "SELECT recovery_s FROM readiness WHERE replication = 7 AND persona = 1") ==
        420);
    CHECK_NEAR(ask(f, "SELECT score FROM readiness WHERE replication = 7 AND persona = 0"),
               75 * persona + 25, 1e-9);
    assert_true(ask(f, "SELECT ready FROM readiness WHERE replication = 7 AND persona = 2") ==
                1);
    assert_true(ask(f, "SELECT weakest_persona = 'shopper' FROM verdict") == 1);
}

static void splitting_a_persona_in_two_alike_changes_nothing(void **state)
{
    struct fixture *f = *state;
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_SHOPPER), ONSET, ONSET + 30, 10);
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_PARTNER), ONSET, ONSET + 30, 10);
    f->db.persona[1].rto_s = f->db.persona[0].rto_s;
    create(f);
    add(f, 1, 3);
    struct ust_readiness_result two;
    judge(f, &two);
    CHECK_NEAR(two.personas[0].score, two.personas[1].score, 1e-12);
    CHECK_NEAR(two.readiness.value, two.personas[0].score, 1e-9);
    ust_readiness_free(&two);
}

static void constants_come_from_the_table_of_settings(void **state)
{
    struct fixture *f = *state;
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_SHOPPER), ONSET, ONSET + 42, 50);
    f->db.setting[0] = (struct ust_store_setting){"weight_rto", 0};
    f->db.setting[1] = (struct ust_store_setting){"weight_slo", 0};
    f->db.setting[2] = (struct ust_store_setting){"horizon_s", 1200};
    f->db.plan.settings_n = 3;
    create(f);
    add(f, 1, 2);
    struct ust_readiness_result result;
    judge(f, &result);
    CHECK_NEAR(result.readiness.value, 100, 1e-9);
    assert_true(result.horizon_s == 1200);
    assert_true(result.personas[0].offered == 12000);
    struct ust_readiness_settings other = result.settings;
    ust_readiness_free(&result);
    other.weight_rto = 1;
    assert_int_equal(ust_readiness_compute(f->store, &other, &result), UST_OK);
    assert_true(result.readiness.value < 100);
    ust_readiness_free(&result);
    assert_true(ask(f, "SELECT readiness FROM verdict") > 99.99); /* computing writes nothing */
}

static void moments_are_medians_and_what_never_came_is_said(void **state)
{
    struct fixture *f = *state;
    create(f);
    for (uint32_t id = 1; id <= 9; id++) {
        f->db.moment[1].t_s = 620 + id;
        f->db.moments = id <= 4 ? 3 : 2; /* in most replications half never moved */
        add(f, id, id);
    }
    struct ust_readiness_result result;
    judge(f, &result);
    assert_true(result.moments[UST_DETECTED].median == 25);
    assert_true(result.moments[UST_DETECTED].low == 22); /* ranks 2 and 8 of 9 */
    assert_true(result.moments[UST_DETECTED].high == 28);
    assert_int_equal(result.moments[UST_MOVED_50].n, 4);
    assert_true(isinf(result.moments[UST_MOVED_50].median));
    assert_false(result.moments[UST_MOVED_90].known);
    assert_true(result.moments[UST_OBJECTIVES_MET].median == 0);
    struct ust_text text = {0};
    ust_readiness_waterfall(&result, 60, "  ", &text);
    assert_string_equal(ust_text_string(&text),
                        "  detected            +25 s    ▏███████████████████████████\n"
                        "  50 % moved          not within 1 h (in 4 of 9 it is)\n"
                        "  capacity caught up  never fell short\n"
                        "  objectives met      never missed\n");
    ust_text_free(&text);
    ust_readiness_free(&result);
}

static void a_loss_window_beyond_the_rpo_is_not_ready(void **state)
{
    struct fixture *f = *state;
    rundb_moment(&f->db, 600, "data_loss_window", 120); /* RPO 60 s */
    create(f);
    add(f, 1, 20);
    struct ust_readiness_result result;
    judge(f, &result);
    assert_int_equal(result.verdict, UST_NOT_READY);
    assert_true(result.personas[1].loss_window_s == 120);
    CHECK_NEAR(result.readiness.value, 100 * pow(0.5, 0.10), 1e-9);
    ust_readiness_free(&result);
}

static void a_loss_of_data_concerns_the_personas_of_its_service(void **state)
{
    struct fixture *f = *state;
    const struct ust_store_service services[] = {{1, "web"}, {2, "batch"}};
    f->db.plan.services = services;
    f->db.plan.services_n = 2;
    f->db.persona[1].service = 2;
    rundb_moment(&f->db, 600, "data_loss_window", 30);
    f->db.moment[3].service = 2;
    rundb_moment(&f->db, 600, "data_loss_window", 20);
    f->db.moment[4].service = 2;
    create(f);
    add(f, 1, 3);
    struct ust_readiness_result result;
    judge(f, &result);
    assert_true(result.personas[0].loss_window_s == 0);
    assert_true(result.personas[1].loss_window_s == 30);
    ust_readiness_free(&result);
}

static void without_a_fault_the_whole_run_is_judged(void **state)
{
    struct fixture *f = *state;
    f->db.plan.faults_n = 0;
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_PARTNER), 0, INTERVALS, 90);
    create(f);
    add(f, 1, 3);
    struct ust_readiness_result result;
    judge(f, &result);
    assert_string_equal(result.lost, "no fault");
    assert_true(result.horizon_s == 9000);
    assert_true(result.personas[0].recovery_s == 0);
    assert_true(result.personas[0].offered == 90000);
    assert_true(isinf(result.personas[1].recovery_s));
    assert_true(result.personas[1].score == 0);
    assert_false(result.moments[UST_OBJECTIVES_MET].known);
    struct ust_text line = {0};
    ust_readiness_line(&result, &line);
    assert_non_null(strstr(ust_text_string(&line), "west with no fault"));
    ust_text_free(&line);
    ust_readiness_free(&result);
    assert_true(isnan(ask(f, "SELECT recovery_s FROM readiness WHERE persona = 2 AND "
                             "replication = 1")));
}

static void where_no_region_is_marked_all_are_judged(void **state)
{
    struct fixture *f = *state;
    f->db.region[1].under_test = false;
    rundb_fill(rundb_series(&f->db, RUNDB_WORK, RUNDB_EAST), 0, INTERVALS, 10);
    create(f);
    add(f, 1, 1);
    struct ust_readiness_result result;
    judge(f, &result);
    assert_string_equal(result.region, "east, west");
    CHECK_NEAR(result.personas[0].shortfall, 1.0 / 6.0, 1e-12);
    assert_true(isnan(result.readiness.low)); /* one replication has no interval */
    struct ust_text line = {0};
    ust_readiness_line(&result, &line);
    assert_null(strstr(ust_text_string(&line), "nan"));
    ust_text_free(&line);
    ust_readiness_free(&result);
}

static void a_run_without_replications_is_refused(void **state)
{
    struct fixture *f = *state;
    create(f);
    struct ust_readiness_result result;
    assert_int_equal(ust_readiness_judge(f->store, &result), UST_REFUSED);
    assert_null(result.arena);
}

static void a_few_replications_get_the_wider_of_two_intervals(void **state)
{
    struct fixture *f = *state;
    create(f);
    for (uint32_t id = 1; id <= 10; id++) {
        rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_SHOPPER), ONSET, ONSET + 6 * id, 50);
        add(f, id, id);
    }
    struct ust_readiness_result result, again;
    judge(f, &result);
    judge(f, &again);
    assert_string_equal(result.method, "t+BCa");
    struct ust_interval t = ust_stats_t(result.scores, 10, 0.95);
    assert_true(result.readiness.low <= t.low);
    assert_true(result.readiness.high >= fmin(100, t.high));
    assert_true(result.readiness.low == again.readiness.low);
    assert_true(result.percentile5 == result.scores[9]);
    ust_readiness_free(&result);
    ust_readiness_free(&again);
}

static void runs_are_combined_by_their_weights(void **state)
{
    struct fixture *f = *state;
    double one[] = {90, 92, 94, 96}, two[] = {50, 52, 54, 56};
    struct ust_readiness_result results[2] = {
        {.settings = ust_readiness_defaults(), .n = 4, .scores = one, .zero = false},
        {.settings = ust_readiness_defaults(), .n = 4, .scores = two, .zero = false}};
    results[0].readiness.value = 93;
    results[1].readiness.value = 53;
    results[0].p_ready = (struct ust_readiness_bound){1, 0.5, 1};
    results[1].p_ready = (struct ust_readiness_bound){0, 0, 0.5};
    const double weights[] = {3, 1};
    struct ust_readiness_whole whole;
    (void)f;
    ust_readiness_combine(results, weights, 2, &whole);
    CHECK_NEAR(whole.readiness.value, 0.75 * 93 + 0.25 * 53, 1e-12);
    CHECK_NEAR(whole.p_ready.value, 0.75, 1e-12);
    CHECK_NEAR(whole.p_ready.low, 0.75 - 0.75 * 0.5, 1e-12);
    CHECK_NEAR(whole.p_ready.high, 0.75 + 0.25 * 0.5, 1e-12);
    assert_int_equal(whole.verdict, UST_NOT_READY);
    assert_int_equal(whole.worst, 1);
    assert_int_equal(whole.n, 8);
    assert_true(whole.percentile5 == 50); /* a sixteenth of the weight each */
    ust_readiness_combine(results, NULL, 2, &whole);
    CHECK_NEAR(whole.readiness.value, 73, 1e-12);
}

static void the_page_names_every_constant_with_its_default(void **state)
{
    (void)state;
    static const char *const rows[] = {
#define UST_READINESS(id, key, value, text, low, high, kind, help)                             \
    "\n| `" #key "` | " text " |",
#include "models/metric/readiness.def"
#undef UST_READINESS
    };
    FILE *file = fopen("docs/readiness.md", "rb");
    assert_non_null(file);
    static char text[1 << 16];
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strstr(text, rows[i]))
            fail_msg("docs/readiness.md lacks %s", rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_names_every_constant_with_its_default),
        cmocka_unit_test(the_worked_example_scores_86_1895),
        cmocka_unit_test(burn_counts_requests_where_their_number_in_the_window_is_known),
        cmocka_unit_test(the_score_never_leaves_0_to_1),
        cmocka_unit_test(no_kpi_that_gets_better_lowers_the_score),
        cmocka_unit_test(a_component_of_zero_with_weight_makes_the_score_zero),
        cmocka_unit_test(shares_of_a_loss_take_the_logarithm_apart_exactly),
        cmocka_unit_test(a_fault_that_touches_nobody_costs_nothing),
        cmocka_unit_test(recovery_is_the_start_of_the_first_five_good_minutes),
        cmocka_unit_test(four_good_minutes_are_no_recovery),
        cmocka_unit_test(without_five_good_minutes_within_the_horizon_there_is_no_recovery),
        cmocka_unit_test(sampling_noise_within_the_slack_does_not_delay_recovery),
        cmocka_unit_test(buckets_of_few_requests_are_merged_forward),
        cmocka_unit_test(a_persona_nobody_asked_for_lost_nothing),
        cmocka_unit_test(intervals_longer_than_a_bucket_are_buckets),
        cmocka_unit_test(requests_under_way_at_the_end_are_not_held_against_anyone),
        cmocka_unit_test(shortfall_is_the_work_of_the_rto_that_found_no_capacity),
        cmocka_unit_test(spare_capacity_of_one_pool_does_not_help_another),
        cmocka_unit_test(
            headroom_is_what_the_end_leaves_above_the_peak_of_the_last_ten_minutes),
        cmocka_unit_test(static_share_compares_capacity_before_with_all_that_will_come),
        cmocka_unit_test(metastable_is_no_goodput_with_capacity_after_all_triggers),
        cmocka_unit_test(capacity_has_caught_up_when_it_is_never_short_again),
        cmocka_unit_test(more_static_capacity_never_makes_anything_worse),
        cmocka_unit_test(dispersion_is_the_mean_square_of_the_work_over_its_mean),
        cmocka_unit_test(chance_is_no_shortage_and_takes_no_headroom),
        cmocka_unit_test(a_shortage_beyond_chance_counts_in_full),
        cmocka_unit_test_setup_teardown(
            seventy_three_faultless_replications_are_ready_and_one_less_is_not, setup,
            teardown),
        cmocka_unit_test(the_number_that_is_named_decides),
        cmocka_unit_test(faultless_replications_that_prove_a_share_are_as_the_tables_say),
        cmocka_unit_test_setup_teardown(
            what_no_number_of_replications_decides_says_so_and_names_a_standard, setup,
            teardown),
        cmocka_unit_test_setup_teardown(a_reason_speaks_of_the_replications_that_lost_by_it,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_fault_no_reason_speaks_of_recovery, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_bars_the_gate_without_costing_points_is_said,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_missed_rto_is_not_ready_however_good_the_score, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(splitting_a_persona_in_two_alike_changes_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(constants_come_from_the_table_of_settings, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(moments_are_medians_and_what_never_came_is_said, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_loss_window_beyond_the_rpo_is_not_ready, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_loss_of_data_concerns_the_personas_of_its_service,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_fault_the_whole_run_is_judged, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(where_no_region_is_marked_all_are_judged, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_run_without_replications_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_few_replications_get_the_wider_of_two_intervals,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(runs_are_combined_by_their_weights, setup, teardown),
    };
    return cmocka_run_group_tests_name("readiness", tests, NULL, NULL);
}
