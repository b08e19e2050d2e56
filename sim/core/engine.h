/* The engine: a clock, and events in one total order.
 *
 * Events are ordered by (time, lane, birth). Lanes put causes before effects and observers
 * last; birth is a counter, so two events are never equal and no pointer ever breaks a tie.
 *
 * Three places hold events, each the cheapest that keeps the order:
 *   queue    anything (queue.h); a handler that schedules first replaces the event that is
 *            being handled                                     about constant, O(log n) if few
 *   source   a stream whose next event is never before its last: arrivals, ticks
 *                                                                             O(log streams)
 *   line     timers of one constant delay: timeouts, probes; a list, cancelled freely      O(1)
 * The heads of sources and lines meet in a tournament tree; its winner meets the queue's. Those
 * of the lanes OBSERVE and END have a tree of their own, which costs the others nothing.
 *
 * Timers are handles that go stale safely: cancelling one that fired or was cancelled does
 * nothing. Memory grows with what is pending, never with what has passed.
 */
#ifndef UST_CORE_ENGINE_H
#define UST_CORE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/assert.h"
#include "sim/base/limits.h"
#include "sim/base/time.h"
#include "sim/core/queue.h"

/* Within one instant: the world breaks or mends, then services end, then policies decide, then
 * work arrives, then clients lose patience, then observers look, then the run ends. */
enum ust_lane {
    UST_LANE_FAULT,
    UST_LANE_SERVICE,
    UST_LANE_CONTROL,
    UST_LANE_ARRIVAL,
    UST_LANE_CLIENT,
    UST_LANE_OBSERVE,
    UST_LANE_END,
};

typedef void ust_handler(void *context, uint64_t argument);

/* Generation 0 is no timer at all: {0} is always stale. */
struct ust_timer {
    uint32_t slot, generation;
};

struct ust_event_slot {
    uint32_t generation; /* odd; of the next timer while free */
    uint32_t handler;    /* UST_HANDLER_CANCELLED while its key still waits in the queue */
    uint64_t argument;   /* next free slot while free */
};

struct ust_event_handler {
    ust_handler *run;
    void *context;
};

struct ust_line_node {
    ust_event_key key;
    uint32_t previous, next; /* of the line; next free node while free */
    uint32_t generation, argument;
};

struct ust_stream {
    ust_event_key stem; /* lane and number, as in its keys */
    uint32_t handler;
    uint32_t leaf;     /* its place in its tree */
    bool seldom;       /* in the tree of those that seldom have an event */
    uint64_t argument; /* of a source */
    uint64_t mark;     /* of a source, for the fingerprint */
    ust_time delay;    /* of a line; -1: a source */
    uint32_t head, tail;
};

struct ust_stream_tree {
    ust_event_key *tree; /* tree[1] wins; leaves from `leaves` on */
    uint32_t leaves, used;
};

#define UST_HANDLERS_MAX      64
#define UST_HANDLER_CANCELLED UINT32_MAX
#define UST_NO_NODE           UINT32_MAX

struct ust_engine {
    ust_time now;
    uint64_t births;
    uint64_t births_end; /* the loop looks up here, to renumber */
    bool stopped;
    uint64_t fingerprint, events;
    /* Tournaments of stream heads: of most; of those that only look on, or end the run, whose
     * winner guards the queue. */
    struct ust_stream_tree busy, seldom;
    uint32_t slots_free, slots_used, slots_capacity;
    struct ust_event_slot *slots;
    struct ust_stream *streams;
    struct ust_line_node *nodes;
    uint32_t nodes_used, nodes_free, nodes_capacity;
    uint32_t streams_n, streams_capacity;
    uint32_t cancelled; /* keys in the queue whose event was cancelled */
    uint32_t sweep_at;  /* so many of them are worth a look at all keys */
    uint32_t handlers_n;
    struct ust_event_handler handlers[UST_HANDLERS_MAX];
    struct ust_queue queue;
};

/* Empty, at time 0. The engine owns growing buffers beside the arena: end it with
 * ust_engine_free. */
void ust_engine_init(struct ust_engine *engine);
void ust_engine_free(struct ust_engine *engine);

/* Registers what runs; the number goes into the fingerprint, so register in a fixed order. */
uint32_t ust_engine_handler(struct ust_engine *engine, ust_handler *run, void *context);

