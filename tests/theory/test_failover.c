/* Failover plans carried out: the timeline against one that was computed by hand, shares along
 * a ramp, what is lost and what is not, and how long people take. */
#include <math.h>

#include "tests/theory/help.h"

/* Two regions, users without a network between, one service of deterministic work. */
struct plan {
    const char *users;   /* keys of the persona behind its actions */
    const char *service; /* lines of the service, indented by four */
    const char *pools;
    const char *traffic; /* in place of the one stream */
    const char *dns;     /* a line of routing */
    const char *plan;    /* lines of `failover`, indented by two, but from and to */
    const char *more;    /* lines of the top level */
    double rate, duration;
    unsigned seed;
};

static char *text_of(const struct plan *it)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\nname: plan\nseed: %u\nduration: %.6f s\ninterval: 100 s\n"
            "personas:\n  - {name: user, actions: {ask: {work: 1 ms}}%s}\n",
            it->seed + 1, it->duration, it->users != NULL ? it->users : "");
    fprintf(out, "regions: {a: {zones: 1, role: primary}, b: {zones: 1, role: standby}, "
                 "c: {zones: 1}}\n"
                 "network: {base: 0 s, per_1000_km: 0, jitter: 0}\n"
                 "services:\n  s:\n    instance: {name: box, tuning: {slots: 1000}, "
                 "launch: {boot: 60 s}}\n");
    fprintf(out, "%s    pools: %s\n", it->service != NULL ? it->service : "",
            it->pools != NULL ? it->pools : "{a: 2, b: {instances: 1, max: 9}, c: 1}");
    if (it->traffic != NULL)
        fprintf(out, "%s", it->traffic);
    else
        fprintf(out,
                "traffic:\n  - {persona: user, arrivals: {kind: poisson, rate: %.6f /s}}\n",
                it->rate);
    fprintf(out,
            "routing:\n  policy: {kind: failover_order, order: [a, c, b]}\n%s"
            "  health_check: {interval: 10 s, failures: 3, timeout: 4 s}\n",
            it->dns != NULL ? it->dns : "");
    fprintf(out, "failover:\n  from: a\n  to: b\n%s%s", it->plan,
            it->more != NULL ? it->more : "");
    fclose(out);
    return text;
}

/* In seconds, of the first such event about the step; NAN: it did not happen. */
static double when(const struct ust_model *model, const char *event, const char *detail)
{
    for (uint32_t i = 0; i < model->measure.moments_n; i++) {
        const struct ust_moment *moment = &model->measure.moments[i];
        if (strcmp(moment->event, event) == 0 &&
            (detail == NULL || (moment->detail != NULL && strcmp(moment->detail, detail) == 0)))
            return (double)moment->at / 1e9;
    }
    return (double)NAN;
}

/* ---- the timeline ---- */

#define TIMES 12

static void read_times(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = when(model, "failover_begin", "planned");
    values[1] = when(model, "step_end", "decide");
    values[2] = when(model, "step_end", "promote_data");
    values[3] = when(model, "step_end", "scale_standby");
    values[4] = when(model, "step_begin", "first");
    values[5] = when(model, "step_end", "first");
    values[6] = when(model, "step_approved", "second");
    values[7] = when(model, "step_end", "second");
    values[8] = when(model, "step_end", "watch");
    values[9] = when(model, "failback_start", NULL);
    values[10] = when(model, "failback_end", NULL);
    values[11] = when(model, "failover_end", NULL);
}

/* decide 30 s; then side by side a promotion of 25 s and a standby that boots for 60 s; half of
 * the users, by two points 40 s apart, and after an approval of 15 s all of them; a watch of
 * 60 s; the region has been well all along, so they return 50 s after that, in 20 s. */
