/* How traffic finds what is alive: laws of connections that are kept, of drains, of panic,
 * ejection, slow start and priorities, each against its closed form. */
#include <math.h>

#include "sim/base/hash.h"
#include "tests/theory/help.h"
#include "tests/theory/law.h"

#define FAULT_AT 1000.0 /* s */

/* Two regions, users without a network between, and whatever the law is about. */
struct steering {
    const char *persona; /* keys of the persona behind its actions */
    const char *service; /* lines of the service, indented by four */
    const char *traffic; /* further keys of the traffic */
    const char *routing; /* lines of routing, indented by two */
    const char *fault;   /* without braces */
    const char *pools;   /* "{a: 1, b: 1}" */
    double rate, duration;
};

static char *text_of(const struct steering *it)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    uint64_t seed = ust_hash_text(ust_hash_text(7, it->routing), it->fault);
    fprintf(out, "understudy: 1\nname: steering\nseed: %llu\nduration: %.6f s\n",
            (unsigned long long)(seed >> 12), it->duration);
    fprintf(out,
            "interval: 100 s\npersonas:\n  - {name: user, actions: {ask: {work: 1 ms}}%s}\n",
            it->persona != NULL ? it->persona : "");
    fprintf(out,
            "regions: {a: {zones: 1, role: primary}, b: {zones: 1, role: standby}}\n"
            "network: {base: 0 s, per_1000_km: 0, jitter: 0}\n"
            "services:\n  s:\n    instance: {name: box, tuning: {slots: 1000}}\n%s",
            it->service != NULL ? it->service : "    health_check: {interval: 0 s}\n");
    fprintf(out,
            "    pools: %s\ntraffic:\n  - {persona: user, arrivals: {kind: poisson, rate: "
            "%.6f /s}%s}\n",
            it->pools != NULL ? it->pools : "{a: 1, b: 1}", it->rate,
            it->traffic != NULL ? it->traffic : "");
    fprintf(out, "routing:\n%s\nfaults:\n  - {%s}\n", it->routing, it->fault);
    fclose(out);
    return text;
}

static double moment_of(const struct ust_model *model, const char *event)
{
    for (uint32_t i = 0; i < model->measure.moments_n; i++)
        if (strcmp(model->measure.moments[i].event, event) == 0)
            return (double)model->measure.moments[i].at / 1e9;
    return (double)NAN;
}

/* ---- who goes where, after an event ---- */

#define SPANS_MAX 8

/* Spans of time after `event`, and what arrives in the two regions within each. */
struct spans {
    const char *event;
    double find_at; /* when it has happened for certain */
    double begin[SPANS_MAX], end[SPANS_MAX];
    uint32_t n;
    struct ust_model *model;
    uint32_t handler;
    uint64_t a[2 * SPANS_MAX], b[2 * SPANS_MAX];
};

static void count_arrivals(void *context, uint64_t index)
{
    struct spans *spans = context;
    spans->a[index] = spans->model->pools[0].count.arrivals;
    spans->b[index] = spans->model->pools[1].count.arrivals;
}

static void find_event(void *context, uint64_t unused)
{
    struct spans *spans = context;
    double at = moment_of(spans->model, spans->event);
    (void)unused;
    assert_true(at > 0);
    for (uint32_t i = 0; i < 2 * spans->n; i++) {
        double after = i % 2 == 0 ? spans->begin[i / 2] : spans->end[i / 2];
        ust_schedule(&spans->model->engine, ust_time_from_seconds(at + after), UST_LANE_OBSERVE,
                     spans->handler, i);
    }
}

static void plan_spans(struct ust_model *model, void *context, double *values)
{
    struct spans *spans = context;
    (void)values;
    spans->model = model;
    spans->handler = ust_engine_handler(&model->engine, count_arrivals, spans);
    theory_look_at(model, ust_time_from_seconds(spans->find_at), find_event, spans, 0);
}

/* Share of the arrivals that the second region got in each span. */
static void read_spans(struct ust_model *model, void *context, double *values)
{
    struct spans *spans = context;
    (void)model;
    for (uint32_t i = 0; i < spans->n; i++) {
        double a = (double)(spans->a[2 * i + 1] - spans->a[2 * i]);
        double b = (double)(spans->b[2 * i + 1] - spans->b[2 * i]);
        values[i] = b / (a + b);
    }
}

