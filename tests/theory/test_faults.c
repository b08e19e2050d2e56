/* Every kind of fault: no request is lost or counted twice, whatever becomes of those in
 * flight, and once all is over nothing is left held down, slow, in error or shut. */
#include <math.h>

#include "models/fault/fault.h"
#include "tests/theory/help.h"
#include "tests/theory/law.h"

/* Two regions whose pools scale, two streams, timeouts, retries and impatience. */
static const char plant[] =
    "understudy: 1\n"
    "name: plant\n"
    "seed: 12\n"
    "warmup: 30 s\n"
    "duration: 600 s\n"
    "interval: 30 s\n"
    "personas:\n"
    "  - name: quick\n"
    "    geography: {New York: 60 %, London: 40 %}\n"
    "    actions: {ask: {work: exponential(mean 40 ms)}}\n"
    "    tolerance:\n"
    "      latency: 400 ms\n"
    "      timeout: 600 ms\n"
    "      patience: exponential(mean 3 s)\n"
    "      retries: {kind: backoff, base: 100 ms, cap: 1 s, attempts: 3}\n"
    "  - name: slow\n"
    "    actions: {ask: {work: exponential(mean 200 ms)}}\n"
    "    tolerance: {latency: 2 s, timeout: 4 s}\n"
    "regions: {us: {zones: 2, place: us-east-1, role: primary},\n"
    "          eu: {zones: 2, place: eu-west-1, role: standby}}\n"
    "services:\n"
    "  web:\n"
    "    instance: {name: box, tuning: {slots: 4, queue: 6},\n"
    "               launch: {boot: 10 s}}\n"
    "    balancer: power_of_two\n"
    "    scaler: {kind: k8s_hpa, target: 60 %}\n"
    "    replication_lag: exponential(mean 2 s)\n"
    "    pools: {us: {instances: 6, min: 4, max: 12},\n"
    "            eu: {instances: 3, min: 3, max: 12}}\n"
    "traffic:\n"
    "  - {persona: quick, arrivals: {kind: poisson, rate: 150 /s}}\n"
    "  - {persona: slow, arrivals: {kind: poisson, rate: 40 /s}}\n"
    "routing:\n"
    "  policy: {kind: failover_order, order: [us, eu]}\n"
    "  dns: {ttl: 20 s}\n"
    "  health_check: {interval: 5 s, failures: 2, successes: 2, "
    "timeout: 1 s}\n"
    "faults:\n";

/* Each kind as a user would write it, from 60 s to 180 s. Those that kill instances come once
 * for each way of their requests in flight. */
#define WHEN "at: 60 s, duration: 120 s, ramp: 20 s, recovery: 20 s"
static const struct {
    const char *kind, *text;
    bool kills;
} kinds[] = {
    {"region_loss", "region: us, " WHEN, true},
    {"zone_loss", "region: us, zones: [b], " WHEN, true},
    {"capacity_loss", "share: 40 %, region: us, " WHEN, true},
    {"capacity_loss", "share: 40 %, of: slots, " WHEN, true},
    {"slow_down", "factor: 4, " WHEN, false},
    {"error_burst", "share: 30 %, " WHEN, false},
    {"gray_failure", "hosts: 40 %, factor: 3, errors: 30 %, region: us, " WHEN, false},
    {"bad_deploy", "errors: 30 %, factor: 2, waves: [20 %, 60 %], " WHEN, false},
    {"control_plane_outage", "metrics: none, " WHEN, false},
    {"insufficient_capacity", "refused: 70 %, region: us, zones: [a], " WHEN, false},
    {"metric_blackout", WHEN, false},
    {"health_check_false_positives", "share: 60 %, of: both, " WHEN, false},
    {"dependency_brownout",
     "service: web, calls: 60 %, by_persona: [{persona: slow, calls: 10 %}], delay: "
     "exponential(mean 300 ms), timeout: 500 ms, errors: 10 %, " WHEN,
     false},
    {"dependency_brownout", "delay: 200 ms, timeout: 100 ms, fallback: answer, " WHEN, false},
    {"partition", "region: us, " WHEN, false},
    {"partition", "region: us, direction: in, packets: refused, share: 50 %, " WHEN, false},
    {"partition", "region: us, direction: out, places: [London], " WHEN, false},
    {"partition", "region: us, other: eu, at: 60 s, duration: 120 s", false},
    {"group",
     "at: 50 s, lag: 10 s, faults: [{kind: region_loss, region: us, at: 0 s, duration: 60 s},"
     " {kind: slow_down, factor: 2, at: 20 s, duration: 60 s}]",
     false},
    {"random_failures",
     "of: instances, time_to_failure: exponential(mean 60 s), time_to_repair: exponential(mean "
     "10 s), common_cause: 20 %, duration: 180 s",
     true},
    {"random_failures",
     "of: zones, time_to_failure: exponential(mean 60 s), time_to_repair: exponential(mean 10 "
     "s), duration: 180 s",
     true},
    {"random_failures",
     "of: regions, time_to_failure: exponential(mean 100 s), time_to_repair: exponential(mean "
     "10 s), duration: 180 s",
     true},
    {"incident_file", NULL, true},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static char *with_fault(size_t kind, const char *in_flight, const char *more)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fputs(plant, out);
    if (kinds[kind].text == NULL)
        fprintf(out,
                "  - {kind: %s, file: tests/theory/incidents.csv, from: 2026-01-05T00:00:00Z, "
                "lost: 60 %%%s%s}\n",
                kinds[kind].kind, in_flight ? ", in_flight: " : "", in_flight ? in_flight : "");
    else
        fprintf(out, "  - {kind: %s, %s%s%s}\n", kinds[kind].kind, kinds[kind].text,
                in_flight ? ", in_flight: " : "", in_flight ? in_flight : "");
    fputs(more, out);
    fclose(out);
    return text;
}

