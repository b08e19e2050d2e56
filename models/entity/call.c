/* Calls: what requests ask of something outside while that is ill. A call that is late holds
 * the slot of its request; one that fails ends it in an error, at once or when the service has
 * waited long enough, unless there is something to fall back on.
 */
#include "models/entity/failure.h"
#include "models/entity/pool.h"

/* Fills in how long the call takes; true: it fails in the end. */
static bool call_one(struct ust_pool *pool, const struct ust_fault *fault, ust_time *takes)
{
    const struct ust_fault_effect *effect = &fault->effect;
    *takes = 0;
    /* Every call draws both, so that calls stay in step. */
    bool fails = ust_rng_unit(&pool->calls) < effect->call->errors * effect->call_level;
    double ns = ust_dist_sample(&effect->call->delay, &pool->calls) * effect->call_level;
    if (fails)
        return true;
    *takes = ns < (double)UST_DIST_TIME_MAX ? ust_time_round(ns) : UST_DIST_TIME_MAX;
    if (*takes <= effect->call->timeout)
        return false;
    *takes = effect->call->timeout;
    return true;
}

bool ust_call_out(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    ust_time longest = 0;
    bool doomed = false;
    for (uint32_t f = 0; f < model->config->faults_n; f++) {
        const struct ust_fault *fault = &model->faults[f];
        if (!fault->acts || fault->effect.call == NULL || !ust_fault_reaches(fault, pool) ||
            ust_rng_unit(&pool->calls) >= fault->config->calls[request->traffic])
            continue;
        ust_time takes;
        bool fails = call_one(pool, fault, &takes);
        longest = takes > longest ? takes : longest;
        doomed |= fails && !fault->effect.call_falls_back;
    }
    if (doomed && longest == 0) {
        UST_COUNT(model, pool, id, errors, 1);
        if (pool->blames)
            ust_pool_blame(model, pool, ust_pool_pick(pool), false);
        ust_client_error(model, id, UST_FAILED);
        return true;
    }
    if (longest > 0) {
        request->flags |= UST_CALLING;
        request->call = longest;
    }
    if (doomed)
        request->flags |= UST_DOOMED;
    return false;
}

/* The service gives up in the name of its request: that is no completion. */
void ust_call_fails(struct ust_model *model, uint32_t id)
{
    struct ust_pool *pool = &model->pools[model->requests[id].pool];
    uint32_t number = model->requests[id].instance;
    UST_COUNT(model, pool, id, completions, (uint64_t)-1);
    UST_COUNT(model, pool, id, errors, 1);
    pool->instances[number].spoiled++;
    if (pool->blames)
        ust_pool_blame(model, pool, number, false);
    ust_client_error(model, id, UST_FAILED);
}