/* Routing takes a for lost at FAULT_AT, though it is well: connections to it live on. */
#define SOUND_BUT_LEFT                                                                         \
    "kind: health_check_false_positives, region: a, at: 1000 s, share: 100 %, of: region"
#define QUICK_CHECK "  health_check: {interval: 1 s, failures: 1, timeout: 0 s}"

/* The mean of a law over a span. */
static double mean_over(double (*law)(double, const double *), const double *params,
                        double begin, double end)
{
    double sum = 0;
    const int n = 2000;
    for (int i = 0; i < n; i++)
        sum += law(begin + (end - begin) * (i + 0.5) / n, params);
    return sum / n;
}

/* ---- connections of requests that come one by one ---- */

static double exponential_life(double t, const double *mean)
{
    return 1 - exp(-t / *mean);
}

static double constant_life(double t, const double *life)
{
    return t < *life ? t / *life : 1;
}

/* TTL p[0], share p[1] late with mean p[2]; a connection of life p[3] is met at U(0, p[3]). */
static double behind_dns(double t, const double *p)
{
    double sum = 0;
    const int n = 400;
    for (int i = 0; i < n; i++) {
        double s = t - p[3] * (i + 0.5) / n;
        if (s > 0)
            sum += (1 - p[1]) * (s < p[0] ? s / p[0] : 1) + p[1] * (1 - exp(-s / p[2]));
    }
    return sum / n;
}

static void leave_by(const char *lifetime, const char *dns, const char *what,
                     double (*law)(double, const double *), const double *params)
{
    struct spans spans = {.event = "detected",
                          .find_at = FAULT_AT + 1.000001,
                          .begin = {2, 20, 60, 120, 250},
                          .end = {20, 60, 120, 200, 300},
                          .n = 5};
    struct theory_value v[SPANS_MAX];
    char persona[200], routing[400];
    snprintf(persona, sizeof persona, ", connection: {lifetime: %s}", lifetime);
    snprintf(routing, sizeof routing,
             "  policy: {kind: failover_order, order: [a, b]}\n%s" QUICK_CHECK, dns);
    const struct steering it = {.persona = persona,
                                .routing = routing,
                                .fault = SOUND_BUT_LEFT,
                                .rate = THEORY_LESS > 1 ? 20 : 60,
                                .duration = FAULT_AT + 310};
    theory_run(text_of(&it), 40, spans.n, plan_spans, read_spans, &spans, v);
    for (uint32_t i = 0; i < spans.n; i++) {
        double exact = mean_over(law, params, spans.begin[i], spans.end[i]);
        if (exact > 0.9999)
            assert_true(v[i].mean > 0.9999);
        else
            theory_check(v[i], exact, i == 0 ? THEORY_QUANTILES : THEORY_MEANS,
                         "%s: moved at %g..%g s", what, spans.begin[i], spans.end[i]);
    }
}

static void old_connections_hold_users_for_as_long_as_they_live(void **state)
{
    (void)state;
    leave_by("exponential(mean 60 s)", "", "exponential lives", exponential_life,
             (double[]){60});
    leave_by("100 s", "", "lives of 100 s", constant_life, (double[]){100});
    leave_by("100 s", "  dns: {ttl: 60 s, stale_share: 11.22 %, stale_mean: 521.9 s}\n",
             "lives of 100 s behind a TTL of 60 s", behind_dns,
             (double[]){60, 0.1122, 521.9, 100});
}

static void read_moved(struct ust_model *model, void *context, double *values)
{
    double detected = moment_of(model, "detected");
    (void)context;
    values[0] = moment_of(model, "moved_50") - detected;
    values[1] = moment_of(model, "moved_90") - detected;
    values[2] = moment_of(model, "moved_99") - detected;
}

/* The moments of the timeline are those of the law: mean * ln 2, ln 10, ln 100. */
static void the_timeline_tells_when_users_have_left_their_connections(void **state)
{
    struct theory_value v[3];
    const struct steering it = {
        .persona = ", connection: {lifetime: exponential(mean 30 s)}",
        .routing = "  policy: {kind: failover_order, order: [a, b]}\n" QUICK_CHECK,
        .fault = SOUND_BUT_LEFT,
        .rate = 1,
        .duration = FAULT_AT + 200};
    (void)state;
    theory_run(text_of(&it), 2, 3, NULL, read_moved, NULL, v);
    theory_near(v[0].mean, 30 * log(2), 2e-3, "moved_50");
    theory_near(v[1].mean, 30 * log(10), 2e-3, "moved_90");
    theory_near(v[2].mean, 30 * log(100), 2e-3, "moved_99");
}

