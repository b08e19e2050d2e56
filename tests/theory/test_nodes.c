/* Pods on nodes: when the last pod is up, what the nodes cost, and when they go, against what
 * the vendors' rules come to. A node takes 100 s from the request on, a pod 15 s once it has a
 * node. */
#include <math.h>

#include "models/entity/nodes.h"
#include "tests/theory/launching.h"

#ifdef THEORY_REDUCED
#define REPLICATIONS 100
#else
#define REPLICATIONS 1000
#endif

#define POD  "capacity: {vcpu: 1}, launch: {boot: 5 s, ready: 10 s}"
#define NODE "launch: {request: 5 s, provision: 60 s, boot: 35 s}"

/* Nodes of 4 vCPU, `at` in the region; `how` is the provisioner's line and what else there is.
 */
static char *cluster(const char *pools, const char *at, const char *how, const char *more)
{
    char nodes[1000];
    snprintf(
        nodes, sizeof nodes,
        "nodes: {workers: {instances: [{name: four, capacity: {vcpu: 4}, price: 1 USD/h, %s}, "
        "{name: eight, capacity: {vcpu: 8}, price: 3 USD/h, %s}], regions: {here: %s}%s}}\n"
        "%s",
        NODE, NODE, at, how, more);
    return launching_idle(POD, "launching: {nodes: workers}", pools, nodes);
}

static struct ust_model *run(struct theory **theory, char *text, int64_t wanted)
{
    *theory = theory_open(text);
    free(text);
    return launching_asked(*theory, wanted);
}

static void end(struct theory *theory, struct ust_model *model)
{
    ust_model_free(model);
    theory_close(theory);
}

/* Karpenter: the batch closes a second after the last pod came. Two fit on the node that is
 * there; of the other ten, the large node takes eight and a small one two. */
static void pods_wait_for_the_batch_the_node_and_themselves(void **state)
{
    (void)state;
    struct theory *theory;
    struct ust_model *model =
        run(&theory,
            cluster("{instances: 2, min: 0, max: 40}", "{nodes: 1, max: 10}",
                    ", provisioner: karpenter", ""),
            14);
    theory_near(launching_moment(model, "instance_ready", 0, 0), ASKED_AT + 15, 0, "room");
    theory_near(launching_moment(model, "instance_ready", 0, 1), ASKED_AT + 15, 0, "room");
    theory_near(launching_moment(model, "instance_ready", 0, 2), ASKED_AT + 1 + 100 + 15, 0,
                "the first that waited");
    theory_near(launching_moment(model, "instance_ready", 0, 11), ASKED_AT + 1 + 100 + 15, 0,
                "the last");
    assert_int_equal(launching_moments(model, "node_ready"), 2);
    end(theory, model);
}

static void plan(struct ust_model *model, void *context, double *values)
{
    (void)values;
    launching_wish_at(context, model, ASKED_AT);
}

static void read_ready(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = launching_moment(model, "instance_ready", 0, 3) - ASKED_AT;
}

/* The cluster autoscaler's scans come every 10 s at a phase of their own: 5 s on average. */
static void the_cluster_autoscaler_scans_at_its_own_phase(void **state)
{
    (void)state;
    struct theory_value v[1];
    struct launching_wish wish = {.wanted = 4};
    theory_run(cluster("{instances: 0, min: 0, max: 40}", "{nodes: 0, max: 10}",
                       ", provisioner: k8s_cluster_autoscaler", ""),
               REPLICATIONS, 1, plan, read_ready, &wish, v);
    theory_check(v[0], 5 + 100 + 15, THEORY_MEANS, "pending to ready");
    assert_true(v[0].least >= 115);
    assert_true(v[0].most < 125);
}

static void reserved_parts_of_a_node_take_no_pods(void **state)
{
    (void)state;
    struct theory *theory;
    struct ust_model *model =
        run(&theory,
            cluster("{instances: 0, min: 0, max: 40}", "{nodes: 0, max: 10}",
                    ", reserved: {vcpu: 0.2}, provisioner: {kind: "
                    "k8s_cluster_autoscaler, expander: priority}",
                    ""),
            9);
    assert_int_equal(launching_moments(model, "node_ready"), 3); /* 3.8 vCPU take three */
    assert_int_equal(launching_moments(model, "instance_ready"), 9);
    end(theory, model);
}

