/* The engine's loop, to be inlined where the busiest handlers are known.
 *
 * Whoever runs an engine passes two functions that run an event: one for events of streams, one
 * for single events near the top of the queue. They may compare the handler with what they know
 * and run that inline; for all others they call ust_stream_call or ust_near_call. So the few
 * handlers that nearly all events belong to cost no call, and the engine still knows none of
 * them.
 */
#ifndef UST_CORE_LOOP_H
#define UST_CORE_LOOP_H

#include "sim/core/engine.h"

/* The first keys of the queue's tree and of the busy streams. The loop has them at hand and
 * would rather be told how an event changes them than look into memory, where it has to wait
 * for all that the event writes. */
struct ust_heads {
    ust_event_key top, stream;
};

UST_INLINE void ust_heads_read(const struct ust_engine *engine, struct ust_heads *heads)
{
    heads->top = engine->queue.tree[1];
    heads->stream = engine->busy.tree[1];
}

/* For an event of the tree, whose key is heads->top: of its own handlers it begins the event
 * (ust_event_begin), and the event happens again (ust_reschedule) or is over (ust_near_drop).
 * Both kinds leave the heads as they are afterwards. */
typedef void ust_near_run(struct ust_engine *engine, struct ust_heads *heads, uint32_t handler,
                          uint64_t argument);
/* For the event of a stream, whose key is heads->stream: of its own handlers, which are
 * sources', it begins the event and arms the source again, or makes it idle. */
typedef void ust_stream_run(struct ust_engine *engine, struct ust_heads *heads,
                            struct ust_stream *stream);

/* The handler's function, by number. */
UST_INLINE void ust_event_call(struct ust_engine *engine, uint32_t handler, uint64_t argument)
{
    const struct ust_event_handler *what = &engine->handlers[handler];
    what->run(what->context, argument);
}

/* For the loop: what ust_engine_call had it look up for. False: the run ends. */
bool ust_engine_look(struct ust_engine *engine);
/* For the loop: runs the lesser of the heads, whose upper halves are alike. */
void ust_engine_tie(struct ust_engine *engine);
size_t ust_engine_keep_living(void *context, ust_event_key *keys, size_t n);

UST_INLINE uint64_t ust_fingerprint(uint64_t fingerprint, uint64_t word)
{
    fingerprint = (fingerprint ^ word) * 0x9fb21c651e98df25u;
    return fingerprint ^ fingerprint >> 32;
}

/* What the fingerprint takes from an event beside its key. */
UST_INLINE uint64_t ust_event_mark(uint32_t handler, uint64_t argument)
{
    return (argument + handler) * 0xa0761d6478bd642fu;
}

/* The clock stands at the event that runs next. */
UST_INLINE void ust_event_begin(struct ust_engine *engine, ust_event_key key, uint64_t mark)
{
    engine->now = ust_event_key_time(key);
    engine->events++;
    /* Time and half of the lane in the high word, lane and birth in the low one. The slot stays
     * out: which slots are free depends on how the queue works. */
    uint64_t word =
        (uint64_t)(key >> 64) ^ ((uint64_t)key >> UST_SLOT_BITS) * 0xd6e8feb86659fd93u ^ mark;
    engine->fingerprint = ust_fingerprint(engine->fingerprint, word);
}

UST_INLINE uint32_t ust_slot_of(ust_event_key key)
{
    return (uint32_t)key & UST_SLOT_MASK;
}

UST_INLINE void ust_slot_free(struct ust_engine *engine, uint32_t slot)
{
    engine->slots[slot].argument = engine->slots_free;
    engine->slots_free = slot;
}

/* Runs the event of a run's key, unless it was cancelled. A fired timer is stale from here on,
 * even for its own handler. */
UST_INLINE void ust_slot_run(struct ust_engine *engine, ust_event_key key)
{
    uint32_t slot = ust_slot_of(key);
    struct ust_event_slot *event = &engine->slots[slot];
    uint32_t handler = event->handler;
    uint64_t argument = event->argument;
    ust_slot_free(engine, slot);
    event->generation += 2;
    if (__builtin_expect(handler == UST_HANDLER_CANCELLED, 0)) {
        engine->cancelled--;
        return;
    }
    ust_event_begin(engine, key, ust_event_mark(handler, argument));
    ust_event_call(engine, handler, argument);
}

/* The event under way, which is heads->top, is over, and its slot free. */
UST_INLINE void ust_near_drop(struct ust_engine *engine, struct ust_heads *heads)
{
    uint32_t slot = ust_slot_of(heads->top);
    ust_queue_drop(&engine->queue, slot);
    ust_slot_free(engine, slot);
    heads->top = engine->queue.tree[1];
}

