/* Promotions that a failover plan asks a data tier for (data.h). */
#include "models/entity/failover.h"
#include "models/entity/pool.h"

static struct ust_data *data_of(const struct ust_model *model, uint32_t service)
{
    return model->data == NULL ? NULL : model->data[service];
}

static void plan_next(struct ust_model *model, struct ust_data *data, ust_time at)
{
    ust_cancel(&model->engine, data->takeover.next);
    data->takeover.next = (struct ust_timer){0};
    if (at != UST_NEVER)
        data->takeover.next = ust_schedule(&model->engine, at, UST_LANE_CONTROL,
                                           model->on.takeover, data->service);
}

/* The primary is given up, dead or alive: what has not been copied by now never will be. */
static void detach(struct ust_model *model, struct ust_data *data)
{
    if (ust_data_takes_writes(data))
        data->lost = model->engine.now;
    data->takeover.graceful = false;
    ust_data_review(model, data); /* until now it was as it was */
    data->detached = true;
    ust_data_review(model, data);
}

static void start_promotion(struct ust_model *model, struct ust_data *data)
{
    data->takeover.state = UST_TAKEOVER_PROMOTES;
    plan_next(model, data,
              model->engine.now + ust_dist_time(&data->config->duration, &data->promotions));
}

/* True: the standby has all that was written. Else it is looked at again when it should. */
static bool has_all(struct ust_model *model, struct ust_data *data)
{
    struct ust_replica *replica = &data->replica[data->takeover.region];
    ust_replica_settle(replica, model->engine.now);
    if (replica->n == 0)
        return true;
    ust_time then = ust_replica_drained(replica);
    UST_ASSERT(then > model->engine.now);
    plan_next(model, data, then);
    return false;
}

static void drain(struct ust_model *model, struct ust_data *data)
{
    if (ust_data_takes_writes(data))
        data->lost = model->engine.now; /* nothing is written from here on */
    data->takeover.state = UST_TAKEOVER_DRAINS;
    if (has_all(model, data))
        start_promotion(model, data);
}

/* A planned one needs a standby that can be copied to, any other one that lives. */
static bool can_go(struct ust_model *model, const struct ust_data *data)
{
    const struct ust_takeover *takeover = &data->takeover;
    return takeover->graceful ? !data->replica[takeover->region].halted
                              : ust_data_answers(model, data, takeover->region);
}

/* From the beginning, or where it stands after something has changed. */
static void go_on(struct ust_model *model, struct ust_data *data)
{
    struct ust_takeover *takeover = &data->takeover;
    if (takeover->graceful && !data->alive)
        detach(model, data); /* it has been lost meanwhile */
    if (!can_go(model, data)) {
        takeover->state = UST_TAKEOVER_WAITS;
        plan_next(model, data, UST_NEVER);
        ust_data_unpark(model, data);
    } else if (takeover->state == UST_TAKEOVER_PROMOTES) {
        return; /* its event is on the way */
    } else if (takeover->graceful) {
        drain(model, data);
    } else {
        start_promotion(model, data);
    }
}

static void tell(struct ust_model *model, const struct ust_data *data, const char *event,
                 double value)
{
    ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                  .event = event,
                                                  .region = model->config->failover->from + 1,
                                                  .service = data->service + 1,
                                                  .value = value,
                                                  .detail = data->takeover.step});
}

/* What this step of the plan has cost. */
static void tell_loss(struct ust_model *model, const struct ust_data *data)
{
    struct ust_replica *chosen = &data->replica[data->takeover.region];
    ust_replica_settle(chosen, model->engine.now);
    bool loses = data->detached;
    tell(model, data, "step_data_loss", loses ? ust_replica_lost(chosen, data->lost) : 0);
    tell(model, data, "step_writes_lost", loses ? ust_replica_backlog(chosen) : 0);
    if (ust_injections_exist(model->config))
        tell(model, data, "step_injected_writes_lost",
             loses ? ust_replica_injected(chosen) : 0);
}

static void on_takeover(void *context, uint64_t service)
{
    struct ust_model *model = context;
    struct ust_data *data = model->data[service];
    struct ust_takeover *takeover = &data->takeover;
    takeover->next = (struct ust_timer){0};
    if (takeover->state == UST_TAKEOVER_DRAINS) {
        drain(model, data);
        return;
    }
    /* A write that had begun before may have ended since. */
    if (takeover->graceful && !has_all(model, data))
        return;
    uint32_t region = takeover->region;
    tell_loss(model, data);
    data->takeover = (struct ust_takeover){.state = UST_TAKEOVER_NONE};
    ust_data_promote(model, data, region);
    ust_failover_poke(model);
}

void ust_takeover_review(struct ust_model *model, struct ust_data *data)
{
    if (data->takeover.state != UST_TAKEOVER_NONE)
        go_on(model, data);
}

void ust_takeover_begin(struct ust_model *model, uint32_t service, uint32_t region,
                        bool planned, const char *step)
{
    struct ust_data *data = data_of(model, service);
    if (data == NULL || !data->replica[region].exists)
        return;
    if (data->takeover.state != UST_TAKEOVER_NONE)
        ust_takeover_stop(model, service);
    if (data->primary == region)
        return;
    ust_cancel(&model->engine, data->promotion);
    data->takeover = (struct ust_takeover){
        .state = UST_TAKEOVER_WAITS, .region = region, .graceful = true, .step = step};
    if (!planned || !data->alive)
        detach(model, data);
    go_on(model, data);
}

void ust_takeover_hurry(struct ust_model *model, uint32_t service)
{
    struct ust_data *data = data_of(model, service);
    if (data == NULL || data->takeover.state == UST_TAKEOVER_NONE || !data->takeover.graceful)
        return;
    detach(model, data);
    go_on(model, data);
}

void ust_takeover_stop(struct ust_model *model, uint32_t service)
{
    struct ust_data *data = data_of(model, service);
    if (data == NULL || data->takeover.state == UST_TAKEOVER_NONE)
        return;
    plan_next(model, data, UST_NEVER);
    data->takeover = (struct ust_takeover){.state = UST_TAKEOVER_NONE};
    data->detached = false;
    ust_data_review(model, data);
    ust_data_unpark(model, data);
}

bool ust_takeover_under_way(const struct ust_model *model, uint32_t service)
{
    const struct ust_data *data = data_of(model, service);
    return data != NULL && data->takeover.state != UST_TAKEOVER_NONE;
}

/* Registered only where there is a plan: the numbers of handlers are part of fingerprints. */
void ust_takeover_start(struct ust_model *model)
{
    if (model->config->failover != NULL)
        model->on.takeover = ust_engine_handler(&model->engine, on_takeover, model);
}
