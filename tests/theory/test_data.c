/* A data tier with a replica that follows: how far it is behind, and what is lost with the
 * primary. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

/* Users at home in `eu` write through a front there to a primary in `us`; the replica is in
 * `eu` too. */
static char *tier(const char *rate, const char *data, const char *call, double duration,
                  const char *more)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fprintf(
        out,
        "understudy: 1\nname: tier\nduration: %.17g s\ninterval: 10 s\n"
        "personas: [{name: user, actions: {ask: {work: 0 s}}}]\n"
        "regions: {us: {place: us-east-1}, eu: {place: eu-west-1}}\n"
        "network: {base: 0 ms, per_1000_km: 0}\n"
        "services:\n"
        "  front:\n    instance: {name: box, capacity: {vcpu: 5000}, tuning: {slots: 5000}}\n"
        "    pools: {eu: 1}\n    async: true\n"
        "    calls: [{service: db, work: 1 ms, writes: 100 %%%s}]\n"
        "  db:\n    instance: {name: box, capacity: {vcpu: 1000}, tuning: {slots: 1000}}\n"
        "    pools: {us: 1, eu: 1}\n    "
        "health_check: {interval: 0 s}\n    data: {primary: us%s}\n"
        "routing: {policy: {kind: failover_order, order: [eu, us]}}\n"
        "traffic: [{persona: user, service: front, arrivals: {%s}}]\n%s",
        duration, call, data, rate, more);
    fclose(out);
    return text;
}

static double value_of(const struct ust_model *model, const char *event)
{
    for (uint32_t i = 0; i < model->measure.moments_n; i++)
        if (strcmp(model->measure.moments[i].event, event) == 0)
            return isnan(model->measure.moments[i].value)
                       ? (double)model->measure.moments[i].at / 1e9
                       : model->measure.moments[i].value;
    return -1;
}

static void read_loss(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = value_of(model, "data_loss_window");
    values[1] = value_of(model, "writes_lost");
    values[2] = value_of(model, "data_promoted");
    values[3] = theory_kpi(model, UST_METRIC_replication_lag, 2, 2, 0);
    values[4] = theory_kpi(model, UST_METRIC_replication_backlog, 2, 2, 0);
    values[5] =
        theory_users(model, UST_METRIC_answered) / theory_users(model, UST_METRIC_offered);
    values[6] = theory_users(model, UST_METRIC_latency_mean);
}

/* ---- what is lost ---- */

/* In peace the loss is the lag, and the writes of that time. */
static void in_peace_the_lag_is_lost(void **state)
{
    (void)state;
    struct theory_value v[7];
    theory_run(tier("kind: poisson, rate: 200 /s", ", replication: {lag: 2 s}", "", 200,
                    "faults: [{kind: region_loss, region: us, at: 100 s}]\n"),
               30, 7, NULL, read_loss, NULL, v);
    theory_check(v[0], 2 - 0.5 / 200, THEORY_MEANS, "RPO, s");
    theory_check(v[1], 400, THEORY_MEANS, "writes lost");
    theory_near(v[2].mean, 190, 1e-9, "promoted 30 s + 60 s later");
    theory_near(v[5].mean, 110.0 / 200, 0.02, "answered: all but those of 90 s");
}

/* A surge of a writes per second meets a replica that applies m: after a time T the first
 * m (T - L) of the a T are applied, so the oldest that is missing was written T - m (T - L) / a
 * ago. Here a = 1000, m = 500, L = 1 s, T = 60 s. */
