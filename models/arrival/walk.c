/* The generator's slow paths: from segment to segment, through counted intervals, along lists.
 */
#include "models/arrival/arrival.h"
#include "sim/base/assert.h"

/* Below this change of rate over a segment the curve cannot be told from a level one, and the
 * cheap formula is the more exact. */
#define LEVEL 1e-12

/* Every interval draws its factor, also one in which nobody comes, so that they stay in step.
 */
static double factor_now(struct ust_arrivals *arrivals)
{
    const struct ust_arrival_factors *factors = arrivals->plan->factors;
    ust_time interval = (arrivals->from + factors->phase) / factors->interval + 1;
    while (arrivals->varied < interval) {
        arrivals->factor = ust_dist_sample(&factors->law, arrivals->varies);
        arrivals->varied++;
    }
    return arrivals->factor;
}

static void load_segment(struct ust_arrivals *arrivals, uint64_t index)
{
    const struct ust_rate_knot *knot = &arrivals->plan->knots[index];
    double begin = knot->rate * 1e-9, end = knot->rate_end * 1e-9;

    arrivals->index = index;
    arrivals->from = arrivals->cycle + knot->at;
    if (arrivals->varies != NULL) {
        double factor = factor_now(arrivals);
        begin *= factor;
        end *= factor;
    }
    double higher = begin > end ? begin : end;
    arrivals->length = (double)(knot[1].at - knot->at);
    arrivals->mass_end = (begin + end) * 0.5 * arrivals->length;
    arrivals->rate = begin;
    arrivals->slope = arrivals->length > 0.0 ? (end - begin) / arrivals->length : 0.0;
    bool level = end - begin <= LEVEL * higher && begin - end <= LEVEL * higher;
    arrivals->scale = level && begin > 0.0 ? arrivals->length / arrivals->mass_end : 0.0;
}

/* Where the plan ends: starts it over, or says that there is no more. */
static bool start_over(struct ust_arrivals *arrivals)
{
    ust_time period = arrivals->plan->period;
    if (period == 0 || arrivals->cycle > UST_NEVER / 2)
        arrivals->cycle = UST_NEVER;
    else
        arrivals->cycle += period;
    arrivals->index = 0;
    return arrivals->cycle != UST_NEVER;
}

/* A draw may be worth many rounds of a plan with few arrivals, or, without any, all that come.
 */
static bool skip_cycles(struct ust_arrivals *arrivals, double *mass)
{
    double rounds = ust_floor(*mass / arrivals->cycle_mass);
    if (!(rounds * (double)arrivals->plan->period < (double)(UST_NEVER / 2)))
        return false;
    arrivals->cycle += (ust_time)rounds * arrivals->plan->period;
    double rest = *mass - rounds * arrivals->cycle_mass;
    *mass = rest > 0.0 ? rest : 0.0;
    return true;
}

/* So that every further call comes back here, and answers the same. */
static ust_time end_of_plan(struct ust_arrivals *arrivals)
{
    arrivals->mass_end = -1.0;
    arrivals->cycle = UST_NEVER;
    return UST_NEVER;
}

ust_time ust_arrivals_cross(struct ust_arrivals *arrivals)
{
    const struct ust_arrival_plan *plan = arrivals->plan;
    if (arrivals->cycle == UST_NEVER)
        return UST_NEVER;
    uint64_t index = arrivals->index;
    double mass = arrivals->mass;
    while (mass >= arrivals->mass_end) {
        mass -= arrivals->mass_end;
        if (++index == plan->knots_n - 1) {
            if (!start_over(arrivals) || !skip_cycles(arrivals, &mass))
                return end_of_plan(arrivals);
            index = 0;
        }
        load_segment(arrivals, index);
    }
    arrivals->mass = mass;
    double offset =
        arrivals->scale > 0.0 ? mass * arrivals->scale : ust_arrivals_invert(arrivals, mass);
    return arrivals->from + ust_time_round(offset);
}

static void load_interval(struct ust_arrivals *arrivals)
{
    const struct ust_arrival_plan *plan = arrivals->plan;
    arrivals->from = arrivals->cycle + (ust_time)arrivals->index * plan->interval;
    arrivals->left = arrivals->length;
    arrivals->count = plan->counts[arrivals->index];
}

/* Of m instants still to come, uniform over what is left of the interval, the first leaves a
 * share V^(1/m) of it behind, V uniform: so they come sorted, one draw each, and none is kept.
 * An exponential draw E is -log V. */
static ust_time next_counted(struct ust_arrivals *arrivals, struct ust_rng *rng)
{
    while (arrivals->count == 0) {
        if (arrivals->cycle == UST_NEVER)
            return UST_NEVER;
        if (++arrivals->index == arrivals->plan->n && !start_over(arrivals))
            return UST_NEVER;
        load_interval(arrivals);
    }
    arrivals->left *= ust_exp(-ust_exponential(rng) / (double)arrivals->count);
    arrivals->count--;
    return arrivals->from + ust_time_round(arrivals->length - arrivals->left);
}

/* `count` is how many of the list are still to come. */
static ust_time next_recorded(struct ust_arrivals *arrivals)
{
    const struct ust_arrival_plan *plan = arrivals->plan;
    if (arrivals->count == 0) {
        if (arrivals->cycle == UST_NEVER || plan->n == 0 || !start_over(arrivals))
            return UST_NEVER;
        arrivals->from = arrivals->cycle;
        arrivals->count = plan->n;
    }
    arrivals->index = plan->n - arrivals->count--;
    return arrivals->cycle + plan->instants[arrivals->index];
}

ust_time ust_arrivals_listed(struct ust_arrivals *arrivals, struct ust_rng *rng)
{
    if (arrivals->plan->kind == UST_PLAN_COUNTS)
        return next_counted(arrivals, rng);
    return next_recorded(arrivals);
}

static bool counts_any(const struct ust_arrival_plan *plan)
{
    for (uint64_t i = 0; i < plan->n; i++)
        if (plan->counts[i] > 0)
            return true;
    return false;
}

void ust_arrivals_start(struct ust_arrivals *arrivals, const struct ust_arrival_plan *plan,
                        struct ust_rng *varies)
{
    *arrivals =
        (struct ust_arrivals){.plan = plan, .varies = plan->factors != NULL ? varies : NULL};
    UST_ASSERT(plan->factors == NULL || (varies != NULL && plan->period == 0));
    switch (plan->kind) {
    case UST_PLAN_RATE:
        UST_ASSERT(plan->knots_n >= 2);
        for (uint32_t i = 0; plan->period > 0 && i + 1 < plan->knots_n; i++) {
            load_segment(arrivals, i);
            arrivals->cycle_mass += arrivals->mass_end;
        }
        load_segment(arrivals, 0);
        break;
    case UST_PLAN_COUNTS:
        UST_ASSERT(plan->n >= 1);
        UST_ASSERT(plan->interval > 0);
        arrivals->length = (double)plan->interval;
        load_interval(arrivals);
        if (plan->period > 0 && !counts_any(plan))
            arrivals->cycle = UST_NEVER;
        break;
    case UST_PLAN_INSTANTS:
        arrivals->count = plan->n;
        break;
    }
}
