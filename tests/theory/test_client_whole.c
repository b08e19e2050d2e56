/* Clients that never hold back change nothing, and clients with everything lose nothing. */
#include <math.h>

#include "models/entity/caller.h"
#include "tests/theory/help.h"

/* ---- nothing ---- */

/* The same users, bit by bit, by a client that would hold back, but never has to. */
static void a_client_that_never_holds_back_changes_nothing(void **state)
{
    (void)state;
    static const char *const clients[] = {
        "processes: 1",
        "limits: {connections: unlimited, requests: unlimited, retries: unlimited}",
        "breaker: {kind: consecutive_failures, failures: 1000000}, processes: 7"};
    static const enum ust_metric metrics[] = {
        UST_METRIC_offered,     UST_METRIC_good,         UST_METRIC_answered,
        UST_METRIC_failed,      UST_METRIC_shed,         UST_METRIC_attempts,
        UST_METRIC_latency_p99, UST_METRIC_latency_mean, UST_METRIC_timed_out,
        UST_METRIC_retries,     UST_METRIC_amplification};
    enum { N = sizeof metrics / sizeof metrics[0] };
    double value[sizeof clients / sizeof clients[0]][N];
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
        char tolerance[400];
        snprintf(tolerance, sizeof tolerance,
                 "latency: 1 s, timeout: 800 ms, retries: {kind: backoff, attempts: 3}}\n"
                 "    client: {%s",
                 clients[i]);
        char *text = theory_queue(&(struct theory_queue){
            .rate = 45,
            .work = "lognormal(mean 100 ms, cv 1)",
            .tolerance = tolerance,
            .instance = "tuning: {slots: 5, queue: 40}",
            .more = "faults:\n  - {kind: error_burst, share: 20 %, at: 30 s, duration: 60 s}\n"
                    "  - {kind: slow_down, factor: 3, at: 200 s, duration: 30 s}\n",
            .duration = 400,
            .whole = true});
        struct theory *theory = theory_open(text);
        struct ust_model *model = ust_model_new(theory_config(theory), 1);
        assert_int_equal(model->traffic[0].callers != NULL, i > 0);
        ust_model_run(model);
        for (size_t m = 0; m < N; m++) {
            value[i][m] = theory_users(model, metrics[m]);
            if (value[i][m] != value[0][m])
                fail_msg("%s, %s: %.17g, without %.17g", clients[i],
                         ust_metrics[metrics[m]].name, value[i][m], value[0][m]);
        }
        ust_model_free(model);
        theory_close(theory);
        free(text);
    }
    assert_true(value[0][4] > 0);
    assert_true(value[0][8] > 0);
    assert_true(value[0][9] > 0);
}

/* ---- all of it together ---- */

static void nothing_stays_behind(struct ust_model *model, void *context, double *values)
{
    (void)context;
    struct ust_traffic *traffic = &model->traffic[0];
    struct ust_callers *callers = traffic->callers;
    uint32_t n = callers->processes * callers->scopes;
    uint32_t active = 0, pending = 0, retries = 0, copies = 0;
    for (uint32_t i = 0; i < n; i++) {
        active += callers->at[i].active;
        pending += callers->at[i].pending;
        retries += callers->at[i].retries;
        copies += callers->at[i].copies;
    }
    for (uint32_t id = 0; id < model->requests_used; id++) {
        const struct ust_request *request = &model->requests[id];
        if (request->state == UST_FREE || (request->flags & UST_ORPHAN))
            continue;
        active -= (request->marks & UST_MARK_ACTIVE) != 0;
        pending -= request->state == UST_PENDING;
        retries -= (request->marks & UST_MARK_RETRY) != 0;
        copies -= (request->marks & UST_MARK_HEDGE) != 0;
    }
    assert_int_equal(active, 0);
    assert_int_equal(pending, 0);
    assert_int_equal(retries, 0);
    assert_int_equal(copies, 0);
    double fates = 0;
    static const enum ust_metric all[] = {UST_METRIC_answered,  UST_METRIC_failed,
                                          UST_METRIC_shed,      UST_METRIC_timed_out,
                                          UST_METRIC_abandoned, UST_METRIC_in_flight};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        double fate = theory_users(model, all[i]);
        assert_true(fate > 0 || all[i] == UST_METRIC_in_flight);
        fates += fate;
    }
    double offered = theory_users(model, UST_METRIC_offered);
    assert_true(fates == offered);
    /* What was sent is what the pools saw, but for what is on the way or was swallowed. */
    double seen = 0;
    for (uint32_t r = 1; r <= model->config->regions_n; r++)
        seen += theory_kpi(model, UST_METRIC_arrivals, r, 1, 0);
    double sent = theory_users(model, UST_METRIC_attempts);
    assert_true(fabs(seen - sent) < 0.002 * sent + 100);
    assert_true(theory_users(model, UST_METRIC_retries) > 0);
    assert_true(theory_users(model, UST_METRIC_hedges) > 0);
    assert_true(theory_users(model, UST_METRIC_refused_locally) > 0);
    values[0] = sent / offered;
}