static uint64_t fates_of(const struct ust_cohort *cohort)
{
    uint64_t sum = 0;
    for (int k = 0; k < UST_OUTCOMES; k++)
        sum += cohort->outcome[k];
    return sum;
}

/* Whoever has no fate yet is still there: his struct is, and no other. */
static void nobody_is_lost(const struct ust_model *model)
{
    uint64_t offered = 0, fates = 0, there = 0;
    for (uint32_t i = 0; i < model->config->traffic_n; i++)
        for (uint32_t c = 0; c <= model->config->intervals; c++) {
            const struct ust_cohort *cohort = &model->traffic[i].count.cohort[c];
            assert_true(fates_of(cohort) <= cohort->offered);
            offered += cohort->offered;
            fates += fates_of(cohort);
        }
    for (uint32_t id = 0; id < model->requests_used; id++)
        there += model->requests[id].state != UST_FREE &&
                 model->requests[id].state != UST_LEFT &&
                 !(model->requests[id].flags & UST_ORPHAN);
    assert_int_equal(offered, model->requests_total);
    assert_int_equal(offered, fates + there);
}

/* Every attempt that came has ended once, or is there. */
static void attempts_end_once(const struct ust_model *model)
{
    for (uint32_t p = 0; p < model->config->regions_n; p++) {
        const struct ust_pool_count *count = &model->pools[p].count;
        struct ust_pool_load load = ust_pool_load(&model->pools[p], model->engine.now);
        assert_int_equal(count->arrivals, count->completions + count->refused + count->errors +
                                              load.busy + load.waiting);
    }
}

static void nothing_is_left_of_it(const struct ust_model *model)
{
    for (uint32_t r = 0; r < model->config->regions_n; r++) {
        assert_false(model->regions[r].down);
        assert_true(model->regions[r].false_alarms == 0);
        assert_int_equal(model->regions[r].outages, 0);
    }
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        const struct ust_pool *pool = &model->pools[p];
        const struct ust_pool_faults *faults = &pool->faults;
        assert_false(pool->troubled || faults->no_launches || faults->no_control ||
                     faults->metrics_lost > 0 || faults->hosts);
        assert_true(faults->slow == 1 && faults->errors == 0 && pool->false_alarms == 0);
        assert_true(faults->dead_zones == 0);
        assert_true(faults->refused == 0);
        for (uint32_t i = 0; i < pool->instances_max; i++) {
            const struct ust_instance *it = &pool->instances[i];
            if (it->state == UST_OFF)
                continue;
            assert_false(it->down);
            assert_int_equal(it->claims, 0);
            assert_true(it->slower == 0 && it->errors == 0);
            assert_int_equal(it->slots, it->slots_full);
        }
    }
}

static uint32_t moments_of(const struct ust_model *model, const char *event)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < model->measure.moments_n; i++)
        n += strcmp(model->measure.moments[i].event, event) == 0;
    return n;
}

/* It began and ended, and something was different meanwhile: the run is not that without it. */
static void check_kind(size_t kind, const char *in_flight, const char *more)
{
    struct theory *theory = theory_open(with_fault(kind, in_flight, more));
    struct ust_model *model = ust_model_new(theory_config(theory), 1);
    ust_model_run(model);
    nobody_is_lost(model);
    nothing_is_left_of_it(model);
    if (in_flight == NULL)
        attempts_end_once(model);
    assert_true(moments_of(model, "fault_start") + moments_of(model, "instance_failed") > 0);
    ust_model_free(model);
    theory_close(theory);
}

