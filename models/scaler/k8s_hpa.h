/* The parts of the HorizontalPodAutoscaler: what the pods ask for (k8s_replicas.c), and what
 * its behaviour lets through (k8s_behaviour.c). k8s_hpa.c puts them together. */
#ifndef UST_MODELS_SCALER_K8S_HPA_H
#define UST_MODELS_SCALER_K8S_HPA_H

#include "models/scaler/common.h"

enum ust_hpa_select { UST_HPA_MAX, UST_HPA_MIN, UST_HPA_DISABLED };
enum ust_hpa_policy_type { UST_HPA_PERCENT, UST_HPA_PODS };

struct ust_hpa_policy {
    int type; /* enum ust_hpa_policy_type */
    int64_t value;
    ust_time period;
};

/* Behaviour in one direction. */
struct ust_hpa_rules {
    ust_time window;
    int select;                /* enum ust_hpa_select */
    struct ust_items policies; /* struct ust_hpa_policy; none: the defaults */
    double tolerance;
    const struct ust_node *tolerance_node;
};

struct ust_hpa_params {
    struct ust_scaler_goal goal;
    double tolerance;
    ust_time sync, readiness_delay, cpu_initialization;
    struct ust_hpa_rules up, down;
};

struct ust_hpa_state {
    bool begun;
    struct ust_window recommendations, added, removed;
    struct ust_stamp stamps[]; /* of the three windows, one behind the other */
};

/* ---- k8s_replicas.c ---- */

/* Whole percents of a resource, thousandths of other metrics. */
int64_t ust_hpa_target(const struct ust_hpa_params *params);
bool ust_hpa_is_resource(const struct ust_hpa_params *params);
double ust_hpa_tolerance(const struct ust_hpa_params *params,
                         const struct ust_hpa_rules *rules);

/* How many pods the pods that there are ask for; false when none of them has data. */
bool ust_hpa_recommend(const struct ust_hpa_params *params, const struct ust_scaler_view *view,
                       int64_t *desired);

/* ---- k8s_behaviour.c ---- */

size_t ust_hpa_state_size(const struct ust_hpa_params *params);
void ust_hpa_begin(const struct ust_hpa_params *params, struct ust_hpa_state *state,
                   const struct ust_scaler_view *view);

/* Windows, then policies and bounds. Remembers the recommendation, not the answer. */
struct ust_scaler_answer ust_hpa_behave(const struct ust_hpa_params *params,
                                        struct ust_hpa_state *state,
                                        const struct ust_scaler_view *view,
                                        int64_t recommendation);
void ust_hpa_remember(struct ust_hpa_state *state, ust_time now, int64_t before, int64_t after);

#endif
