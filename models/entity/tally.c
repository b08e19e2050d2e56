#include "models/entity/tally.h"

#include <math.h>

#include "models/entity/caller.h"

struct ust_tally ust_tally_read(const struct ust_model *model, uint32_t number)
{
    const struct ust_traffic *traffic = &model->traffic[number];
    const struct ust_traffic_count *count = &traffic->count;
    const struct ust_callers *callers = traffic->callers;
    struct ust_tally tally = {.offered = count->born + count->now->offered,
                              .retries = count->resends,
                              .repeats = traffic->retries != NULL};
    tally.attempts = tally.offered + count->resends;
    if (callers == NULL)
        return tally;
    const struct ust_client_rules *rules = callers->rules;
    tally.attempts -= callers->unsent;
    tally.retries -= callers->hedges_sent;
    tally.denied = callers->denied;
    tally.hedges = callers->hedges_sent;
    tally.won = callers->hedges_won;
    tally.local = callers->local;
    tally.open = ust_area_until(&callers->open, model->engine.now);
    tally.pending = ust_area_until(&callers->pending, model->engine.now);
    tally.breakers = callers->breaks ? callers->processes * callers->scopes : 0;
    tally.copies = callers->hedges;
    tally.queues = rules->limits.node != NULL;
    tally.refuses = callers->breaks || rules->throttle.node != NULL || tally.queues;
    tally.budgets = callers->retry_budget != NULL || callers->hedge_budget != NULL ||
                    (tally.queues && tally.repeats);
    return tally;
}

void ust_tally_add(struct ust_tally *to, const struct ust_tally *from)
{
    to->attempts += from->attempts;
    to->offered += from->offered;
    to->retries += from->retries;
    to->denied += from->denied;
    to->hedges += from->hedges;
    to->won += from->won;
    to->local += from->local;
    to->open += from->open;
    to->pending += from->pending;
    to->breakers += from->breakers;
    to->repeats |= from->repeats;
    to->budgets |= from->budgets;
    to->copies |= from->copies;
    to->refuses |= from->refuses;
    to->queues |= from->queues;
}

static double where(bool used, double value)
{
    return used ? value : (double)NAN;
}

void ust_tally_values(const struct ust_tally *a, const struct ust_tally *b, double length,
                      double *out)
{
    double offered = (double)(b->offered - a->offered);
    bool more = b->repeats || b->copies || b->refuses;
#define SET(id, used, value) out[UST_METRIC_##id - UST_METRIC_retries] = where(used, value)
    SET(retries, b->repeats, (double)(b->retries - a->retries));
    SET(amplification, more && offered > 0, (double)(b->attempts - a->attempts) / offered);
    SET(retries_denied, b->budgets, (double)(b->denied - a->denied));
    SET(hedges, b->copies, (double)(b->hedges - a->hedges));
    SET(hedges_won, b->copies, (double)(b->won - a->won));
    SET(refused_locally, b->refuses, (double)(b->local - a->local));
    SET(breaker_open, b->breakers > 0, (double)(b->open - a->open) / length / b->breakers);
    SET(client_queue, b->queues, (double)(b->pending - a->pending) / length);
#undef SET
}
