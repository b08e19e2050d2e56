/* Common random numbers: every stream is named by what it serves, so what is added elsewhere
 * leaves it alone, and two configurations meet the very same users. Compared bit by bit: what
 * was offered in every second, the work that it asked for, and the final state of each stream
 * of random numbers, which says how many draws were made and which. */
#include "tests/theory/help.h"

static const char head[] = "understudy: 1\n"
                           "name: users\n"
                           "seed: 2026\n"
                           "warmup: 30 s\n"
                           "duration: 300 s\n"
                           "interval: 1 s\n";

static const char shopper[] =
    "  - name: shopper\n"
    "    geography: {New York: 50 %, London: 30 %, Tokyo: 20 %}\n"
    "    devices: {mobile: 70 %, desktop: 30 %}\n"
    "    week: {peak: \"20:00\", trough: \"04:00\", peak_to_trough: 4}\n"
    "    actions:\n"
    "      look: {share: 80 %, work: lognormal(mean 20 ms, cv 1.2), response: exponential(mean "
    "40 KiB)}\n"
    "      buy: {share: 20 %, work: exponential(mean 90 ms)}\n"
    "    tolerance: {latency: 500 ms, timeout: 2 s, patience: exponential(mean 20 s),\n"
    "      retries: {kind: backoff, attempts: 3, jitter: full}}\n";
static const char partner[] = "  - name: partner\n"
                              "    actions: {call: {work: erlang(mean 30 ms, k 3)}}\n";
static const char stranger[] =
    "  - name: stranger\n"
    "    geography: {Sydney: 100 %}\n"
    "    actions: {ask: {work: gamma(mean 50 ms, cv 2)}}\n"
    "    tolerance: {latency: 500 ms, timeout: 1 s, retries: {kind: backoff, attempts: 5}}\n";

/* Variations of one world; each of them may change what users see, none who comes. */
struct world {
    bool stranger, stranger_first; /* another persona at a service of his own */
    bool region;                   /* a further region, that nobody is sent to */
    bool fault;
    unsigned instances; /* of web */
    const char *balancer;
};

static char *world_text(const struct world *world)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    bool first = world->stranger && world->stranger_first;
    bool last = world->stranger && !world->stranger_first;
    fprintf(out, "%spersonas:\n%s%s%s%s", head, first ? stranger : "", shopper, partner,
            last ? stranger : "");
    fprintf(out,
            "regions: {%sa: {zones: 3, place: us-east-1}, b: {zones: 2, place: us-west-2}}\n",
            world->region ? "far: {zones: 1, place: eu-west-1}, " : "");
    fprintf(out, "services:\n");
    if (first)
        fprintf(out, "  aside:\n    instance: {name: s, tuning: {slots: 2}}\n"
                     "    pools: {a: 2, b: 2}\n");
    fprintf(out,
            "  web:\n    instance: {name: w, tuning: {slots: 4, queue: 50}}\n"
            "    balancer: %s\n    pools: {a: %u, b: 4}\n"
            "  api:\n    instance: {name: p, tuning: {slots: 2}}\n    pools: {a: 3, b: 3}\n",
            world->balancer, world->instances);
    if (last)
        fprintf(out, "  aside:\n    instance: {name: s, tuning: {slots: 2}}\n"
                     "    pools: {a: 2, b: 2}\n");
    fprintf(out, "traffic:\n");
    if (first)
        fprintf(out, "  - {persona: stranger, service: aside, arrivals: {kind: poisson, rate: "
                     "25 /s}}\n");
    fprintf(out,
            "  - {persona: shopper, service: web, arrivals: {kind: diurnal, mean: 200 /s}}\n"
            "  - {persona: partner, service: api, arrivals: {kind: poisson, rate: 60 /s}}\n");
    if (last)
        fprintf(out, "  - {persona: stranger, service: aside, arrivals: {kind: poisson, rate: "
                     "25 /s}}\n");
    fprintf(out,
            "routing:\n  policy: {kind: failover_order, order: [a, b]}\n  dns: {ttl: 30 s}\n");
    if (world->fault)
        fprintf(out, "faults:\n  - {kind: zone_loss, region: a, zones: [2], at: 60 s}\n");
    fclose(out);
    return text;
}