static void the_timeline_is_the_one_computed_by_hand(void **state)
{
    static const double by_hand[TIMES] = {100, 130, 155, 190, 190, 230,
                                          245, 245, 305, 355, 375, 375};
    struct theory_value seen[TIMES];
    struct plan it = {
        .rate = 5,
        .duration = 600,
        .plan = "  on: time\n  at: 100 s\n  steps:\n"
                "    - {kind: decide, by: human, delay: 30 s}\n"
                "    - {kind: scale_standby, instances: 4}\n"
                "    - {kind: promote_data, duration: 25 s, needs: [decide]}\n"
                "    - {kind: shift_traffic, name: first, needs: [promote_data, "
                "scale_standby], ramp: [{at: 0 s, share: 10 %}, {at: 40 s, share: 100 %}]}\n"
                "    - {kind: shift_traffic, name: second, approval: 15 s}\n"
                "    - {kind: watch, every: 10 s, hold: 60 s}\n"
                "    - {kind: fail_back, after: 50 s, over: 20 s, followed: 0 %}\n"};
    (void)state;
    theory_run(text_of(&it), 3, TIMES, NULL, read_times, NULL, seen);
    for (int i = 0; i < TIMES; i++) {
        assert_true(fabs(seen[i].least - by_hand[i]) < 1e-6);
        assert_true(fabs(seen[i].most - by_hand[i]) < 1e-6);
    }
}

/* ---- shares ---- */

#define SPANS_MAX 8

struct spans {
    double begin[SPANS_MAX], end[SPANS_MAX];
    uint32_t n, traffic; /* traffic: 0: arrivals at the pools */
    struct ust_model *model;
    uint64_t a[2 * SPANS_MAX], b[2 * SPANS_MAX], c[2 * SPANS_MAX];
};

static void count(void *context, uint64_t index)
{
    struct spans *spans = context;
    spans->a[index] = spans->model->pools[0].count.arrivals;
    spans->b[index] = spans->model->pools[1].count.arrivals;
    spans->c[index] = spans->model->pools[2].count.arrivals;
}

static void plan_spans(struct ust_model *model, void *context, double *values)
{
    struct spans *spans = context;
    (void)values;
    spans->model = model;
    for (uint32_t i = 0; i < 2 * spans->n; i++)
        theory_look_at(
            model, ust_time_from_seconds(i % 2 == 0 ? spans->begin[i / 2] : spans->end[i / 2]),
            count, spans, i);
}

/* Share of the arrivals that the standby got; the third region never gets any. */
static void read_spans(struct ust_model *model, void *context, double *values)
{
    struct spans *spans = context;
    (void)model;
    for (uint32_t i = 0; i < spans->n; i++) {
        double a = (double)(spans->a[2 * i + 1] - spans->a[2 * i]);
        double b = (double)(spans->b[2 * i + 1] - spans->b[2 * i]);
        assert_int_equal(spans->c[2 * i + 1], 0);
        values[i] = b / (a + b);
    }
}

#define RAMP                                                                                   \
    "  on: time\n  at: 100 s\n  steps:\n"                                                      \
    "    - {kind: shift_traffic, ramp: [{at: 0 s, share: 25 %}, {at: 100 s, share: 60 %}, "    \
    "{at: 200 s, share: 100 %}]}\n"

static void along_a_ramp_each_share_goes_to_the_standby_and_nowhere_else(void **state)
{
    struct spans spans = {.begin = {0, 100, 200, 300}, .end = {100, 200, 300, 400}, .n = 4};
    struct theory_value v[SPANS_MAX];
    const struct plan it = {.rate = 100, .duration = 400, .plan = RAMP};
    (void)state;
    theory_run(text_of(&it), 40, spans.n, plan_spans, read_spans, &spans, v);
    assert_true(v[0].most == 0);
    theory_check(v[1], 0.25, THEORY_MEANS, "a ramp at 25 %%");
    theory_check(v[2], 0.60, THEORY_MEANS, "a ramp at 60 %%");
    assert_true(v[3].least == 1);
}

/* With a TTL of 50 s the share at age t of a step from p to q is p + (q - p) t / 50. */
static void caches_follow_each_step_of_a_ramp(void **state)
{
    struct spans spans = {
        .begin = {100, 150, 200, 225, 250, 300}, .end = {150, 200, 225, 250, 300, 350}, .n = 6};
    static const double exact[] = {0.125, 0.25, 0.25 + 0.35 / 4, 0.25 + 0.35 * 3 / 4,
                                   0.60,  0.80};
    struct theory_value v[SPANS_MAX];
    const struct plan it = {.rate = 100,
                            .duration = 400,
                            .plan = RAMP,
                            .dns = "  dns: {ttl: 50 s, stale_share: 0 %}\n"};
    (void)state;
    theory_run(text_of(&it), 60, spans.n, plan_spans, read_spans, &spans, v);
    for (uint32_t i = 0; i < spans.n; i++)
        theory_check(v[i], exact[i], THEORY_MEANS, "a ramp behind a TTL, %g..%g s",
                     spans.begin[i], spans.end[i]);
}

