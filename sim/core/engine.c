#include "sim/core/engine.h"

#include <stdlib.h>
#include <string.h>

#include "sim/core/loop.h"

#define SLOTS_START 256u
#define SWEEP_MIN   64u

/* One handler may schedule as often as it likes, and the births are still far from the lane. */
#define BIRTHS_END  ((uint64_t)1 << (UST_BIRTH_BITS - 1))
#define BIRTHS_MASK (((uint64_t)1 << UST_BIRTH_BITS) - 1)

void ust_engine_init(struct ust_engine *engine)
{
    *engine = (struct ust_engine){.births_end = BIRTHS_END,
                                  .slots_free = UST_NO_NODE,
                                  .nodes_free = UST_NO_NODE,
                                  .sweep_at = SWEEP_MIN};
    ust_queue_init(&engine->queue);
    engine->slots_capacity = SLOTS_START;
    engine->slots = ust_queue_bytes(SLOTS_START * sizeof *engine->slots);
    ust_queue_slots(&engine->queue, SLOTS_START);
    engine->busy = (struct ust_stream_tree){ust_queue_keys(2), 1, 0};
    engine->seldom = (struct ust_stream_tree){ust_queue_keys(2), 1, 0};
}

void ust_engine_free(struct ust_engine *engine)
{
    ust_queue_free(&engine->queue);
    free(engine->slots);
    free(engine->busy.tree);
    free(engine->seldom.tree);
    free(engine->streams);
    free(engine->nodes);
    *engine = (struct ust_engine){0};
}

uint32_t ust_engine_handler(struct ust_engine *engine, ust_handler *run, void *context)
{
    UST_ASSERT(engine->handlers_n < UST_HANDLERS_MAX);
    engine->handlers[engine->handlers_n] = (struct ust_event_handler){run, context};
    return engine->handlers_n++;
}

void ust_engine_grow_slots(struct ust_engine *engine)
{
    uint32_t capacity = engine->slots_capacity * 2;
    if (capacity > UST_SLOT_MASK) /* the mask itself marks keys that are no events */
        capacity = UST_SLOT_MASK;
    UST_ASSERT(engine->slots_used < capacity);
    struct ust_event_slot *slots = ust_queue_bytes(capacity * sizeof *slots);
    memcpy(slots, engine->slots, engine->slots_used * sizeof *slots);
    free(engine->slots);
    engine->slots = slots;
    engine->slots_capacity = capacity;
    ust_queue_slots(&engine->queue, capacity);
}

void ust_engine_grow_nodes(struct ust_engine *engine)
{
    engine->nodes_capacity = engine->nodes_capacity * 2 + 256;
    engine->nodes = ust_realloc(engine->nodes, engine->nodes_capacity * sizeof *engine->nodes);
}

/* ---- streams ---- */

void ust_stream_seldom_key(struct ust_engine *engine, const struct ust_stream *stream,
                           ust_event_key key)
{
    ust_tree_set(engine->seldom.tree, stream->leaf, key);
    engine->queue.guard = engine->seldom.tree[1];
    ust_queue_limit(&engine->queue);
}

/* Twice as many leaves: those of before move. */
static void grow_streams(struct ust_engine *engine, struct ust_stream_tree *in)
{
    uint32_t leaves = in->leaves;
    ust_event_key *tree = ust_queue_keys((size_t)leaves * 4);
    memcpy(tree + 2 * leaves, in->tree + leaves, leaves * sizeof *tree);
    free(in->tree);
    in->tree = tree;
    in->leaves = 2 * leaves;
    ust_tree_replay(in->tree, in->leaves);
    for (uint32_t i = 0; i < engine->streams_n; i++)
        if (engine->streams[i].seldom == (in == &engine->seldom))
            engine->streams[i].leaf += leaves;
}

static uint32_t add_stream(struct ust_engine *engine, enum ust_lane lane,
                           struct ust_stream stream)
{
    if (engine->streams_n == engine->streams_capacity) {
        engine->streams_capacity = engine->streams_capacity * 2 + 8;
        engine->streams =
            ust_realloc(engine->streams, engine->streams_capacity * sizeof *engine->streams);
    }
    stream.seldom = lane >= UST_LANE_OBSERVE;
    struct ust_stream_tree *in = stream.seldom ? &engine->seldom : &engine->busy;
    if (in->used == in->leaves)
        grow_streams(engine, in);
    stream.leaf = in->leaves + in->used++;
    uint32_t id = engine->streams_n++;
    stream.stem = ust_event_stem(lane, id);
    engine->streams[id] = stream;
    return id;
}

uint32_t ust_source_new(struct ust_engine *engine, enum ust_lane lane, uint32_t handler,
                        uint64_t argument)
{
    return add_stream(engine, lane,
                      (struct ust_stream){.handler = handler,
                                          .argument = argument,
                                          .mark = ust_event_mark(handler, argument),
                                          .delay = -1,
                                          .head = UST_NO_NODE,
                                          .tail = UST_NO_NODE});
}

uint32_t ust_line_new(struct ust_engine *engine, ust_time delay, enum ust_lane lane,
                      uint32_t handler)
{
    UST_ASSERT(delay >= 0);
    UST_ASSERT(delay <= INT64_MAX / 2); /* added to any time of a run, it must not wrap */
    return add_stream(
        engine, lane,
        (struct ust_stream){
            .handler = handler, .delay = delay, .head = UST_NO_NODE, .tail = UST_NO_NODE});
}