/* The loop looks up before the next event (ust_engine_look). It costs the others nothing: no
 * key is below the limit of a halted queue. */
UST_INLINE void ust_engine_call(struct ust_engine *engine)
{
    engine->queue.halted = true;
    engine->queue.limit = 0;
}

/* Runs until ust_engine_stop or until nothing is pending. (loop.h has the same for those who
 * know their busiest handlers.) */
void ust_engine_run(struct ust_engine *engine);
static inline void ust_engine_stop(struct ust_engine *engine)
{
    engine->stopped = true;
    ust_engine_call(engine);
}

/* Adds words to the fingerprint: final states of random streams, results. */
void ust_engine_stamp(struct ust_engine *engine, uint64_t word);

static inline ust_time ust_now(const struct ust_engine *engine)
{
    return engine->now;
}

/* Events pending: timers and sources, without cancelled ones and the one under way (but a
 * source counts until its handler has returned without arming it). */
uint64_t ust_engine_pending(const struct ust_engine *engine);

/* ---- single events ---- */

/* What is in a key beside time and birth. */
UST_INLINE ust_event_key ust_event_stem(uint32_t lane, uint32_t slot)
{
    return (ust_event_key)lane << 62 | slot;
}

UST_INLINE ust_event_key ust_event_key_of(struct ust_engine *engine, ust_time at,
                                          ust_event_key stem)
{
    uint64_t birth = ++engine->births;
    if (__builtin_expect(birth >= engine->births_end, 0))
        ust_engine_call(engine);
    uint64_t high = (uint64_t)(stem >> 64) + 2 * (uint64_t)at;
    uint64_t low = (uint64_t)stem + (birth << UST_SLOT_BITS);
    return (ust_event_key)high << 64 | low;
}

void ust_engine_grow_slots(struct ust_engine *engine);

UST_INLINE uint32_t ust_slot_new(struct ust_engine *engine)
{
    uint32_t slot = engine->slots_free;
    if (__builtin_expect(slot == UST_NO_NODE, 0)) {
        if (engine->slots_used == engine->slots_capacity)
            ust_engine_grow_slots(engine);
        slot = engine->slots_used++;
        engine->slots[slot].generation = 1; /* odd, so that no wrap makes it 0 */
    } else {
        engine->slots_free = (uint32_t)engine->slots[slot].argument;
    }
    return slot;
}

/* ust_schedule, inlined wherever it is used: for the hottest handlers. */
UST_INLINE struct ust_timer ust_schedule_inline(struct ust_engine *engine, ust_time at,
                                                enum ust_lane lane, uint32_t handler,
                                                uint64_t argument)
{
    UST_ASSERT(at >= engine->now);
    uint32_t slot = engine->queue.under_way;
    bool replaces = slot != UST_NO_SLOT;
    if (!replaces)
        slot = ust_slot_new(engine);
    struct ust_event_slot *event = &engine->slots[slot];
    event->handler = handler;
    event->argument = argument;
    ust_event_key key = ust_event_key_of(engine, at, ust_event_stem(lane, slot));
    if (replaces) {
        engine->queue.under_way = UST_NO_SLOT;
        ust_queue_replace(&engine->queue, slot, key, at);
    } else {
        ust_queue_push(&engine->queue, key, engine->now);
    }
    return (struct ust_timer){slot, event->generation};
}

/* Runs handler(context, argument) at `at`, which must not lie in the past. */
static inline struct ust_timer ust_schedule(struct ust_engine *engine, ust_time at,
                                            enum ust_lane lane, uint32_t handler,
                                            uint64_t argument)
{
    return ust_schedule_inline(engine, at, lane, handler, argument);
}

static inline bool ust_timer_is_pending(const struct ust_engine *engine, struct ust_timer timer)
{
    return timer.generation != 0 && engine->slots[timer.slot].generation == timer.generation &&
           engine->slots[timer.slot].handler != UST_HANDLER_CANCELLED;
}

static inline void ust_cancel(struct ust_engine *engine, struct ust_timer timer)
{
    if (!ust_timer_is_pending(engine, timer))
        return;
    engine->slots[timer.slot].handler = UST_HANDLER_CANCELLED;
    if (++engine->cancelled > engine->sweep_at)
        ust_engine_call(engine);
}

/* ---- sources and lines ---- */

/* Streams are made before the run; a source begins idle. */
uint32_t ust_source_new(struct ust_engine *engine, enum ust_lane lane, uint32_t handler,
                        uint64_t argument);
