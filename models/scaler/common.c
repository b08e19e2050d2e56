#include "models/scaler/common.h"
#include "sim/base/assert.h"
#include "sim/base/detmath.h"

const char *const ust_scaler_metric_names[] = {"cpu",   "slots",    "memory", "requests",
                                               "queue", "arrivals", NULL};
const char *const ust_scaler_instance_metric_names[] = {"cpu",      "slots", "memory",
                                                        "requests", "queue", NULL};

enum { RATIO, RATE, WAITING };

static int measured_in(int metric)
{
    if (metric == UST_SCALE_QUEUE)
        return WAITING;
    return metric == UST_SCALE_REQUESTS || metric == UST_SCALE_ARRIVALS ? RATE : RATIO;
}

double ust_scaler_goal_value(const struct ust_scaler_goal *goal)
{
    const double value[] = {goal->ratio, goal->rate, goal->waiting};
    return value[measured_in(goal->metric)];
}

bool ust_scaler_always(const void *params)
{
    (void)params;
    return true;
}

ust_time ust_scaler_no_time(const void *params)
{
    (void)params;
    return 0;
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
    static const char *const key[] = {"target", "requests_per_instance",
                                      "waiting_per_instance"};
    static const char *const example[] = {"60 %", "50 req/s", "20"};
    const struct ust_node *given[] = {goal->ratio_node, goal->rate_node, goal->waiting_node};
    const char *metric = ust_scaler_metric_names[goal->metric];
    int needed = measured_in(goal->metric);
    bool wrong = false;

    for (int i = RATIO; i <= WAITING; i++) {
        if (i == needed || !given[i])
            continue;
        ust_diag_error(spec->diag, given[i]->key_place,
                       "'%s' does not go with metric '%s', which needs '%s'", key[i], metric,
                       key[needed]);
        wrong = true;
    }
    if (!wrong && !given[needed])
        ust_diag_error(spec->diag, ust_scaler_place(goal->metric_node, node),
                       "metric '%s' needs '%s', for example %s", metric, key[needed],
                       example[needed]);
}

void ust_scaler_goal_absent(struct ust_spec *spec, const struct ust_scaler_goal *goal,
                            const char *list)
{
    const struct ust_node *given[] = {goal->metric_node, goal->ratio_node, goal->rate_node,
                                      goal->waiting_node};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (given[i])
            ust_diag_error(spec->diag, given[i]->key_place,
                           "'%s' does not go with '%s': it belongs into the list",
                           given[i]->key, list);
}

void ust_scaler_level_check(struct ust_spec *spec, const char *key, int metric,
                            const struct ust_level *level, const struct ust_node *node)
{
    static const enum ust_field_kind unit[] = {UST_FIELD_RATIO, UST_FIELD_RATE,
                                               UST_FIELD_NUMBER};
    static const char *const needs[] = {"a ratio such as 60 %", "a rate such as 50 req/s",
                                        "a number such as 20"};
    if (level->unit == unit[measured_in(metric)])
        return;
    struct ust_text text = {0};
    ust_field_write(&(struct ust_field){.kind = UST_FIELD_LEVEL}, level, &text);
    ust_diag_error(spec->diag, node->place, "'%s' is %s, but metric '%s' needs %s", key,
                   ust_text_string(&text), ust_scaler_metric_names[metric],
                   needs[measured_in(metric)]);
    ust_text_free(&text);
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

static const struct ust_mark *stamp_at(const struct ust_window *window, uint32_t i)
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
        (struct ust_mark){.at = at, .value = value};
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
