/* Data that a failover plan promotes: how long the step takes, what it waits for, and what is
 * lost by it, against the arithmetic of queues that are filled and emptied at known rates. */
#include <math.h>

#include "tests/theory/help.h"

/* Users at home in `eu` write through a front there to a primary in `us`, which the plan leaves
 * for the replica in `eu`. From 40 s on 1000 writes per second meet a replica that applies 500,
 * one second after they were written. So at 100 s it has applied 500 * 59 of the 60000, and
 * what it lacks takes it 61 s. */
#define SURGE                                                                                  \
    "kind: piecewise, points: [{at: 0 s, rate: 100 /s}, {at: 40 s, rate: 100 /s}, "            \
    "{at: 40001 ms, rate: 1000 /s}, {at: 400 s, rate: 1000 /s}]"
#define STEADY "kind: poisson, rate: 200 /s"

struct tier {
    const char *arrivals, *data, *plan, *more;
};

static char *tier(const struct tier *it)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fprintf(
        out,
        "understudy: 1\nname: tier\nduration: 400 s\ninterval: 10 s\n"
        "personas: [{name: user, actions: {ask: {work: 0 s}}}]\n"
        "regions: {us: {place: us-east-1, role: primary}, eu: {place: eu-west-1}}\n"
        "network: {base: 0 ms, per_1000_km: 0}\n"
        "services:\n"
        "  front:\n    instance: {name: box, capacity: {vcpu: 9000}, tuning: {slots: 9000}}\n"
        "    pools: {eu: 1}\n    async: true\n"
        "    calls: [{service: db, work: 1 ms, writes: 100 %%}]\n"
        "  db:\n    instance: {name: box, capacity: {vcpu: 1000}, tuning: {slots: 1000}}\n"
        "    pools: {us: 1, eu: 1}\n    health_check: {interval: 0 s}\n"
        "    data: {primary: us, promotion: {duration: 20 s}%s}\n"
        "routing:\n  policy: {kind: failover_order, order: [eu, us]}\n"
        "  health_check: {interval: 10 s, failures: 3, timeout: 4 s}\n"
        "traffic: [{persona: user, service: front, arrivals: {%s}}]\n"
        "failover:\n  from: us\n  to: eu\n%s%s",
        it->data, it->arrivals, it->plan, it->more != NULL ? it->more : "");
    fclose(out);
    return text;
}

#define PLANNED                                                                                \
    "  on: time\n  at: 100 s\n  steps:\n"                                                      \
    "    - {kind: promote_data, services: [db]}\n    - {kind: shift_traffic}\n"
#define ON_LOSS                                                                                \
    "  steps:\n    - {kind: detect}\n"                                                         \
    "    - {kind: promote_data, services: [db]}\n    - {kind: shift_traffic}\n"

static double told(const struct ust_model *model, const char *event, const char *detail,
                   bool when)
{
    for (uint32_t i = 0; i < model->measure.moments_n; i++) {
        const struct ust_moment *moment = &model->measure.moments[i];
        if (strcmp(moment->event, event) == 0 &&
            (detail == NULL || (moment->detail != NULL && strcmp(moment->detail, detail) == 0)))
            return when ? (double)moment->at / 1e9 : moment->value;
    }
    return (double)NAN;
}

enum { BEGIN, END, PROMOTED, SHIFT, LOST_S, LOST, USERS_LOST_S, ANSWERED, VALUES };

static void read_plan(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[BEGIN] = told(model, "step_begin", "promote_data", true);
    values[END] = told(model, "step_end", "promote_data", true);
    values[PROMOTED] = told(model, "data_promoted", NULL, true);
    values[SHIFT] = told(model, "step_begin", "shift_traffic", true);
    values[LOST_S] = told(model, "step_data_loss", "promote_data", false);
    values[LOST] = told(model, "step_writes_lost", "promote_data", false);
    values[USERS_LOST_S] = told(model, "data_loss_window", NULL, false);
    values[ANSWERED] =
        theory_users(model, UST_METRIC_answered) / theory_users(model, UST_METRIC_offered);
}

