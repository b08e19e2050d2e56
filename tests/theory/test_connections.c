/* Whoever stays behind: laws of connections that are kept, and of addresses that do not change,
 * each against its closed form. */
#include "tests/theory/steering.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_connections_hold_users_for_as_long_as_they_live),
        cmocka_unit_test(the_timeline_tells_when_users_have_left_their_connections),
        cmocka_unit_test(connections_to_a_lost_region_break),
        cmocka_unit_test(sessions_keep_their_connections_until_these_end),
        cmocka_unit_test(the_server_ends_idle_connections),
        cmocka_unit_test(users_of_one_address_follow_its_edge_or_its_routers),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