static const struct world base = {.instances = 8, .balancer = "power_of_two"};

static struct ust_model *run_world(const struct world *world, struct theory **theory)
{
    char *text = world_text(world);
    *theory = theory_open(text);
    free(text);
    struct ust_model *model = ust_model_new(theory_config(*theory), 3);
    ust_model_run(model);
    return model;
}

static uint32_t stream_of(const struct ust_model *model, const char *name)
{
    for (uint32_t i = 0; i < model->config->traffic_n; i++)
        if (strcmp(model->config->traffic[i].name, name) == 0)
            return i;
    fail_msg("no stream %s", name);
    return 0;
}

static uint32_t service_of(const struct ust_model *model, const char *name)
{
    for (uint32_t i = 0; i < model->config->services_n; i++)
        if (strcmp(model->config->services[i].name, name) == 0)
            return i;
    fail_msg("no service %s", name);
    return 0;
}

static uint32_t region_of(const struct ust_model *model, const char *name)
{
    for (uint32_t i = 0; i < model->config->regions_n; i++)
        if (strcmp(model->config->regions[i].name, name) == 0)
            return i;
    fail_msg("no region %s", name);
    return 0;
}

static bool same_state(const struct ust_rng *a, const struct ust_rng *b)
{
    return a->state == b->state;
}

/* Who came, when, from where, with what and what for. */
static void expect_same_users(const struct ust_model *a, const struct ust_model *b,
                              const char *name)
{
    const struct ust_traffic *x = &a->traffic[stream_of(a, name)];
    const struct ust_traffic *y = &b->traffic[stream_of(b, name)];
    uint64_t offered = 0;
    for (uint32_t i = 0; i <= a->config->intervals; i++) {
        assert_true(x->count.cohort[i].offered == y->count.cohort[i].offered);
        offered += x->count.cohort[i].offered;
    }
    assert_true(offered > 5000);
    assert_true(same_state(&x->gap, &y->gap));
    assert_true(same_state(&x->place, &y->place));
    assert_true(same_state(&x->device, &y->device));
    assert_true(same_state(&x->choose, &y->choose));
    assert_true(same_state(&x->dns, &y->dns));
    assert_true(same_state(&x->patience, &y->patience));
    for (uint32_t k = 0; k < x->config->actions_n; k++) {
        assert_true(same_state(&x->work[k], &y->work[k]));
        assert_true(same_state(&x->response[k], &y->response[k]));
    }
}

/* Every value of a service's pools and of its persona, in every interval. NaN is its own equal
 * here. */
static void expect_same_course(const struct ust_model *a, const struct ust_model *b,
                               const char *persona, const char *service)
{
    static const char *const regions[] = {"a", "b"};
    for (uint32_t m = 0; m < UST_METRIC_injected_arrivals; m++) /* nobody injects anything */
        for (uint32_t i = 0; i < a->config->intervals; i++)
            for (uint32_t r = 0; r < 2; r++) {
                double x, y;
                enum ust_metric metric = (enum ust_metric)m;
                if (ust_metrics[m].scope == UST_PER_PERSONA) {
                    x = theory_series(a, metric, 0, 0, stream_of(a, persona) + 1, i);
                    y = theory_series(b, metric, 0, 0, stream_of(b, persona) + 1, i);
                } else {
                    x = theory_series(a, metric, region_of(a, regions[r]) + 1,
                                      service_of(a, service) + 1, 0, i);
                    y = theory_series(b, metric, region_of(b, regions[r]) + 1,
                                      service_of(b, service) + 1, 0, i);
                }
                if (memcmp(&x, &y, sizeof x) != 0)
                    fail_msg("%s in interval %u: %.17g and %.17g", ust_metrics[m].name, i, x,
                             y);
            }
}

static double work_in(const struct ust_model *model, const char *service)
{
    double work = 0;
    for (uint32_t r = 0; r < model->config->regions_n; r++) {
        uint32_t pool = service_of(model, service) * model->config->regions_n + r;
        if (model->config->pools[pool].exists)
            work += model->pools[pool].count.work_offered_ns;
    }
    return work;
}

