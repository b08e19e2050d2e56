/* Provisioners: how pods are packed, which nodes are bought for them, when nodes may go. */
#include "tests/unit/policy.h"

#include "models/nodes/provisioner.h"

#define ZONES  2
#define MINUTE UST_MINUTE
#define GIB    1073741824.0

/* Small, large, and large in memory. */
static const struct ust_node_size sizes[] = {
    {4, 16 * GIB, 0.20}, {16, 64 * GIB, 0.76}, {4, 32 * GIB, 0.26}};

struct cluster {
    struct policy policy;
    const struct ust_provisioner_type *type;
    struct ust_pods pods[2];
    uint32_t groups, room;
    ust_time open_at[ZONES * 3];
    struct ust_rng rng;
};

static void begin(struct cluster *cluster, const char *text, double vcpu, double gib,
                  uint32_t n)
{
    *cluster = (struct cluster){.policy = policy_read(&ust_provisioner_registry, text),
                                .pods = {{vcpu, gib * GIB, n}},
                                .groups = 1,
                                .room = 100,
                                .rng = ust_rng_derive(1, 1, "test")};
    cluster->type = ust_provisioner_of(cluster->policy.variant.kind);
}

static struct ust_nodes_choice ask(struct cluster *cluster)
{
    static const uint32_t count[ZONES * 3];
    const struct ust_nodes_view view = {.now = 10 * MINUTE,
                                        .zones = ZONES,
                                        .types = 3,
                                        .size = sizes,
                                        .count = count,
                                        .open_at = cluster->open_at,
                                        .room = cluster->room,
                                        .pods_max = 110,
                                        .pods = cluster->pods,
                                        .pods_n = cluster->groups};
    return cluster->type->grow(cluster->policy.variant.params, &view, &cluster->rng);
}

static void close(struct cluster *cluster, uint32_t type)
{
    for (uint32_t zone = 0; zone < ZONES; zone++)
        cluster->open_at[zone * 3 + type] = 10 * MINUTE + 1;
}

static void buys(const char *text, double vcpu, double gib, uint32_t pods, uint32_t n,
                 uint32_t type)
{
    struct cluster cluster;
    begin(&cluster, text, vcpu, gib, pods);
    struct ust_nodes_choice choice = ask(&cluster);
    assert_int_equal(choice.n, n);
    assert_int_equal(choice.type, type);
    policy_free(&cluster.policy);
}

/* ---- packing ---- */

static void packing_fills_one_node_after_the_other_with_the_heaviest_that_fits(void **unused)
{
    (void)unused;
    const struct ust_pods pods[] = {{1, 0, 5}, {3, 0, 2}};
    uint32_t left[2];
    /* 3 + 1, 3 + 1, 1 + 1 + 1 */
    assert_int_equal(ust_nodes_pack(&sizes[0], pods, 2, 110, 10, left), 3);
    assert_int_equal(left[0] + left[1], 0);
    assert_int_equal(ust_nodes_pack(&sizes[0], pods, 2, 110, 1, left), 1);
    assert_int_equal(left[0], 4);
    assert_int_equal(left[1], 1);
}

static void packing_is_limited_by_memory_and_by_the_number_of_pods(void **unused)
{
    (void)unused;
    uint32_t left;
    const struct ust_pods heavy = {0.5, 6 * GIB, 4}, many = {0.01, 0, 300};
    assert_int_equal(ust_nodes_pack(&sizes[0], &heavy, 1, 110, 10, &left), 2); /* 16 / 6 */
    assert_int_equal(ust_nodes_pack(&sizes[0], &many, 1, 110, 10, &left), 3);  /* 300 / 110 */
}

static void ten_tenths_of_a_node_fill_it_to_the_last(void **unused)
{
    (void)unused;
    uint32_t left;
    const struct ust_pods tenths = {0.4, 0, 10};
    assert_int_equal(ust_nodes_pack(&sizes[0], &tenths, 1, 110, 10, &left), 1);
    assert_int_equal(left, 0);
}

static void a_pod_larger_than_a_node_is_not_bought_for(void **unused)
{
    (void)unused;
    buys("karpenter", 20, 1, 3, 0, 0);
    buys("k8s_cluster_autoscaler", 20, 1, 3, 0, 0);
}

/* ---- cluster autoscaler ---- */

