/* How streams of requests begin: their random streams, their first arrival, their clocks. */
#include <stdio.h>

#include "models/entity/caller.h"
#include "models/entity/client_parts.h"
#include "models/entity/plain.h"

static struct ust_rng stream(struct ust_model *model, const char *path, const char *purpose,
                             const char *of)
{
    char name[512];
    snprintf(name, sizeof name, "%s/%s%s%s", path, purpose, of == NULL ? "" : "/",
             of == NULL ? "" : of);
    return ust_rng_derive(model->config->seed, model->replication, name);
}

static struct ust_rng *action_streams(struct ust_model *model,
                                      const struct ust_traffic_config *config,
                                      const char *purpose)
{
    struct ust_rng *streams = ust_arena_alloc(model->arena, struct ust_rng, config->actions_n);
    for (uint32_t i = 0; i < config->actions_n; i++)
        streams[i] = stream(model, config->path, purpose, config->actions[i].id.name);
    return streams;
}

static void prepare_plain(struct ust_model *model, struct ust_traffic *traffic)
{
    const struct ust_traffic_config *config = traffic->config;
    struct ust_pool *pool = ust_pool_of(model, config->service, model->only_region);
    traffic->pool = pool;
    traffic->plain_work = &config->actions[0].work;
    traffic->plain_latency_ns = &traffic->count.latency_ns[pool->config->region];
    traffic->plain_latency = traffic->count.latency[pool->config->region];
    traffic->objective = config->latency;
    traffic->plain = (struct ust_request){.traffic = (uint16_t)traffic->number,
                                          .pool = (uint16_t)pool->number,
                                          .cohort = model->cohort,
                                          .attempt = 1,
                                          .state = UST_WAITING,
                                          .flags = UST_PLAIN,
                                          .session = UST_NONE};
}

static void start_traffic(struct ust_model *model, struct ust_traffic *traffic)
{
    const struct ust_traffic_config *config = traffic->config;
    struct {
        struct ust_rng *rng;
        const char *purpose;
    } purposes[] = {
        {&traffic->gap, "gap"},
        {&traffic->place, "place"},
        {&traffic->device, "device"},
        {&traffic->choose, "action"},
        {&traffic->network, "network"},
        {&traffic->retry, "retry"},
        {&traffic->patience, "patience"},
        {&traffic->dns, "dns"},
        {&traffic->length, "session"},
        {&traffic->think, "think"},
        {&traffic->connection, "connection"},
        {&traffic->writes, "writes"},
        {&traffic->factors, "factors"},
    };
    for (size_t i = 0; i < sizeof purposes / sizeof purposes[0]; i++)
        *purposes[i].rng = stream(model, config->path, purposes[i].purpose, NULL);
    traffic->work = action_streams(model, config, "work");
    traffic->request = action_streams(model, config, "request");
    traffic->response = action_streams(model, config, "response");
    traffic->memory = action_streams(model, config, "memory");
    traffic->io = action_streams(model, config, "io");

    bool plain = ust_client_is_plain(model, config);
    if (plain)
        prepare_plain(model, traffic);
    traffic->source =
        ust_source_new(&model->engine, UST_LANE_ARRIVAL,
                       plain ? model->on.plain_arrival : model->on.arrival, traffic->number);
    traffic->timeout_line = UST_NONE;
    if (config->persona->tolerance.timeout > 0)
        traffic->timeout_line = ust_line_new(&model->engine, config->persona->tolerance.timeout,
                                             UST_LANE_CLIENT, model->on.timeout);
    traffic->deadline_line = UST_NONE;
    traffic->retries = ust_retry_common_of(&config->persona->tolerance.retries);
    traffic->retry_on = traffic->retries == NULL ? 0 : ust_retry_mask(traffic->retries);
    ust_arrivals_start(&traffic->arrivals, &config->arrivals, &traffic->factors);
    ust_time first = ust_arrivals_next(&traffic->arrivals, &traffic->gap);
    ust_source_arm(&model->engine, traffic->source, first);
    traffic->next_place = ust_client_draw_place(traffic, first);
    if (plain)
        traffic->next_at = ust_arrivals_next(&traffic->arrivals, &traffic->gap);
}

void ust_client_start(struct ust_model *model)
{
    struct ust_engine *engine = &model->engine;
    model->on.arrival = ust_engine_handler(engine, ust_client_on_arrival, model);
    model->on.plain_arrival = ust_engine_handler(engine, ust_client_on_plain_arrival, model);
    model->on.arrive = ust_engine_handler(engine, ust_client_on_arrive, model);
    model->on.finish = ust_engine_handler(engine, ust_client_on_finish, model);
    model->on.timeout = ust_engine_handler(engine, ust_client_on_timeout, model);
    model->on.patience = ust_engine_handler(engine, ust_client_on_patience, model);
    model->on.resend = ust_engine_handler(engine, ust_client_on_resend, model);
    model->on.think = ust_engine_handler(engine, ust_client_on_think, model);
    for (uint32_t i = 0; i < model->config->traffic_n; i++)
        start_traffic(model, &model->traffic[i]);
}

/* Registered behind all others: the numbers of handlers are part of fingerprints. */
void ust_client_more_start(struct ust_model *model)
{
    model->on.expiry = ust_engine_handler(&model->engine, ust_client_on_expiry, model);
    model->on.returned = ust_engine_handler(&model->engine, ust_client_on_returned, model);
    ust_caller_start(model);
    for (uint32_t i = 0; i < model->config->traffic_n; i++) {
        struct ust_traffic *traffic = &model->traffic[i];
        ust_time deadline = traffic->config->persona->tolerance.deadline;
        if (deadline > 0)
            traffic->deadline_line =
                ust_line_new(&model->engine, deadline, UST_LANE_CLIENT, model->on.expiry);
    }
}