/* A variation that is none of the others' business leaves their whole course alone. */
static void changes_nothing(struct world world)
{
    struct theory *ta, *tb;
    struct ust_model *a = run_world(&base, &ta), *b = run_world(&world, &tb);
    expect_same_users(a, b, "shopper");
    expect_same_users(a, b, "partner");
    expect_same_course(a, b, "shopper", "web");
    expect_same_course(a, b, "partner", "api");
    assert_true(work_in(a, "web") == work_in(b, "web"));
    ust_model_free(a);
    ust_model_free(b);
    theory_close(ta);
    theory_close(tb);
}

static void an_unrelated_persona_changes_no_bit_of_the_others(void **state)
{
    (void)state;
    struct world world = base;
    world.stranger = true;
    changes_nothing(world);
}

static void nor_does_it_where_it_is_listed_first(void **state)
{
    (void)state;
    struct world world = base;
    world.stranger = world.stranger_first = true;
    changes_nothing(world);
}

static void a_region_that_nobody_is_sent_to_changes_no_bit(void **state)
{
    (void)state;
    struct world world = base;
    world.region = true;
    changes_nothing(world);
}

/* Other supply: the same users meet it, to the last draw, and fare differently. */
static void meets_the_same_users(struct world world)
{
    struct theory *ta, *tb;
    struct ust_model *a = run_world(&base, &ta), *b = run_world(&world, &tb);
    expect_same_users(a, b, "shopper");
    expect_same_users(a, b, "partner");
    double x = work_in(a, "web"), y = work_in(b, "web");
    theory_near(x, y, 1e-12, "work that web was asked for"); /* summed by region */
    assert_true(theory_kpi(a, UST_METRIC_latency_mean, 0, 0, 1) !=
                theory_kpi(b, UST_METRIC_latency_mean, 0, 0, 1));
    expect_same_course(a, b, "partner", "api");
    ust_model_free(a);
    ust_model_free(b);
    theory_close(ta);
    theory_close(tb);
}

static void more_instances_meet_the_same_users(void **state)
{
    (void)state;
    struct world world = base;
    world.instances = 5;
    meets_the_same_users(world);
    world.instances = 12;
    meets_the_same_users(world);
}

static void another_balancer_meets_the_same_users(void **state)
{
    (void)state;
    struct world world = base;
    world.balancer = "round_robin";
    meets_the_same_users(world);
}

static void a_fault_meets_the_same_users(void **state)
{
    (void)state;
    struct theory *ta, *tb;
    struct world world = base;
    world.fault = true;
    struct ust_model *a = run_world(&base, &ta), *b = run_world(&world, &tb);
    expect_same_users(a, b, "shopper");
    expect_same_users(a, b, "partner");
    assert_true(theory_kpi(b, UST_METRIC_attempts, 0, 0, 1) >
                theory_kpi(b, UST_METRIC_offered, 0, 0, 1)); /* it did hurt */
    ust_model_free(a);
    ust_model_free(b);
    theory_close(ta);
    theory_close(tb);
}

/* And replications do not. */
static void replications_meet_different_users(void **state)
{
    (void)state;
    char *text = world_text(&base);
    struct theory *theory = theory_open(text);
    free(text);
    struct ust_model *a = ust_model_new(theory_config(theory), 0);
    struct ust_model *b = ust_model_new(theory_config(theory), 1);
    ust_model_run(a);
    ust_model_run(b);
    for (uint32_t i = 0; i < 2; i++) {
        assert_false(same_state(&a->traffic[i].gap, &b->traffic[i].gap));
        assert_false(same_state(&a->traffic[i].work[0], &b->traffic[i].work[0]));
    }
    assert_true(a->engine.fingerprint != b->engine.fingerprint);
    ust_model_free(a);
    ust_model_free(b);
    theory_close(theory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unrelated_persona_changes_no_bit_of_the_others),
        cmocka_unit_test(nor_does_it_where_it_is_listed_first),
        cmocka_unit_test(a_region_that_nobody_is_sent_to_changes_no_bit),
        cmocka_unit_test(more_instances_meet_the_same_users),
        cmocka_unit_test(another_balancer_meets_the_same_users),
        cmocka_unit_test(a_fault_meets_the_same_users),
        cmocka_unit_test(replications_meet_different_users),
    };
    return THEORY_MAIN(tests);
}
