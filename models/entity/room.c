#include "models/entity/room.h"

#include "models/entity/pool.h"

static uint32_t rank(const struct ust_model *model, const struct ust_pool *pool, uint32_t id)
{
    if (pool->config->persona->discipline != UST_PRIORITY)
        return 0;
    return (uint32_t)model->traffic[model->requests[id].traffic].config->persona->criticality;
}

/* A queue that has not been empty for a while is no burst that goes by: it stands. */
static bool stands(const struct ust_model *model, const struct ust_pool *pool,
                   const struct ust_instance *instance)
{
    return instance->waiting > 0 &&
           model->engine.now - instance->room->empty >= pool->config->persona->standing;
}

/* ---- who comes in ---- */

static double room_of(const struct ust_pool *pool, const struct ust_instance *instance)
{
    double places = (double)instance->slots + (double)pool->config->queue;
    if (pool->config->persona->limit.kind != NULL && instance->room->limit.limit < places)
        places = (double)(int64_t)instance->room->limit.limit;
    return places;
}

bool ust_room_admits(struct ust_model *model, struct ust_pool *pool,
                     struct ust_instance *instance, uint32_t id)
{
    const struct ust_user_persona *user =
        model->traffic[model->requests[id].traffic].config->persona;
    double in = (double)(instance->busy + instance->waiting), places = room_of(pool, instance);
    model->waiters[id].entered = model->engine.now;
    if (in + 1 > places)
        return false;
    double share = pool->config->persona->shed[user->criticality];
    return share >= 1 || in < share * places;
}

/* ---- the queue ---- */

static void start_timer(struct ust_model *model, struct ust_pool *pool,
                        const struct ust_instance *instance, uint32_t id)
{
    struct ust_waiter *waiter = &model->waiters[id];
    waiter->line = UST_NONE;
    if (pool->config->persona->codel == 0)
        return;
    waiter->line =
        stands(model, pool, instance) ? pool->room_lines.standing : pool->room_lines.moving;
    waiter->codel = ust_line_start(&model->engine, waiter->line, id);
}

void ust_room_enter(struct ust_model *model, struct ust_pool *pool,
                    struct ust_instance *instance, uint32_t id, bool first)
{
    struct ust_room *room = instance->room;
    struct ust_request *request = &model->requests[id];
    uint32_t class = rank(model, pool, id);
    if (instance->waiting == 0)
        room->empty = model->engine.now;
    start_timer(model, pool, instance, id);
    uint32_t *head = &room->head[class], *tail = &room->tail[class];
    uint32_t before = first ? UST_NONE : *tail, after = first ? *head : UST_NONE;
    model->waiters[id].previous = before;
    request->next = after;
    if (before == UST_NONE)
        *head = id;
    else
        model->requests[before].next = id;
    if (after == UST_NONE)
        *tail = id;
    else
        model->waiters[after].previous = id;
    request->state = UST_WAITING;
    ust_pool_joins_queue(model, pool, instance, id);
}

uint32_t ust_room_next(const struct ust_model *model, const struct ust_pool *pool,
                       const struct ust_instance *instance)
{
    const struct ust_room *room = instance->room;
    switch ((enum ust_discipline)pool->config->persona->discipline) {
    case UST_LIFO:
        return room->tail[0];
    case UST_ADAPTIVE_LIFO:
        return stands(model, pool, instance) ? room->tail[0] : room->head[0];
    case UST_PRIORITY:
        for (uint32_t class = 0; class < UST_CRITICALITIES; class ++)
            if (room->head[class] != UST_NONE)
                return room->head[class];
        return UST_NONE;
    case UST_FCFS:
    case UST_PS:
        break;
    }
    return room->head[0];
}

void ust_room_leave(struct ust_model *model, struct ust_pool *pool,
                    struct ust_instance *instance, uint32_t id)
{
    struct ust_room *room = instance->room;
    uint32_t class = rank(model, pool, id);
    uint32_t before = model->waiters[id].previous, after = model->requests[id].next;
    if (before == UST_NONE)
        room->head[class] = after;
    else
        model->requests[before].next = after;
    if (after == UST_NONE)
        room->tail[class] = before;
    else
        model->waiters[after].previous = before;
    if (model->waiters[id].line != UST_NONE)
        ust_line_cancel(&model->engine, model->waiters[id].line, model->waiters[id].codel);
    ust_pool_leaves_queue(model, pool, instance, id);
    if (instance->waiting == 0)
        room->empty = model->engine.now;
}