/* Its FAQ, "What are Expanders?": six pods of 1 vCPU and 2 GiB. Two small nodes have 25 % idle
 * vCPU and 62.5 % idle memory, one large 62.5 % and 81 %: least waste is small; both take all
 * pods, but the large at 0.76 USD is dearer than two small at 0.40. */
static void expanders_choose_by_waste_price_and_priority(void **unused)
{
    (void)unused;
    buys("{kind: k8s_cluster_autoscaler, expander: least_waste}", 1, 2, 6, 2, 0);
    buys("{kind: k8s_cluster_autoscaler, expander: price}", 1, 2, 6, 2, 0);
    buys("{kind: k8s_cluster_autoscaler, expander: price}", 1, 2, 16, 1, 1); /* 0.76 < 0.80 */
    buys("{kind: k8s_cluster_autoscaler, expander: priority}", 1, 2, 16, 4, 0);
    /* 4 GiB per vCPU and more: the third type wastes the least. */
    buys("{kind: k8s_cluster_autoscaler, expander: least_waste}", 1, 8, 8, 2, 2);
}

static void most_pods_prefers_what_takes_all_within_the_limit(void **unused)
{
    (void)unused;
    struct cluster cluster;
    begin(&cluster, "{kind: k8s_cluster_autoscaler, expander: most_pods}", 1, 2, 20);
    cluster.room = 2; /* two small take 8, two large all 20 */
    struct ust_nodes_choice choice = ask(&cluster);
    assert_int_equal(choice.type, 1);
    assert_int_equal(choice.n, 2);
    policy_free(&cluster.policy);
}

static void a_closed_group_is_passed_over(void **unused)
{
    (void)unused;
    struct cluster cluster;
    begin(&cluster, "{kind: k8s_cluster_autoscaler, expander: priority}", 1, 2, 4);
    close(&cluster, 0);
    assert_int_equal(ask(&cluster).type, 1);
    close(&cluster, 1);
    assert_int_equal(ask(&cluster).type, 2);
    close(&cluster, 2);
    assert_int_equal(ask(&cluster).n, 0);
    policy_free(&cluster.policy);
}

static void one_zone_gets_all_nodes_unless_groups_are_balanced(void **unused)
{
    (void)unused;
    struct cluster cluster;
    begin(&cluster, "k8s_cluster_autoscaler", 1, 2, 16);
    assert_true(ask(&cluster).zone < ZONES);
    policy_free(&cluster.policy);
    begin(&cluster, "{kind: k8s_cluster_autoscaler, balance_similar_node_groups: true}", 1, 2,
          16);
    assert_int_equal(ask(&cluster).zone, UST_EACH_ZONE);
    policy_free(&cluster.policy);
}

/* Flags: initial-node-group-backoff-duration 5 min, max-node-group-backoff-duration 30 min,
 * scan-interval 10 s, scale-down-unneeded-time and delay-after-add 10 min, threshold 0.5,
 * max-node-provision-time 15 min, max-empty-bulk-delete 10. */
static void the_autoscalers_defaults_are_its_flags(void **unused)
{
    (void)unused;
    struct cluster cluster;
    begin(&cluster, "k8s_cluster_autoscaler", 1, 1, 1);
    const void *params = cluster.policy.variant.params;
    assert_int_equal(cluster.type->pause(params, 1), 5 * MINUTE);
    assert_int_equal(cluster.type->pause(params, 2), 10 * MINUTE);
    assert_int_equal(cluster.type->pause(params, 3), 20 * MINUTE);
    assert_int_equal(cluster.type->pause(params, 4), 30 * MINUTE);
    assert_int_equal(cluster.type->scan(params), 10 * UST_S);
    assert_int_equal(cluster.type->patience(params), 15 * MINUTE);
    struct ust_shrink_rule rule = cluster.type->shrink(params);
    assert_int_equal(rule.unneeded, 10 * MINUTE);
    assert_int_equal(rule.after_grow, 10 * MINUTE);
    CHECK_NEAR(rule.utilisation, 0.5, 0);
    CHECK_NEAR(rule.at_once, 10, 0);
    /* max-total-unready-percentage 45, ok-total-unready-count 3 */
    assert_false(cluster.type->halts(params, 3, 4));
    assert_false(cluster.type->halts(params, 9, 20));
    assert_true(cluster.type->halts(params, 10, 20));
    policy_free(&cluster.policy);
}

/* ---- karpenter ---- */

/* The largest node takes all 16 pods, and nothing cheaper holds them; four fit the small one,
 * which is the cheapest that holds them. */
