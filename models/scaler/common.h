/* What scalers share: the goal that they track, and a memory of what they said. */
#ifndef UST_MODELS_SCALER_COMMON_H
#define UST_MODELS_SCALER_COMMON_H

#include "models/scaler/scaler.h"

/* ---- the goal: which metric, and the value at which it should stay ---- */

/* A ratio has `target: 55 %`, a rate `requests_per_instance: 50 req/s`, a queue
 * `waiting_per_instance: 20`; exactly the one that fits the metric is given. */
struct ust_scaler_goal {
    int metric; /* enum ust_scaler_metric */
    double ratio, rate, waiting;
    const struct ust_node *metric_node, *ratio_node, *rate_node, *waiting_node;
};

/* `list`: a key that holds several goals in place of this one; NULL: none. */
#define UST_SCALER_GOAL_FIELDS(params, member, list, names, more, lowest, highest)             \
    {.key = "metric",                                                                          \
     .kind = UST_FIELD_CHOICE,                                                                 \
     .offset = offsetof(params, member.metric),                                                \
     .choices = names,                                                                         \
     .fallback = "cpu",                                                                        \
     .given = offsetof(params, member.metric_node) + 1,                                        \
     .unless = list,                                                                           \
     .help = "What is averaged over the instances: cpu, slots in use and memory are ratios "   \
             "with a 'target'; requests is a rate with 'requests_per_instance'; queue is the " \
             "number that waits, with 'waiting_per_instance'" more "."},                       \
        {.key = "target",                                                                      \
         .kind = UST_FIELD_RATIO,                                                              \
         .offset = offsetof(params, member.ratio),                                             \
         .low = lowest,                                                                        \
         .high = highest,                                                                      \
         .given = offsetof(params, member.ratio_node) + 1,                                     \
         .help = "The ratio that is kept, averaged over the instances; with metric cpu, "      \
                 "slots or memory."},                                                          \
        {.key = "requests_per_instance",                                                       \
         .kind = UST_FIELD_RATE,                                                               \
         .offset = offsetof(params, member.rate),                                              \
         .low = 0,                                                                             \
         .high = 1e9,                                                                          \
         .flags = UST_FIELD_LOW_OPEN,                                                          \
         .given = offsetof(params, member.rate_node) + 1,                                      \
         .help = "The request rate that is kept per instance; with metric requests" more "."}, \
    {                                                                                          \
        .key = "waiting_per_instance", .kind = UST_FIELD_NUMBER,                               \
        .offset = offsetof(params, member.waiting), .low = 0, .high = 1e9,                     \
        .flags = UST_FIELD_LOW_OPEN, .given = offsetof(params, member.waiting_node) + 1,       \
        .help = "The number of waiting requests that is kept per instance; with metric "       \
                "queue."                                                                       \
    }

/* The metrics of an instance, without the pool's own. */
extern const char *const ust_scaler_instance_metric_names[];

double ust_scaler_goal_value(const struct ust_scaler_goal *goal);
void ust_scaler_goal_check(struct ust_spec *spec, const struct ust_scaler_goal *goal,
                           const struct ust_node *node);

/* A list takes the place of the one goal, of which nothing may be given. */
void ust_scaler_goal_absent(struct ust_spec *spec, const struct ust_scaler_goal *goal,
                            const char *list);

/* A level fits a metric by its unit; a message says what the metric needs. */
void ust_scaler_level_check(struct ust_spec *spec, const char *key, int metric,
                            const struct ust_level *level, const struct ust_node *node);

static inline unsigned ust_scaler_bit(int metric)
{
    return 1u << metric;
}

/* For the types: asked like all others that track a metric. */
bool ust_scaler_always(const void *params);
ust_time ust_scaler_no_time(const void *params);

/* Where a message about a value stands: at the value, or at the whole when it was not given. */
struct ust_place ust_scaler_place(const struct ust_node *given, const struct ust_node *node);

/* ---- rounding ---- */

/* Nothing was reported. A NaN is the one number that differs from itself. */
static inline bool ust_scaler_missing(double value)
{
    return value != value;
}

/* How far a value is above a bound; nothing where they are equal but for the rounding of an
 * average (a part in 10^9), so that ten times 60 % reach 60 %. */
static inline double ust_scaler_above(double value, double bound)
{
    double slack = 1e-9 * bound, above = value - bound;
    return above <= slack && above >= -slack ? 0 : above;
}

/* The least whole number of instances that carries a need of `instances`. A need that lies
 * above a whole number by the rounding of its arithmetic alone (a part in 10^9) is that number.
 */
int64_t ust_scaler_ceil(double instances);

/* ---- a window: values with their times, the oldest forgotten first ---- */

struct ust_mark {
    ust_time at;
    int64_t value;
};

/* Bounded by what was asked for at the beginning; times never fall. */
struct ust_window {
    struct ust_mark *stamp;
    uint32_t capacity, first, n;
};

/* How many values a window must hold when one comes every `period` and all of the last `length`
 * of time are asked for. */
uint32_t ust_window_capacity(ust_time length, ust_time period);

void ust_window_add(struct ust_window *window, ust_time at, int64_t value);

/* Of the values younger than `since` (strictly later): the extremes, `start` included, and the
 * sum. */
int64_t ust_window_max(const struct ust_window *window, ust_time since, int64_t start);
int64_t ust_window_min(const struct ust_window *window, ust_time since, int64_t start);
int64_t ust_window_sum(const struct ust_window *window, ust_time since);

#endif
