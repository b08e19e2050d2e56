/* A bad version rolls out host by host: each that has it errs or is slow. */
#include "models/fault/common.h"

struct params {
    struct ust_fault_common common;
    double factor, errors;
    struct ust_items waves; /* double */
    const char *service;
    const struct ust_node *service_node;
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, 0, "Region that it reaches; all regions where absent."),
    UST_FAULT_SERVICE(struct params),
    {.key = "waves",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, waves),
     .unit = UST_FIELD_RATIO,
     .size = sizeof(double),
     .low = 1,
     .high = 100,
     .help = "Shares of the hosts that have it, wave after wave of equal length within 'ramp', "
             "as in [1 %, 10 %, 50 %]; after the ramp all have it. Without this key it spreads "
             "evenly. 'recovery' rolls it back the same way; a 'duration' shorter than the "
             "rollout needs is one that was stopped."},
    {.key = "factor",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, factor),
     .low = 1,
     .high = 1e6,
     .fallback = "1",
     .help = "Factor on the service times of a host that has it."},
    {.key = "errors",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, errors),
     .high = 1,
     .fallback = "0 %",
     .help =
         "Share of the requests that such a host answers with an error. Instances that start "
         "meanwhile start with the bad version."},
    UST_FAULT_WHEN(struct params),
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    const double *wave = params->waves.at;
    const struct ust_node *element = ust_items_first(&params->waves);
    ust_fault_check(spec, from, node);
    for (uint32_t i = 0; i < params->waves.n; i++) {
        if (wave[i] <= 0 || wave[i] > 1)
            (void)ust_diag_error(spec->diag, ust_fault_place(element),
                                 "a wave must lie over 0 and be at most 100 %%");
        else if (i > 0 && wave[i] < wave[i - 1])
            (void)ust_diag_error(spec->diag, ust_fault_place(element),
                                 "waves must not shrink: %g %% after %g %%", wave[i] * 100,
                                 wave[i - 1] * 100);
        element = element ? element->next : NULL;
    }
    if (params->waves.n > 0 && params->common.ramp == 0)
        (void)ust_diag_error(spec->diag, ust_fault_place(params->waves.node),
                             "'waves' needs a 'ramp', over which they come");
    if (params->factor <= 1 && params->errors <= 0)
        (void)ust_diag_error(spec->diag, ust_fault_place(node),
                             "a bad deploy needs a 'factor' over 1, or 'errors'");
}

static void scope(const void *from, struct ust_fault_scope *out)
{
    const struct params *params = from;
    *out = ust_fault_scope_whole(&params->common, params->service, params->service_node);
}

/* Along the ramp each wave holds for its part of it. */
static double hosts(const struct params *params, double level)
{
    const double *wave = params->waves.at;
    uint32_t n = params->waves.n;
    if (n == 0 || level >= 1)
        return level;
    uint32_t at = (uint32_t)(level * n);
    return wave[at < n ? at : n - 1];
}

static void effect(const void *from, double level, struct ust_fault_effect *out)
{
    const struct params *params = from;
    out->hosts = hosts(params, level);
    out->joiners = true;
    out->slow = params->factor;
    out->errors = params->errors;
}

const struct ust_fault_type ust_fault_bad_deploy = {
    .kind = {.name = "bad_deploy",
             .help = "A bad version rolls out host by host: each that has it errs or is slow, "
                     "and passes its health checks.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .scope = scope,
    .effect = effect,
};