/* ---- who has waited too long ---- */

static void shed(struct ust_model *model, struct ust_pool *pool, struct ust_instance *instance,
                 uint32_t id)
{
    pool->outstanding[model->requests[id].instance]--;
    ust_room_leave(model, pool, instance, id);
    ust_room_learn(model, pool, instance, id, true);
    ust_pool_full(model, pool, id);
}

bool ust_room_drops(struct ust_model *model, struct ust_pool *pool,
                    struct ust_instance *instance, uint32_t id)
{
    if (pool->config->persona->cancel != UST_CANCEL_EXPIRED ||
        model->requests[id].deadline > model->engine.now)
        return false;
    shed(model, pool, instance, id);
    return true;
}

static void on_codel(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t id = (uint32_t)argument;
    const struct ust_request *request = &model->requests[id];
    struct ust_pool *pool = &model->pools[request->pool];
    uint32_t number = request->instance;
    struct ust_instance *instance = &pool->instances[number];
    shed(model, pool, instance, id);
    if (instance->state == UST_DRAINING)
        ust_pool_drained(model, pool, number);
}

/* ---- the limit ---- */

void ust_room_learn(struct ust_model *model, struct ust_pool *pool,
                    struct ust_instance *instance, uint32_t id, bool dropped)
{
    const struct ust_variant *limit = &pool->config->persona->limit;
    if (limit->kind == NULL || ust_limit_of(limit->kind)->adjust == NULL)
        return;
    struct ust_limit_sample sample = {.took = model->engine.now - model->waiters[id].entered,
                                      .in_flight = instance->busy + instance->waiting + 1,
                                      .dropped = dropped};
    struct ust_limit_state *state = &instance->room->limit;
    state->limit = ust_limit_of(limit->kind)->adjust(limit->params, state, sample);
}

/* ---- beginning ---- */

bool ust_room_needed(const struct ust_resource_persona *persona)
{
    return persona->discipline == UST_LIFO || persona->discipline == UST_ADAPTIVE_LIFO ||
           persona->discipline == UST_PRIORITY || persona->codel > 0 ||
           persona->cancel == UST_CANCEL_EXPIRED || persona->limit.kind != NULL ||
           persona->sheds;
}

static void make_rooms(struct ust_model *model, struct ust_pool *pool)
{
    const struct ust_resource_persona *persona = pool->config->persona;
    model->has_rooms = true;
    struct ust_room *rooms =
        ust_arena_alloc(model->arena, struct ust_room, pool->instances_max);
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        pool->instances[i].room = &rooms[i];
        ust_room_clear(pool, &pool->instances[i]);
    }
    if (persona->codel == 0)
        return;
    pool->room_lines.standing =
        ust_line_new(&model->engine, persona->codel, UST_LANE_CONTROL, model->on.codel);
    pool->room_lines.moving =
        ust_line_new(&model->engine, persona->standing, UST_LANE_CONTROL, model->on.codel);
}

void ust_room_clear(const struct ust_pool *pool, struct ust_instance *instance)
{
    const struct ust_variant *limit = &pool->config->persona->limit;
    struct ust_room *room = instance->room;
    *room = (struct ust_room){0};
    for (uint32_t class = 0; class < UST_CRITICALITIES; class ++)
        room->head[class] = room->tail[class] = UST_NONE;
    if (limit->kind != NULL)
        room->limit.limit = ust_limit_of(limit->kind)->start(limit->params);
}

void ust_room_start(struct ust_model *model)
{
    model->on.codel = ust_engine_handler(&model->engine, on_codel, model);
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++)
        if (model->pools[p].config->exists && ust_room_needed(model->pools[p].config->persona))
            make_rooms(model, &model->pools[p]);
}