/* Always so: the step ends when the promotion does, and not before what needs it. */
static void check_order(const struct theory_value *v)
{
    theory_near(v[END].least, v[PROMOTED].least, 1e-12, "over when promoted");
    theory_near(v[END].most, v[PROMOTED].most, 1e-12, "over when promoted");
    theory_near(v[SHIFT].mean, v[END].mean, 1e-12, "and the next one begins then");
}

/* The region is lost at 100 s; what the step takes is the promotion, and what it loses the lag.
 */
static void a_loss_is_promoted_at_once_and_loses_the_lag(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(tier(&(struct tier){STEADY, ", replication: {lag: 2 s}", ON_LOSS,
                                   "faults: [{kind: region_loss, region: us, at: 100 s}]\n"}),
               30, VALUES, NULL, read_plan, NULL, v);
    check_order(v);
    theory_near(v[END].mean - v[BEGIN].mean, 20, 1e-9, "the promotion's 20 s");
    assert_true(v[BEGIN].least >= 120 && v[BEGIN].most <= 134.1);
    theory_check(v[LOST_S], 2 - 1 / 200.0, THEORY_MEANS, "RPO of the step, s");
    theory_check(v[LOST], 400, THEORY_MEANS, "writes lost by the step");
    theory_near(v[USERS_LOST_S].mean, v[LOST_S].mean, 1e-12, "the users' loss is the step's");
}

/* A planned one waits for the 30500 writes, 61 s at 500 per second, and loses none. */
static void a_planned_one_waits_for_the_rest_and_loses_nothing(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(tier(&(struct tier){SURGE, ", replication: {lag: 1 s, throughput: 500 /s}",
                                   PLANNED, NULL}),
               30, VALUES, NULL, read_plan, NULL, v);
    check_order(v);
    theory_near(v[BEGIN].mean, 100, 1e-12, "begins as planned");
    v[END].mean -= 100;
    theory_check(v[END], 61 + 20, THEORY_MEANS, "drain and promotion, s");
    theory_near(v[LOST_S].most + 1, 1, 1e-12, "no window is lost");
    theory_near(v[LOST].most + 1, 1, 1e-12, "no write is lost");
    assert_true(isnan(v[USERS_LOST_S].mean)); /* nobody is told of a loss */
    /* 4000 at 100 /s and 360 s at 1000 /s; nobody writes for 81 s. */
    theory_near(v[ANSWERED].mean, 1 - 81000.0 / 364000, 0.01, "writes fail meanwhile");
}

static void writes_that_wait_are_all_answered(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(tier(&(struct tier){SURGE,
                                   ", meanwhile: wait, replication: {lag: 1 s, throughput: "
                                   "500 /s}",
                                   PLANNED, NULL}),
               3, VALUES, NULL, read_plan, NULL, v);
    check_order(v);
    theory_near(v[ANSWERED].mean, 1, 1e-4, "all are answered");
    theory_near(v[LOST].most + 1, 1, 1e-12, "no write is lost");
}

/* At 130 s the region goes, 31 s before all had been copied: 15500 writes, written in the last
 * 15.5 s in which there was a primary that took any. Promotion is all that is waited for then.
 */
static void a_planned_one_that_a_loss_overtakes_loses_the_rest(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(
        tier(&(struct tier){SURGE, ", replication: {lag: 1 s, throughput: 500 /s}", PLANNED,
                            "faults: [{kind: region_loss, region: us, at: 130 s}]\n"}),
        30, VALUES, NULL, read_plan, NULL, v);
    check_order(v);
    theory_near(v[END].mean, 150, 1e-9, "20 s after the loss");
    theory_check(v[LOST], 15500, THEORY_MEANS, "writes lost");
    theory_check(v[LOST_S], 15.5, THEORY_MEANS, "RPO, s");
    theory_near(v[USERS_LOST_S].mean, v[LOST_S].mean, 1e-12, "the users' loss is the step's");
}

/* The checks call the region lost at 124 s..134 s, but its data lives, with a lag of 30 s: a
 * plan for a loss does not wait for it. */
static void an_unplanned_one_gives_a_living_primary_up(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(tier(&(struct tier){
                   STEADY, ", replication: {lag: 30 s}", ON_LOSS,
                   "faults: [{kind: health_check_false_positives, of: region, region: us, "
                   "at: 100 s, share: 100 %, duration: 100 s}]\n"}),
               30, VALUES, NULL, read_plan, NULL, v);
    check_order(v);
    theory_near(v[END].mean - v[BEGIN].mean, 20, 1e-9, "the promotion's 20 s");
    theory_check(v[LOST_S], 30 - 1 / 200.0, THEORY_MEANS, "RPO, s");
    theory_check(v[LOST], 6000, THEORY_MEANS, "writes lost");
}