/* ... and the timeline says when: 50 % at 200 s + 50 s * (0.5 - 0.25) / 0.35, 90 % at 300 s +
 * 50 s * 0.3 / 0.4. */
static void read_moved(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = when(model, "moved_50", NULL);
    values[1] = when(model, "moved_90", NULL);
}

static void the_timeline_says_when_half_and_nine_tenths_have_gone(void **state)
{
    struct theory_value v[2];
    const struct plan it = {.rate = 5,
                            .duration = 400,
                            .plan = RAMP,
                            .dns = "  dns: {ttl: 50 s, stale_share: 0 %}\n"};
    (void)state;
    theory_run(text_of(&it), 2, 2, NULL, read_moved, NULL, v);
    theory_near(v[0].mean, 200 + 50 * 0.25 / 0.35, 1e-9, "half has gone");
    theory_near(v[1].mean, 300 + 50 * 0.3 / 0.4, 1e-9, "nine tenths have gone");
}

/* A connection of life 100 s is met at an age of U(0, 100 s). */
static void open_connections_hold_users_unless_the_plan_closes_them(void **state)
{
    struct spans spans = {.begin = {100, 150}, .end = {150, 200}, .n = 2};
    struct theory_value v[SPANS_MAX];
    struct plan it = {.rate = 100,
                      .duration = 300,
                      .users = ", connection: {lifetime: 100 s}",
                      .plan = "  on: time\n  at: 100 s\n  steps: [{kind: shift_traffic}]\n"};
    (void)state;
    theory_run(text_of(&it), 40, spans.n, plan_spans, read_spans, &spans, v);
    theory_check(v[0], 0.25, THEORY_MEANS, "connections kept, 0..50 s");
    theory_check(v[1], 0.75, THEORY_MEANS, "connections kept, 50..100 s");
    it.plan = "  on: time\n  at: 100 s\n  steps: [{kind: shift_traffic, connections: close}]\n";
    theory_run(text_of(&it), 3, spans.n, plan_spans, read_spans, &spans, v);
    assert_true(v[0].least == 1);
}

/* The law of the connections gives 99 % after 99 s. */
static void read_followed(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = when(model, "step_end", "shift_traffic");
}

static void a_shift_can_wait_until_its_users_have_gone(void **state)
{
    struct theory_value v;
    const struct plan it = {
        .rate = 5,
        .duration = 300,
        .users = ", connection: {lifetime: 100 s}",
        .plan = "  on: time\n  at: 100 s\n  steps: [{kind: shift_traffic, followed: 99 %}]\n"};
    (void)state;
    theory_run(text_of(&it), 2, 1, NULL, read_followed, NULL, &v);
    assert_true(v.least >= 199 && v.most <= 200.001); /* the controller looks every second */
}

/* Sessions are counted, those that are over not: their connections live for 60 s, so that at
 * the latest then everybody has gone, however long ago the last of many users left. */
static void sessions_that_are_over_hold_nothing_up(void **state)
{
    struct theory_value v;
    const struct plan it = {
        .duration = 600,
        .users = "}\n  - {name: guest, actions: {ask: {work: 1 ms}}, connection: {lifetime: 60 "
                 "s}, session: {requests: geometric(mean 20), think: 2 s}",
        .traffic = "traffic:\n  - {persona: guest, mode: sessions, arrivals: {kind: piecewise, "
                   "points: [{at: 0 s, rate: 20 /s}, {at: 60 s, rate: 1 /s}]}}\n",
        .plan = "  on: time\n  at: 300 s\n  steps: [{kind: shift_traffic, followed: 99 %}]\n"};
    (void)state;
    theory_run(text_of(&it), 8, 1, NULL, read_followed, NULL, &v);
    assert_true(v.least > 340 && v.most <= 361.001);
}

static void read_return(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = when(model, "step_end", "shift_traffic");
    values[1] = when(model, "step_end", "fail_back");
}

/* Closed, they have gone at once; back they go when the connections end that they have opened
 * in the standby, all of them within 60 s: it must not shrink under them before. */
