/* An attempt leaves its client: which pool it goes to, and how long it is on its way. Inline,
 * because every request passes here; client.c has the same as functions for rarer callers. */
#ifndef UST_MODELS_ENTITY_CLIENT_SEND_H
#define UST_MODELS_ENTITY_CLIENT_SEND_H

#include "models/entity/caller.h"
#include "models/entity/client_parts.h"

static inline ust_time ust_client_one_way(struct ust_model *model, struct ust_traffic *traffic,
                                          const struct ust_request *request, uint32_t region,
                                          double bytes)
{
    const struct ust_traffic_config *config = traffic->config;
    double ns = model->config->places[request->place].rtt_ms[region] * 0.5e6;
    double bandwidth = 0;
    if (config->devices_n > 0) {
        const struct ust_device *device = &config->devices[request->device];
        ns += (double)device->access * 0.5;
        bandwidth = device->bandwidth;
    }
    if (model->config->jitter > 0)
        ns += ns * model->config->jitter * ust_exponential(&traffic->network);
    if (bandwidth > 0)
        ns += bytes * 8e9 / bandwidth;
    return ust_time_round(ns);
}

/* On its way, if anything lets it. */
static inline void ust_client_set_out(struct ust_model *model, struct ust_traffic *traffic,
                                      uint32_t id, uint32_t region)
{
    struct ust_request *request = &model->requests[id];
    if (UST_RARE(model->cuts) && ust_cut_swallows(model, id, region))
        return;
    if (traffic->config->network) {
        request->back =
            ust_client_one_way(model, traffic, request, region, (double)request->response);
        ust_time there =
            ust_client_one_way(model, traffic, request, region, (double)request->request);
        request->state = UST_TRAVELLING;
        request->finish = ust_schedule(&model->engine, model->engine.now + there,
                                       UST_LANE_ARRIVAL, model->on.arrive, id);
        return;
    }
    ust_pool_arrive(model, id);
}

static inline void ust_client_leave(struct ust_model *model, struct ust_traffic *traffic,
                                    uint32_t id, uint32_t region)
{
    struct ust_request *request = &model->requests[id];
    request->deadline = UST_NEVER;
    if (traffic->timeout_line != UST_NONE) {
        request->timeout = ust_line_start(&model->engine, traffic->timeout_line, id);
        request->deadline = model->engine.now + traffic->config->persona->tolerance.timeout;
    }
    if (traffic->deadline_line != UST_NONE &&
        ust_client_expires(traffic, request) < request->deadline)
        request->deadline = ust_client_expires(traffic, request);
    ust_client_set_out(model, traffic, id, region);
}

/* An attempt leaves the client now. */
static inline void ust_client_attempt(struct ust_model *model, struct ust_traffic *traffic,
                                      uint32_t id)
{
    if (UST_RARE(traffic->callers != NULL)) {
        ust_caller_send(model, traffic, id);
        return;
    }
    struct ust_request *request = &model->requests[id];
    uint32_t region = ust_client_goes_to(model, traffic, request);
    struct ust_pool *pool = ust_pool_of(model, traffic->config->service, region);
    request->pool = (uint16_t)pool->number;
    request->instance = UST_NONE;
    if (request->attempt == 1)
        UST_COUNT(model, pool, id, work_offered_ns, request->work);
    else
        traffic->count.resends++;
    ust_client_leave(model, traffic, id, region);
}

#endif
