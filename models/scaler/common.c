#include "models/scaler/common.h"
#include "sim/base/assert.h"
#include "sim/base/detmath.h"

const char *const ust_scaler_metric_names[] = {"cpu", "slots", "memory", "requests", NULL};

double ust_scaler_goal_value(const struct ust_scaler_goal *goal)
{
    return goal->metric == UST_SCALE_REQUESTS ? goal->rate : goal->ratio;
}

struct ust_place ust_scaler_place(const struct ust_node *given, const struct ust_node *node)
{
    if (given)
        return given->place;
    return node ? node->place : (struct ust_place){0};
}

void ust_scaler_goal_check(struct ust_spec *spec, const struct ust_scaler_goal *goal,
                           const struct ust_node *node)
{
    const char *metric = ust_scaler_metric_names[goal->metric];
    bool rate = goal->metric == UST_SCALE_REQUESTS;
    const char *needed = rate ? "requests_per_instance" : "target";
    const char *other = rate ? "target" : "requests_per_instance";
    const struct ust_node *needed_node = rate ? goal->rate_node : goal->ratio_node;
    const struct ust_node *other_node = rate ? goal->ratio_node : goal->rate_node;

    if (other_node)
        ust_diag_error(spec->diag, other_node->key_place,
                       "'%s' does not go with metric '%s', which needs '%s'", other, metric,
                       needed);
    else if (!needed_node)
        ust_diag_error(spec->diag, ust_scaler_place(goal->metric_node, node),
                       "metric '%s' needs '%s', for example %s", metric, needed,
                       rate ? "50 req/s" : "60 %");
}

int64_t ust_scaler_ceil(double instances)
{
    return (int64_t)ust_ceil(instances - instances * 1e-9);
}

uint32_t ust_window_capacity(ust_time length, ust_time period)
{
    UST_ASSERT(period > 0);
    return (uint32_t)(length / period) + 1;
}

static const struct ust_stamp *stamp_at(const struct ust_window *window, uint32_t i)
{
    uint32_t at = window->first + i;
    return &window->stamp[at < window->capacity ? at : at - window->capacity];
}

void ust_window_add(struct ust_window *window, ust_time at, int64_t value)
{
    if (window->n == window->capacity) {
        window->first = window->first + 1 < window->capacity ? window->first + 1 : 0;
        window->n--;
    }
    uint32_t end = window->first + window->n++;
    window->stamp[end < window->capacity ? end : end - window->capacity] =
        (struct ust_stamp){.at = at, .value = value};
}

int64_t ust_window_max(const struct ust_window *window, ust_time since, int64_t start)
{
    for (uint32_t i = window->n; i-- && stamp_at(window, i)->at > since;)
        if (stamp_at(window, i)->value > start)
            start = stamp_at(window, i)->value;
    return start;
}

int64_t ust_window_min(const struct ust_window *window, ust_time since, int64_t start)
{
    for (uint32_t i = window->n; i-- && stamp_at(window, i)->at > since;)
        if (stamp_at(window, i)->value < start)
            start = stamp_at(window, i)->value;
    return start;
}

int64_t ust_window_sum(const struct ust_window *window, ust_time since)
{
    int64_t sum = 0;
    for (uint32_t i = window->n; i-- && stamp_at(window, i)->at > since;)
        sum += stamp_at(window, i)->value;
    return sum;
}
