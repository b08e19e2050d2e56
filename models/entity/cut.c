/* Cuts: partitions of the network, as users and as replication meet them.
 *
 * A user who is cut off sends into the void, or is refused; one who cannot be answered has his
 * work done for nothing. Who is cut off is a part of the user's own draw, so he stays so.
 * Between regions a backlog grows for as long as they are apart and shrinks when they are
 * together again; what is in it is lost with the region that it waits in.
 */
#include <math.h>

#include "models/entity/pool.h"

static bool is_cut_off(const struct ust_model *model, const struct ust_fault *fault,
                       const struct ust_request *request, uint32_t region)
{
    const struct ust_fault_config *config = fault->config;
    if (fault->effect.cut <= 0 || (uint32_t)config->region != region ||
        model->traffic[request->traffic].config->synthetic)
        return false;
    uint32_t place = model->places_matter
                         ? request->place
                         : model->traffic[request->traffic].config->first_place;
    if (config->places != NULL && !config->places[place])
        return false;
    if (fault->effect.cut >= 1)
        return true;
    const uint64_t draw = ust_mix64(request->dns + ust_mix64((uint64_t)config->number + 1));
    return (double)(draw >> 11) * 0x1p-53 < fault->effect.cut;
}

/* Generators of load stand in a region: cuts of its users are none of theirs, but those between
 * regions keep their writes from a primary elsewhere, and its answers from them. */
static bool is_cut_between(const struct ust_model *model, const struct ust_request *request,
                           uint32_t region, bool answer)
{
    const struct ust_traffic_config *config = model->traffic[request->traffic].config;
    if (!config->synthetic || config->region == region)
        return false;
    return answer ? ust_cut_between(model, region, config->region)
                  : ust_cut_between(model, config->region, region);
}

bool ust_cut_swallows(struct ust_model *model, uint32_t id, uint32_t region)
{
    if ((model->cuts & UST_CUT_HOLDS) && ust_data_holds(model, id))
        return true;
    if (is_cut_between(model, &model->requests[id], region, false)) {
        model->requests[id].back = 0;
        model->requests[id].state = UST_LOST;
        return true;
    }
    for (uint32_t f = 0; f < model->config->faults_n; f++) {
        const struct ust_fault *fault = &model->faults[f];
        struct ust_request *request = &model->requests[id];
        if (!fault->effect.cut_in || !is_cut_off(model, fault, request, region))
            continue;
        request->back = 0;
        request->state = UST_LOST;
        if (fault->effect.cut_refuses)
            ust_client_error(model, id, UST_FAILED);
        return true;
    }
    return false;
}

bool ust_cut_loses_answer(struct ust_model *model, const struct ust_request *request)
{
    uint32_t region = model->pools[request->pool].config->region;
    if (is_cut_between(model, request, region, true))
        return true;
    for (uint32_t f = 0; f < model->config->faults_n; f++)
        if (model->faults[f].effect.cut_out &&
            is_cut_off(model, &model->faults[f], request, region))
            return true;
    return false;
}

/* ---- between regions ---- */

static struct ust_fault_effect at_full_strength(const struct ust_fault *fault)
{
    struct ust_fault_effect out = {.slow = 1, .hosts = 1};
    ust_fault_of(fault->config->fault.kind)->effect(fault->config->fault.params, 1, &out);
    return out;
}

static bool holds_back(const struct ust_fault *fault, uint32_t region)
{
    const struct ust_fault_config *config = fault->config;
    if (config->other < 0)
        return false;
    struct ust_fault_effect whole = at_full_strength(fault);
    return ((uint32_t)config->region == region && whole.cut_out) ||
           ((uint32_t)config->other == region && whole.cut_in);
}

/* In ns of writing: as long as it has lasted; afterwards less, at the pace of catching up. */
static double backlog_of(const struct ust_model *model, const struct ust_fault *fault)
{
    ust_time since = model->engine.now - model->config->warmup - fault->course.at;
    if (fault->course.at == UST_NEVER || since <= 0)
        return 0;
    if (fault->course.duration == UST_NEVER || since <= fault->course.duration)
        return (double)since;
    struct ust_fault_effect whole = at_full_strength(fault);
    double left = (double)fault->course.duration -
                  (whole.catch_up - 1) * (double)(since - fault->course.duration);
    return left > 0 ? left : 0;
}

double ust_cut_backlog(const struct ust_model *model, uint32_t region)
{
    double most = 0;
    for (uint32_t f = 0; f < model->config->faults_n; f++) {
        const struct ust_fault *fault = &model->faults[f];
        if (holds_back(fault, region))
            most = fmax(most, backlog_of(model, fault));
    }
    return most;
}

bool ust_cut_between(const struct ust_model *model, uint32_t from, uint32_t to)
{
    for (uint32_t f = 0; f < model->config->faults_n; f++) {
        const struct ust_fault *fault = &model->faults[f];
        const struct ust_fault_config *config = fault->config;
        if (!fault->acts || config->other < 0)
            continue;
        uint32_t one = (uint32_t)config->region, other = (uint32_t)config->other;
        if ((one == from && other == to && fault->effect.cut_out) ||
            (one == to && other == from && fault->effect.cut_in))
            return true;
    }
    return false;
}

static void tell_backlog(struct ust_model *model, uint32_t region)
{
    double backlog = ust_cut_backlog(model, region) / 1e9;
    for (uint32_t s = 0; s < model->config->services_n && backlog > 0; s++)
        if (model->config->services[s].replication_lag.type != NULL)
            ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                          .event = "replication_backlog",
                                                          .region = region + 1,
                                                          .service = s + 1,
                                                          .value = backlog});
}

void ust_cut_changed(struct ust_model *model, const struct ust_fault *fault)
{
    model->cuts &= UST_CUT_HOLDS;
    for (uint32_t f = 0; f < model->config->faults_n; f++) {
        const struct ust_fault *it = &model->faults[f];
        bool regions = it->acts && it->config->other >= 0 && model->injections != NULL;
        model->cuts |= it->effect.cut > 0 || regions ? UST_CUT_OFF : 0;
    }
    if (fault->config->other >= 0)
        ust_data_cut(model);
    if (fault->acts || fault->config->other < 0)
        return;
    if (holds_back(fault, (uint32_t)fault->config->region))
        tell_backlog(model, (uint32_t)fault->config->region);
    if (holds_back(fault, (uint32_t)fault->config->other))
        tell_backlog(model, (uint32_t)fault->config->other);
}
