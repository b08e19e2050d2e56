/* Failback: when the users of a region that was lost return to it, and how. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

#define LOST_AT  1000.0
#define LOST_FOR 200.0
#define HEALTHY  (LOST_AT + LOST_FOR) /* known within two probes of 1 s */
#define INTERVAL 10.0

static char *regions(bool bystander, const char *failback, const char *dns, const char *faults)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\n"
            "name: failback\n"
            "seed: 77\n"
            "duration: 2800 s\n"
            "interval: 10 s\n"
            "personas:\n"
            "  - {name: user, actions: {ask: {work: 1 ms}}}\n"
            "regions: {a: {zones: 1, role: primary}, b: {zones: 1, role: standby}%s}\n"
            "network: {base: 0 s, per_1000_km: 0, jitter: 0}\n"
            "services:\n"
            "  s:\n"
            "    instance: {name: box, tuning: {slots: 1000}}\n"
            "    health_check: {interval: 0 s}\n"
            "    pools: {a: 1, b: 1%s}\n"
            "traffic:\n"
            "  - {persona: user, arrivals: {kind: poisson, rate: 20 /s}}\n"
            "routing:\n"
            "  policy: {kind: failover_order, order: [a, b]}\n"
            "%s%s"
            "  health_check: {interval: 1 s, failures: 2, successes: 2, timeout: 0 s}\n"
            "faults:\n%s",
            bystander ? ", c: {zones: 1, role: standby}" : "", bystander ? ", c: 1" : "", dns,
            failback, faults);
    fclose(out);
    return text;
}

static char *two_regions(const char *failback, const char *dns, const char *faults)
{
    return regions(false, failback, dns, faults);
}

static const char loss[] = "  - {kind: region_loss, region: a, at: 1000 s, duration: 200 s}\n";

static double moment_of(const struct ust_model *model, const char *event)
{
    for (uint32_t i = 0; i < model->measure.moments_n; i++)
        if (strcmp(model->measure.moments[i].event, event) == 0)
            return (double)model->measure.moments[i].at / 1e9;
    return (double)NAN;
}

/* Share of what arrives that arrives in region a, in an interval that begins at t. */
static double at_home(const struct ust_model *model, double t)
{
    uint32_t i = (uint32_t)(t / INTERVAL);
    double a = theory_series(model, UST_METRIC_arrivals, 1, 1, 0, i);
    double b = theory_series(model, UST_METRIC_arrivals, 2, 1, 0, i);
    return a / (a + b);
}

static void read_all(struct ust_model *model, void *context, double *values)
{
    const double *at = context;
    values[0] = moment_of(model, "recovered");
    values[1] = moment_of(model, "failback_start");
    values[2] = moment_of(model, "failback_end");
    for (uint32_t i = 0; i < 8; i++)
        values[3 + i] = at[i] > 0 ? at_home(model, at[i]) : 0;
}

static void without_a_word_users_return_as_soon_as_the_checks_pass(void **state)
{
    (void)state;
    struct theory_value v[11];
    double at[8] = {990, 1190, 1230};
    theory_run(two_regions("", "", loss), 30, 11, NULL, read_all, at, v);
    assert_true(v[0].least >= HEALTHY && v[0].most <= HEALTHY + 2);
    assert_true(v[1].mean == v[0].mean && v[2].mean == v[0].mean);
    assert_true(v[3].least == 1 && v[4].most == 0 && v[5].least == 1);
}

static void they_wait_until_the_region_has_been_stable(void **state)
{
    (void)state;
    struct theory_value v[11];
    double at[8] = {1190, 1480, 1520};
    theory_run(two_regions("  failback: {after: 300 s}\n", "", loss), 30, 11, NULL, read_all,
               at, v);
    theory_near(v[1].mean - v[0].mean, 300, 1e-9, "from healthy to failback");
    assert_true(v[3].most == 0 && v[4].most == 0 && v[5].least == 1);
}

/* It is lost again after 100 of the 300 s: the waiting begins anew. */
static void a_second_loss_starts_the_waiting_anew(void **state)
{
    (void)state;
    struct theory_value v[11];
    double at[8] = {1510, 1700, 1760};
    theory_run(two_regions("  failback: {after: 300 s}\n", "",
                           "  - {kind: region_loss, region: a, at: 1000 s, duration: 200 s}\n"
                           "  - {kind: region_loss, region: a, at: 1300 s, duration: 140 s}\n"),
               30, 11, NULL, read_all, at, v);
    assert_true(v[1].least >= 1440 + 300 && v[1].most <= 1442 + 300);
    assert_true(v[3].most == 0 && v[4].most == 0 && v[5].least == 1);
}

/* Evenly over the ramp, in its twenty steps: the first at once. */
static void a_ramp_brings_them_back_evenly(void **state)
{
    (void)state;
    struct theory_value v[11];
    double at[8] = {1190, 1330, 1480, 1630, 1820};
    theory_run(two_regions("  failback: {ramp: 600 s}\n", "", loss), 100, 11, NULL, read_all,
               at, v);
    theory_near(v[2].mean - v[0].mean, 570, 1e-9, "from healthy to the last step");
    assert_true(v[3].most == 0 && v[7].least == 1);
    /* Steps of 30 s, the first at once, between 1201 and 1202 s. */
    theory_check(v[4], 0.25, THEORY_QUANTILES, "the fifth step of twenty");
    theory_check(v[5], 0.5, THEORY_QUANTILES, "the tenth");
    theory_check(v[6], 0.75, THEORY_QUANTILES, "the fifteenth");
}