static void a_surge_leaves_the_replica_behind(void **state)
{
    (void)state;
    struct theory_value v[7];
    theory_run(tier("kind: piecewise, points: [{at: 0 s, rate: 100 /s}, {at: 40 s, rate: 100 "
                    "/s}, {at: 40001 ms, rate: 1000 /s}, {at: 200 s, rate: 1000 /s}]",
                    ", replication: {lag: 1 s, throughput: 500 /s}", "", 200,
                    "faults: [{kind: region_loss, region: us, at: 100 s}]\n"),
               30, 7, NULL, read_loss, NULL, v);
    theory_check(v[0], 60 - 500 * 59 / 1000.0, THEORY_MEANS, "RPO, s");
    theory_check(v[1], 60000 - 500 * 59, THEORY_MEANS, "writes lost");
    theory_check(v[3], 30.5, THEORY_MEANS, "the most that it was behind");
    theory_check(v[4], 30500, THEORY_MEANS, "the most that it lacked");
}

static void read_course(struct ust_model *model, void *context, double *values)
{
    (void)context;
    for (uint32_t i = 0; i < 20; i++) {
        values[i] = theory_series(model, UST_METRIC_replication_backlog, 2, 2, 0, i);
        values[20 + i] = theory_series(model, UST_METRIC_replication_lag, 2, 2, 0, i);
    }
}

/* Apart from 50 s to 90 s, 200 writes per second pile up on top of those on their way; then 500
 * per second are applied, 300 more than come. All waits, but the last L = 1 s, is gone after
 * 200 * 40 / 300 = 26.7 s. */
static void a_partition_is_caught_up_with(void **state)
{
    (void)state;
    struct theory_value v[40];
    theory_run(
        tier("kind: poisson, rate: 200 /s", ", replication: {lag: 1 s, throughput: 500 /s}", "",
             200,
             "faults: [{kind: partition, region: us, other: eu, direction: out, at: 50 s, "
             "duration: 40 s}]\n"),
        30, 40, NULL, read_course, NULL, v);
    theory_check(v[4], 200, THEORY_QUANTILES, "writes lacking at 50 s");
    theory_check(v[8], 200 * 41, THEORY_QUANTILES, "at 90 s");
    theory_check(v[9], 200 * 41 - 300 * 10, THEORY_QUANTILES, "at 100 s");
    theory_check(v[10], 200 * 41 - 300 * 20, THEORY_QUANTILES, "at 110 s");
    theory_check(v[12], 200, THEORY_QUANTILES, "at 130 s");
    theory_check(v[28], 41, THEORY_QUANTILES, "behind at 90 s");
    theory_check(v[32], 1, THEORY_QUANTILES, "behind at 130 s");
}

/* Its data was only out of reach. */
static void a_primary_that_comes_back_has_lost_nothing(void **state)
{
    (void)state;
    struct theory_value v[7];
    theory_run(tier("kind: poisson, rate: 200 /s", ", replication: {lag: 2 s}", "", 200,
                    "faults: [{kind: region_loss, region: us, at: 100 s, duration: 60 s}]\n"),
               30, 7, NULL, read_loss, NULL, v);
    theory_near(v[0].mean, -1, 1e-9, "no loss is told of");
    theory_near(v[2].mean, -1, 1e-9, "and no promotion");
    theory_near(v[5].mean, 140.0 / 200, 0.02, "answered: all but those of 60 s");
}

/* Held back, a write waits for the promotion: the mean of U(0, 90 s) for 90 of 200 s. */
static void writes_may_wait_for_a_primary(void **state)
{
    (void)state;
    struct theory_value v[7];
    theory_run(tier("kind: poisson, rate: 20 /s", ", replication: {lag: 2 s}, meanwhile: wait",
                    "", 200, "faults: [{kind: region_loss, region: us, at: 100 s}]\n"),
               30, 7, NULL, read_loss, NULL, v);
    theory_near(v[5].mean, 1, 0.001, "all are answered");
    theory_check(v[6], 0.001 + 45 * 90 / 200.0, THEORY_MEANS, "latency");
}

