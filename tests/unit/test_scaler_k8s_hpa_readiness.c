/* The HorizontalPodAutoscaler: which pods count, in the cases of Kubernetes' own unit tests
 * (pkg/controller/podautoscaler/replica_calculator_test.go @0006726, under the names that they
 * have there). Its metrics of an object or of something external by value, not per pod, have no
 * counterpart here. */
#include <stdint.h>

#include "tests/unit/hpa.h"

/* ---- states of pods ---- */

struct states {
    const char *pods; /* r ready for long, u unready, h ready but just started, - no metric */
    const char *text;
    double level[10];
    int64_t expected;
};

static void set(struct hpa *hpa, uint32_t pod, char state, double level)
{
    if (state == 'u')
        unready(hpa, pod, level);
    else if (state == 'h')
        hot(hpa, pod, level);
    else if (state == '-')
        missing(hpa, pod);
    else
        ready(hpa, pod, level);
}

static void pods_count_as_their_state_says(void **unused)
{
    (void)unused;
    static const struct states row[] = {
        /* ScaleUpIgnoresFailedPods, ScaleUpIgnoresDeletionPods: two are left of four */
        {"rr", CPU("30 %"), {0.5, 0.7}, 4},
        /* ScaleHotCpuNoScale */
        {"rhh", CPU("30 %"), {0.4, 0.5, 0.7}, 3},
        {"ruu", CPU("30 %"), {0.4, 0.5, 0.7}, 3},
        /* SuperfluousMetrics */
        {"rrrr", CPU("100 %"), {4, 9.5, 3, 7}, 24},
        /* MissingMetricsHotCpuNoChange, MissingMetricsHotCpuScaleUp */
        {"hr-", CPU("50 %"), {0.1, 0.45, 0}, 3},
        {"hr-", CPU("50 %"), {0.1, 2, 0}, 4},
        /* ComputedToleranceAlgImplementation: the ratio is 1 - 1/10 and a bit of it */
        {"rrrrrrrrrr", CPU("56 %"), {.5, .5, .5, .5, .5, .5, .5, .5, .5, .5}, 9},
        {"rrrrrrrrrr", CPU("55 %"), {.5, .5, .5, .5, .5, .5, .5, .5, .5, .5}, 10},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        uint32_t n = (uint32_t)strlen(row[i].pods);
        struct hpa hpa;
        hpa_begin(&hpa, row[i].text, n);
        for (uint32_t k = 0; k < n; k++)
            set(&hpa, k, row[i].pods[k], row[i].level[k]);
        int64_t got = alone(&hpa);
        if (got != row[i].expected)
            fail_msg("row %zu, %s: %lld, not %lld", i, row[i].pods, (long long)got,
                     (long long)row[i].expected);
    }
}

/* ---- TestGroupPods ---- */

#define TWO_MINUTES                                                                            \
    "{kind: k8s_hpa, target: 30 %, cpu_initialization_period: 120 s, "                         \
    "initial_readiness_delay: 10 s, " ALONE "}"

/* The first of three pods; the level of all together wants five pods if it counts, and four if
 * it is set aside. */
struct grouped {
    const char *what;
    bool in_service;
    int started, changed, sampled; /* seconds ago */
    bool counts;
};

static void age(struct hpa *hpa, const struct grouped *row)
{
    hpa->pod[0].in_service = row->in_service;
    hpa->pod[0].launched = hpa->view.now - row->started * UST_S;
    hpa->pod[0].ready = hpa->pod[0].launched;
    hpa->pod[0].changed = hpa->view.now - row->changed * UST_S;
    hpa->pod[0].since = hpa->view.now - row->sampled * UST_S;
}

static void a_pod_counts_once_it_is_warm_and_measured(void **unused)
{
    (void)unused;
    static const struct grouped row[] = {
        {"count in a ready pod - memory", true, 3600, 3600, 15, true},
        {"ignore a pod without ready condition - CPU", false, 0, 0, 15, false},
        {"count in a ready pod with fresh metrics during initialization period - CPU", true, 60,
         30, 30, true},
        {"ignore a ready pod without fresh metrics during initialization period - CPU", true,
         60, 30, 60, false},
        {"ignore an unready pod during initialization period - CPU", false, 600, 594, 60,
         false},
        {"count in a ready pod without fresh metrics after initialization period - CPU", true,
         180, 180, 120, true},
        {"count in an unready pod that was ready after initialization period - CPU", false, 600,
         540, 120, true},
        {"ignore pod that has never been ready after initialization period - CPU", false, 600,
         590, 120, true},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct hpa hpa;
        hpa_begin(&hpa, TWO_MINUTES, 3);
        levels(&hpa, 3, (double[]){0.3, 0.5, 0.7});
        for (uint32_t k = 1; k < 3; k++)
            hpa.pod[k].since = hpa.view.now - 15 * UST_S;
        age(&hpa, &row[i]);
        int64_t got = hpa.type->target(hpa.policy.variant.params, hpa.state, &hpa.view).desired;
        if (got != (row[i].counts ? 5 : 4))
            fail_msg("%s: %lld", row[i].what, (long long)got);
        hpa_end(&hpa);
    }
}

/* Each is put where it belongs: one pending, one missing, one ready. */
static void pods_of_all_groups_meet_in_one_pool(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("30 %"), 3);
    pending(&hpa, 0);
    missing(&hpa, 1);
    ready(&hpa, 2, 1.2);
    assert_int_equal(alone(&hpa), 4); /* 120 + 0 + 0 of 90: 1.33 * 3 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pods_count_as_their_state_says),
        cmocka_unit_test(a_pod_counts_once_it_is_warm_and_measured),
        cmocka_unit_test(pods_of_all_groups_meet_in_one_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
