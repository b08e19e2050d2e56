/* How many nodes go at one look: empty ones under Karpenter's disruption budget ("Disruption"
 * of its documentation: the share of all nodes, rounded up, less those that are not ready) and
 * under the cluster autoscaler's number of empty nodes. */
#include <math.h>

#include "tests/theory/launching.h"

/* Ten nodes, and one pod that needs no more than one of them. */
static struct ust_model *ten_nodes(struct theory **theory, const char *provisioner,
                                   const char *more)
{
    char nodes[600];
    snprintf(
        nodes, sizeof nodes,
        "nodes: {workers: {instances: [{name: four, capacity: {vcpu: 4}, price: 1 USD/h}], "
        "regions: {here: {nodes: 10, min: 1, max: 10}}, provisioner: %s}}\n%s",
        provisioner, more);
    char *text =
        launching_idle("capacity: {vcpu: 1}, launch: {boot: 5 s}",
                       "launching: {nodes: workers}", "{instances: 1, min: 0, max: 9}", nodes);
    *theory = theory_open(text);
    free(text);
    struct ust_model *model = ust_model_new(theory_config(*theory), 0);
    ust_model_run(model);
    return model;
}

/* How many go at the k-th of the looks at which any goes. */
static void check_looks(const char *provisioner, const uint32_t *expected, uint32_t looks)
{
    struct theory *theory;
    struct ust_model *model = ten_nodes(&theory, provisioner, "");
    uint32_t k = 0;
    for (uint32_t look = 0; look < looks; look++) {
        double at = launching_moment(model, "node_gone", 0, k);
        uint32_t n = 0;
        while (launching_moment(model, "node_gone", 0, k + n) - at < 1e-6)
            n++;
        if (n != expected[look])
            fail_msg("%s, look %u: %u go, not %u", provisioner, look, n, expected[look]);
        k += n;
    }
    assert_true(isnan(launching_moment(model, "node_gone", 0, k)));
    ust_model_free(model);
    theory_close(theory);
}

static void empty_nodes_go_by_the_budget(void **state)
{
    (void)state;
    check_looks("{kind: karpenter, disruption_budget: 100 %}", (uint32_t[]){9}, 1);
    check_looks("{kind: karpenter, disruption_budget: 50 %}", (uint32_t[]){5, 3, 1}, 3);
    check_looks("{kind: karpenter, disruption_budget: 20 %}", (uint32_t[]){2, 2, 2, 1, 1, 1},
                6);
    check_looks("karpenter", (uint32_t[]){1, 1, 1, 1, 1, 1, 1, 1, 1}, 9);
    check_looks("{kind: karpenter, disruption_budget: 0 %}", NULL, 0);
    check_looks("k8s_cluster_autoscaler", (uint32_t[]){9}, 1);
    check_looks("{kind: k8s_cluster_autoscaler, max_empty_bulk_delete: 4}",
                (uint32_t[]){4, 4, 1}, 3);
}

/* Of ten nodes three or four stand in a zone that is lost: the 30 % are used up, and nobody
 * goes before the zone is back. */
static void nodes_that_are_not_ready_use_the_budget_up(void **state)
{
    (void)state;
    static const char lost[] = "faults: [{kind: zone_loss, region: here, zones: [a], at: 0 s, "
                               "duration: 20 min}]";
    struct theory *theory;
    struct ust_model *model =
        ten_nodes(&theory, "{kind: karpenter, disruption_budget: 30 %}", lost);
    assert_true(launching_moment(model, "node_gone", 0, 0) >= 1200);
    ust_model_free(model);
    theory_close(theory);
    model = ten_nodes(&theory, "{kind: karpenter, disruption_budget: 70 %}", lost);
    assert_true(launching_moment(model, "node_gone", 0, 0) < 60);
    ust_model_free(model);
    theory_close(theory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_nodes_go_by_the_budget),
        cmocka_unit_test(nodes_that_are_not_ready_use_the_budget_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
