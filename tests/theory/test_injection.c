/* Injected load: so much of it as was asked for, where it was asked for, apart from users, and
 * stopped by what it breaks. */
#include <math.h>

#include "tests/theory/help.h"

static const char world[] =
    "understudy: 1\n"
    "name: injected\n"
    "warmup: 60 s\n"
    "duration: 1000 s\n"
    "interval: 10 s\n"
    "personas:\n"
    "  - name: user\n"
    "    actions: {ask: {work: exponential(mean 100 ms)}}\n"
    "    tolerance: {latency: 1 s, timeout: 2 s}\n"
    "regions: {a: {zones: 1, place: eu-west-1}, b: {zones: 1, place: us-east-1}}\n"
    "services:\n"
    "  s:\n"
    "    instance: {name: box, tuning: {slots: 4, queue: unlimited}}\n"
    "    pools: {a: 1, b: 1}\n"
    "routing: {policy: {kind: failover_order, order: [a, b]}}\n"
    "traffic:\n"
    "  - {persona: user, arrivals: {kind: poisson, rate: 20 /s}}\n";

static char *with_injection(const char *injection)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out, "%s%s", world, injection);
    fclose(out);
    return text;
}

enum { USERS, ALL, INJECTED, TIME_THERE, IN_A, IN_B, VALUES };

static void read_injected(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[USERS] = theory_kpi(model, UST_METRIC_offered, 0, 0, 1);
    values[ALL] = theory_kpi(model, UST_METRIC_offered, 0, 0, 0);
    values[INJECTED] = theory_kpi(model, UST_METRIC_offered, 0, 0, 2);
    values[TIME_THERE] = theory_kpi(model, UST_METRIC_latency_mean, 0, 0, 2);
    values[IN_A] = theory_kpi(model, UST_METRIC_arrivals, 1, 1, 0);
    values[IN_B] = theory_kpi(model, UST_METRIC_arrivals, 2, 1, 0);
    if (values[USERS] != values[ALL])
        values[ALL] = -1; /* seen by the test: a total of users has none of it */
}

/* The trapezium's area, as a Poisson number; none of it in a, none of it among users. */
static void as_much_is_injected_as_the_ramps_say(void **state)
{
    (void)state;
    struct theory_value seen[VALUES];
    theory_run(
        with_injection("injections:\n  - {persona: user, region: b, at: 100 s, duration: "
                       "600 s, rate: 12 /s, ramp_up: 200 s, ramp_down: 100 s}\n"),
        32, VALUES, NULL, read_injected, NULL, seen);
    theory_check(seen[INJECTED], 12 * (600 - 100 - 50), THEORY_MEANS, "injected requests");
    theory_check(seen[IN_B], 12 * 450, THEORY_MEANS, "arrivals in b");
    theory_check(seen[IN_A], 20 * 1000, THEORY_MEANS, "arrivals in a");
    assert_true(seen[ALL].least >= 0);
}

/* Alone on the standby it is an M/M/4 queue (Erlang C), and has no network before it. */
static void on_a_standby_without_users_it_is_a_queue_of_its_own(void **state)
{
    (void)state;
    struct theory_value seen[VALUES];
    theory_run(with_injection("injections:\n  - {persona: user, region: b, at: 0 s, duration: "
                              "1000 s, rate: 30 /s}\n"),
               32, VALUES, NULL, read_injected, NULL, seen);
    double a = 3, sum = 0, term = 1;
    for (int k = 0; k < 4; k++) {
        sum += term;
        term *= a / (k + 1);
    }
    double last = term * 4 / (4 - a), c = last / (sum + last);
    theory_check(seen[TIME_THERE], 0.1 + c * 0.1 / (4 - a), THEORY_QUANTILES,
                 "mean time of injected requests, M/M/4 at 75 %%");
}

/* ---- clients and writes ---- */