static void sessions_are_waited_for_on_their_way_back_too(void **state)
{
    struct theory_value v[2];
    const struct plan it = {
        .duration = 600,
        .users = "}\n  - {name: guest, actions: {ask: {work: 1 ms}}, connection: {lifetime: 60 "
                 "s}, session: {requests: geometric(mean 100), think: 2 s}",
        .traffic = "traffic:\n  - {persona: guest, mode: sessions, arrivals: {kind: poisson, "
                   "rate: 5 /s}}\n",
        .dns = "  dns: {ttl: 0 s, stale_share: 0 %}\n",
        .plan = "  on: time\n  at: 300 s\n"
                "  steps:\n"
                "    - {kind: shift_traffic, connections: close, followed: 100 %}\n"
                "    - {kind: fail_back, after: 100 s, followed: 99 %}\n"};
    (void)state;
    theory_run(text_of(&it), 8, 2, NULL, read_return, NULL, v);
    assert_true(v[0].least >= 300 && v[0].most <= 301.001);
    assert_true(v[1].least > v[0].most + 150 && v[1].most <= v[0].most + 161.001);
}

/* ---- stateless first ---- */

#define TWO_KINDS                                                                              \
    "traffic:\n  - {persona: user, arrivals: {kind: poisson, rate: 50 /s}}\n"                  \
    "  - {persona: guest, arrivals: {kind: poisson, rate: 2 /s}, mode: sessions}\n"

static void stateless_users_go_before_those_in_sessions(void **state)
{
    struct spans spans = {.begin = {100, 200, 400}, .end = {200, 400, 500}, .n = 3};
    struct theory_value v[SPANS_MAX];
    const struct plan it = {
        .duration = 500,
        .users = "}\n  - {name: guest, actions: {ask: {work: 1 ms}}, session: {requests: 25, "
                 "think: 1 s}",
        .traffic = TWO_KINDS,
        .plan = "  on: time\n  at: 100 s\n  steps:\n"
                "    - {kind: shift_traffic, name: first, users: stateless}\n"
                "    - {kind: decide, by: human, delay: 100 s}\n"
                "    - {kind: shift_traffic, name: second, users: sticky}\n"};
    (void)state;
    theory_run(text_of(&it), 40, spans.n, plan_spans, read_spans, &spans, v);
    theory_check(v[0], 0.5, THEORY_MEANS, "stateless half first");
    assert_true(v[1].least == 1);
    assert_true(v[2].least == 1);
}

/* ---- what is lost ---- */

#define NO_TAIL "  dns: {ttl: 60 s, stale_share: 0 %}\n"
#define LOSS    "faults: [{kind: region_loss, region: a, at: 600 s}]\n"

static void read_losses(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = theory_users(model, UST_METRIC_failed);
    values[1] = theory_users(model, UST_METRIC_offered) - theory_users(model, UST_METRIC_good);
    values[2] = isnan(when(model, "data_loss_window", NULL)) ? 0 : 1;
    values[3] = when(model, "failover_begin", NULL);
}

/* 60 s of TTL and 30 s to promote are over long before the region goes. */
static void a_planned_evacuation_loses_no_request_and_no_data(void **state)
{
    struct theory_value v[4];
    const struct plan it = {.rate = 20,
                            .duration = 900,
                            .dns = NO_TAIL,
                            .service = "    replication_lag: 5 s\n",
                            .plan = "  on: both\n  at: 300 s\n  steps:\n"
                                    "    - {kind: detect}\n"
                                    "    - {kind: promote_data, duration: 30 s}\n"
                                    "    - {kind: shift_traffic, over: 60 s}\n",
                            .more = LOSS};
    (void)state;
    theory_run(text_of(&it), 10, 4, NULL, read_losses, NULL, v);
    assert_true(v[0].most == 0);
    assert_true(v[2].most == 0);
    assert_true(v[3].least == 300);
}

/* Detection takes U(20 s, 30 s) + 4 s, the decision 60 s; then half of the TTL, on average,
 * until a user has gone. Until then all of his requests fail: 20 /s * (29 + 60 + 30) s. */
static void a_loss_costs_detection_decision_and_half_the_ttl(void **state)
{
    struct theory_value v[4];
    const struct plan it = {.rate = 20,
                            .duration = 900,
                            .dns = NO_TAIL,
                            .service = "    replication_lag: 5 s\n",
                            .plan = "  steps:\n    - {kind: detect}\n"
                                    "    - {kind: decide, by: human, delay: 60 s}\n"
                                    "    - {kind: shift_traffic}\n",
                            .more = LOSS};
    (void)state;
    theory_run(text_of(&it), 100, 4, NULL, read_losses, NULL, v);
    theory_check(v[0], 20 * (25 + 4 + 60 + 30), THEORY_MEANS, "requests lost with the region");
    assert_true(v[2].least == 1);
}