/* A pause pod's room is there at once; its own successor waits for the node. */
static void pause_pods_give_way_and_are_replaced(void **state)
{
    (void)state;
    struct theory *theory;
    struct ust_model *model =
        run(&theory,
            cluster("{instances: 3, min: 0, max: 40}", "{nodes: 2, max: 10}",
                    ", overprovisioning: {pods: 1, vcpu: 2}, provisioner: karpenter", ""),
            7);
    theory_near(launching_moment(model, "instance_ready", 0, 3), ASKED_AT + 15, 0, "no wait");
    theory_near(launching_moment(model, "node_ready", 0, 0), ASKED_AT + 1 + 100, 0,
                "its successor's node");
    const struct ust_node_set *set = &model->node_sets[0];
    assert_int_equal(set->pauses_waiting, 0);
    end(theory, model);
}

/* ---- what is not there ---- */

/* Karpenter keeps an offering without capacity out for three minutes, and takes the next: the
 * small ones of each zone, then the large one. */
static void karpenter_takes_the_next_offering_and_asks_again_after_three_minutes(void **state)
{
    (void)state;
    struct theory *theory;
    struct ust_model *model = run(&theory,
                                  cluster("{instances: 0, min: 0, max: 40}",
                                          "{nodes: 0, max: 10}", ", provisioner: karpenter",
                                          "capacity: {here: {spare: [{type: four, vcpu: 0}]}}"),
                                  4);
    assert_true(launching_moment(model, "node_refused", 0, 3) > ASKED_AT + 6 + 180);
    /* a second, an answer after 5 s, thrice; then a second and a node */
    theory_near(launching_moment(model, "node_refused", 0, 0), ASKED_AT + 6, 0, "zone 1");
    theory_near(launching_moment(model, "node_refused", 0, 2), ASKED_AT + 18, 0, "zone 3");
    theory_near(launching_moment(model, "instance_ready", 0, 3), ASKED_AT + 19 + 115, 0,
                "on the large one");
    end(theory, model);
}

static double refused_again(const char *provisioner, uint32_t k)
{
    struct theory *theory;
    char how[200];
    snprintf(how, sizeof how, ", provisioner: %s", provisioner);
    struct ust_model *model =
        run(&theory,
            cluster("{instances: 0, min: 0, max: 40}", "{nodes: 0, max: 10}", how,
                    "capacity: {here: {spare: [{vcpu: 0}]}}"),
            4);
    double at = launching_moment(model, "node_refused", 0, k) -
                launching_moment(model, "node_refused", 0, 0);
    end(theory, model);
    return at;
}

/* Two types in three zones are refused one after the other; then the first again, after 3 min
 * (Karpenter) or 5 min (a group's first backoff), plus at most a look or scan and the answer.
 */
static void offerings_are_closed_for_as_long_as_the_vendor_does(void **state)
{
    (void)state;
    double karpenter = refused_again("karpenter", 6);
    double autoscaler = refused_again("k8s_cluster_autoscaler", 6);
    assert_true(karpenter >= 180 && karpenter <= 180 + 16);
    assert_true(autoscaler >= 300 && autoscaler <= 300 + 16);
}

/* A node that was asked for and does not come is given up, and another is asked for. */
static void a_node_that_takes_too_long_is_given_up(void **state)
{
    (void)state;
    struct theory *theory;
    struct ust_model *model =
        run(&theory,
            cluster("{instances: 0, min: 0, max: 40}", "{nodes: 0, max: 10}",
                    ", provisioner: {kind: k8s_cluster_autoscaler, "
                    "max_node_provision_time: 1 min}",
                    ""),
            1);
    double first = launching_moment(model, "node_refused", 0, 0) - ASKED_AT;
    assert_true(first >= 60 && first <= 80);
    assert_int_equal(launching_moments(model, "instance_ready"), 0);
    end(theory, model);
}

/* ---- nodes that go ---- */

/* 8 of the 12 pods end: of 3 nodes two are left with none or can be emptied. The cluster
 * autoscaler lets a node go after 10 min unneeded and not before 10 min after the last came;
 * Karpenter at its next look. */
