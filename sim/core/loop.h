/* The engine's loop, to be inlined where the busiest handlers are known.
 *
 * Whoever runs an engine passes two functions that run an event: one for events of sources, one
 * for single events near the top of the queue. They may compare the handler with what they know
 * and run that inline; for all others they call ust_source_call or ust_event_call. So the few
 * handlers that nearly all events belong to cost no call, and the engine still knows none of
 * them.
 */
#ifndef UST_CORE_LOOP_H
#define UST_CORE_LOOP_H

#include "sim/core/engine.h"

typedef void ust_event_run(struct ust_engine *engine, uint32_t handler, uint64_t argument);
/* For the event of a source, whose key is `key`: it arms the source again, or makes it idle. */
typedef void ust_source_run(struct ust_engine *engine, struct ust_stream *stream,
                            ust_event_key key);

/* The handler's function, by number. */
UST_INLINE void ust_event_call(struct ust_engine *engine, uint32_t handler, uint64_t argument)
{
    const struct ust_event_handler *what = &engine->handlers[handler];
    what->run(what->context, argument);
}

UST_INLINE void ust_source_call(struct ust_engine *engine, struct ust_stream *stream,
                                ust_event_key key)
{
    ust_event_call(engine, stream->handler, stream->argument);
    if (ust_stream_head(engine, stream) == key)
        ust_stream_key(engine, stream, UST_EVENT_IDLE);
}

/* For the loop: what births_end had it look up for. False: the run ends. */
bool ust_engine_look(struct ust_engine *engine);
size_t ust_engine_keep_living(void *context, ust_event_key *keys, size_t n);

UST_INLINE uint64_t ust_fingerprint(uint64_t fingerprint, uint64_t word)
{
    fingerprint = (fingerprint ^ word) * 0x9fb21c651e98df25u;
    return fingerprint ^ fingerprint >> 32;
}

/* The clock stands at the event that runs next. */
UST_INLINE void ust_event_begin(struct ust_engine *engine, ust_event_key key, uint32_t handler,
                                uint64_t argument)
{
    engine->now = ust_event_key_time(key);
    engine->events++;
    /* Time and half of the lane in the high word, lane and birth in the low one. The slot stays
     * out: which slots are free depends on how the queue works. */
    uint64_t word = (uint64_t)(key >> 64) ^
                    ((uint64_t)key >> UST_SLOT_BITS) * 0xd6e8feb86659fd93u ^
                    (argument + handler) * 0xa0761d6478bd642fu;
    engine->fingerprint = ust_fingerprint(engine->fingerprint, word);
}

UST_INLINE void ust_slot_free(struct ust_engine *engine, uint32_t slot)
{
    engine->slots[slot].argument = engine->slots_free;
    engine->slots_free = slot;
}

/* Runs the event of a run's key, unless it was cancelled. A fired timer is stale from here on,
 * even for its own handler. */
UST_INLINE void ust_slot_run(struct ust_engine *engine, ust_event_key key, ust_event_run *run)
{
    uint32_t slot = (uint32_t)key & UST_SLOT_MASK;
    struct ust_event_slot *event = &engine->slots[slot];
    uint32_t handler = event->handler;
    uint64_t argument = event->argument;
    ust_slot_free(engine, slot);
    event->generation += 2;
    if (__builtin_expect(handler == UST_HANDLER_CANCELLED, 0)) {
        engine->cancelled--;
        return;
    }
    ust_event_begin(engine, key, handler, argument);
    run(engine, handler, argument);
}

/* The same for a key of the tree. Its slot is free when the handler has returned, and has not
 * gone to the first event that the handler scheduled. */
UST_INLINE void ust_near_run(struct ust_engine *engine, ust_event_key key, ust_event_run *run)
{
    uint32_t slot = (uint32_t)key & UST_SLOT_MASK;
    struct ust_event_slot *event = &engine->slots[slot];
    uint32_t handler = event->handler;
    uint64_t argument = event->argument;
    ust_queue_begin(&engine->queue, slot);
    event->generation += 2;
    if (__builtin_expect(handler == UST_HANDLER_CANCELLED, 0)) {
        engine->cancelled--;
    } else {
        ust_event_begin(engine, key, handler, argument);
        run(engine, handler, argument);
    }
    if (ust_queue_end(&engine->queue))
        ust_slot_free(engine, slot);
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
    ust_event_begin(engine, key, handler, argument);
    ust_event_call(engine, handler, argument);
}

UST_INLINE void ust_stream_run(struct ust_engine *engine, ust_event_key key,
                               ust_source_run *run)
{
    struct ust_stream *stream = &engine->streams[(uint32_t)key & UST_SLOT_MASK];
    if (stream->delay >= 0) {
        ust_line_run(engine, stream, key);
        return;
    }
    ust_event_begin(engine, key, stream->handler, stream->argument);
    run(engine, stream, key);
}

UST_INLINE void ust_engine_loop(struct ust_engine *engine, ust_source_run *source,
                                ust_event_run *near)
{
    struct ust_queue *queue = &engine->queue;
    engine->stopped = false;
    engine->births_end = 0;
    for (;;) {
        if (__builtin_expect(engine->births >= engine->births_end, 0) &&
            !ust_engine_look(engine))
            return;
        ust_event_key top = queue->tree[1], limit = queue->limit;
        ust_event_key stream = engine->busy.tree[1];
        if (stream < top) {
            if (__builtin_expect(stream < limit, 1)) {
                ust_stream_run(engine, stream, source);
                continue;
            }
        } else if (top < limit) {
            ust_near_run(engine, top, near);
            continue;
        }
        if (limit != *queue->run) {
            ust_stream_run(engine, queue->guard, ust_source_call);
        } else if (ust_event_key_is_event(limit)) {
            queue->run++;
            ust_queue_limit(queue);
            ust_slot_run(engine, limit, ust_event_call);
        } else if (limit != UST_EVENT_IDLE) {
            ust_queue_refill(queue, ust_engine_keep_living, engine);
        } else {
            return;
        }
    }
}

#endif
