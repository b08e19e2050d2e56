/* The waiting room of an instance that does more than first come first served: who is next, who
 * is turned away, who waits too long.
 *
 * Everybody in it stands in a list by order of arrival, one list for each criticality where
 * that matters, so that the oldest, the newest and the most critical are all at an end, and
 * whoever leaves early leaves at once. What a waiting request needs for that lies beside the
 * requests, by the same number. Pools without such rules have no rooms and pay nothing: their
 * queue is the plain list of pool.h.
 */
#ifndef UST_MODELS_ENTITY_ROOM_H
#define UST_MODELS_ENTITY_ROOM_H

#include "models/limit/limit.h"
#include "models/persona/persona.h"
#include "sim/core/engine.h"

struct ust_model;
struct ust_pool;
struct ust_instance;

struct ust_waiter {
    uint32_t previous;
    uint32_t line; /* of its timer */
    struct ust_timer codel;
    ust_time entered; /* the instance, whether it had to wait or not */
};

struct ust_room {
    uint32_t head[UST_CRITICALITIES], tail[UST_CRITICALITIES];
    ust_time empty; /* when the queue was empty last */
    struct ust_limit_state limit;
};

/* Lines for the two times that a request may wait, and what runs them. Pools without rooms are
 * left alone. */
void ust_room_start(struct ust_model *model);

/* May it come in? It has not been counted as anything yet. */
bool ust_room_admits(struct ust_model *model, struct ust_pool *pool,
                     struct ust_instance *instance, uint32_t id);

/* It has to wait: behind all others, or (who was in service before) before them. */
void ust_room_enter(struct ust_model *model, struct ust_pool *pool,
                    struct ust_instance *instance, uint32_t id, bool first);

/* Who is served next; UST_NONE: nobody waits. */
uint32_t ust_room_next(const struct ust_model *model, const struct ust_pool *pool,
                       const struct ust_instance *instance);

/* It would be next, but its deadline has passed and the server looks at deadlines. */
bool ust_room_drops(struct ust_model *model, struct ust_pool *pool,
                    struct ust_instance *instance, uint32_t id);

/* It leaves the queue: to be served, or for good. */
void ust_room_leave(struct ust_model *model, struct ust_pool *pool,
                    struct ust_instance *instance, uint32_t id);

/* Nobody is in it, and the limit is where it starts: for a new instance. */
void ust_room_clear(const struct ust_pool *pool, struct ust_instance *instance);

/* Do instances of this persona need rooms? */
bool ust_room_needed(const struct ust_resource_persona *persona);

/* It has left the instance, answered or shed. */
void ust_room_learn(struct ust_model *model, struct ust_pool *pool,
                    struct ust_instance *instance, uint32_t id, bool dropped);

#endif