/* Two regions 80 ms apart, a data tier with its primary in a; injected at b. */
static char *tier(const char *client, const char *injection, const char *fault)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\n"
            "name: tier\n"
            "warmup: 10 s\n"
            "duration: 1000 s\n"
            "personas:\n"
            "  - name: user\n"
            "    actions: {ask: {work: exponential(mean 50 ms)}}\n"
            "    tolerance: {latency: 1 s, timeout: 2 s}\n"
            "%s"
            "network: {base: 80 ms, per_1000_km: 0, jitter: 0}\n"
            "regions: {a: {place: eu-west-1}, b: {place: us-east-1}}\n"
            "services:\n"
            "  s:\n"
            "    instance: {name: box, capacity: {vcpu: 1000}, tuning: {slots: 1000}}\n"
            "    pools: {a: 1, b: 1}\n"
            "    data: {primary: a}\n"
            "routing: {policy: {kind: failover_order, order: [a, b]}}\n"
            "traffic:\n"
            "  - {persona: user, arrivals: {kind: poisson, rate: 20 /s}}\n"
            "injections:\n"
            "  - {persona: user, region: b, at: 0 s, duration: 1000 s, rate: 30 /s%s}\n%s",
            client, injection, fault);
    fclose(out);
    return text;
}

/* Whatever stands between a persona and the service, it stands before the region in question.
 */
static void a_client_between_does_not_lead_it_elsewhere(void **state)
{
    (void)state;
    static const char *const clients[] = {
        "    client: {limits: {connections: 10000}}\n",
        "    client: {hedge: {delay: 1900 ms}}\n",
        "    client: {breaker: consecutive_failures, per: region, processes: 3}\n"};
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
        struct theory_value seen[VALUES];
        theory_run(tier(clients[i], "", ""), 4, VALUES, NULL, read_injected, NULL, seen);
        theory_near(seen[IN_B].mean, seen[INJECTED].mean, 1e-3, "arrivals in b");
        theory_near(seen[IN_A].mean, seen[USERS].mean, 1e-3, "arrivals in a");
    }
}

/* A share w of it writes, 80 ms away. */
static void its_writes_go_to_the_primary_and_back(void **state)
{
    (void)state;
    static const char *const clients[] = {"", "    client: {limits: {connections: 10000}}\n"};
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
        struct theory_value seen[VALUES];
        theory_run(tier(clients[i], ", writes: 30 %", ""), 32, VALUES, NULL, read_injected,
                   NULL, seen);
        theory_check(seen[IN_A], 1000 * (20 + 0.3 * 30), THEORY_MEANS, "arrivals in a");
        theory_check(seen[IN_B], 1000 * 0.7 * 30, THEORY_MEANS, "arrivals in b");
        theory_check(seen[TIME_THERE], 0.05 + 0.3 * 0.08, THEORY_MEANS, "mean time");
    }
}

static void read_outcomes(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[USERS] = theory_kpi(model, UST_METRIC_timed_out, 0, 0, 1);
    values[INJECTED] = theory_kpi(model, UST_METRIC_timed_out, 0, 0, 2);
    values[IN_A] = theory_kpi(model, UST_METRIC_arrivals, 1, 1, 0);
}

/* It stands in the region, so the users' partition is none of its own; the one between regions
 * takes its writes on their way, or the answers to them. */
