/* Launches against what can be computed: the token bucket's backlog, the last of n that start,
 * who gets the last machines, and what a slow start costs. The wanted number is set by hand, so
 * that no scaler stands between. */
#include <math.h>

#include "tests/theory/launching.h"

#ifdef THEORY_REDUCED
#define REPLICATIONS 200
#else
#define REPLICATIONS 4000
#endif

/* ---- the control plane ---- */

/* A bucket of b tokens that fills at r a second grants the k-th request (k - b) / r after they
 * all came. EC2's RunInstances: b = 1000, r = 2 (EC2 developer guide, request throttling). */
static void a_backlog_clears_when_its_tokens_have_come(void **state)
{
    (void)state;
    char *text = launching_idle("launch: {provision: 30 s}", "scaler: fixed",
                                "{instances: 0, min: 0, max: 1200}",
                                "capacity: {here: {api: {rate: 2 /s, burst: 1000}}}");
    struct theory *theory = theory_open(text);
    struct ust_model *model = launching_asked(theory, 1200);
    theory_near(launching_moment(model, "launches_throttled", 0, 0), ASKED_AT, 0, "throttled");
    theory_near(launching_moment(model, "launch_backlog_clear", 0, 0), ASKED_AT + 100, 0,
                "clear");
    theory_near(launching_moment(model, "instance_ready", 0, 999), ASKED_AT + 30, 0,
                "the 1000th");
    theory_near(launching_moment(model, "instance_ready", 0, 1000), ASKED_AT + 30.5, 0,
                "the 1001st");
    theory_near(launching_moment(model, "instance_ready", 0, 1199), ASKED_AT + 130, 0,
                "the last");
    assert_int_equal(launching_moments(model, "instance_ready"), 1200);
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

/* 10 requests of one pool and then 6 of another, burst 4, one token each 5 s: the other's first
 * is the 11th in line. */
static void pools_stand_in_one_line(void **state)
{
    (void)state;
    char *text = launching_idle("launch: {provision: 10 s}", "scaler: fixed",
                                "{instances: 0, min: 0, max: 20}",
                                "capacity: {here: {api: {rate: 0.2 /s, burst: 4}}} #two");
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    struct launching_wish mine = {.wanted = 10, .pool = 1}, others = {.wanted = 6, .pool = 0};
    launching_wish_at(&mine, model, ASKED_AT);
    launching_wish_at(&others, model, ASKED_AT + 1);
    ust_model_run(model);
    theory_near(launching_moment(model, "instance_ready", 2, 9), ASKED_AT + 10 + 6 * 5, 0,
                "10th");
    theory_near(launching_moment(model, "instance_ready", 1, 0), ASKED_AT + 10 + 7 * 5, 0,
                "11th");
    theory_near(launching_moment(model, "instance_ready", 1, 5), ASKED_AT + 10 + 12 * 5, 0,
                "16th");
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

/* What is called off while it waits in line gives its place away. */
static void requests_called_off_cost_no_tokens(void **state)
{
    (void)state;
    char *text = launching_idle("launch: {provision: 10 s}", "scaler: fixed",
                                "{instances: 0, min: 0, max: 20}",
                                "capacity: {here: {api: {rate: 0.2 /s, burst: 1}}} #two");
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    struct launching_wish mine = {.wanted = 20, .pool = 1}, none = {.wanted = 0, .pool = 1};
    struct launching_wish others = {.wanted = 1, .pool = 0};
    launching_wish_at(&mine, model, ASKED_AT);
    launching_wish_at(&others, model, ASKED_AT + 1);
    launching_wish_at(&none, model, ASKED_AT + 2);
    ust_model_run(model);
    theory_near(launching_moment(model, "instance_ready", 1, 0), ASKED_AT + 5 + 10, 0,
                "the next token");
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

/* ---- stages ---- */

static void plan_ten(struct ust_model *model, void *context, double *values)
{
    (void)values;
    launching_wish_at(context, model, ASKED_AT);
}

static void read_times(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = launching_moment(model, "instance_ready", 0, 0) - ASKED_AT;
    values[1] = launching_moment(model, "instance_ready", 0, 9) - ASKED_AT;
}

/* Ten exponential stages of mean m side by side: the first after m / 10, the last after
 * m (1 + 1/2 + ... + 1/10) = 2.928968 m; what all wait for besides is added. */
static void the_last_of_ten_takes_the_harmonic_sum(void **state)
{
    (void)state;
    struct theory_value v[2];
    struct launching_wish wish = {.wanted = 10};
    theory_run(
        launching_idle("launch: {request: 5 s, provision: exponential(mean 30 s), boot: 3 s, "
                       "ready: 12 s, health: 4 s}",
                       "scaler: fixed", "{instances: 0, min: 0, max: 10}", ""),
        REPLICATIONS, 2, plan_ten, read_times, &wish, v);
    theory_check(v[0], 24 + 3, THEORY_MEANS, "first of ten");
    theory_check(v[1], 24 + 30 * 2.9289682539682538, THEORY_MEANS, "last of ten");
}

/* A launch that fails with probability p after g, and is tried again r later, is up after
 * g + (g + r) p / (1 - p) on average. */
static void failed_launches_take_a_geometric_number_of_tries(void **state)
{
    (void)state;
    struct theory_value v[2];
    struct launching_wish wish = {.wanted = 1};
    theory_run(launching_idle("launch: {provision: 20 s, failure: 40 %, retry: 1 min}",
                              "scaler: fixed", "{instances: 0, min: 0, max: 1}", ""),
               REPLICATIONS, 1, plan_ten, read_times, &wish, v);
    theory_check(v[0], 20 + 80 * 0.4 / 0.6, THEORY_MEANS, "with failures");
}

/* The same under a policy that asks every 10 s: it does not shorten the wait of a launch that
 * has failed. */
static void a_policy_that_asks_often_does_not_shorten_the_retry(void **state)
{
    (void)state;
    struct theory_value v[2];
    struct launching_wish wish = {.wanted = 1};
    theory_run(launching_idle("launch: {provision: 20 s, failure: 40 %, retry: 1 min}",
                              "scaler: {kind: aws_target_tracking, target: 50 %, period: 10 s}",
                              "{instances: 0, min: 0, max: 1}", ""),
               REPLICATIONS, 1, plan_ten, read_times, &wish, v);
    theory_check(v[0], 20 + 80 * 0.4 / 0.6, THEORY_MEANS, "with failures, and a policy");
}

/* Service is (1 + 2 (1 - t/60)) times as long for 60 s after the start: the work that is done
 * meanwhile is the integral of its inverse, 30 ln 3 s; in 20 steps, their sum. */
static void a_slow_start_costs_the_integral_of_its_slowness(void **state)
{
    (void)state;
    char *text = launching_idle("capacity: {vcpu: 1}, launch: {warm_up: 1 min, slowdown: 3}",
                                "scaler: fixed", "{instances: 0, min: 0, max: 1}", "");
    struct theory *theory = theory_open(text);
    struct ust_model *model = launching_asked(theory, 1);
    double steps = 0;
    for (int k = 0; k < 20; k++)
        steps += 3 / (1 + 2 * (1 - k / 20.0));
    theory_near(theory_series(model, UST_METRIC_capacity, 1, 1, 0, 1) * 60, steps, 1e-9,
                "capacity of the first minute");
    theory_near(steps, 30 * log(3), 0.035, "steps against the line");
    theory_near(theory_series(model, UST_METRIC_capacity, 1, 1, 0, 2), 1, 1e-12, "then");
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

/* ---- capacity that is not there ---- */

#define FOUR "capacity: {vcpu: 4}, price: 1 USD/h, launch: {request: 2 s, provision: 10 s}"

static void asked_zones(const char *service, const char *more, int64_t wanted, uint32_t a,
                        uint32_t b, uint32_t c)
{
    char *text = launching_idle(FOUR, service, "{instances: 0, min: 0, max: 40}", more);
    struct theory *theory = theory_open(text);
    struct ust_model *model = launching_asked(theory, wanted);
    uint32_t count[3];
    launching_in_zones(&model->pools[0], count);
    assert_int_equal(count[0], a);
    assert_int_equal(count[1], b);
    assert_int_equal(count[2], c);
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

/* 12 wanted, 2 to be had in zone a: the others take what a lacks, or wait for it. */
static void a_zone_without_capacity_is_made_up_for_as_the_vendor_does(void **state)
{
    (void)state;
    const char *two_in_a = "capacity: {here: {spare: [{zone: a, vcpu: 8}]}}";
    asked_zones("launching: {policy: aws_auto_scaling}", two_in_a, 12, 2, 5, 5);
    asked_zones("launching: {policy: {kind: aws_auto_scaling, distribution: balanced_only}}",
                two_in_a, 12, 2, 4, 4);
    asked_zones("launching: {policy: azure_scale_set}", two_in_a, 12, 2, 5, 5);
    asked_zones("launching: {policy: gcp_instance_group}", two_in_a, 12, 2, 4, 4);
    asked_zones("launching: {policy: {kind: gcp_instance_group, shape: any}}", two_in_a, 12, 2,
                10, 0);
    asked_zones("launching: {policy: plain}", two_in_a, 12, 2, 4, 4);
}

static void alternatives_are_bought_at_their_own_price(void **state)
{
    (void)state;
    char *text = launching_idle(
        FOUR,
        "launching: {policy: aws_auto_scaling, alternatives: [{name: dear, "
        "capacity: {vcpu: 4, speed: 2}, price: 3 USD/h, launch: {provision: 20 s}}]}",
        "{instances: 0, min: 0, max: 40}",
        "capacity: {here: {spare: [{type: box, vcpu: 24}]}}");
    struct theory *theory = theory_open(text);
    struct ust_model *model = launching_asked(theory, 9);
    /* Six of the first type; three are refused after 2 s and bought 20 s later. A machine costs
     * from its request on; so did the three refused ones, for the 2 s. */
    double six = 6 * 1 * (3600 - ASKED_AT), three = 3 * 3 * (3600 - ASKED_AT - 2) + 3 * 1 * 2;
    theory_near(theory_pool(model, UST_METRIC_cost), (six + three) / 3600, 1e-9, "cost");
    theory_near(theory_series(model, UST_METRIC_capacity, 1, 1, 0, 59), 6 * 4 + 3 * 8, 1e-12,
                "capacity");
    assert_int_equal(launching_moments(model, "launch_refused"), 3); /* one for each zone */
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

/* 40 vCPU allowed, 4 each: the eleventh instance never comes, and its refusal is on record. */
static void a_quota_holds_whatever_is_asked_for(void **state)
{
    (void)state;
    char *text =
        launching_idle(FOUR, "launching: {policy: aws_auto_scaling}",
                       "{instances: 1, min: 0, max: 40}", "capacity: {here: {quota: 40}}");
    struct theory *theory = theory_open(text);
    struct ust_model *model = launching_asked(theory, 25);
    assert_int_equal(launching_moments(model, "instance_ready"), 9);
    theory_near(theory_series(model, UST_METRIC_instances, 1, 1, 0, 59), 10, 1e-12,
                "at the end");
    theory_near(launching_moment(model, "quota_reached", 0, 0), ASKED_AT + 2, 0,
                "first refusal");
    theory_near(launching_moment(model, "quota_reached", 0, 1), ASKED_AT + 64, 0,
                "a minute later");
    theory_near(launching_moment(model, "quota_reached", 0, 2), ASKED_AT + 186, 0,
                "two after that");
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

/* What is terminated can be had again. */
static void machines_given_back_are_spare_again(void **state)
{
    (void)state;
    char *text = launching_idle(FOUR, "launching: {policy: aws_auto_scaling}",
                                "{instances: 0, min: 0, max: 40}",
                                "capacity: {here: {spare: [{vcpu: 24}]}}");
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    struct launching_wish six = {.wanted = 6}, one = {.wanted = 1}, again = {.wanted = 6};
    launching_wish_at(&six, model, ASKED_AT);
    launching_wish_at(&one, model, ASKED_AT + 100);
    launching_wish_at(&again, model, ASKED_AT + 200);
    ust_model_run(model);
    assert_int_equal(launching_moments(model, "instance_ready"), 11);
    assert_int_equal(launching_moments(model, "launch_refused"), 0);
    assert_true(fabs(ust_supply_left(model, 0, 0)) < 1e-9);
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

/* ---- others ---- */

/* Others take 60 % of 40 vCPU between 2 and 12 minutes after the loss, stay for 20, and leave
 * within 5: at each moment we can have what they leave. */
static void others_take_their_share_along_the_curve(void **state)
{
    (void)state;
    const struct ust_others_config others = {.share = 0.6,
                                             .delay = 2 * UST_MINUTE,
                                             .over = 10 * UST_MINUTE,
                                             .hold = 20 * UST_MINUTE,
                                             .recovery = 5 * UST_MINUTE};
    theory_near(ust_others_share(&others, 0), 0, 0, "0");
    theory_near(ust_others_share(&others, 2 * UST_MINUTE), 0, 0, "2");
    theory_near(ust_others_share(&others, 7 * UST_MINUTE), 0.3, 1e-12, "7");
    theory_near(ust_others_share(&others, 12 * UST_MINUTE), 0.6, 1e-12, "12");
    theory_near(ust_others_share(&others, 32 * UST_MINUTE - 1), 0.6, 1e-12, "32");
    theory_near(ust_others_share(&others, 33 * UST_MINUTE), 0.48, 1e-12, "33");
    theory_near(ust_others_share(&others, 37 * UST_MINUTE), 0, 0, "37");
}

static char *two_regions(const char *others)
{
    char *text = NULL;
    assert_true(
        asprintf(&text,
                 "understudy: 1\nname: others\nduration: 1 h\n"
                 "personas:\n  - {name: user, actions: {ask: {work: 1 ms}}}\n"
                 "regions: {a: {zones: 1}, here: {zones: 2}}\n"
                 "services:\n  s:\n    instance: {name: box, %s}\n"
                 "    launching: {policy: aws_auto_scaling}\n"
                 "    pools: {here: {instances: 1, min: 0, max: 40}, a: 1}\n"
                 "traffic:\n  - {persona: user, arrivals: {kind: poisson, rate: 1 /s}}\n"
                 "routing: {policy: {kind: failover_order, order: [a, here]}}\n"
                 "capacity: {here: {spare: [{vcpu: 40}], others: {%s}}}\n"
                 "faults: [{kind: region_loss, region: a, at: 30 s}]\n",
                 FOUR, others) > 0);
    return text;
}

static uint32_t to_be_had(const char *others, double at)
{
    char *text = two_regions(others);
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    struct launching_wish wish = {.wanted = 20, .pool = 1};
    launching_wish_at(&wish, model, at);
    ust_model_run(model);
    uint32_t n = 0;
    while (launching_moment(model, "instance_ready", 0, n) < at + 13)
        n++;
    ust_model_free(model);
    theory_close(theory);
    free(text);
    return n;
}

/* The loss at 30 s sends them. 10 machines are free; after k minutes of the ten, 60 % k / 10 of
 * them are gone, and a part of a machine is none. */
static void who_asks_later_gets_less(void **state)
{
    (void)state;
    assert_int_equal(to_be_had("share: 60 %, over: 10 min", 20), 10);
    assert_int_equal(to_be_had("share: 60 %, over: 10 min", 30 + 298), 7);
    assert_int_equal(to_be_had("share: 60 %, over: 10 min", 30 + 600), 4);
    assert_int_equal(to_be_had("share: 60 %, over: 10 min, from: [here]", 30 + 600), 10);
    assert_int_equal(to_be_had("share: 60 %, over: 0 s, hold: 10 min", 30 + 600), 10);
}

/* ---- back to even ---- */

struct balance {
    struct launching_wish wish;
    uint32_t least, most;
    struct ust_model *model;
};

static void watch(void *context, uint64_t unused)
{
    struct balance *balance = context;
    uint32_t count[3];
    (void)unused;
    launching_in_zones(&balance->model->pools[0], count);
    uint32_t n = count[0] + count[1] + count[2];
    balance->least = n < balance->least ? n : balance->least;
    n += balance->model->pools[0].starting;
    balance->most = n > balance->most ? n : balance->most;
}

/* Zone a gives nothing for 20 minutes. Then the zones are evened, never below the 12 that are
 * wanted, and never more than a tenth of the maximum of 20 above them. */
static void zones_are_evened_once_a_zone_gives_again(void **state)
{
    (void)state;
    char *text =
        launching_idle(FOUR, "launching: {policy: {kind: aws_auto_scaling, retry_max: 2 min}}",
                       "{instances: 0, min: 0, max: 20}",
                       "faults: [{kind: insufficient_capacity, region: here, zones: [a], "
                       "at: 30 s, duration: 20 min}]");
    struct theory *theory = theory_open(text);
    struct balance balance = {.wish = {.wanted = 12}, .least = 99};
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    uint32_t count[3];
    balance.model = model;
    launching_wish_at(&balance.wish, model, ASKED_AT);
    uint32_t handler = ust_engine_handler(&model->engine, watch, &balance);
    for (int i = 2; i < 59; i++)
        for (int s = 0; s < 60; s += 5)
            ust_schedule(&model->engine, i * UST_MINUTE + s * UST_S, UST_LANE_OBSERVE, handler,
                         0);
    ust_model_run(model);
    launching_in_zones(&model->pools[0], count);
    assert_int_equal(count[0], 4);
    assert_int_equal(count[1], 4);
    assert_int_equal(count[2], 4);
    assert_int_equal(balance.least, 12);
    assert_in_range(balance.most, 13, 14);
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

static void up_at(const char *service, const char *fault, double at)
{
    char more[200];
    snprintf(more, sizeof more, "faults: [{kind: insufficient_capacity, at: 30 s, %s}]", fault);
    char *text = launching_idle("launch: {request: 2 s, ready: 20 s, retry: 50 s}", service,
                                "{instances: 0, min: 0, max: 20}", more);
    struct theory *theory = theory_open(text);
    struct ust_model *model = launching_asked(theory, 1);
    theory_near(launching_moment(model, "instance_ready", 0, 0) - ASKED_AT, at, 1e-12, fault);
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

/* Refused after 2 s, in the first zone, the group asks for the other type there; and where that
 * is refused too, for the first one in another zone. The plain launcher waits for 50 s. */
static void a_type_that_cannot_be_had_is_one_type_in_its_zones(void **state)
{
    (void)state;
    static const char group[] = "launching: {policy: aws_auto_scaling, alternatives: [{name: "
                                "crate, launch: {request: 2 s, ready: 11 s}}]}";
    up_at(group, "types: [crate]", 22);
    up_at(group, "types: [box]", 2 + 2 + 11);
    up_at(group, "types: [box], region: here, zones: [b, c]", 22);
    up_at(group, "types: [box, crate], region: here, zones: [a]", 2 + 2 + 22);
    up_at("scaler: {kind: aws_target_tracking, target: 50 %}", "types: [box], duration: 90 s",
          2 * 52 + 22);
}

/* All four are believed dead while the region is away; when it is back they live on, and nobody
 * has launched four others beside them. Of those whose zone stays lost, each is replaced. */
static void most_that_ran(const char *fault, uint32_t most, uint32_t ready)
{
    char more[300];
    snprintf(more, sizeof more, "faults: [%s]", fault);
    char *text = launching_idle(
        FOUR,
        "scaler: {kind: k8s_hpa, metric: cpu, target: 60 %}\n    health_check: {interval: 5 s}",
        "{instances: 4, min: 4, max: 4}", more);
    struct theory *theory = theory_open(text);
    struct balance balance = {.least = 99};
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    balance.model = model;
    uint32_t handler = ust_engine_handler(&model->engine, watch, &balance);
    for (int s = 1; s < 3600; s++)
        ust_schedule(&model->engine, s * UST_S, UST_LANE_OBSERVE, handler, 0);
    ust_model_run(model);
    assert_int_equal(balance.most, most);
    assert_int_equal(launching_moments(model, "instance_ready"), ready);
    assert_int_equal(model->pools[0].view.ready_n, 4);
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

static void a_region_that_comes_back_has_no_second_set(void **state)
{
    (void)state;
    most_that_ran("{kind: region_loss, region: here, at: 5 min, duration: 10 min}", 4, 0);
    /* Two of the four stand in zone a: both are replaced elsewhere. */
    most_that_ran("{kind: zone_loss, region: here, zones: [a], at: 5 min, duration: 10 min}", 4,
                  2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backlog_clears_when_its_tokens_have_come),
        cmocka_unit_test(pools_stand_in_one_line),
        cmocka_unit_test(requests_called_off_cost_no_tokens),
        cmocka_unit_test(the_last_of_ten_takes_the_harmonic_sum),
        cmocka_unit_test(failed_launches_take_a_geometric_number_of_tries),
        cmocka_unit_test(a_policy_that_asks_often_does_not_shorten_the_retry),
        cmocka_unit_test(a_slow_start_costs_the_integral_of_its_slowness),
        cmocka_unit_test(a_zone_without_capacity_is_made_up_for_as_the_vendor_does),
        cmocka_unit_test(alternatives_are_bought_at_their_own_price),
        cmocka_unit_test(a_quota_holds_whatever_is_asked_for),
        cmocka_unit_test(machines_given_back_are_spare_again),
        cmocka_unit_test(others_take_their_share_along_the_curve),
        cmocka_unit_test(who_asks_later_gets_less),
        cmocka_unit_test(zones_are_evened_once_a_zone_gives_again),
        cmocka_unit_test(a_type_that_cannot_be_had_is_one_type_in_its_zones),
        cmocka_unit_test(a_region_that_comes_back_has_no_second_set),
    };
    return THEORY_MAIN(tests);
}