/* A region that is gone takes its connections with it: nobody stays behind. */
static void connections_to_a_lost_region_break(void **state)
{
    struct spans spans = {.event = "detected",
                          .find_at = FAULT_AT + 1.000001,
                          .begin = {2},
                          .end = {100},
                          .n = 1};
    struct theory_value v[1];
    const struct steering it = {
        .persona = ", connection: {lifetime: 1 h}",
        .routing = "  policy: {kind: failover_order, order: [a, b]}\n" QUICK_CHECK,
        .fault = "kind: region_loss, region: a, at: 1000 s",
        .rate = 10,
        .duration = FAULT_AT + 110};
    (void)state;
    theory_run(text_of(&it), 5, 1, plan_spans, read_spans, &spans, v);
    assert_true(v[0].least >= 1);
}

/* ---- connections of sessions ---- */

/* Sessions ask every 10 s for ever, so a connection serves p[0] / 10 s requests, the first of
 * which looks the address up; a session meets the change anywhere among them. Those that begin
 * after it, at as many a second as before, never knew another address. */
static double session_law(double t, const double *p)
{
    double old = (FAULT_AT + 0.5) / 10, young = ceil(t / 10); /* requests a second */
    double fresh = young / (old + young), moved = young * 10 / p[0];
    return fresh + (1 - fresh) * (moved < 1 ? moved : 1);
}

static void sessions_leave(const char *connection, double life, const char *what)
{
    struct spans spans = {.event = "detected",
                          .find_at = FAULT_AT + 1.000001,
                          .begin = {10, 40, 100},
                          .end = {40, 100, 110},
                          .n = 3};
    struct theory_value v[SPANS_MAX];
    char persona[300];
    snprintf(persona, sizeof persona,
             ", session: {requests: 1000000, think: 10 s}, connection: {%s}", connection);
    const struct steering it = {
        .persona = persona,
        .traffic = ", mode: sessions",
        .routing = "  policy: {kind: failover_order, order: [a, b]}\n" QUICK_CHECK,
        .fault = SOUND_BUT_LEFT,
        .rate = 1,
        .duration = FAULT_AT + 120};
    theory_run(text_of(&it), 40, spans.n, plan_spans, read_spans, &spans, v);
    for (uint32_t i = 0; i < spans.n; i++) {
        double exact = mean_over(session_law, &life, spans.begin[i], spans.end[i]);
        if (exact > 0.9999)
            assert_true(v[i].least >= 1);
        else
            theory_check(v[i], exact, THEORY_QUANTILES, "sessions, %s: moved at %g..%g s", what,
                         spans.begin[i], spans.end[i]);
    }
}

static void sessions_keep_their_connections_until_these_end(void **state)
{
    (void)state;
    sessions_leave("lifetime: 100 s", 100, "100 s");
    sessions_leave("max_requests: 5", 50, "5 requests");
    sessions_leave("idle_timeout: 5 s", 10, "5 s idle");
}

/* The server's keep_alive of 60 s, its default, ends a connection too: think times of 70 s
 * leave none open. */
static void the_server_ends_idle_connections(void **state)
{
    struct spans spans = {.event = "detected",
                          .find_at = FAULT_AT + 1.000001,
                          .begin = {2},
                          .end = {100},
                          .n = 1};
    struct theory_value v[1];
    const struct steering it = {
        .persona = ", session: {requests: 1000000, think: 70 s}, connection: {lifetime: 1 h}",
        .traffic = ", mode: sessions",
        .routing = "  policy: {kind: failover_order, order: [a, b]}\n" QUICK_CHECK,
        .fault = SOUND_BUT_LEFT,
        .rate = 1,
        .duration = FAULT_AT + 110};
    (void)state;
    theory_run(text_of(&it), 5, 1, plan_spans, read_spans, &spans, v);
    assert_true(v[0].least >= 1);
}

/* ---- addresses that stay ---- */