static void partitions_cut_off_its_writes_alone(void **state)
{
    (void)state;
    static const struct {
        const char *fault;
        double users, injected, in_a;
    } cases[] = {
        {"faults: [{kind: partition, region: b, at: 0 s, duration: 990 s}]\n", 0, 0, 29000},
        {"faults: [{kind: partition, region: a, other: b, at: 0 s, duration: 500 s}]\n", 0,
         4500, 24500},
        {"faults: [{kind: partition, region: a, other: b, direction: out, at: 0 s, "
         "duration: 500 s}]\n",
         0, 4500, 29000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct theory_value seen[VALUES];
        theory_run(tier("", ", writes: 30 %", cases[i].fault), 32, VALUES, NULL, read_outcomes,
                   NULL, seen);
        assert_true(seen[USERS].most == cases[i].users);
        if (cases[i].injected > 0)
            theory_check(seen[INJECTED], cases[i].injected, THEORY_QUANTILES, "timed out");
        else
            assert_true(seen[INJECTED].most == 0);
        theory_check(seen[IN_A], cases[i].in_a, THEORY_MEANS, "arrivals in a");
    }
}

/* ---- bounds ---- */

static const struct ust_moment *find_moment(const struct ust_model *model, const char *event)
{
    for (uint32_t i = 0; i < model->measure.moments_n; i++)
        if (strcmp(model->measure.moments[i].event, event) == 0)
            return &model->measure.moments[i];
    return NULL;
}

static struct ust_model *run_once(const char *injection, struct theory **theory)
{
    char *text = with_injection(injection);
    *theory = theory_open(text);
    free(text);
    struct ust_model *model = ust_model_new(theory_config(*theory), 1);
    ust_model_run(model);
    return model;
}

/* A straight ramp to 60 /s in 600 s crosses 90 % of 40 /s at 360 s; the bound of the CPU stops
 * it at the end of an interval near it, and nothing comes after. */
static void utilisation_stops_it_where_the_ramp_has_got_there(void **state)
{
    (void)state;
    struct theory *theory;
    struct ust_model *model =
        run_once("injections:\n  - {persona: user, region: b, at: 0 s, duration: 600 s, rate: "
                 "60 /s, ramp_up: 600 s, abort: {cpu: 90 %, intervals: 2}}\n",
                 &theory);
    const struct ust_moment *stop = find_moment(model, "injection_aborted");
    assert_non_null(stop);
    assert_string_equal(stop->detail, "cpu");
    double at = (double)stop->at / 1e9 - 60;
    printf("  stopped at %.0f s\n", at);
    assert_true(fmod(at, 10) == 0 && at >= 280 && at <= 420);
    assert_null(find_moment(model, "injection_end"));
    for (uint32_t i = (uint32_t)(at / 10); i < theory_config(theory)->intervals; i++)
        assert_true(theory_series(model, UST_METRIC_offered, 0, 0, 2, i) == 0);
    ust_model_free(model);
    theory_close(theory);
}

static void who_is_watched_decides_whether_it_stops(void **state)
{
    (void)state;
    static const struct {
        const char *of;
        bool stops;
    } cases[] = {{"injected", true}, {"users", false}, {"everyone", true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char injection[240];
        struct theory *theory;
        snprintf(injection, sizeof injection,
                 "injections:\n  - {persona: user, region: b, at: 0 s, duration: 600 s, rate: "
                 "60 /s, abort: {errors: 5 %%, latency_p95: 1500 ms, of: %s}}\n",
                 cases[i].of);
        struct ust_model *model = run_once(injection, &theory);
        assert_true((find_moment(model, "injection_aborted") != NULL) == cases[i].stops);
        assert_true((find_moment(model, "injection_end") != NULL) == !cases[i].stops);
        ust_model_free(model);
        theory_close(theory);
    }
}

/* A pool that hangs answers nobody, so it has no latency: what counts is that they wait. It
 * hangs from 100 s on, at the end of an interval. By a timeout of 2 s, the next interval has
 * seen people wait for 1.5 s, and none for 2.5 s, whatever follows. */
static void a_pool_that_hangs_stops_it_though_nobody_is_answered(void **state)
{
    (void)state;
    static const struct {
        const char *bound, *of;
        double at; /* 0: goes on */
    } cases[] = {
        {"1500 ms", "injected", 110}, {"2500 ms", "injected", 0}, {"1500 ms", "users", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char injection[300];
        struct theory *theory;
        snprintf(injection, sizeof injection,
                 "injections:\n  - {persona: user, region: b, at: 0 s, duration: 600 s, rate: "
                 "10 /s, abort: {latency_p99: %s, of: %s}}\n"
                 "faults: [{kind: dependency_brownout, region: b, delay: 1 h, at: 95 s}]\n",
                 cases[i].bound, cases[i].of);
        struct ust_model *model = run_once(injection, &theory);
        const struct ust_moment *stop = find_moment(model, "injection_aborted");
        assert_true((stop != NULL) == (cases[i].at > 0));
        if (stop != NULL)
            assert_true(fabs((double)stop->at / 1e9 - 60 - cases[i].at) < 1e-9);
        ust_model_free(model);
        theory_close(theory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_much_is_injected_as_the_ramps_say),
        cmocka_unit_test(on_a_standby_without_users_it_is_a_queue_of_its_own),
        cmocka_unit_test(a_client_between_does_not_lead_it_elsewhere),
        cmocka_unit_test(its_writes_go_to_the_primary_and_back),
        cmocka_unit_test(partitions_cut_off_its_writes_alone),
        cmocka_unit_test(utilisation_stops_it_where_the_ramp_has_got_there),
        cmocka_unit_test(a_pool_that_hangs_stops_it_though_nobody_is_answered),
        cmocka_unit_test(who_is_watched_decides_whether_it_stops),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
