#include "models/entity/supply.h"

#include <math.h>
#include <stdlib.h>

#include "models/entity/pool.h"

static void moment(struct ust_model *model, uint32_t region, const char *event, double value)
{
    ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                  .event = event,
                                                  .region = region + 1,
                                                  .value = value});
}

/* ---- the control plane's queue ---- */

/* When the next token is there. `full_at` moves by one token's time with each that is taken,
 * and may lie ahead of now by the whole bucket at most. */
static ust_time next_token(const struct ust_supply *supply, ust_time now)
{
    if (supply->config == NULL || supply->config->token == 0)
        return now;
    ust_time at =
        supply->full_at + supply->config->token * (1 - (ust_time)supply->config->burst);
    return at > now ? at : now;
}

static void take_token(struct ust_supply *supply, ust_time now)
{
    if (supply->config == NULL || supply->config->token == 0)
        return;
    ust_time from = supply->full_at > now ? supply->full_at : now;
    supply->full_at = from + supply->config->token;
}

static void push(struct ust_supply *supply, struct ust_ask ask)
{
    if (supply->queue_n == supply->queue_capacity) {
        uint32_t capacity = supply->queue_capacity * 2 + 16;
        struct ust_ask *queue = ust_malloc(capacity * sizeof *queue);
        for (uint32_t i = 0; i < supply->queue_n; i++)
            queue[i] = supply->queue[(supply->queue_first + i) % supply->queue_capacity];
        free(supply->queue);
        supply->queue = queue;
        supply->queue_capacity = capacity;
        supply->queue_first = 0;
    }
    supply->queue[(supply->queue_first + supply->queue_n++) % supply->queue_capacity] = ask;
}

static void pump(struct ust_model *model, uint32_t region)
{
    struct ust_supply *supply = &model->regions[region].supply;
    ust_time now = model->engine.now;
    bool waited = supply->queue_n > 0;
    while (supply->queue_n > 0 && next_token(supply, now) <= now) {
        struct ust_ask ask = supply->queue[supply->queue_first];
        supply->queue_first = (supply->queue_first + 1) % supply->queue_capacity;
        supply->queue_n--;
        take_token(supply, now);
        ust_schedule(&model->engine, now, UST_LANE_CONTROL, ask.handler, ask.ticket);
    }
    if (waited && supply->queue_n == 0)
        moment(model, region, "launch_backlog_clear", (double)NAN);
    if (supply->queue_n > 0 && !ust_timer_is_pending(&model->engine, supply->next))
        supply->next = ust_schedule(&model->engine, next_token(supply, now), UST_LANE_CONTROL,
                                    model->on.token, region);
}

static void on_token(void *context, uint64_t region)
{
    pump(context, (uint32_t)region);
}

bool ust_supply_request(struct ust_model *model, uint32_t region, uint32_t handler,
                        uint64_t ticket)
{
    struct ust_supply *supply = &model->regions[region].supply;
    ust_time now = model->engine.now;
    if (supply->queue_n == 0 && next_token(supply, now) <= now) {
        take_token(supply, now);
        return true;
    }
    if (supply->queue_n == 0)
        moment(model, region, "launches_throttled", (double)NAN);
    push(supply, (struct ust_ask){handler, ticket});
    if (!ust_timer_is_pending(&model->engine, supply->next))
        supply->next = ust_schedule(&model->engine, next_token(supply, now), UST_LANE_CONTROL,
                                    model->on.token, region);
    return false;
}

void ust_supply_refund(struct ust_model *model, uint32_t region)
{
    struct ust_supply *supply = &model->regions[region].supply;
    if (supply->config != NULL && supply->config->token > 0)
        supply->full_at -= supply->config->token;
    ust_cancel(&model->engine, supply->next);
    pump(model, region);
}

/* ---- other tenants ---- */

double ust_others_share(const struct ust_others_config *others, ust_time since)
{
    ust_time t = since - others->delay;
    if (t < 0)
        return 0;
    if (t < others->over)
        return others->share * (double)t / (double)others->over;
    t -= others->over;
    if (others->hold == UST_NEVER || t < others->hold)
        return others->share;
    t -= others->hold;
    if (t < others->recovery)
        return others->share * (1 - (double)t / (double)others->recovery);
    return 0;
}

