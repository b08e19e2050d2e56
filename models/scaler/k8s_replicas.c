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

const struct ust_hpa_metric *ust_hpa_metrics(const struct ust_hpa_params *params, uint32_t *n)
{
    *n = params->metrics.n ? params->metrics.n : 1;
    return params->metrics.n ? params->metrics.at : &params->one;
}

bool ust_hpa_is_resource(const struct ust_scaler_goal *goal)
{
    return goal->metric == UST_SCALE_CPU || goal->metric == UST_SCALE_MEMORY;
}

static int64_t nearest(double x)
{
    return (int64_t)ust_floor(x + 0.5);
}

static int64_t milli(double value)
{
    return nearest(value * 1000);
}

int64_t ust_hpa_target(const struct ust_scaler_goal *goal)
{
    if (ust_hpa_is_resource(goal))
        return nearest(goal->ratio * 100);
    return milli(ust_scaler_goal_value(goal));
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
        return !pod->in_service || pod->since < pod->changed;
    return !pod->in_service && pod->launched + params->readiness_delay > pod->changed;
}

static struct groups group(const struct ust_hpa_params *params, int metric,
                           const struct ust_scaler_view *view)
{
    struct groups groups = {0};
    for (uint32_t i = 0; i < view->n; i++) {
        const struct ust_scaler_instance *pod = &view->instance[i];
        bool missing = ust_scaler_missing(pod->value[metric]);
        if (missing && pod->ready == UST_NEVER) {
            groups.unready++; /* pending */
        } else if (missing) {
            groups.missing++;
        } else if (metric == UST_SCALE_CPU && cpu_unready(params, view->now, pod)) {
            groups.unready++;
        } else {
            groups.ready++;
            groups.sum += milli(pod->value[metric]);
        }
    }
    return groups;
}

/* Average over the target. Integer divisions cut, as the controller's do. */
static double usage_ratio(const struct ust_scaler_goal *goal, int64_t sum, int64_t pods)
{
    int64_t average = ust_hpa_is_resource(goal) ? sum * 100 / (pods * 1000) : sum / pods;
    return (double)average / (double)ust_hpa_target(goal);
}

static bool within_tolerance(const struct ust_hpa_params *params, double ratio)
{
    return 1.0 - ust_hpa_tolerance(params, &params->down) <= ratio &&
           ratio <= 1.0 + ust_hpa_tolerance(params, &params->up);
}

/* What a pod without data may use, in thousandths, when the others call for fewer pods: all
 * that it may of a resource, or the target where that is more; of other metrics the target. */
static int64_t assumed_usage(const struct ust_scaler_goal *goal)
{
    int64_t target = ust_hpa_target(goal);
    if (!ust_hpa_is_resource(goal))
        return target;
    return 1000 * (target > 100 ? target : 100) / 100;
}

static int64_t pods_for(double ratio, int64_t pods)
{
    return (int64_t)ust_ceil(ratio * (double)pods);
}

/* `current` when there is no reason to change. */
static int64_t pods_needed(const struct ust_hpa_params *params,
                           const struct ust_scaler_goal *goal, struct groups groups,
                           int64_t current)
{
    const double ratio = usage_ratio(goal, groups.sum, groups.ready);
    const bool up_with_unready = groups.unready && ratio > 1.0;
    if (!up_with_unready && !groups.missing)
        return within_tolerance(params, ratio) ? current : pods_for(ratio, groups.ready);

    int64_t sum = groups.sum, pods = groups.ready;
    if (groups.missing && ratio < 1.0) {
        sum += groups.missing * assumed_usage(goal);
        pods += groups.missing;
    } else if (groups.missing && ratio > 1.0) {
        pods += groups.missing;
    }
    if (up_with_unready)
        pods += groups.unready;

    const double again = usage_ratio(goal, sum, pods);
    const bool reversed = (ratio < 1.0 && again > 1.0) || (ratio > 1.0 && again < 1.0);
    if (within_tolerance(params, again) || reversed)
        return current;
    int64_t desired = pods_for(again, pods);
    if ((again < 1.0 && desired > current) || (again > 1.0 && desired < current))
        return current;
    return desired;
}

/* A value of the whole pool that is to be shared among the pods (an external metric, by average
 * value): as many pods as carry it, unless what each has now is close enough. */
static int64_t pods_sharing(const struct ust_hpa_params *params,
                            const struct ust_scaler_goal *goal,
                            const struct ust_scaler_view *view)
{
    const int64_t usage = milli(view->arrivals), target = ust_hpa_target(goal);
    const double ratio = (double)usage / ((double)target * (double)view->n);
    if (view->n > 0 && within_tolerance(params, ratio))
        return view->desired;
    return (int64_t)ust_ceil((double)usage / (double)target);
}

static bool recommend(const struct ust_hpa_params *params, const struct ust_scaler_goal *goal,
                      const struct ust_scaler_view *view, int64_t *desired)
{
    if (goal->metric == UST_SCALE_ARRIVALS) {
        *desired = 0;
        if (ust_scaler_missing(view->arrivals))
            return false;
        *desired = pods_sharing(params, goal, view);
        return true;
    }
    struct groups groups = group(params, goal->metric, view);
    if (!groups.ready)
        return false;
    *desired = pods_needed(params, goal, groups, view->desired);
    return true;
}

/* What is said in place of a metric that is missing, unless the pods are close to it. */
static int64_t said_instead(const struct ust_hpa_params *params,
                            const struct ust_scaler_view *view, int64_t pods)
{
    if (view->n > 0 && within_tolerance(params, (double)pods / (double)view->n))
        return view->desired;
    return pods;
}

bool ust_hpa_recommend(const struct ust_hpa_params *params, const struct ust_scaler_view *view,
                       const int64_t *instead, int64_t *desired)
{
    uint32_t n, errors = 0;
    const struct ust_hpa_metric *metric = ust_hpa_metrics(params, &n);
    *desired = 0;
    for (uint32_t i = 0; i < n; i++) {
        int64_t one = 0;
        if (!recommend(params, &metric[i].goal, view, &one)) {
            if (instead == NULL || instead[i] < 0) {
                errors++;
                continue;
            }
            one = said_instead(params, view, instead[i]);
        }
        if (one > *desired)
            *desired = one;
    }
    return errors < n && (errors == 0 || *desired >= view->desired);
}