static double two_parts(double t, const double *p)
{
    return (1 - p[1]) * (t < p[0] ? t / p[0] : 1) + p[1] * (1 - exp(-t / p[2]));
}

static void follow(const char *policy, const double *p)
{
    struct spans spans = {.event = "detected",
                          .find_at = FAULT_AT + 1.000001,
                          .begin = {1, 5, 10, 20, 31, 60},
                          .end = {5, 10, 20, 29, 60, 90},
                          .n = 6};
    struct theory_value v[SPANS_MAX];
    char routing[300];
    snprintf(routing, sizeof routing, "  policy: %s\n" QUICK_CHECK, policy);
    const struct steering it = {.routing = routing,
                                .fault = "kind: region_loss, region: a, at: 1000 s",
                                .rate = THEORY_LESS > 1 ? 50 : 150,
                                .duration = FAULT_AT + 100};
    theory_run(text_of(&it), 40, spans.n, plan_spans, read_spans, &spans, v);
    for (uint32_t i = 0; i < spans.n; i++) {
        double exact = mean_over(two_parts, p, spans.begin[i], spans.end[i]);
        if (exact > 0.9999)
            assert_true(v[i].least >= 0.9999);
        else
            theory_check(v[i], exact, i == 0 ? THEORY_QUANTILES : THEORY_MEANS,
                         "%.20s: moved at %g..%g s", policy, spans.begin[i], spans.end[i]);
    }
}

/* AWS: within 30 s. ANRW 2024: 80 % within 10 s, and a tail. */
static void users_of_one_address_follow_its_edge_or_its_routers(void **state)
{
    (void)state;
    follow("{kind: global_accelerator}", (double[]){30, 0, 1});
    follow("{kind: anycast}", (double[]){10, 0.28, 30});
}

/* ---- priorities ---- */

/* Half of the first level's instances gone: health 70, so 30 % spills over (Envoy's table). */
static void a_level_that_is_half_ill_keeps_70_percent(void **state)
{
    struct spans spans = {.event = "fault_start",
                          .find_at = FAULT_AT + 0.000001,
                          .begin = {10},
                          .end = {90},
                          .n = 1};
    struct theory_value v[1];
    const struct steering it = {
        .service = "    health_check: {interval: 1 s, failures: 1, timeout: 0 s}\n",
        .pools = "{a: 10, b: 10}",
        .routing =
            "  policy: {kind: priority, levels: [{regions: {a: 1}}, {regions: {b: 1}}]}\n"
            "  health_check: {interval: 0 s}",
        .fault = "kind: capacity_loss, region: a, at: 1000 s, share: 50 %, of: instances",
        .rate = 100,
        .duration = FAULT_AT + 100};
    (void)state;
    theory_run(text_of(&it), 40, 1, plan_spans, read_spans, &spans, v);
    theory_check(v[0], 0.30, THEORY_MEANS, "half of P=0 ill: share of P=1");
}

/* ---- false alarms ---- */

static void read_unhealthy(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = moment_of(model, "detected") - FAULT_AT;
}

/* A run of F alarms, each of probability p, ends after (1 - p^F) / ((1 - p) p^F) probes on
 * average; the first comes at a random phase. */
static void false_alarms_in_a_row_take_a_region_out(void **state)
{
    struct theory_value v[1];
    const double p = 0.5, f = 3, interval = 5, timeout = 1;
    const struct steering it = {
        .routing = "  policy: {kind: failover_order, order: [a, b]}\n"
                   "  health_check: {interval: 5 s, failures: 3, timeout: 1 s}",
        .fault = "kind: health_check_false_positives, region: a, at: 1000 s, share: 50 %, of: "
                 "region",
        .rate = 0.01,
        .duration = FAULT_AT + 1200};
    (void)state;
    theory_run(text_of(&it), THEORY_LESS > 1 ? 300 : 6000, 1, NULL, read_unhealthy, NULL, v);
    double probes = (1 - pow(p, f)) / ((1 - p) * pow(p, f));
    theory_check(v[0], interval * (probes - 0.5) + timeout, THEORY_MEANS,
                 "three false alarms in a row of p = 0.5, after");
}

/* ---- within a region ---- */

#define ONE_REGION                                                                             \
    "  policy: {kind: failover_order, order: [a, b]}\n  health_check: {interval: 0 s}"