/* ---- the loop ---- */

void ust_engine_stamp(struct ust_engine *engine, uint64_t word)
{
    engine->fingerprint = ust_fingerprint(engine->fingerprint, word);
}

/* Forgets cancelled events as their keys move, and by looking brings the slots of those that
 * soon happen into the cache. */
size_t ust_engine_keep_living(void *context, ust_event_key *keys, size_t n)
{
    struct ust_engine *engine = context;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t slot = (uint32_t)keys[i] & UST_SLOT_MASK;
        keys[kept] = keys[i];
        if (__builtin_expect(engine->slots[slot].handler != UST_HANDLER_CANCELLED, 1)) {
            kept++;
        } else {
            ust_slot_free(engine, slot);
            engine->slots[slot].generation += 2;
            engine->cancelled--;
        }
    }
    return kept;
}

/* More cancelled than living keys would make every operation pay for the dead. */
static void sweep_cancelled(struct ust_engine *engine)
{
    uint64_t size = ust_queue_size(&engine->queue);
    if (engine->cancelled > size / 2) {
        size -= engine->cancelled;
        ust_queue_filter(&engine->queue, ust_engine_keep_living, engine);
    }
    engine->sweep_at = SWEEP_MIN + (uint32_t)(size / 2);
}

/* ---- birth numbers ---- */

struct births {
    uint64_t *list;
    size_t n;
};

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t list_births(void *context, ust_event_key *keys, size_t n)
{
    struct births *births = context;
    for (size_t i = 0; i < n; i++)
        if (keys[i] != UST_EVENT_IDLE)
            births->list[births->n++] = (uint64_t)keys[i] >> UST_SLOT_BITS & BIRTHS_MASK;
    return n;
}

static size_t replace_births(void *context, ust_event_key *keys, size_t n)
{
    const struct births *births = context;
    for (size_t i = 0; i < n; i++) {
        if (keys[i] == UST_EVENT_IDLE)
            continue;
        uint64_t old = (uint64_t)keys[i] >> UST_SLOT_BITS & BIRTHS_MASK;
        const uint64_t *found = bsearch(&old, births->list, births->n, sizeof old, by_number);
        uint64_t place = (uint64_t)(found - births->list) + 1;
        keys[i] ^= (ust_event_key)(old ^ place) << UST_SLOT_BITS;
    }
    return n;
}

static void for_each_key(struct ust_engine *engine, ust_queue_keep *visit, void *context)
{
    ust_queue_filter(&engine->queue, visit, context);
    visit(context, engine->busy.tree + engine->busy.leaves, engine->busy.leaves);
    visit(context, engine->seldom.tree + engine->seldom.leaves, engine->seldom.leaves);
    for (uint32_t i = 0; i < engine->streams_n; i++)
        for (uint32_t node = engine->streams[i].head; node != UST_NO_NODE;
             node = engine->nodes[node].next)
            visit(context, &engine->nodes[node].key, 1);
}

/* Births have run far: what is pending is born again, in the old order, as 1, 2, 3... Cancelled
 * events go first: when they leave depends on the queue, and results must not. */
static void renumber(struct ust_engine *engine)
{
    ust_queue_filter(&engine->queue, ust_engine_keep_living, engine);
    struct births births = {.n = 0};
    births.list =
        ust_malloc((ust_queue_size(&engine->queue) + engine->streams_n + engine->nodes_used) *
                   sizeof *births.list);
    for_each_key(engine, list_births, &births);
    qsort(births.list, births.n, sizeof *births.list, by_number);
    size_t n = 0; /* a line's head has its key in the tree as well */
    for (size_t i = 0; i < births.n; i++)
        if (i == 0 || births.list[i] != births.list[i - 1])
            births.list[n++] = births.list[i];
    births.n = n;
    for_each_key(engine, replace_births, &births);
    ust_tree_replay(engine->busy.tree, engine->busy.leaves);
    ust_tree_replay(engine->seldom.tree, engine->seldom.leaves);
    engine->queue.guard = engine->seldom.tree[1];
    ust_queue_limit(&engine->queue);
    engine->births = births.n;
    free(births.list);
}

bool ust_engine_look(struct ust_engine *engine)
{
    if (engine->stopped)
        return false;
    if (engine->cancelled > engine->sweep_at)
        sweep_cancelled(engine);
    if (engine->births >= BIRTHS_END)
        renumber(engine);
    engine->queue.halted = false;
    ust_queue_limit(&engine->queue);
    return true;
}

void ust_engine_tie(struct ust_engine *engine)
{
    struct ust_heads heads;
    ust_heads_read(engine, &heads);
    if (heads.stream < heads.top)
        ust_stream_call(engine, &heads, ust_stream_of(engine, heads.stream));
    else
        ust_tree_run(engine, &heads, ust_near_call);
}

void ust_engine_run(struct ust_engine *engine)
{
    ust_engine_loop(engine, ust_stream_call, ust_near_call);
}

uint64_t ust_engine_pending(const struct ust_engine *engine)
{
    uint64_t pending = ust_queue_size(&engine->queue) - engine->cancelled;
    for (uint32_t i = 0; i < engine->streams_n; i++) {
        const struct ust_stream *stream = &engine->streams[i];
        if (stream->delay < 0)
            pending += ust_stream_head(engine, stream) != UST_EVENT_IDLE;
        else
            for (uint32_t node = stream->head; node != UST_NO_NODE;
                 node = engine->nodes[node].next)
                pending++;
    }
    return pending;
}
