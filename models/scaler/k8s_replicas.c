/* The replica calculator.
 *
 *   pods ──group──▶ ready │ unready │ missing
 *                     │
 *                   ratio = average / target
 *                     ├─ nothing set aside ──▶ within tolerance: keep, else ceil(ratio * ready)
 *                     └─ something set aside ──▶ average again, cautiously, and do the same
 *
 * Rounding is the controller's: values are whole thousandths; the average of a resource (cpu,
 * memory) is cut to a whole percent, that of other metrics (slots, requests) to a thousandth;
 * the number of pods is the ceiling. Divisions and products of doubles follow its order, so
 * that the last bit, and with it every ceiling, is the same.
 */
#include "models/scaler/k8s_hpa.h"
#include "sim/base/detmath.h"

bool ust_hpa_is_resource(const struct ust_hpa_params *params)
{
    return params->goal.metric == UST_SCALE_CPU || params->goal.metric == UST_SCALE_MEMORY;
}

static int64_t nearest(double x)
{
    return (int64_t)ust_floor(x + 0.5);
}

static int64_t milli(double value)
{
    return nearest(value * 1000);
}

int64_t ust_hpa_target(const struct ust_hpa_params *params)
{
    if (ust_hpa_is_resource(params))
        return nearest(params->goal.ratio * 100);
    return milli(ust_scaler_goal_value(&params->goal));
}

double ust_hpa_tolerance(const struct ust_hpa_params *params, const struct ust_hpa_rules *rules)
{
    return rules->tolerance_node ? rules->tolerance : params->tolerance;
}

/* The pods, sorted as the controller sorts them. */
struct groups {
    int64_t sum; /* of the values that count, in thousandths */
    int64_t ready, unready, missing;
};

/* Cpu of a pod that is not ready, or was not while the sample was taken, says nothing yet. */
static bool cpu_unready(const struct ust_hpa_params *params, ust_time now,
                        const struct ust_scaler_instance *pod)
{
    if (pod->launched + params->cpu_initialization > now)
        return !pod->in_service || now < pod->changed + params->sync;
    return !pod->in_service && pod->launched + params->readiness_delay > pod->changed;
}

static struct groups group(const struct ust_hpa_params *params,
                           const struct ust_scaler_view *view)
{
    struct groups groups = {0};
    for (uint32_t i = 0; i < view->n; i++) {
        const struct ust_scaler_instance *pod = &view->instance[i];
        bool missing = ust_scaler_missing(pod->value);
        if (missing && pod->ready == UST_NEVER) {
            groups.unready++; /* pending */
        } else if (missing) {
            groups.missing++;
        } else if (params->goal.metric == UST_SCALE_CPU &&
                   cpu_unready(params, view->now, pod)) {
            groups.unready++;
        } else {
            groups.ready++;
            groups.sum += milli(pod->value);
        }
    }
    return groups;
}

/* Average over the target. Integer divisions cut, as the controller's do. */
static double usage_ratio(const struct ust_hpa_params *params, int64_t sum, int64_t pods)
{
    int64_t average = ust_hpa_is_resource(params) ? sum * 100 / (pods * 1000) : sum / pods;
    return (double)average / (double)ust_hpa_target(params);
}

static bool within_tolerance(const struct ust_hpa_params *params, double ratio)
{
    return 1.0 - ust_hpa_tolerance(params, &params->down) <= ratio &&
           ratio <= 1.0 + ust_hpa_tolerance(params, &params->up);
}

/* What a pod without data may use, in thousandths, when the others call for fewer pods: all
 * that it may of a resource, or the target where that is more; of other metrics the target. */
static int64_t assumed_usage(const struct ust_hpa_params *params)
{
    int64_t target = ust_hpa_target(params);
    if (!ust_hpa_is_resource(params))
        return target;
    return 1000 * (target > 100 ? target : 100) / 100;
}

static int64_t pods_for(double ratio, int64_t pods)
{
    return (int64_t)ust_ceil(ratio * (double)pods);
}

/* `current` when there is no reason to change. */
static int64_t pods_needed(const struct ust_hpa_params *params, struct groups groups,
                           int64_t current)
{
    const double ratio = usage_ratio(params, groups.sum, groups.ready);
    const bool up_with_unready = groups.unready && ratio > 1.0;
    if (!up_with_unready && !groups.missing)
        return within_tolerance(params, ratio) ? current : pods_for(ratio, groups.ready);

    int64_t sum = groups.sum, pods = groups.ready;
    if (groups.missing && ratio < 1.0) {
        sum += groups.missing * assumed_usage(params);
        pods += groups.missing;
    } else if (groups.missing && ratio > 1.0) {
        pods += groups.missing;
    }
    if (up_with_unready)
        pods += groups.unready;

    const double again = usage_ratio(params, sum, pods);
    const bool reversed = (ratio < 1.0 && again > 1.0) || (ratio > 1.0 && again < 1.0);
    if (within_tolerance(params, again) || reversed)
        return current;
    int64_t desired = pods_for(again, pods);
    if ((again < 1.0 && desired > current) || (again > 1.0 && desired < current))
        return current;
    return desired;
}

bool ust_hpa_recommend(const struct ust_hpa_params *params, const struct ust_scaler_view *view,
                       int64_t *desired)
{
    struct groups groups = group(params, view);
    if (!groups.ready)
        return false;
    *desired = pods_needed(params, groups, view->desired);
    return true;
}