static void read_error_share(struct ust_model *model, void *context, double *values)
{
    const uint32_t *interval = context;
    values[0] = theory_series(model, UST_METRIC_errors, 1, 1, 0, *interval) /
                theory_series(model, UST_METRIC_arrivals, 1, 1, 0, *interval);
}

static struct theory_value errors_with(const char *panic)
{
    struct theory_value v;
    uint32_t interval = 11; /* 1100 s to 1200 s: long after the checks have noticed */
    char service[300];
    snprintf(service, sizeof service,
             "    balancer: random\n    panic_threshold: %s\n"
             "    health_check: {interval: 1 s, failures: 1, timeout: 0 s}\n",
             panic);
    const struct steering it = {
        .service = service,
        .pools = "{a: 10, b: 1}",
        .routing = ONE_REGION,
        .fault = "kind: capacity_loss, region: a, at: 1000 s, share: 60 %, of: instances",
        .rate = 50,
        .duration = FAULT_AT + 300};
    theory_run(text_of(&it), 40, 1, NULL, read_error_share, &interval, &v);
    return v;
}

/* With 40 % healthy, a threshold of 50 % sends to all: 60 % of the requests meet the dead. */
static void panic_sends_to_the_dead_what_is_theirs(void **state)
{
    (void)state;
    theory_check(errors_with("50 %"), 0.6, THEORY_MEANS, "panic at 50 %%: errors");
    assert_true(errors_with("40 %").most <= 0);
    assert_true(errors_with("none_left").most <= 0);
}

static uint32_t count_of(const struct ust_model *model, const char *event)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < model->measure.moments_n; i++)
        n += strcmp(model->measure.moments[i].event, event) == 0;
    return n;
}

static void read_ejections(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = count_of(model, "ejected");
    values[1] = count_of(model, "unejected");
    values[2] = theory_kpi(model, UST_METRIC_errors, 1, 1, 0);
}

/* One host of ten answers with nothing but errors from 1000 s on. Five of them, and it is out
 * for 30 s, 60 s, 90 s, ..., each time until the first sweep after that: from 1000.5 to 1040,
 * 1110, 1210, 1340, 1500, and so on (sweeps every 10 s, half a second for five errors). */
static void a_host_that_errs_is_ejected_for_longer_each_time(void **state)
{
    struct theory_value v[3];
    const struct steering it = {
        .service =
            "    balancer: round_robin\n"
            "    outlier_detection: {successful_active_health_check_uneject_host: false}\n"
            "    health_check: {interval: 1 s, failures: 1, timeout: 0 s}\n",
        .pools = "{a: 10, b: 1}",
        .routing = ONE_REGION,
        .fault = "kind: gray_failure, region: a, at: 1000 s, hosts: 10 %, errors: 100 %",
        .rate = 100,
        .duration = FAULT_AT + 505};
    (void)state;
    theory_run(text_of(&it), 5, 3, NULL, read_ejections, NULL, v);
    for (int i = 0; i < 3; i++)
        printf("  ejection %d: %g to %g\n", i, v[i].least, v[i].most);
    assert_true(v[0].least >= 6 && v[0].most <= 6);
    assert_true(v[1].least >= 5 && v[1].most <= 5);
    assert_true(v[2].least >= 30 && v[2].most <= 30);
}

/* ... and a health check that sees nothing wrong brings it back at once. */
static void a_health_check_that_passes_ends_an_ejection(void **state)
{
    struct theory_value v[3];
    const struct steering it = {
        .service = "    outlier_detection: {interval: 10 s}\n"
                   "    health_check: {interval: 1 s, failures: 1, timeout: 0 s}\n",
        .pools = "{a: 10, b: 1}",
        .routing = ONE_REGION,
        .fault = "kind: gray_failure, region: a, at: 1000 s, hosts: 10 %, errors: 100 %",
        .rate = 100,
        .duration = FAULT_AT + 100};
    (void)state;
    theory_run(text_of(&it), 5, 3, NULL, read_ejections, NULL, v);
    assert_true(v[0].least >= 50); /* once a second and a half, not six times */
}

/* ---- slow start ---- */

struct slow {
    struct ust_model *model;
    uint32_t handler, instance;
    uint64_t mine[2], all[2];
};

static void count_completions(void *context, uint64_t index)
{
    struct slow *slow = context;
    const struct ust_pool *pool = &slow->model->pools[0];
    slow->mine[index] = pool->instances[slow->instance].completions;
    slow->all[index] = pool->count.completions;
}