/* ... but not longer than the caller waits. */
static void a_write_waits_no_longer_than_its_caller(void **state)
{
    (void)state;
    struct theory_value v[7];
    theory_run(tier("kind: poisson, rate: 20 /s", ", replication: {lag: 2 s}, meanwhile: wait",
                    ", timeout: 30 s", 200,
                    "faults: [{kind: region_loss, region: us, at: 100 s}]\n"),
               30, 7, NULL, read_loss, NULL, v);
    theory_near(v[5].mean, 140.0 / 200, 0.02, "those of the last 30 s before are answered");
}

/* ---- users straight at the data ---- */

/* Users in Ireland ask the data itself: they read at home, and write in Virginia, 80 ms there
 * and back; both take 1 ms. */
static char *straight(const char *traffic, const char *data, const char *tolerance,
                      const char *more)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fprintf(out,
            "understudy: 1\nname: straight\nduration: 200 s\ninterval: 10 s\n"
            "personas: [{name: user, geography: {Dublin: 100 %%}, actions: {ask: {work: 1 "
            "ms}}, tolerance: {%s}}]\n"
            "regions: {us: {place: us-east-1}, eu: {place: eu-west-1}}\n"
            "network: {base: 0 ms, per_1000_km: 10, jitter: 0}\n"
            "services:\n"
            "  db:\n    instance: {name: box, capacity: {vcpu: 1000}, tuning: {slots: 1000}}\n"
            "    pools: {us: 1, eu: 1}\n    health_check: {interval: 0 s}\n"
            "    data: {primary: us, replication: {lag: 2 s}%s}\n"
            "routing: {policy: {kind: failover_order, order: [eu, us]}}\n"
            "traffic: [{persona: user, service: db, arrivals: {kind: poisson, rate: 100 "
            "/s}%s}]\n%s",
            tolerance, data, traffic, more);
    fclose(out);
    return text;
}

enum { S_LATENCY, S_EU, S_US, S_LOST_S, S_LOST, S_ANSWERED, S_OFFERED, S_LAG, S_VALUES };

static void read_straight(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[S_LATENCY] = theory_users(model, UST_METRIC_latency_mean);
    values[S_EU] = theory_kpi(model, UST_METRIC_arrivals, 2, 1, 0);
    values[S_US] = theory_kpi(model, UST_METRIC_arrivals, 1, 1, 0);
    values[S_LOST_S] = value_of(model, "data_loss_window");
    values[S_LOST] = value_of(model, "writes_lost");
    values[S_ANSWERED] = theory_users(model, UST_METRIC_answered);
    values[S_OFFERED] = theory_users(model, UST_METRIC_offered);
    values[S_LAG] = theory_kpi(model, UST_METRIC_replication_lag, 2, 1, 0);
}

static void read_between(struct ust_model *model, void *context, double *values)
{
    read_straight(model, context, values);
    /* Round trips between the users and both regions, as the scenario has them. */
    const double *rtt = model->config->places[0].rtt_ms;
    values[S_LOST_S] = rtt[0] / 1e3;
    values[S_LOST] = rtt[1] / 1e3;
}

static void users_read_where_they_are_and_write_at_the_primary(void **state)
{
    (void)state;
    struct theory_value v[S_VALUES];
    theory_run(straight(", writes: 30 %", "", "latency: 1 s", ""), 30, S_VALUES, NULL,
               read_between, NULL, v);
    theory_check(v[S_US], 0.3 * 100 * 200, THEORY_MEANS, "writes in Virginia");
    theory_check(v[S_EU], 0.7 * 100 * 200, THEORY_MEANS, "reads in Ireland");
    theory_check(v[S_LATENCY], 0.001 + 0.3 * v[S_LOST_S].mean + 0.7 * v[S_LOST].mean,
                 THEORY_MEANS, "latency");
    theory_near(v[S_LAG].mean, 2, 0.05, "the replica follows");
    theory_run(straight("", "", "latency: 1 s", ""), 3, S_VALUES, NULL, read_straight, NULL, v);
    theory_near(v[S_US].mean + 1, 1, 1e-12, "who only reads stays at home");
    assert_true(v[S_LAG].mean == 0);
}