/* The replica's machine is dead from 110 s to 120 s. Until then the primary writes on; then the
 * promotion begins anew, with the lag of the last write. */
static void a_standby_that_dies_meanwhile_begins_anew(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(tier(&(struct tier){STEADY, ", replication: {lag: 2 s}", PLANNED,
                                   "faults: [{kind: capacity_loss, service: db, region: eu, "
                                   "at: 110 s, share: 100 %, duration: 10 s}]\n"}),
               3, VALUES, NULL, read_plan, NULL, v);
    check_order(v);
    theory_near(v[END].mean, 120 + 2 + 20, 2e-4, "after it is back");
    /* Nobody writes from 100 s to 110 s and from 120 s to 142 s. */
    theory_near(v[ANSWERED].mean, 1 - 32 / 400.0, 0.01, "writes fail meanwhile");
    theory_near(v[LOST].most + 1, 1, 1e-12, "no write is lost");
}

/* The same where the regions are apart from 110 s to 140 s, in the middle of a lag of 20 s.
 * Those who write are on the other side, so nothing is added to what was under way at 100 s. */
static void regions_that_are_apart_are_waited_for(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(tier(&(struct tier){STEADY, ", replication: {lag: 20 s}", PLANNED,
                                   "faults: [{kind: partition, region: us, other: eu, at: 110 "
                                   "s, duration: 30 s}]\n"}),
               3, VALUES, NULL, read_plan, NULL, v);
    check_order(v);
    theory_near(v[END].mean, 140 + 20, 1e-9, "promotion, after they are together");
    theory_near(v[LOST].most + 1, 1, 1e-12, "no write is lost");
}

/* ---- the way back ---- */

static void read_return(struct ust_model *model, void *context, double *values)
{
    double at[2] = {NAN, NAN}, region[2] = {NAN, NAN};
    uint32_t n = 0;
    (void)context;
    for (uint32_t i = 0; i < model->measure.moments_n; i++) {
        const struct ust_moment *moment = &model->measure.moments[i];
        if (strcmp(moment->event, "data_promoted") != 0)
            continue;
        assert_true(n < 2);
        at[n] = (double)moment->at / 1e9;
        region[n++] = moment->region;
    }
    for (uint32_t i = 0; i < 2; i++) {
        values[i] = at[i];
        values[2 + i] = region[i];
    }
    values[4] = told(model, "failover_end", NULL, true);
    values[5] = isnan(told(model, "writes_lost", NULL, false));
}

/* It lags 2 s there too, counted from the last write, which takes 1 ms; then it takes 20 s. */
static void the_data_goes_back_when_the_users_have(void **state)
{
    (void)state;
    struct theory_value v[6];
    theory_run(tier(&(struct tier){
                   STEADY, ", replication: {lag: 2 s}",
                   PLANNED "    - {kind: fail_back, after: 50 s, followed: 0 %}\n", NULL}),
               30, 6, NULL, read_return, NULL, v);
    theory_near(v[2].mean, 2, 1e-12, "first to the standby");
    theory_near(v[3].mean, 1, 1e-12, "then back");
    v[1].mean -= v[4].mean;
    theory_check(v[1], 22 - 1 / 200.0 + 0.001, THEORY_MEANS, "after the users, s");
    theory_near(v[5].mean, 1, 1e-12, "nothing is lost");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loss_is_promoted_at_once_and_loses_the_lag),
        cmocka_unit_test(a_planned_one_waits_for_the_rest_and_loses_nothing),
        cmocka_unit_test(writes_that_wait_are_all_answered),
        cmocka_unit_test(a_planned_one_that_a_loss_overtakes_loses_the_rest),
        cmocka_unit_test(an_unplanned_one_gives_a_living_primary_up),
        cmocka_unit_test(a_standby_that_dies_meanwhile_begins_anew),
        cmocka_unit_test(regions_that_are_apart_are_waited_for),
        cmocka_unit_test(the_data_goes_back_when_the_users_have),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
