/* Drains: when half, nine in ten and nearly all of the users have followed a new answer away
 * from a region. The law is known when the answer is given, so the moments are planned, not
 * counted. Of users in sessions it tells when they would open their connections elsewhere.
 */
#include "models/entity/model.h"

/* The share of users at a place who are still sent to `region` once their caches are fresh. */
static double share_of(const struct ust_model *model, const struct ust_answer *answer,
                       uint32_t place, uint32_t region)
{
    const double *share = answer->share + (size_t)place * model->config->regions_n;
    return share[region] - (region == 0 ? 0 : share[region - 1]);
}

static bool routes_to(const struct ust_model *model, const struct ust_answer *answer,
                      uint32_t region)
{
    for (uint32_t place = 0; place < model->config->places_n; place++)
        if (share_of(model, answer, place, region) > 0)
            return true;
    return false;
}

/* ---- when so many have moved ---- */

struct drain {
    const struct ust_model *model;
    const struct ust_dns *law;
    bool breaks; /* the region is gone, and open connections with it */
};

/* Share of a stream's requests that go by the new answer when it is `age` old. One that rides
 * on a connection of age A goes by what was known then: E[moved(age - A)]. A connection of life
 * L is met anywhere in it, and by its length; so the L cancel out of the mean. */
static double stream_moved(const struct ust_traffic_config *traffic, const struct drain *drain,
                           ust_time age)
{
    const struct ust_ages *ages = &traffic->ages;
    if (drain->breaks || ages->n == 0)
        return ust_dns_moved(drain->law, age);
    double whole = ust_dns_moved_area(drain->law, age), sum = 0, lives = 0;
    for (uint32_t i = 0; i < ages->n; i++) {
        ust_time before = age - ust_time_round(ages->life[i]);
        sum += ages->share[i] * (whole - ust_dns_moved_area(drain->law, before));
        lives += ages->share[i] * ages->life[i];
    }
    return sum / lives;
}

static double moved(const struct drain *drain, ust_time age)
{
    const struct ust_config *config = drain->model->config;
    if (!config->connections)
        return ust_dns_moved(drain->law, age);
    double sum = 0, weights = 0;
    for (uint32_t i = 0; i < config->traffic_n; i++) {
        double weight = config->traffic[i].requests_30d; /* 0: injected, which never moves */
        sum += weight * stream_moved(&config->traffic[i], drain, age);
        weights += weight;
    }
    return weights > 0 ? sum / weights : ust_dns_moved(drain->law, age);
}

/* By bisection on the nanosecond. */
static ust_time moved_after(const struct drain *drain, double q)
{
    ust_time low = 0;
    ust_time high = ust_dns_horizon(drain->law) + drain->model->config->connection_age + 1;
    while (low < high) {
        ust_time middle = low + (high - low) / 2;
        if (moved(drain, middle) >= q)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static const struct {
    double share;
    const char *event;
} moved_steps[] = {{0.5, "moved_50"}, {0.9, "moved_90"}, {0.99, "moved_99"}};

/* Argument: region, step and the answer that the plan was made for; an overtaken plan is
 * dropped. */
static void on_moved(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t region = argument & 0xff, step = argument >> 8 & 0xff;
    uint32_t epoch = (uint32_t)(argument >> 16);
    if (epoch != model->answers_made)
        return;
    ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                  .event = moved_steps[step].event,
                                                  .region = region + 1,
                                                  .value = moved_steps[step].share});
}

/* ---- what a failover plan has sent away ---- */

/* Whoever holds an answer holds the newest that has reached him; the shares of those who hold
 * each add up to 1. */
static double stream_gone(const struct ust_model *model, uint32_t answers_n, uint32_t stream,
                          ust_time at)
{
    double gone = 0, covered = 0;
    for (uint32_t k = answers_n; k > 0; k--) {
        const struct ust_answer *answer = &model->answers[k - 1];
        const struct drain drain = {model, answer->law,
                                    model->regions[model->failover->config->from].down};
        double reached = 1; /* the oldest has reached all */
        if (k > 1 && at < answer->settled + model->config->connection_age)
            reached = stream_moved(&model->config->traffic[stream], &drain, at - answer->since);
        if (reached <= covered)
            continue;
        gone += (reached - covered) * ust_failover_away(model, answer, stream);
        covered = reached;
    }
    return gone;
}

/* By the first so many answers. */
static double share_gone(const struct ust_model *model, uint32_t answers_n,
                         const uint8_t *streams, ust_time at)
{
    double sum = 0, weights = 0;
    for (uint32_t i = 0; i < model->config->traffic_n; i++) {
        double weight = model->config->traffic[i].requests_30d;
        if (streams != NULL && !streams[i])
            continue;
        sum += weight * stream_gone(model, answers_n, i, at);
        weights += weight;
    }
    return weights > 0 ? sum / weights : 0;
}

double ust_drain_gone(const struct ust_model *model, const uint8_t *streams, ust_time at)
{
    return share_gone(model, model->answers_n, streams, at);
}

/* The plan shifts in steps; each new answer plans anew what has not come yet. Where nobody
 * keeps an old answer, a share comes in the very instant of the answer that asks for it. */
static void plan_shifted(struct ust_model *model, uint32_t region)
{
    const struct ust_answer *newest = &model->answers[model->answers_n - 1];
    ust_time now = model->engine.now;
    ust_time last = newest->settled + model->config->connection_age + 1;
    for (uint32_t step = 0; step < 3; step++) {
        double share = moved_steps[step].share;
        ust_time low = now, high = last;
        if (share_gone(model, model->answers_n - 1, NULL, now) >= share ||
            ust_drain_gone(model, NULL, last) < share)
            continue;
        while (low < high) {
            ust_time middle = low + (high - low) / 2;
            if (ust_drain_gone(model, NULL, middle) >= share)
                high = middle;
            else
                low = middle + 1;
        }
        ust_schedule(&model->engine, low, UST_LANE_OBSERVE, model->on.moved,
                     (uint64_t)model->answers_made << 16 | step << 8 | region);
    }
}

void ust_drain_plan(struct ust_model *model)
{
    if (model->answers_n < 2)
        return;
    const struct ust_answer *now = &model->answers[model->answers_n - 1], *before = now - 1;
    for (uint32_t region = 0; region < model->config->regions_n; region++) {
        if (model->failover != NULL && region == model->failover->config->from) {
            plan_shifted(model, region);
            continue;
        }
        if (!routes_to(model, before, region) || routes_to(model, now, region))
            continue;
        if (now->returned < 1)
            continue; /* little by little: most are still sent there (failback_end tells) */
        const struct drain drain = {model, now->law, model->regions[region].down};
        for (uint32_t step = 0; step < 3; step++)
            ust_schedule(&model->engine,
                         model->engine.now + moved_after(&drain, moved_steps[step].share),
                         UST_LANE_OBSERVE, model->on.moved,
                         (uint64_t)model->answers_made << 16 | step << 8 | region);
    }
}

ust_time ust_drain_takes(const struct ust_model *model, double share)
{
    const struct drain drain = {.model = model,
                                .law = model->answers[model->answers_n - 1].law};
    return moved_after(&drain, share);
}

void ust_drain_start(struct ust_model *model)
{
    model->on.moved = ust_engine_handler(&model->engine, on_moved, model);
}