static double gone(const char *provisioner, uint32_t *n)
{
    char how[200];
    snprintf(how, sizeof how, ", provisioner: %s", provisioner);
    char *text =
        cluster("{instances: 4, min: 0, max: 40}", "{nodes: 1, min: 1, max: 10}", how, "");
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    struct launching_wish more = {.wanted = 12}, less = {.wanted = 4};
    launching_wish_at(&more, model, ASKED_AT);
    launching_wish_at(&less, model, 1200);
    ust_model_run(model);
    double at = launching_moment(model, "node_gone", 0, 0) - 1200;
    *n = ust_nodes_n(&model->node_sets[0]);
    assert_int_equal(model->pools[0].view.ready_n, 4);
    free(text);
    end(theory, model);
    return at;
}

static void unneeded_nodes_go_by_the_vendors_clock(void **state)
{
    (void)state;
    uint32_t n;
    double at = gone("k8s_cluster_autoscaler", &n);
    assert_true(at >= 600 && at <= 620);
    assert_in_range(n, 1, 2); /* half used is not below half */
    at = gone("karpenter", &n);
    assert_true(at >= 0 && at <= 10);
    assert_int_equal(n, 1);
    at = gone("{kind: karpenter, consolidation_policy: never}", &n);
    assert_true(isnan(at));
}

/* Two pods are left on the large node at 3 USD/h: the small one at 1 USD/h holds them. It comes
 * first, and then the large one goes. */
static void karpenter_replaces_a_node_by_a_cheaper_one_that_holds_its_pods(void **state)
{
    (void)state;
    char *text = cluster("{instances: 0, min: 0, max: 40}", "{nodes: 0, min: 0, max: 10}",
                         ", provisioner: {kind: karpenter, consolidate_after: 1 min}", "");
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    struct launching_wish more = {.wanted = 8}, less = {.wanted = 2};
    launching_wish_at(&more, model, ASKED_AT);
    launching_wish_at(&less, model, 1200);
    ust_model_run(model);
    double asked = launching_moment(model, "node_replaced", 0, 0);
    assert_true(asked >= 1200 + 60 && asked <= 1200 + 70);
    theory_near(launching_moment(model, "node_ready", 0, 1), asked + 100, 0, "the small one");
    theory_near(launching_moment(model, "node_gone", 0, 0), asked + 100, 0, "the large one");
    assert_int_equal(ust_nodes_n(&model->node_sets[0]), 1);
    assert_int_equal(model->pools[0].view.ready_n, 2);
    theory_near(theory_series(model, UST_METRIC_cost, 1, 1, 0, 59), 1.0 / 60, 1e-9,
                "USD in the last minute");
    free(text);
    end(theory, model);
}

/* ---- nodes that grow old ---- */

struct aged {
    double expired[8], ready[8];
    uint32_t n;
};

static struct aged grown_old(const char *provisioner)
{
    struct aged aged;
    char *text =
        cluster("{instances: 16, min: 0, max: 40}", "{nodes: 4, max: 20}", provisioner, "");
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    ust_model_run(model);
    aged.n = launching_moments(model, "node_expired");
    for (uint32_t i = 0; i < 8; i++) {
        aged.expired[i] = launching_moment(model, "node_expired", 0, i);
        aged.ready[i] = launching_moment(model, "node_ready", 0, i);
    }
    assert_int_equal(model->pools[0].view.ready_n, 16); /* all pods have a place again */
    free(text);
    end(theory, model);
    return aged;
}

/* Four full nodes of the same age are drained at one look, 40 min from the beginning at the
 * earliest; their sixteen pods wait for others, a second for the batch and 100 s for nodes. */
static void nodes_of_one_age_expire_together(void **state)
{
    (void)state;
    struct aged aged = grown_old(", provisioner: {kind: karpenter, expire_after: 40 min}");
    assert_int_equal(aged.n, 4);
    assert_true(aged.expired[0] >= 2400 && aged.expired[0] <= 2410);
    theory_near(aged.expired[3], aged.expired[0], 1e-12, "all at one look");
    assert_true(aged.ready[0] >= aged.expired[0] + 100);
    assert_true(aged.ready[0] <= aged.expired[0] + 100 + 10);
}

/* Of all ages, one comes to its end every 40 min / 4; those that replace them do not, within
 * the hour. */
static void nodes_of_all_ages_expire_one_by_one(void **state)
{
    (void)state;
    struct aged aged =
        grown_old(", provisioner: {kind: karpenter, expire_after: 40 min, ages: spread}");
    assert_true(aged.n >= 4);
    for (int i = 0; i < 4; i++) {
        assert_true(aged.expired[i] >= 600 * (i + 0.5));
        assert_true(aged.expired[i] <= 600 * (i + 0.5) + 10);
    }
    aged = grown_old(", provisioner: karpenter");
    assert_int_equal(aged.n, 0);
    aged = grown_old(", provisioner: {kind: karpenter, expire_after: never, ages: spread}");
    assert_int_equal(aged.n, 0);
}

