/* The pool keeps the size that it began with. */
#include "models/scaler/scaler.h"

static ust_time never(const void *params)
{
    (void)params;
    return 0;
}

static enum ust_scaler_metric metric(const void *params)
{
    (void)params;
    return UST_SCALE_CPU;
}

static struct ust_scaler_answer target(const void *params, void *state,
                                       const struct ust_scaler_view *view)
{
    (void)params;
    (void)state;
    return (struct ust_scaler_answer){.desired = view->desired};
}

const struct ust_scaler_type ust_scaler_fixed = {
    .kind = {.name = "fixed", .help = "The pool keeps the size that it began with."},
    .period = never,
    .metric = metric,
    .target = target,
    .warm_up = never,
};