/* ust_near_run of any handler: the slot goes to the first event that it schedules. */
UST_INLINE void ust_near_call(struct ust_engine *engine, struct ust_heads *heads,
                              uint32_t handler, uint64_t argument)
{
    if (__builtin_expect(handler == UST_HANDLER_CANCELLED, 0)) {
        engine->cancelled--;
        ust_near_drop(engine, heads);
    } else {
        uint32_t slot = ust_slot_of(heads->top);
        ust_event_begin(engine, heads->top, ust_event_mark(handler, argument));
        ust_queue_begin(&engine->queue, slot);
        ust_event_call(engine, handler, argument);
        if (ust_queue_end(&engine->queue))
            ust_slot_free(engine, slot);
    }
    ust_heads_read(engine, heads);
}

/* Runs the event of the tree's first key. */
UST_INLINE void ust_tree_run(struct ust_engine *engine, struct ust_heads *heads,
                             ust_near_run *run)
{
    struct ust_event_slot *event = &engine->slots[ust_slot_of(heads->top)];
    event->generation += 2;
    run(engine, heads, event->handler, event->argument);
}

/* The event under way, which is heads->top, happens again, at another time and with another
 * argument. */
UST_INLINE struct ust_timer ust_reschedule(struct ust_engine *engine, struct ust_heads *heads,
                                           ust_time at, enum ust_lane lane, uint64_t argument)
{
    UST_ASSERT(at >= engine->now);
    uint32_t slot = ust_slot_of(heads->top);
    struct ust_event_slot *event = &engine->slots[slot];
    event->argument = argument;
    ust_event_key key = ust_event_key_of(engine, at, ust_event_stem(lane, slot));
    heads->top = ust_queue_replace(&engine->queue, slot, key, at);
    return (struct ust_timer){slot, event->generation};
}

UST_INLINE void ust_line_run(struct ust_engine *engine, struct ust_stream *stream,
                             ust_event_key key)
{
    uint32_t head = stream->head;
    if (head == UST_NO_NODE || engine->nodes[head].key != key) {
        /* The head that had this key was cancelled: put the true head's in its place. */
        ust_stream_key(engine, stream,
                       head == UST_NO_NODE ? UST_EVENT_IDLE : engine->nodes[head].key);
        return;
    }
    uint32_t argument = engine->nodes[head].argument;
    uint32_t handler = stream->handler;
    ust_line_remove(engine, stream, head);
    head = stream->head;
    ust_stream_key(engine, stream,
                   head == UST_NO_NODE ? UST_EVENT_IDLE : engine->nodes[head].key);
    ust_event_begin(engine, key, ust_event_mark(handler, argument));
    ust_event_call(engine, handler, argument);
}

UST_INLINE void ust_stream_event(struct ust_engine *engine, struct ust_stream *stream,
                                 ust_event_key key)
{
    if (stream->delay >= 0) {
        ust_line_run(engine, stream, key);
        return;
    }
    ust_event_begin(engine, key, stream->mark);
    ust_event_call(engine, stream->handler, stream->argument);
    if (ust_stream_head(engine, stream) == key)
        ust_stream_key(engine, stream, UST_EVENT_IDLE);
}

/* ust_stream_run of any handler. */
UST_INLINE void ust_stream_call(struct ust_engine *engine, struct ust_heads *heads,
                                struct ust_stream *stream)
{
    ust_stream_event(engine, stream, heads->stream);
    ust_heads_read(engine, heads);
}

UST_INLINE struct ust_stream *ust_stream_of(struct ust_engine *engine, ust_event_key key)
{
    return &engine->streams[(uint32_t)key & UST_SLOT_MASK];
}

UST_INLINE void ust_engine_loop(struct ust_engine *engine, ust_stream_run *source,
                                ust_near_run *near)
{
    struct ust_queue *queue = &engine->queue;
    engine->stopped = false;
    ust_engine_call(engine);
    struct ust_heads heads;
    ust_heads_read(engine, &heads);
    for (;;) {
        /* Nearly always the upper halves decide, and nobody looks at the lower ones. */
        uint64_t top_half = (uint64_t)(heads.top >> 64);
        uint64_t stream_half = (uint64_t)(heads.stream >> 64);
        uint64_t limit_half = (uint64_t)(queue->limit >> 64);
        if (stream_half < top_half) {
            if (__builtin_expect(stream_half < limit_half, 1)) {
                source(engine, &heads, ust_stream_of(engine, heads.stream));
                continue;
            }
        } else if (__builtin_expect(top_half < limit_half && top_half != stream_half, 1)) {
            ust_tree_run(engine, &heads, near);
            continue;
        }
        if (queue->halted) {
            if (!ust_engine_look(engine))
                return;
            ust_heads_read(engine, &heads);
            continue;
        }
        ust_event_key limit = queue->limit;
        if (__builtin_expect(heads.stream < limit || heads.top < limit, 0)) {
            ust_engine_tie(engine);
        } else if (limit != *queue->run) {
            ust_stream_event(engine, ust_stream_of(engine, queue->guard), queue->guard);
        } else if (ust_event_key_is_event(limit)) {
            queue->run++;
            ust_queue_limit(queue);
            ust_slot_run(engine, limit);
        } else if (limit != UST_EVENT_IDLE) {
            ust_queue_refill(queue, ust_engine_keep_living, engine);
        } else {
            return;
        }
        ust_heads_read(engine, &heads);
    }
}

#endif
