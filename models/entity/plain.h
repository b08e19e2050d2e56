/* The shortest way of a request, for the loop to inline.
 *
 * Most requests of a simple model ask for nothing special: open traffic with one action, no
 * network between, no clock of the client's own, and a pool with no limit but slots and queue.
 * They are marked UST_PLAIN at birth, and while all is well with their pool they go straight to
 * its only instance. Whatever else happens to them happens in client.c and pool.c, as to all
 * others: this is a short cut, and never another behaviour. (A test runs models both ways.)
 */
#ifndef UST_MODELS_ENTITY_PLAIN_H
#define UST_MODELS_ENTITY_PLAIN_H

#include "models/entity/pool.h"

void ust_plain_astray(struct ust_model *model, uint32_t id); /* no straight way: client.c */

UST_INLINE uint32_t ust_plain_birth(struct ust_model *model, struct ust_traffic *traffic)
{
    uint32_t id = ust_request_new(model);
    struct ust_request *request = &model->requests[id];
    request->sent = request->since = model->engine.now;
    request->cohort = model->cohort;
    request->traffic = (uint16_t)traffic->number;
    request->pool = (uint16_t)traffic->pool->number;
    request->action = 0;
    request->attempt = 1;
    request->flags = UST_PLAIN;
    request->session = UST_NONE;
    request->request = request->response = request->memory = request->io = 0;
    request->work = ust_work_limit(ust_dist_sample(traffic->plain_work, traffic->work));
    traffic->count.now->offered++;
    traffic->pool->count.work_offered_ns += request->work;
    return id;
}

UST_INLINE void ust_plain_arrival(struct ust_model *model, const struct ust_stream *stream)
{
    struct ust_traffic *traffic = &model->traffic[stream->argument];
    ust_stream_arm(&model->engine, stream, traffic->next_at);
    traffic->next_at = ust_arrivals_next(&traffic->arrivals, &traffic->gap);
    uint32_t id = ust_plain_birth(model, traffic);
    struct ust_pool *pool = traffic->pool;
    struct ust_instance *instance = pool->straight;
    if (UST_RARE(instance == NULL)) {
        ust_plain_astray(model, id);
        return;
    }
    pool->count.arrivals++;
    struct ust_request *request = &model->requests[id];
    uint32_t number = pool->ready[0];
    request->instance = number;
    if (instance->busy < instance->slots) {
        pool->outstanding[number]++;
        ust_instance_busier(model, pool, instance);
        ust_pool_serve(model, pool, instance, id);
    } else if (UST_RARE(instance->waiting >= pool->config->queue)) {
        ust_pool_full(model, pool, id);
    } else {
        pool->outstanding[number]++;
        ust_pool_wait_on(model, pool, instance, id);
    }
}

UST_INLINE void ust_plain_finish(struct ust_model *model, uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    struct ust_pool *pool = &model->pools[request->pool];
    struct ust_instance *instance = request->server;
    ust_time now = model->engine.now;
    ust_pool_next(model, pool, instance);
    pool->count.completions++;
    pool->count.service_ns += (uint64_t)(now - request->since);
    instance->completions++;
    pool->outstanding[request->instance]--;
    if (UST_RARE(instance->state == UST_DRAINING))
        ust_pool_drained(model, pool, request->instance);

    struct ust_traffic *traffic = &model->traffic[request->traffic];
    ust_time latency = now - request->sent;
    struct ust_cohort *cohort = &traffic->count.cohort[request->cohort];
    cohort->good += latency <= traffic->config->latency;
    cohort->outcome[UST_ANSWERED]++;
    if (request->cohort != 0) {
        traffic->count.answers++;
        uint32_t region = pool->config->region;
        traffic->count.latency_ns[region] += (uint64_t)latency;
        ust_histogram_record(traffic->count.latency[region], (uint64_t)latency);
    }
    ust_request_free(model, id);
}

#endif