static void find_recovery(void *context, uint64_t unused)
{
    struct slow *slow = context;
    double at = moment_of(slow->model, "instance_healthy");
    (void)unused;
    assert_true(at > 0);
    for (uint32_t i = 0; i < slow->model->measure.moments_n; i++)
        if (strcmp(slow->model->measure.moments[i].event, "instance_healthy") == 0)
            slow->instance = (uint32_t)slow->model->measure.moments[i].value - 1;
    ust_schedule(&slow->model->engine, ust_time_from_seconds(at + 2), UST_LANE_OBSERVE,
                 slow->handler, 0);
    ust_schedule(&slow->model->engine, ust_time_from_seconds(at + 102), UST_LANE_OBSERVE,
                 slow->handler, 1);
}

static void plan_slow(struct ust_model *model, void *context, double *values)
{
    struct slow *slow = context;
    (void)values;
    slow->model = model;
    slow->handler = ust_engine_handler(&model->engine, count_completions, slow);
    theory_look_at(model, ust_time_from_seconds(FAULT_AT + 101.1), find_recovery, slow, 0);
}

static void read_slow(struct ust_model *model, void *context, double *values)
{
    const struct slow *slow = context;
    (void)model;
    values[0] = (double)(slow->mine[1] - slow->mine[0]) / (double)(slow->all[1] - slow->all[0]);
}

/* A turn is planned by the weight of the turn before, so turns by weight lag behind by one,
 * which many requests a second make short.
 *
 * Of ten instances the one that comes back weighs w(t) = max(0.1, (t / 100 s)^(1/a)) against
 * nine, so its share of the requests from 2 s to 102 s is the mean of w / (9 + w). */
static void starts_slowly(const char *balancer, double aggression)
{
    struct slow slow = {.instance = 0};
    struct theory_value v[1];
    char service[400];
    snprintf(service, sizeof service,
             "    balancer: %s\n    slow_start: {window: 100 s, aggression: %g}\n"
             "    health_check: {interval: 1 s, failures: 1, successes: 1, timeout: 0 s}\n",
             balancer, aggression);
    const struct steering it = {.service = service,
                                .pools = "{a: 10, b: 1}",
                                .routing = ONE_REGION,
                                .fault =
                                    "kind: capacity_loss, region: a, at: 1000 s, duration: "
                                    "100 s, share: 10 %, of: instances",
                                .rate = THEORY_LESS > 1 ? 50 : 200,
                                .duration = FAULT_AT + 210};
    theory_run(text_of(&it), 30, 1, plan_slow, read_slow, &slow, v);
    double sum = 0;
    for (int i = 0; i < 10000; i++) {
        double t = 0.02 + (i + 0.5) / 10000, w = t < 1 ? pow(t, 1 / aggression) : 1;
        w = w > 0.1 ? w : 0.1;
        sum += w / (9 + w) / 10000;
    }
    theory_check(v[0], sum, THEORY_MEANS, "%s, aggression %g: share of the newcomer", balancer,
                 aggression);
}

static void a_newcomer_gets_the_share_of_its_growing_weight(void **state)
{
    (void)state;
    starts_slowly("weighted_round_robin", 1);
    starts_slowly("weighted", 2);
    starts_slowly("weighted_least_request", 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_connections_hold_users_for_as_long_as_they_live),
        cmocka_unit_test(the_timeline_tells_when_users_have_left_their_connections),
        cmocka_unit_test(connections_to_a_lost_region_break),
        cmocka_unit_test(sessions_keep_their_connections_until_these_end),
        cmocka_unit_test(the_server_ends_idle_connections),
        cmocka_unit_test(users_of_one_address_follow_its_edge_or_its_routers),
        cmocka_unit_test(a_level_that_is_half_ill_keeps_70_percent),
        cmocka_unit_test(false_alarms_in_a_row_take_a_region_out),
        cmocka_unit_test(panic_sends_to_the_dead_what_is_theirs),
        cmocka_unit_test(a_host_that_errs_is_ejected_for_longer_each_time),
        cmocka_unit_test(a_health_check_that_passes_ends_an_ejection),
        cmocka_unit_test(a_newcomer_gets_the_share_of_its_growing_weight),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