static const char together[] =
    "understudy: 1\n"
    "name: theory\n"
    "warmup: 30 s\n"
    "duration: 600 s\n"
    "personas:\n"
    "  - name: user\n"
    "    geography: {New York: 60 %%, London: 40 %%}\n"
    "    session: {requests: geometric(mean 4), think: exponential(mean 1 s)}\n"
    "    actions: {ask: {work: exponential(mean 40 ms)}}\n"
    "    tolerance:\n"
    "      latency: 400 ms\n"
    "      timeout: 600 ms\n"
    "      deadline: 2 s\n"
    "      patience: exponential(mean 3 s)\n"
    "      %s\n"
    "      retries: {kind: backoff, base: 50 ms, cap: 1 s, attempts: 4, budget: %s,\n"
    "                outcomes: [failed, shed, timed_out, refused]}\n"
    "    client:\n"
    "      processes: %d\n"
    "      per: %s\n"
    "      breaker: %s\n"
    "      throttle: {window: 20 s}\n"
    "      limits: {connections: 30, pending: 20, requests: 40, retries: 20}\n"
    "      hedge: {%s, copies: 3}\n"
    "regions: {us: {zones: 2, place: us-east-1, role: primary},\n"
    "          eu: {zones: 2, place: eu-west-1, role: standby}}\n"
    "services:\n"
    "  web:\n"
    "    instance: {name: box, tuning: {slots: 4, queue: 6, cancel: %s}}\n"
    "    balancer: power_of_two\n"
    "    pools: {us: 4, eu: 3}\n"
    "traffic:\n"
    "  - {persona: user, mode: %s, arrivals: {kind: poisson, rate: %d /s}}\n"
    "routing:\n"
    "  policy: {kind: failover_order, order: [us, eu]}\n"
    "  dns: {ttl: 20 s}\n"
    "  health_check: {interval: 5 s, failures: 2, successes: 2, timeout: 1 s}\n"
    "faults:\n"
    "  - {kind: region_loss, region: us, at: 120 s, duration: 180 s, in_flight: %s}\n"
    "  - {kind: error_burst, share: 20 %%, at: 30 s, duration: 60 s}\n"
    "  - {kind: slow_down, factor: 6, at: 400 s, duration: 100 s}\n";

static void all_features_together_lose_no_request_and_no_place(void **state)
{
    (void)state;
    static const char *const in_flight[] = {"fail", "silent", "requeue_head", "resume"};
    static const char *const budget[] = {"token_bucket", "active_requests", "failure_share",
                                         "failure_tokens"};
    static const char *const breaker[] = {
        "{kind: consecutive_failures, failures: 3, open: 2 s}",
        "{kind: failure_rate, threshold: 40 %, minimum: 20, "
        "slow: 500 ms, probes: 3}"};
    for (int i = 0; i < 12; i++) {
        char text[4000];
        struct theory_value v[1];
        bool sessions = i % 2;
        snprintf(text, sizeof text, together,
                 i % 3 == 2 ? "patience_covers: wait" : "errors: 1 %", budget[i % 4],
                 i % 5 == 0 ? 1 : i, i % 4 < 2 ? "service" : "region", breaker[i / 2 % 2],
                 i % 3 ? "delay: 60 ms" : "quantile: 80 %", i % 4 < 2 ? "none" : "queued",
                 sessions ? "sessions" : "requests", sessions ? 60 : 240, in_flight[i % 4]);
        theory_run(strdup(text), 2, 1, NULL, nothing_stays_behind, NULL, v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_never_holds_back_changes_nothing),
        cmocka_unit_test(all_features_together_lose_no_request_and_no_place),
    };
    return THEORY_MAIN(tests);
}
