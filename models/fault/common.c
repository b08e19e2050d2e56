/* What all faults share: their course in time. */
#include "models/fault/common.h"
#include "sim/base/assert.h"

const char *const ust_in_flight_names[] = {"fail",         "silent", "requeue_head",
                                           "requeue_tail", "resume", NULL};

struct ust_fault_scope ust_fault_scope_whole(const struct ust_fault_common *common,
                                             const char *service,
                                             const struct ust_node *service_node)
{
    return (struct ust_fault_scope){.region = common->region,
                                    .region_node = common->region_node,
                                    .service = service,
                                    .service_node = service_node,
                                    .zones = UINT64_MAX};
}

static struct ust_place place_of(const struct ust_node *given, const struct ust_node *node)
{
    if (given)
        return given->place;
    return node ? node->place : (struct ust_place){0};
}

void ust_fault_check(struct ust_spec *spec, const void *params, const struct ust_node *node)
{
    const struct ust_fault_common *common = params;
    char sum[UST_TIME_TEXT_MAX], duration[UST_TIME_TEXT_MAX];
    if (common->duration == UST_NEVER) {
        if (common->recovery)
            ust_diag_error(spec->diag, place_of(common->recovery_node, node),
                           "'recovery' needs a 'duration', at whose end it lies");
    } else if (common->ramp + common->recovery > common->duration) {
        const struct ust_node *blamed =
            common->recovery ? common->recovery_node : common->ramp_node;
        ust_diag_error(spec->diag, place_of(blamed, node),
                       "'ramp' and 'recovery' take %s together, must fit into 'duration', %s",
                       ust_time_text(common->ramp + common->recovery, sum),
                       ust_time_text(common->duration, duration));
    }
}

double ust_fault_level(const struct ust_fault_common *common, ust_time t)
{
    if (t < common->at)
        return 0;
    ust_time since = t - common->at;
    if (since < common->ramp)
        return (double)since / (double)common->ramp;
    if (common->duration == UST_NEVER)
        return 1;
    ust_time left = common->duration - since;
    if (left <= 0)
        return 0;
    if (left < common->recovery)
        return (double)left / (double)common->recovery;
    return 1;
}

/* The first of begin, begin + step, ..., end that lies after t. */
static ust_time next_within(ust_time begin, ust_time end, ust_time t, ust_time step)
{
    if (t < begin)
        return begin;
    ust_time next = begin + ((t - begin) / step + 1) * step;
    return next < end ? next : end;
}

ust_time ust_fault_next(const struct ust_fault_common *common, ust_time t, ust_time step)
{
    UST_ASSERT(step > 0);
    ust_time ramp_end = common->at + common->ramp;
    if (t < common->at || t < ramp_end)
        return next_within(common->at, ramp_end, t, step);
    if (common->duration == UST_NEVER)
        return UST_NEVER;
    ust_time over = common->at + common->duration;
    if (t >= over)
        return UST_NEVER;
    return next_within(over - common->recovery, over, t, step);
}

ust_time ust_fault_end(const struct ust_fault_common *common, ust_time end)
{
    if (common->duration == UST_NEVER || common->at + common->duration > end)
        return end;
    return common->at + common->duration;
}

void ust_fault_effect_at(const struct ust_fault_type *type, const void *params, ust_time t,
                         struct ust_fault_effect *out)
{
    *out = (struct ust_fault_effect){.slow = 1};
    double level = ust_fault_level(params, t);
    if (level > 0)
        type->effect(params, level, out);
}
