/* Failback: the second shift. A region that was lost is healthy again, and its users return.
 *
 *   in use ──unhealthy──▶ out of use ──healthy──▶ waiting ──stable for so long──▶ returning
 *      ▲                       ▲                     │ unhealthy                   │   │
 *      └───────────────────────┼─── all returned ────┼─────────────────────────────┘   │
 *                              └─────────────────────┴───────────unhealthy─────────────┘
 *
 * While they return, routing gives two answers, one with the region and one without; which one
 * a user gets is his own draw against the share that has returned, so whoever is back stays.
 * Waiting regions are used at once when no other is healthy.
 */
#include <math.h>
#include <stdio.h>

#include "models/entity/pool.h"

#define STEPS    20   /* of a ramp */
#define RETURNED 0.99 /* of all, when it counts as over: the tail of the caches has no end */

static void moment(struct ust_model *model, uint32_t number, const char *event)
{
    ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                  .event = event,
                                                  .region = number + 1,
                                                  .value = (double)NAN});
}

static void plan(struct ust_model *model, uint32_t number, ust_time at)
{
    model->regions[number].failback =
        ust_schedule(&model->engine, at, UST_LANE_CONTROL, model->on.failback, number);
}

/* All have returned but those who cannot know yet. */
static void complete(struct ust_model *model, uint32_t number)
{
    struct ust_region *region = &model->regions[number];
    region->use = UST_IN_USE;
    region->returned = 1;
    ust_path_changed(model);
    plan(model, number, model->engine.now + ust_drain_takes(model, RETURNED));
}

static void begin(struct ust_model *model, uint32_t number)
{
    struct ust_region *region = &model->regions[number];
    ust_time ramp = model->config->routing.failback_ramp;
    moment(model, number, "failback_start");
    if (ramp == 0) {
        complete(model, number);
        return;
    }
    region->use = UST_RETURNING;
    region->returned = 1.0 / STEPS;
    ust_path_changed(model);
    plan(model, number, model->engine.now + ramp / STEPS);
}

static void on_failback(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t number = (uint32_t)argument;
    struct ust_region *region = &model->regions[number];
    region->failback = (struct ust_timer){0};
    switch ((enum ust_region_use)region->use) {
    case UST_IN_USE:
        moment(model, number, "failback_end");
        return;
    case UST_OUT_OF_USE:
        return;
    case UST_WAITING_FOR_USE:
        begin(model, number);
        return;
    case UST_RETURNING:
        break;
    }
    region->returned += 1.0 / STEPS;
    if (region->returned > 1 - 0.5 / STEPS) {
        complete(model, number);
        return;
    }
    ust_path_changed(model);
    plan(model, number, model->engine.now + model->config->routing.failback_ramp / STEPS);
}

void ust_failback_decide(struct ust_model *model, uint32_t number)
{
    struct ust_region *region = &model->regions[number];
    const struct ust_routing_config *routing = &model->config->routing;
    if (ust_failover_decides(model, number))
        return;
    ust_cancel(&model->engine, region->failback);
    region->failback = (struct ust_timer){0};
    if (!region->healthy) {
        region->use = UST_OUT_OF_USE;
        ust_path_changed(model);
        return;
    }
    region->use = UST_WAITING_FOR_USE;
    ust_time after = 0;
    if (routing->failback_after.type != NULL)
        after = ust_dist_time(&routing->failback_after, &region->decisions);
    if (routing->failback == UST_FAILBACK_NEVER)
        after = UST_NEVER;
    if (after == 0) {
        begin(model, number);
        return;
    }
    ust_path_changed(model); /* where nobody else is healthy, it is used meanwhile */
    if (after < model->config->end - model->engine.now)
        plan(model, number, model->engine.now + after);
}

void ust_failback_start(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    model->on.failback = ust_engine_handler(&model->engine, on_failback, model);
    for (uint32_t r = 0; r < config->regions_n; r++) {
        char name[256];
        snprintf(name, sizeof name, "region/%s/failback", config->regions[r].name);
        model->regions[r].decisions = ust_rng_derive(config->seed, model->replication, name);
        model->regions[r].returned = 1;
    }
}