/* Without its plan's steps nobody goes: the region is lost for 300 s, and so are its users. */
static void while_there_is_a_plan_nothing_else_moves_its_users(void **state)
{
    struct theory_value v[4];
    const struct plan it = {.rate = 20,
                            .duration = 1200,
                            .service = "    health_check: {interval: 0 s}\n",
                            .plan = "  steps:\n    - {kind: decide, by: human, delay: 1 h}\n"
                                    "    - {kind: shift_traffic}\n",
                            .more = "faults: [{kind: region_loss, region: a, at: 600 s, "
                                    "duration: 300 s}]\n"};
    (void)state;
    theory_run(text_of(&it), 60, 4, NULL, read_losses, NULL, v);
    theory_check(v[0], 20 * 300, THEORY_MEANS, "users who nobody moves");
}

/* ---- people ---- */

#define DECISIONS 300

struct decisions {
    double took[DECISIONS];
    uint32_t n;
};

static void read_decision(struct ust_model *model, void *context, double *values)
{
    struct decisions *all = context;
    values[0] = when(model, "step_begin", "shift_traffic") - when(model, "detected", NULL);
    assert_true(all->n < DECISIONS);
    all->took[all->n++] = values[0];
}

/* A mean of 200 s and a cv of 1: sigma^2 = ln 2, mu = ln 200 - sigma^2 / 2. */
static double lognormal_law(double x, const void *unused)
{
    (void)unused;
    double sigma = sqrt(log(2));
    return x <= 0 ? 0
                  : 0.5 * erfc(-(log(x) - (log(200) - sigma * sigma / 2)) / sigma / sqrt(2));
}

static void from_detection_to_the_shift_it_takes_as_long_as_a_person_does(void **state)
{
    static struct decisions all;
    struct theory_value v;
    const struct plan it = {
        .rate = 0.1,
        .duration = 20000,
        .seed = 3,
        .plan = "  steps:\n    - {kind: detect}\n"
                "    - {kind: decide, by: human, delay: \"lognormal(mean 200 s, cv 1)\"}\n"
                "    - {kind: shift_traffic}\n",
        .more = LOSS};
    (void)state;
    all.n = 0;
    theory_run(text_of(&it), DECISIONS, 1, NULL, read_decision, &all, &v);
    /* Kolmogorov: 1.95 is passed once in a thousand. */
    assert_true(theory_ks(all.took, all.n, lognormal_law, NULL) < 1.95);
}

/* ---- the standby ---- */

static void read_standby(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = theory_series(model, UST_METRIC_instances, 2, 1, 0, 0);
    values[1] = theory_series(model, UST_METRIC_instances, 2, 1, 0, 3);
    values[2] = theory_series(model, UST_METRIC_instances, 2, 1, 0, 7);
    values[3] = when(model, "step_end", "scale_standby");
}

/* From 1 to the 6 of the region that is left, and to 1 again when its users are back. */
static void the_standby_grows_by_the_plan_and_shrinks_with_it(void **state)
{
    struct theory_value v[4];
    const struct plan it = {.rate = 20,
                            .duration = 800,
                            .pools = "{a: 6, b: {instances: 1, max: 9}, c: 1}",
                            .plan = "  on: time\n  at: 100 s\n  steps:\n"
                                    "    - {kind: scale_standby}\n"
                                    "    - {kind: shift_traffic}\n"
                                    "    - {kind: decide, by: human, delay: 300 s}\n"
                                    "    - {kind: fail_back}\n"};
    (void)state;
    theory_run(text_of(&it), 2, 4, NULL, read_standby, NULL, v);
    assert_true(v[0].mean == 1);
    assert_true(v[1].mean == 6);
    assert_true(v[2].mean == 1);
    theory_near(v[3].mean, 160, 1e-9, "as long as a launch takes");
}

static void read_limits(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = when(model, "step_limit", "scale_standby");
    values[1] = when(model, "step_end", "scale_standby");
    values[2] = isnan(when(model, "failover_aborted", NULL)) ? 0 : 1;
}

