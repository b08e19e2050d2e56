/* More or fewer of the same users: a plan times a factor.
 *
 * A rate is multiplied, so that the n-th user is the same one under every factor, with the same
 * draws, only sooner or later: loads are compared on common random numbers. Counts are
 * multiplied with what rounding takes away carried into the next interval, so that no user is
 * lost over time. Recorded instants are those of single users, of whom there are no more. */
#include "models/arrival/plan.h"

static void scale_rate(struct ust_arrival_plan *plan, double factor, struct ust_arena *arena)
{
    struct ust_rate_knot *knots = ust_arena_alloc(arena, struct ust_rate_knot, plan->knots_n);
    for (uint32_t i = 0; i < plan->knots_n; i++)
        knots[i] = (struct ust_rate_knot){plan->knots[i].at, plan->knots[i].rate * factor,
                                          plan->knots[i].rate_end * factor};
    plan->knots = knots;
}

static void scale_counts(struct ust_arrival_plan *plan, double factor, struct ust_arena *arena)
{
    uint64_t *counts = ust_arena_alloc(arena, uint64_t, plan->n);
    double carried = 0.5; /* a single interval is rounded to the nearest */
    for (uint64_t i = 0; i < plan->n; i++) {
        carried += (double)plan->counts[i] * factor;
        counts[i] = (uint64_t)carried;
        carried -= (double)counts[i];
    }
    plan->counts = counts;
}

enum ust_status ust_arrival_scale(struct ust_arrival_plan *plan, double factor,
                                  struct ust_spec *spec, const struct ust_node *node)
{
    if (factor == 1.0)
        return UST_OK;
    plan->mean_30d *= factor;
    if (plan->kind == UST_PLAN_RATE)
        scale_rate(plan, factor, spec->arena);
    else if (plan->kind == UST_PLAN_COUNTS)
        scale_counts(plan, factor, spec->arena);
    else
        return ust_diag_error(spec->diag, node->place,
                              "'factor' is %g, but recorded instants cannot be multiplied; the "
                              "kind 'trace' counts arrivals per interval, which can",
                              factor);
    return UST_OK;
}