double ust_supply_left(const struct ust_model *model, uint32_t region, uint32_t line)
{
    const struct ust_supply *supply = &model->regions[region].supply;
    const struct ust_spare *spare = &supply->spare[line];
    double taken =
        supply->elsewhere == UST_NEVER
            ? 0
            : ust_others_share(&supply->config->others, model->engine.now - supply->elsewhere);
    return spare->size * (1 - taken) - spare->ours;
}

void ust_supply_elsewhere(struct ust_model *model, uint32_t lost, bool whole)
{
    for (uint32_t r = 0; r < model->config->regions_n; r++) {
        struct ust_supply *supply = &model->regions[r].supply;
        if (supply->config == NULL || supply->config->others.share == 0 ||
            (r == lost && whole) || !(supply->config->others.from >> lost & 1))
            continue;
        ust_time now = model->engine.now;
        /* They come once: a second loss while the first still draws adds nobody. */
        if (supply->elsewhere != UST_NEVER &&
            ust_others_share(&supply->config->others, now - supply->elsewhere) > 0)
            continue;
        supply->elsewhere = now;
        moment(model, r, "others_arrive", supply->config->others.share);
    }
}

/* ---- machines ---- */

static bool matches(const struct ust_spare_config *line, uint32_t zone, uint32_t type)
{
    return (line->zone < 0 || (uint32_t)line->zone == zone) &&
           (line->type < 0 || (uint32_t)line->type == type);
}

/* Less than a thousandth of a vCPU is the dust of rounding, not a machine too few. */
#define DUST 1e-3

enum ust_refusal ust_supply_take(struct ust_model *model, uint32_t region, uint32_t zone,
                                 uint32_t type, double vcpu)
{
    struct ust_supply *supply = &model->regions[region].supply;
    const struct ust_supply_config *config = supply->config;
    if (config == NULL)
        return UST_GRANTED;
    if (config->quota > 0 && supply->vcpu + vcpu > config->quota + DUST)
        return UST_NO_QUOTA;
    for (uint32_t i = 0; i < config->spare_n; i++)
        if (matches(&config->spare[i], zone, type) &&
            ust_supply_left(model, region, i) + DUST < vcpu)
            return UST_NO_CAPACITY;
    for (uint32_t i = 0; i < config->spare_n; i++)
        if (matches(&config->spare[i], zone, type))
            supply->spare[i].ours += vcpu;
    supply->vcpu += vcpu;
    return UST_GRANTED;
}

void ust_supply_give_back(struct ust_model *model, uint32_t region, uint32_t zone,
                          uint32_t type, double vcpu, bool alive)
{
    struct ust_supply *supply = &model->regions[region].supply;
    supply->vcpu -= vcpu;
    if (supply->config == NULL || !alive)
        return;
    for (uint32_t i = 0; i < supply->config->spare_n; i++)
        if (matches(&supply->config->spare[i], zone, type))
            supply->spare[i].ours -= vcpu;
}

void ust_supply_holds(struct ust_model *model, uint32_t region, double vcpu)
{
    model->regions[region].supply.vcpu += vcpu;
}

/* ---- beginning and end ---- */

void ust_supply_start(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    model->on.token = ust_engine_handler(&model->engine, on_token, model);
    for (uint32_t r = 0; r < config->regions_n; r++) {
        struct ust_supply *supply = &model->regions[r].supply;
        supply->config = config->regions[r].supply;
        supply->elsewhere = UST_NEVER;
        if (supply->config == NULL)
            continue;
        supply->spare =
            ust_arena_alloc(model->arena, struct ust_spare, supply->config->spare_n);
        for (uint32_t i = 0; i < supply->config->spare_n; i++) {
            const struct ust_spare_config *line = &supply->config->spare[i];
            struct ust_rng rng = ust_rng_derive(config->seed, model->replication, line->path);
            supply->spare[i].size = ust_dist_sample(&line->vcpu, &rng);
        }
    }
}

void ust_supply_free(struct ust_model *model)
{
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        free(model->regions[r].supply.queue);
}
