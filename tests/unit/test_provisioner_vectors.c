/* Provisioners in the cases of others: packing and expanders of the cluster autoscaler's own
 * unit tests (kubernetes/autoscaler: estimator/binpacking_estimator_test.go @07f2cb9,
 * expander/waste/waste_test.go @02c2210), and the budgets of Karpenter's documentation
 * (Disruption). Their host ports and topology rules have no counterpart here. */
#include <math.h>

#include "tests/unit/policy.h"

#include "models/nodes/provisioner.h"

/* ---- TestBinpackingEstimate ---- */

/* cpu in thousandths and memory in MiB; `nodes` and the pods that they take. */
struct packing {
    const char *name;
    struct ust_node_size size;
    uint32_t per_node, most;
    struct ust_pods pods[2];
    uint32_t nodes, placed;
};

static void packing_is_that_of_the_estimators_tests(void **unused)
{
    (void)unused;
    static const struct packing row[] = {
        {"simple resource-based binpacking",
         {1000, 2000, 0},
         10,
         1000,
         {{350, 1000, 10}},
         5,
         10},
        {"pods-per-node bound binpacking", {10000, 20000, 0}, 10, 1000, {{10, 100, 20}}, 2, 20},
        {"limiter cuts binpacking", {1000, 5000, 0}, 10, 5, {{500, 1000, 20}}, 5, 10},
        {"decreasing ordered pods are processed first",
         {1000, 5000, 0},
         10,
         5,
         {{50, 1000, 10}, {500, 1000, 10}},
         5,
         10},
        /* BenchmarkBinpackingEstimate */
        {"51000 pods",
         {1000, 5000, 0},
         100,
         3000,
         {{50, 100, 50000}, {95, 190, 1000}},
         2595,
         51000},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        uint32_t left[2] = {0}, all = row[i].pods[0].n + row[i].pods[1].n;
        uint32_t nodes =
            ust_nodes_pack(&row[i].size, row[i].pods, 2, row[i].per_node, row[i].most, left);
        if (nodes != row[i].nodes || all - left[0] - left[1] != row[i].placed)
            fail_msg("%s: %u nodes, %u pods left", row[i].name, nodes, left[0] + left[1]);
    }
}

/* Of the ten heavy and ten light ones it is the heavy that are placed. */
static void the_heavy_come_first(void **unused)
{
    (void)unused;
    const struct ust_node_size size = {1, 5000, 0};
    const struct ust_pods pods[] = {{0.05, 1000, 10}, {0.5, 1000, 10}};
    uint32_t left[2];
    assert_int_equal(ust_nodes_pack(&size, pods, 2, 10, 5, left), 5);
    assert_int_equal(left[0], 10);
    assert_int_equal(left[1], 0);
}

/* ---- expanders ---- */

/* What one look buys of these sizes for these pods. */
static struct ust_nodes_choice bought(const char *text, const struct ust_node_size *size,
                                      uint32_t types, struct ust_pods pods)
{
    static const uint32_t count[3];
    static const ust_time open_at[3];
    struct policy policy = policy_read(&ust_provisioner_registry, text);
    struct ust_rng rng = ust_rng_derive(1, 1, "test");
    const struct ust_nodes_view view = {.zones = 1,
                                        .types = types,
                                        .size = size,
                                        .count = count,
                                        .open_at = open_at,
                                        .room = 100,
                                        .pods_max = 110,
                                        .pods = &pods,
                                        .pods_n = 1};
    struct ust_nodes_choice choice =
        ust_provisioner_of(policy.variant.kind)->grow(policy.variant.params, &view, &rng);
    policy_free(&policy);
    return choice;
}

/* TestLeastWaste: a pod of half a cpu and 1 GB against 8 cpus and 16 GB, with 32 GB, and 4 cpus
 * and 16 GB. */
static void least_waste_takes_the_node_that_is_filled_best(void **unused)
{
    (void)unused;
    static const struct ust_node_size size[] = {{8, 16, 0}, {8, 32, 0}, {4, 16, 0}};
    static const char text[] = "{kind: k8s_cluster_autoscaler, expander: least_waste}";
    const struct ust_pods pod = {0.5, 1, 1};
    for (uint32_t types = 1; types <= 3; types++) {
        struct ust_nodes_choice choice = bought(text, size, types, pod);
        assert_int_equal(choice.n, 1);
        assert_int_equal(choice.type, types < 3 ? 0 : 2);
    }
}

/* ---- Karpenter's budgets ---- */

/* "roundup(total * percentage) - total_deleting - total_notready"; of 19 nodes, 20 % are 4. */
static void budgets_are_rounded_up_and_used_up(void **unused)
{
    (void)unused;
    static const struct {
        const char *budget;
        uint32_t nodes, unready, leaving, allowed;
    } row[] = {
        {"20 %", 19, 0, 0, 4},   {"20 %", 19, 1, 0, 3},  {"20 %", 19, 0, 3, 1},
        {"20 %", 19, 2, 3, 0},   {"20 %", 20, 0, 0, 4},  {"20 %", 21, 0, 0, 5},
        {"10 %", 10, 0, 0, 1},   {"10 %", 1, 0, 0, 1},   {"10 %", 10, 0, 1, 0},
        {"100 %", 12, 0, 0, 12}, {"100 %", 12, 5, 0, 7}, {"0 %", 100, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char text[100];
        snprintf(text, sizeof text, "{kind: karpenter, disruption_budget: %s}", row[i].budget);
        struct policy policy = policy_read(&ust_provisioner_registry, text);
        struct ust_shrink_rule rule =
            ust_provisioner_of(policy.variant.kind)->shrink(policy.variant.params);
        uint32_t got = ust_shrink_budget(&rule, row[i].nodes, row[i].unready, row[i].leaving);
        if (got != row[i].allowed)
            fail_msg("row %zu: %u, not %u", i, got, row[i].allowed);
        policy_free(&policy);
    }
}

/* The cluster autoscaler's FAQ: ten empty nodes at once, however many there are. */
static void empty_nodes_of_the_cluster_autoscaler_go_ten_at_once(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(&ust_provisioner_registry, "k8s_cluster_autoscaler");
    struct ust_shrink_rule rule =
        ust_provisioner_of(policy.variant.kind)->shrink(policy.variant.params);
    assert_int_equal(ust_shrink_budget(&rule, 3, 0, 0), 10);
    assert_int_equal(ust_shrink_budget(&rule, 500, 1, 1), 10);
    policy_free(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packing_is_that_of_the_estimators_tests),
        cmocka_unit_test(the_heavy_come_first),
        cmocka_unit_test(least_waste_takes_the_node_that_is_filled_best),
        cmocka_unit_test(budgets_are_rounded_up_and_used_up),
        cmocka_unit_test(empty_nodes_of_the_cluster_autoscaler_go_ten_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
