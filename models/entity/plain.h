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

#include <stddef.h>
#include <string.h>

#include "models/entity/pool.h"

void ust_plain_astray(struct ust_model *model, uint32_t id); /* no straight way: client.c */

/* Copies what stands from `traffic` to `session`: one load and one store. */
UST_INLINE void ust_plain_mark(struct ust_request *request, const struct ust_request *plain)
{
    const size_t from = offsetof(struct ust_request, traffic);
    const size_t until = offsetof(struct ust_request, session) + sizeof request->session;
    memcpy((char *)request + from, (const char *)plain + from, until - from);
}

UST_INLINE void ust_plain_birth(struct ust_model *model, struct ust_traffic *traffic,
                                struct ust_request *request)
{
    request->sent = request->since = model->engine.now;
    ust_plain_mark(request, &traffic->plain);
    request->request = request->response = request->memory = request->io = 0;
    double work = ust_work_limit(ust_dist_sample(traffic->plain_work, traffic->work));
    request->work = work;
    traffic->count.now->offered++;
    traffic->pool->count.work_offered_ns += work;
}

UST_INLINE void ust_plain_arrival(struct ust_model *model, struct ust_heads *heads,
                                  const struct ust_stream *stream)
{
    struct ust_traffic *traffic = &model->traffic[stream->argument];
    if (stream->seldom)
        __builtin_unreachable(); /* arrivals are not */
    heads->stream = ust_stream_arm(&model->engine, stream, traffic->next_at);
    traffic->next_at = ust_arrivals_next(&traffic->arrivals, &traffic->gap);
    uint32_t id = ust_request_new(model);
    struct ust_request *request = &model->requests[id];
    ust_plain_birth(model, traffic, request);
    struct ust_pool *pool = traffic->pool;
    struct ust_instance *instance = pool->straight;
    if (UST_RARE(instance == NULL)) {
        ust_plain_astray(model, id);
        ust_heads_read(&model->engine, heads);
        return;
    }
    pool->count.arrivals++;
    uint32_t number = pool->straight_number;
    request->instance = number;
    if (instance->busy < instance->slots) {
        pool->outstanding[number]++;
        pool->count.at_once++;
        ust_instance_busier(model, pool, instance);
        ust_pool_serve(model, instance, request, id, ust_pool_takes(instance, request), NULL);
        ust_heads_read(&model->engine, heads);
    } else if (UST_RARE(instance->waiting >= pool->config->queue)) {
        ust_pool_full(model, pool, id);
        ust_heads_read(&model->engine, heads);
    } else {
        pool->outstanding[number]++;
        ust_pool_wait_on(model, pool, instance, request, id);
    }
}

/* Which instance serves the request. Where there is only one, the processor goes on with that
 * while it still waits to see the request; the compiler must not know that they are the same,
 * or it would take the way through the request. */
UST_INLINE struct ust_instance *ust_plain_server(const struct ust_model *model,
                                                 const struct ust_request *request)
{
    struct ust_instance *sole = model->sole;
    if (UST_RARE(request->server != sole))
        return request->server;
    __asm__("" : "+r"(sole));
    return sole;
}

UST_INLINE void ust_plain_finish(struct ust_model *model, struct ust_heads *heads, uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    struct ust_pool *pool = traffic->pool;
    struct ust_instance *instance = ust_plain_server(model, request);
    ust_time now = model->engine.now;
    ust_pool_next(model, pool, instance, heads);
    pool->count.completions++;
    pool->count.service_ns += (uint64_t)(now - request->since);
    instance->completions++;
    pool->outstanding[request->instance]--;
    if (UST_RARE(instance->state == UST_DRAINING)) {
        ust_pool_drained(model, pool, request->instance);
        ust_heads_read(&model->engine, heads);
    }

    ust_time latency = now - request->sent;
    struct ust_cohort *cohort = &traffic->count.cohort[request->cohort];
    cohort->good += latency <= traffic->objective;
    cohort->outcome[UST_ANSWERED]++;
    if (UST_LIKELY(request->cohort != 0)) {
        *traffic->plain_latency_ns += (uint64_t)latency;
        ust_histogram_record(traffic->plain_latency, (uint64_t)latency);
    }
    ust_request_release(model, request, id);
}

#endif