uint32_t ust_line_new(struct ust_engine *engine, ust_time delay, enum ust_lane lane,
                      uint32_t handler);
void ust_engine_grow_nodes(struct ust_engine *engine);

void ust_stream_seldom_key(struct ust_engine *engine, const struct ust_stream *stream,
                           ust_event_key key);

/* Returns the first of the busy streams' keys. */
UST_INLINE ust_event_key ust_stream_key(struct ust_engine *engine,
                                        const struct ust_stream *stream, ust_event_key key)
{
    if (__builtin_expect(stream->seldom, 0)) {
        ust_stream_seldom_key(engine, stream, key);
        return engine->busy.tree[1];
    }
    return ust_tree_set(engine->busy.tree, stream->leaf, key);
}

static inline ust_event_key ust_stream_head(const struct ust_engine *engine,
                                            const struct ust_stream *stream)
{
    return (stream->seldom ? &engine->seldom : &engine->busy)->tree[stream->leaf];
}

/* Returns the first of the busy streams' keys. */
UST_INLINE ust_event_key ust_stream_arm(struct ust_engine *engine,
                                        const struct ust_stream *stream, ust_time at)
{
    if (__builtin_expect(at == UST_NEVER, 0))
        return ust_stream_key(engine, stream, UST_EVENT_IDLE);
    UST_ASSERT(at >= engine->now);
    return ust_stream_key(engine, stream, ust_event_key_of(engine, at, stream->stem));
}

/* The source's next event; `at` must not lie before its last one. UST_NEVER: no more. */
static inline void ust_source_arm(struct ust_engine *engine, uint32_t source, ust_time at)
{
    ust_stream_arm(engine, &engine->streams[source], at);
}

/* Starts a timer of the line's delay. */
static inline struct ust_timer ust_line_start(struct ust_engine *engine, uint32_t line,
                                              uint32_t argument)
{
    struct ust_stream *stream = &engine->streams[line];
    uint32_t index = engine->nodes_free;
    if (__builtin_expect(index == UST_NO_NODE, 0)) {
        if (engine->nodes_used == engine->nodes_capacity)
            ust_engine_grow_nodes(engine);
        index = engine->nodes_used++;
        engine->nodes[index].generation = 0;
    } else {
        engine->nodes_free = engine->nodes[index].next;
    }
    struct ust_line_node *node = &engine->nodes[index];
    node->key = ust_event_key_of(engine, engine->now + stream->delay, stream->stem);
    node->generation++;
    node->argument = argument;
    node->previous = stream->tail;
    node->next = UST_NO_NODE;
    if (stream->tail == UST_NO_NODE) {
        stream->head = index;
        /* A key left behind by a cancelled head is earlier than ours and will be mended when it
         * comes up; only an idle line must be woken. */
        if (ust_stream_head(engine, stream) == UST_EVENT_IDLE)
            ust_stream_key(engine, stream, node->key);
    } else {
        engine->nodes[stream->tail].next = index;
    }
    stream->tail = index;
    return (struct ust_timer){index, node->generation};
}

/* The timer, if it is pending, goes on for another argument. */
static inline void ust_line_pass_on(struct ust_engine *engine, struct ust_timer timer,
                                    uint32_t argument)
{
    if (timer.generation != 0 && engine->nodes[timer.slot].generation == timer.generation)
        engine->nodes[timer.slot].argument = argument;
}

static inline void ust_line_remove(struct ust_engine *engine, struct ust_stream *stream,
                                   uint32_t index)
{
    struct ust_line_node *node = &engine->nodes[index];
    if (node->previous == UST_NO_NODE)
        stream->head = node->next;
    else
        engine->nodes[node->previous].next = node->next;
    if (node->next == UST_NO_NODE)
        stream->tail = node->previous;
    else
        engine->nodes[node->next].previous = node->previous;
    node->generation++; /* the handle goes stale now, not when the node is used again */
    node->next = engine->nodes_free;
    engine->nodes_free = index;
}

static inline void ust_line_cancel(struct ust_engine *engine, uint32_t line,
                                   struct ust_timer timer)
{
    if (timer.generation != 0 && engine->nodes[timer.slot].generation == timer.generation)
        ust_line_remove(engine, &engine->streams[line], timer.slot);
}

#endif