static void read_moved(struct ust_model *model, void *context, double *values)
{
    (void)context;
    double back = moment_of(model, "failback_start");
    values[0] = 0;
    for (uint32_t i = 0; i < model->measure.moments_n; i++)
        values[0] += strncmp(model->measure.moments[i].event, "moved_", 6) == 0 &&
                     (double)model->measure.moments[i].at / 1e9 >= back;
}

/* The first step of twenty moves a twentieth, and not half of them. */
static void the_first_step_of_a_ramp_is_not_told_as_the_whole(void **state)
{
    (void)state;
    struct theory_value v[1];
    theory_run(two_regions("  failback: {ramp: 600 s}\n", "", loss), 3, 1, NULL, read_moved,
               NULL, v);
    assert_true(v[0].most <= 0);
    theory_run(two_regions("", "", loss), 3, 1, NULL, read_moved, NULL, v);
    assert_true(v[0].least >= 3);
}

/* Caches of 100 s on top: u = t / TTL of the users have asked again after t. */
static void caches_delay_the_return(void **state)
{
    (void)state;
    struct theory_value v[11];
    double at[8] = {1220, 1240, 1320};
    theory_run(two_regions("", "  dns: {ttl: 100 s, stale_share: 0 %}\n", loss), 100, 11, NULL,
               read_all, at, v);
    theory_near(v[2].mean - v[1].mean, 99, 1e-9, "99 % are back");
    /* Known after 1.5 s on average; intervals of 10 s by their middle. */
    theory_check(v[3], (25 - 1.5) / 100, THEORY_QUANTILES, "after 25 s of the TTL");
    theory_check(v[4], (45 - 1.5) / 100, THEORY_QUANTILES, "after 45 s of it");
    assert_true(v[5].least == 1);
}

static void never_means_to_the_end_of_the_run(void **state)
{
    (void)state;
    struct theory_value v[11];
    double at[8] = {1190, 2790};
    theory_run(two_regions("  failback: {when: never}\n", "", loss), 30, 11, NULL, read_all, at,
               v);
    assert_true(isnan(v[1].mean) && isnan(v[2].mean));
    assert_true(v[3].most == 0 && v[4].most == 0);
}

/* ... unless the other region is lost too. */
static void a_waiting_region_is_used_where_no_other_is_healthy(void **state)
{
    (void)state;
    struct theory_value v[11];
    double at[8] = {1990, 2010, 2110};
    theory_run(two_regions("  failback: {when: never}\n", "",
                           "  - {kind: region_loss, region: a, at: 1000 s, duration: 200 s}\n"
                           "  - {kind: region_loss, region: b, at: 2000 s, duration: 100 s}\n"),
               30, 11, NULL, read_all, at, v);
    assert_true(v[3].most == 0 && v[4].least == 1);
}

/* A region that the policy does not name is no other. */
static void a_bystander_does_not_keep_a_waiting_region_from_use(void **state)
{
    (void)state;
    struct theory_value v[11];
    double at[8] = {1990, 2010, 2110};
    theory_run(regions(true, "  failback: {when: never}\n", "",
                       "  - {kind: region_loss, region: a, at: 1000 s, duration: 200 s}\n"
                       "  - {kind: region_loss, region: b, at: 2000 s, duration: 100 s}\n"),
               30, 11, NULL, read_all, at, v);
    assert_true(v[3].most == 0 && v[4].least == 1);
}

/* Half of the way back the region that held them is lost: nobody is left there. */
static void a_loss_during_the_ramp_brings_all_back_at_once(void **state)
{
    (void)state;
    struct theory_value v[11];
    double at[8] = {1480, 1510};
    for (int bystander = 0; bystander < 2; bystander++) {
        theory_run(regions(bystander, "  failback: {ramp: 600 s}\n", "",
                           "  - {kind: region_loss, region: a, at: 1000 s, duration: 200 s}\n"
                           "  - {kind: region_loss, region: b, at: 1500 s, duration: 900 s}\n"),
                   30, 11, NULL, read_all, at, v);
        assert_true(v[3].most < 0.7 && v[4].least == 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_word_users_return_as_soon_as_the_checks_pass),
        cmocka_unit_test(they_wait_until_the_region_has_been_stable),
        cmocka_unit_test(a_second_loss_starts_the_waiting_anew),
        cmocka_unit_test(a_ramp_brings_them_back_evenly),
        cmocka_unit_test(the_first_step_of_a_ramp_is_not_told_as_the_whole),
        cmocka_unit_test(caches_delay_the_return),
        cmocka_unit_test(never_means_to_the_end_of_the_run),
        cmocka_unit_test(a_waiting_region_is_used_where_no_other_is_healthy),
        cmocka_unit_test(a_bystander_does_not_keep_a_waiting_region_from_use),
        cmocka_unit_test(a_loss_during_the_ramp_brings_all_back_at_once),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