static void karpenter_buys_the_cheapest_node_for_what_the_largest_takes(void **unused)
{
    (void)unused;
    buys("karpenter", 1, 2, 16, 1, 1);
    buys("karpenter", 1, 2, 4, 1, 0);
    buys("karpenter", 1, 8, 4, 1, 2);
    struct cluster cluster;
    begin(&cluster, "karpenter", 1, 2, 16);
    close(&cluster, 1);
    assert_int_equal(ask(&cluster).type, 0); /* and again, until all have one */
    policy_free(&cluster.policy);
}

/* settings.md: batch-idle-duration 1 s, batch-max-duration 10 s; the cache of unavailable
 * offerings keeps three minutes; disruption.md: a budget of 10 %. */
static void karpenters_defaults_are_its_settings(void **unused)
{
    (void)unused;
    struct cluster cluster;
    begin(&cluster, "karpenter", 1, 1, 1);
    const void *params = cluster.policy.variant.params;
    assert_int_equal(cluster.type->batch(params, 100 * UST_S, 100 * UST_S), 101 * UST_S);
    assert_int_equal(cluster.type->batch(params, 100 * UST_S, 107 * UST_S), 108 * UST_S);
    assert_int_equal(cluster.type->batch(params, 100 * UST_S, 109500 * UST_MS), 110 * UST_S);
    assert_int_equal(cluster.type->pause(params, 1), 3 * MINUTE);
    assert_int_equal(cluster.type->pause(params, 9), 3 * MINUTE);
    struct ust_shrink_rule rule = cluster.type->shrink(params);
    assert_int_equal(rule.unneeded, 0);
    CHECK_NEAR(rule.at_once, 0.1, 0);
    assert_int_equal(rule.expires, 720 * 60 * MINUTE); /* settings.md: expireAfter 720 h */
    assert_false(rule.empty_only);
    policy_free(&cluster.policy);
    begin(&cluster, "{kind: karpenter, consolidation_policy: when_empty}", 1, 1, 1);
    assert_true(cluster.type->shrink(cluster.policy.variant.params).empty_only);
    policy_free(&cluster.policy);
    begin(&cluster, "{kind: karpenter, consolidation_policy: never}", 1, 1, 1);
    assert_true(cluster.type->shrink(cluster.policy.variant.params).never);
    policy_free(&cluster.policy);
}

/* ---- placing ---- */

static void a_pod_goes_to_the_emptiest_zone_and_there_to_the_freest_node(void **unused)
{
    (void)unused;
    struct ust_node_room room[] = {{2, 8 * GIB, 9, 0, true},
                                   {3, 8 * GIB, 9, 1, true},
                                   {4, 8 * GIB, 9, 1, true},
                                   {4, 8 * GIB, 0, 0, true}, /* full of pods */
                                   {9, 8 * GIB, 9, 0, false}};
    const uint32_t even[] = {1, 1}, first[] = {0, 1};
    assert_int_equal(ust_nodes_place(room, 5, even, 1, GIB), 2);
    assert_int_equal(ust_nodes_place(room, 5, first, 1, GIB), 0);
    assert_int_equal(ust_nodes_place(room, 5, first, 3, GIB), 2);
    assert_int_equal(ust_nodes_place(room, 5, even, 5, GIB), 5);
    assert_int_equal(ust_nodes_place(room, 5, even, 1, 9 * GIB), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packing_fills_one_node_after_the_other_with_the_heaviest_that_fits),
        cmocka_unit_test(packing_is_limited_by_memory_and_by_the_number_of_pods),
        cmocka_unit_test(ten_tenths_of_a_node_fill_it_to_the_last),
        cmocka_unit_test(a_pod_larger_than_a_node_is_not_bought_for),
        cmocka_unit_test(expanders_choose_by_waste_price_and_priority),
        cmocka_unit_test(most_pods_prefers_what_takes_all_within_the_limit),
        cmocka_unit_test(a_closed_group_is_passed_over),
        cmocka_unit_test(one_zone_gets_all_nodes_unless_groups_are_balanced),
        cmocka_unit_test(the_autoscalers_defaults_are_its_flags),
        cmocka_unit_test(karpenter_buys_the_cheapest_node_for_what_the_largest_takes),
        cmocka_unit_test(karpenters_defaults_are_its_settings),
        cmocka_unit_test(a_pod_goes_to_the_emptiest_zone_and_there_to_the_freest_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