static void every_kind_conserves_requests_and_leaves_nothing_behind(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        printf("  %s\n", kinds[k].kind);
        if (!kinds[k].kills)
            check_kind(k, NULL, "");
        for (int w = 0; kinds[k].kills && ust_in_flight_names[w] != NULL; w++)
            check_kind(k, ust_in_flight_names[w], "");
    }
}

static void no_kind_is_missing_here(void **state)
{
    (void)state;
    for (size_t i = 0; ust_fault_registry.kinds[i] != NULL; i++) {
        /* It needs a cache: tests/theory/test_caches.c. */
        bool found = strcmp(ust_fault_registry.kinds[i]->name, "cache_wipe") == 0;
        for (size_t k = 0; k < KINDS; k++)
            found |= strcmp(kinds[k].kind, ust_fault_registry.kinds[i]->name) == 0;
        if (!found)
            fail_msg("'%s' is not tried", ust_fault_registry.kinds[i]->name);
    }
}

static uint64_t fingerprint(char *text)
{
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 1);
    ust_model_run(model);
    uint64_t out = model->engine.fingerprint;
    ust_model_free(model);
    theory_close(theory);
    free(text);
    return out;
}

/* Against a fault that does next to nothing, so that both runs have probes. */
static void no_kind_does_nothing(void **state)
{
    (void)state;
    char *calm = NULL;
    size_t length;
    FILE *out = open_memstream(&calm, &length);
    fprintf(out, "%s  - {kind: slow_down, factor: 1.000000001, at: 599 s}\n", plant);
    fclose(out);
    uint64_t nothing = fingerprint(calm);
    for (size_t k = 0; k < KINDS; k++) {
        if (kinds[k].text != NULL && strstr(kinds[k].text, "other:") != NULL)
            continue; /* it only tells what would be lost */
        if (fingerprint(with_fault(k, NULL, "")) == nothing)
            fail_msg("'%s' changes nothing", kinds[k].kind);
    }
}

/* The region, one of its zones and a share of all instances at once, ending one after another.
 */
static void overlapping_faults_let_go_each_of_its_own(void **state)
{
    (void)state;
    for (int w = 0; ust_in_flight_names[w] != NULL; w++)
        check_kind(0, ust_in_flight_names[w],
                   "  - {kind: zone_loss, region: us, zones: [a], at: 100 s, duration: 150 s}\n"
                   "  - {kind: capacity_loss, share: 50 %, at: 120 s, duration: 20 s}\n"
                   "  - {kind: random_failures, of: zones, region: us, time_to_failure: "
                   "exponential(mean 40 s), time_to_repair: 15 s, duration: 240 s}\n");
}

static void look_inside(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    const struct ust_pool *pool = &model->pools[0];
    uint32_t down[2] = {0, 0}, all[2] = {0, 0};
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        const struct ust_instance *it = &pool->instances[i];
        all[it->zone] += it->state != UST_OFF;
        down[it->zone] += it->state != UST_OFF && it->down;
    }
    /* 1: region and zone; 2: the zone alone; 3: the region alone; 4: nothing */
    assert_true(down[0] == (argument <= 3 && argument != 0 ? all[0] : 0));
    assert_true(down[1] == (argument == 1 || argument == 3 ? all[1] : 0));
}

/* A zone held by two faults is back when the second lets go, whichever that is. */
static void a_zone_under_two_faults_is_back_with_the_last_of_them(void **state)
{
    (void)state;
    char *text = theory_queue(&(struct theory_queue){
        .rate = 5,
        .work = "exponential(mean 100 ms)",
        .instance = "tuning: {slots: 4}",
        .instances = 6,
        .duration = 200,
        .whole = true,
        .more = "faults:\n"
                "  - {kind: region_loss, region: here, at: 20 s, duration: 40 s}\n"
                "  - {kind: zone_loss, region: here, zones: [a], at: 40 s, duration: 60 s}\n"
                "  - {kind: region_loss, region: here, at: 90 s, duration: 40 s}\n"});
    char *zones = strstr(text, "zones: 1");
    zones[7] = '2';
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    static const struct {
        int at, what;
    } looks[] = {{10, 0}, {30, 1}, {50, 1}, {70, 2}, {95, 1}, {110, 3}, {140, 0}};
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
        theory_look_at(model, looks[i].at * UST_S, look_inside, model, (uint64_t)looks[i].what);
    ust_model_run(model);
    nothing_is_left_of_it(model);
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_kind_is_missing_here),
        cmocka_unit_test(every_kind_conserves_requests_and_leaves_nothing_behind),
        cmocka_unit_test(no_kind_does_nothing),
        cmocka_unit_test(overlapping_faults_let_go_each_of_its_own),
        cmocka_unit_test(a_zone_under_two_faults_is_back_with_the_last_of_them),
    };
    return THEORY_MAIN(tests);
}
