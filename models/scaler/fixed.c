/* The pool keeps the size that it began with. */
#include "models/scaler/common.h"

static unsigned metrics(const void *params)
{
    (void)params;
    return 0;
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
    .period = ust_scaler_no_time,
    .metrics = metrics,
    .target = target,
    .warm_up = ust_scaler_no_time,
};
