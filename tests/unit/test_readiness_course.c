/* Readiness: what the course of one replication comes to, and what chance makes of it. */
#include "sim/rand/rng.h"
#include "sim/rand/variate.h"
#include "tests/unit/readiness_help.h"

/* ---- the course of one replication ---- */

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
    c->objective = (struct ust_readiness_objective){
        .persona = "p", .weight = 1, .attainment = 0.99, .rto_s = 300, .rpo_s = 60};
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
    assert_false(measured(&c)->stability_known);
    c.t.all_over_s = 600 + 3300;
    assert_true(measured(&c)->metastable);
    assert_true(measured(&c)->stability_known);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };
    return cmocka_run_group_tests_name("readiness", tests, NULL, NULL);
}
