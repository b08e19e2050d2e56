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

/* An element of `metrics`, or of KEDA's `triggers`. */
struct ust_hpa_metric {
    struct ust_scaler_goal goal;
    struct ust_level activation; /* of a trigger: the pool wakes above this */
    const struct ust_node *activation_node;
};

struct ust_hpa_params {
    struct ust_hpa_metric one; /* where there is no list */
    struct ust_items metrics;  /* struct ust_hpa_metric */
    double tolerance;
    ust_time sync, readiness_delay, cpu_initialization;
    struct ust_hpa_rules up, down;
};

struct ust_hpa_state {
    bool begun;
    struct ust_window recommendations, added, removed;
    struct ust_mark stamps[]; /* of the three windows, one behind the other */
};

/* ---- k8s_replicas.c ---- */

const struct ust_hpa_metric *ust_hpa_metrics(const struct ust_hpa_params *params, uint32_t *n);

/* Whole percents of a resource, thousandths of other metrics. */
int64_t ust_hpa_target(const struct ust_scaler_goal *goal);
bool ust_hpa_is_resource(const struct ust_scaler_goal *goal);
double ust_hpa_tolerance(const struct ust_hpa_params *params,
                         const struct ust_hpa_rules *rules);

/* How many pods the metrics ask for, the most among them. A metric without data is an error:
 * false when all are, and when the others ask for fewer pods than there are. `instead`, where
 * it is not NULL, says what metric i asks for when it has no data; below 0: nothing. */
bool ust_hpa_recommend(const struct ust_hpa_params *params, const struct ust_scaler_view *view,
                       const int64_t *instead, int64_t *desired);

/* ---- k8s_hpa.c: what KEDA's table and checks share ---- */

extern const struct ust_field ust_hpa_up_fields[], ust_hpa_down_fields[];

#define UST_HPA_FIELDS(prefix)                                                                 \
    {.key = "tolerance",                                                                       \
     .kind = UST_FIELD_RATIO,                                                                  \
     .offset = prefix + offsetof(struct ust_hpa_params, tolerance),                            \
     .low = 0,                                                                                 \
     .high = 1,                                                                                \
     .fallback = "10 %",                                                                       \
     .help = "No change while average / target lies this close to 1."},                        \
        {.key = "sync_period",                                                                 \
         .kind = UST_FIELD_DURATION,                                                           \
         .offset = prefix + offsetof(struct ust_hpa_params, sync),                             \
         .low = 1,                                                                             \
         .high = 300,                                                                          \
         .fallback = "15 s",                                                                   \
         .help = "Time between decisions, and length of the average."},                        \
        {.key = "initial_readiness_delay",                                                     \
         .kind = UST_FIELD_DURATION,                                                           \
         .offset = prefix + offsetof(struct ust_hpa_params, readiness_delay),                  \
         .low = 0,                                                                             \
         .high = 3600,                                                                         \
         .fallback = "30 s",                                                                   \
         .help = "An unready pod whose readiness last changed within this time of its start "  \
                 "counts as never ready; metric cpu only."},                                   \
        {.key = "cpu_initialization_period",                                                   \
         .kind = UST_FIELD_DURATION,                                                           \
         .offset = prefix + offsetof(struct ust_hpa_params, cpu_initialization),               \
         .low = 0,                                                                             \
         .high = 3600,                                                                         \
         .fallback = "5 min",                                                                  \
         .help = "For this time after its start a pod's cpu counts only when all of the "      \
                 "sample was taken after the pod became ready."},                              \
        {.key = "scale_up",                                                                    \
         .kind = UST_FIELD_GROUP,                                                              \
         .offset = prefix + offsetof(struct ust_hpa_params, up),                               \
         .fields = ust_hpa_up_fields,                                                          \
         .help = "Behaviour when growing (behavior.scaleUp)."},                                \
    {                                                                                          \
        .key = "scale_down", .kind = UST_FIELD_GROUP,                                          \
        .offset = prefix + offsetof(struct ust_hpa_params, down),                              \
        .fields = ust_hpa_down_fields,                                                         \
        .help = "Behaviour when shrinking (behavior.scaleDown)."                               \
    }

/* Of one metric: the goal fits, is what Kubernetes can say, and can be exceeded. */
void ust_hpa_metric_check(struct ust_spec *spec, const struct ust_hpa_params *params,
                          const struct ust_scaler_goal *goal, const struct ust_node *node);
unsigned ust_hpa_reads(const struct ust_hpa_params *params);

/* One sync of the controller; `instead` as above. */
struct ust_scaler_answer ust_hpa_sync(const struct ust_hpa_params *params,
                                      struct ust_hpa_state *state,
                                      const struct ust_scaler_view *view,
                                      const int64_t *instead);

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