/* Of six nodes four stand in two lost zones: 67 % are not ready, and the cluster autoscaler
 * leaves the cluster alone (45 %, and more than three) until the zones are back. The pods that
 * were on them find no room. */
static double first_node(const char *more_of_it)
{
    char how[300];
    snprintf(how, sizeof how, ", provisioner: {kind: k8s_cluster_autoscaler%s}", more_of_it);
    char *text = cluster("{instances: 24, min: 0, max: 40}", "{nodes: 6, max: 20}", how,
                         "faults: [{kind: zone_loss, region: here, zones: [a, b], at: 5 min, "
                         "duration: 30 min}]");
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    ust_model_run(model);
    double at = launching_moment(model, "node_ready", 0, 0);
    free(text);
    end(theory, model);
    return at;
}

static void with_most_nodes_gone_the_cluster_autoscaler_halts(void **state)
{
    (void)state;
    double halted = first_node(""),
           goes_on = first_node(", max_total_unready_percentage: 100 %");
    assert_true(isnan(halted) || halted > 35 * 60);
    assert_true(goes_on > 300 && goes_on < 300 + 30 + 10 + 100);
}

/* ---- who pays ---- */

/* A node of 4 vCPU at 1 USD/h with three pods of one service and one of another, and an empty
 * one, for an hour: 3/4 and 1/4 of the first, half of the second each. */
static void a_nodes_price_is_shared_by_its_pods(void **state)
{
    (void)state;
    char *text = NULL;
    assert_true(
        asprintf(&text,
                 "understudy: 1\nname: bill\nduration: 1 h\n"
                 "personas:\n  - {name: user, actions: {ask: {work: 1 ms}}}\n"
                 "regions: {here: {zones: 1}}\n"
                 "services:\n"
                 "  a: {instance: {name: pod, price: 7 USD/h}, pools: {here: 3}, "
                 "launching: {nodes: workers}}\n"
                 "  b: {instance: {name: pod}, pools: {here: 1}, launching: {nodes: workers}}\n"
                 "nodes: {workers: {instances: [{name: four, capacity: {vcpu: 4}, "
                 "price: 1 USD/h}, {name: other}], overprovisioning: {pods: 1, vcpu: 4}, "
                 "regions: {here: 2}}}\n"
                 "traffic:\n  - {persona: user, service: a, arrivals: {kind: poisson, rate: 1 "
                 "/s}}\n") > 0);
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    ust_model_run(model);
    double a = theory_kpi(model, UST_METRIC_cost, 1, 1, 0);
    double b = theory_kpi(model, UST_METRIC_cost, 1, 2, 0);
    theory_near(a + b, 2, 1e-12, "together");
    /* The scheduler puts a's pods on both nodes by turns: two and one, and b's beside the one.
     */
    theory_near(a, 1 + 0.5, 1e-12, "a");
    theory_near(b, 0.5, 1e-12, "b");
    free(text);
    end(theory, model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pods_wait_for_the_batch_the_node_and_themselves),
        cmocka_unit_test(the_cluster_autoscaler_scans_at_its_own_phase),
        cmocka_unit_test(reserved_parts_of_a_node_take_no_pods),
        cmocka_unit_test(pause_pods_give_way_and_are_replaced),
        cmocka_unit_test(karpenter_takes_the_next_offering_and_asks_again_after_three_minutes),
        cmocka_unit_test(offerings_are_closed_for_as_long_as_the_vendor_does),
        cmocka_unit_test(a_node_that_takes_too_long_is_given_up),
        cmocka_unit_test(unneeded_nodes_go_by_the_vendors_clock),
        cmocka_unit_test(nodes_of_one_age_expire_together),
        cmocka_unit_test(nodes_of_all_ages_expire_one_by_one),
        cmocka_unit_test(karpenter_replaces_a_node_by_a_cheaper_one_that_holds_its_pods),
        cmocka_unit_test(with_most_nodes_gone_the_cluster_autoscaler_halts),
        cmocka_unit_test(a_nodes_price_is_shared_by_its_pods),
    };
    return THEORY_MAIN(tests);
}