/* The standby's control plane is out for 400 s: nothing is launched, somebody is called after
 * 120 s, and comes 60 s later; or launches wait for the control plane, and then boot for 60 s.
 */
static void a_standby_that_cannot_launch_is_waited_for_or_given_up(void **state)
{
    struct theory_value v[3];
    struct plan it = {.rate = 20,
                      .duration = 800,
                      .plan = "  on: time\n  at: 100 s\n  steps:\n    - {kind: scale_standby, "
                              "instances: 3, limit: 120 s, page: 60 s}\n"
                              "    - {kind: shift_traffic}\n",
                      .service = "    scaler: {kind: k8s_hpa, target: 90 %}\n",
                      .more = "faults: [{kind: control_plane_outage, region: b, at: 50 s, "
                              "duration: 400 s}]\n"};
    (void)state;
    theory_run(text_of(&it), 2, 3, NULL, read_limits, NULL, v);
    theory_near(v[0].mean, 220, 1e-9, "the limit");
    theory_near(v[1].mean, 280, 1e-9, "who was called");
    it.plan = "  on: time\n  at: 100 s\n  steps:\n    - {kind: scale_standby, instances: 3}\n"
              "    - {kind: shift_traffic}\n";
    theory_run(text_of(&it), 2, 3, NULL, read_limits, NULL, v);
    assert_true(v[1].least >= 510 && v[1].most <= 511.001);
    it.plan = "  on: time\n  at: 100 s\n  steps:\n    - {kind: scale_standby, instances: 3, "
              "limit: 2 min, on_limit: abort}\n    - {kind: shift_traffic}\n";
    theory_run(text_of(&it), 2, 3, NULL, read_limits, NULL, v);
    assert_true(v[2].least == 1);
}

/* 5 requests a second of 2 s each use 1 % of the standby's 1000 slots, and the bound is half of
 * that: three looks are beyond it, at 110, 120 and 130 s, and all users are sent back. */
static void a_standby_that_fails_its_watch_gives_its_users_back(void **state)
{
    struct spans spans = {.begin = {0, 110, 200}, .end = {100, 120, 300}, .n = 3};
    struct theory_value v[SPANS_MAX];
    const struct plan it = {
        .duration = 300,
        .users = "}\n  - {name: heavy, actions: {ask: {work: 2 s}}",
        .service = "    health_check: {interval: 0 s}\n",
        .pools = "{a: 50, b: {instances: 1, max: 9}, c: 1}",
        .traffic = "traffic:\n  - {persona: heavy, arrivals: {kind: poisson, rate: 5 /s}}\n",
        .plan = "  on: time\n  at: 100 s\n  steps:\n    - {kind: shift_traffic}\n"
                "    - {kind: watch, indicator: utilisation, bound: 0.5 %, every: 10 s}\n"};
    (void)state;
    theory_run(text_of(&it), 5, spans.n, plan_spans, read_spans, &spans, v);
    assert_true(v[0].most == 0);
    assert_true(v[1].least == 1);
    assert_true(v[2].most == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_timeline_is_the_one_computed_by_hand),
        cmocka_unit_test(along_a_ramp_each_share_goes_to_the_standby_and_nowhere_else),
        cmocka_unit_test(caches_follow_each_step_of_a_ramp),
        cmocka_unit_test(the_timeline_says_when_half_and_nine_tenths_have_gone),
        cmocka_unit_test(open_connections_hold_users_unless_the_plan_closes_them),
        cmocka_unit_test(a_shift_can_wait_until_its_users_have_gone),
        cmocka_unit_test(sessions_that_are_over_hold_nothing_up),
        cmocka_unit_test(sessions_are_waited_for_on_their_way_back_too),
        cmocka_unit_test(stateless_users_go_before_those_in_sessions),
        cmocka_unit_test(a_planned_evacuation_loses_no_request_and_no_data),
        cmocka_unit_test(a_loss_costs_detection_decision_and_half_the_ttl),
        cmocka_unit_test(while_there_is_a_plan_nothing_else_moves_its_users),
        cmocka_unit_test(from_detection_to_the_shift_it_takes_as_long_as_a_person_does),
        cmocka_unit_test(the_standby_grows_by_the_plan_and_shrinks_with_it),
        cmocka_unit_test(a_standby_that_cannot_launch_is_waited_for_or_given_up),
        cmocka_unit_test(a_standby_that_fails_its_watch_gives_its_users_back),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