static void users_who_write_lose_what_the_replica_lacks(void **state)
{
    (void)state;
    struct theory_value v[S_VALUES];
    theory_run(straight(", writes: 100 %", "", "latency: 1 s",
                        "faults: [{kind: region_loss, region: us, at: 100 s}]\n"),
               30, S_VALUES, NULL, read_straight, NULL, v);
    theory_check(v[S_LOST_S], 2 - 1 / 100.0, THEORY_MEANS, "RPO, s");
    theory_check(v[S_LOST], 200, THEORY_QUANTILES, "writes lost");
    theory_near(v[S_ANSWERED].mean / v[S_OFFERED].mean, 110 / 200.0, 0.02,
                "answered: all but those of 90 s");
}

/* Held at their clients, they wait for the promotion; who has a timeout of 30 s waits no longer
 * and, as his timeout is shorter than the outage, only those of its last 30 s are answered. */
static void users_hold_their_writes_until_there_is_a_primary(void **state)
{
    static const char loss[] = "faults: [{kind: region_loss, region: us, at: 100 s}]\n";
    (void)state;
    struct theory_value v[S_VALUES];
    theory_run(straight(", writes: 50 %", ", meanwhile: wait", "latency: 1 s", loss), 30,
               S_VALUES, NULL, read_straight, NULL, v);
    theory_near(v[S_ANSWERED].mean / v[S_OFFERED].mean, 1, 0.001, "all are answered");
    theory_check(v[S_LATENCY], 0.5 * 45 * 90 / 200.0, THEORY_QUANTILES, "latency");
    theory_run(straight(", writes: 100 %", ", meanwhile: wait",
                        "latency: 1 s, timeout: 30 s, patience: exponential(mean 1000 h)",
                        loss),
               30, S_VALUES, NULL, read_straight, NULL, v);
    theory_near(v[S_ANSWERED].mean / v[S_OFFERED].mean, 140 / 200.0, 0.02,
                "answered: all but those of 60 s");
    /* Repeated, each of them has what it takes in the end. */
    theory_run(straight(", writes: 100 %", ", meanwhile: wait",
                        "latency: 1 s, timeout: 10 s, retries: {kind: immediate, attempts: "
                        "20}",
                        loss),
               3, S_VALUES, NULL, read_straight, NULL, v);
    theory_near(v[S_ANSWERED].mean / v[S_OFFERED].mean, 1, 0.001, "all are answered");
}

/* A client that hedges copies reads alone. */
static void read_copies(struct ust_model *model, void *context, double *values)
{
    read_straight(model, context, values);
    values[S_LOST] = theory_users(model, UST_METRIC_attempts) - values[S_OFFERED];
}

static void users_do_not_copy_their_writes(void **state)
{
    (void)state;
    struct theory_value v[S_VALUES];
    char *text = straight(", writes: 100 %", "", "latency: 1 s}, client: {hedge: 1 ms", "");
    theory_run(text, 3, S_VALUES, NULL, read_copies, NULL, v);
    theory_near(v[S_LOST].most + 1, 1, 1e-12, "no copies");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_peace_the_lag_is_lost),
        cmocka_unit_test(a_surge_leaves_the_replica_behind),
        cmocka_unit_test(a_partition_is_caught_up_with),
        cmocka_unit_test(a_primary_that_comes_back_has_lost_nothing),
        cmocka_unit_test(writes_may_wait_for_a_primary),
        cmocka_unit_test(a_write_waits_no_longer_than_its_caller),
        cmocka_unit_test(users_read_where_they_are_and_write_at_the_primary),
        cmocka_unit_test(users_who_write_lose_what_the_replica_lacks),
        cmocka_unit_test(users_hold_their_writes_until_there_is_a_primary),
        cmocka_unit_test(users_do_not_copy_their_writes),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
