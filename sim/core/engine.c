#include "sim/core/engine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HEAP_START 1024u
#define HEAP_PAD                                                                               \
    8u /* three before the top, so that child groups lie on cache lines; four behind */

/* A large heap touches a page a level; huge pages keep these in the processor's page cache. */
#define HUGE_PAGE ((size_t)2 << 20)

static void *aligned_bytes(size_t bytes)
{
    size_t align = bytes >= HUGE_PAGE ? HUGE_PAGE : 64;
    bytes = (bytes + align - 1) / align * align;
    void *memory = aligned_alloc(align, bytes);
    if (memory == NULL)
        memory = ust_malloc(SIZE_MAX / 2); /* says that there is no memory, and exits */
    if (align == HUGE_PAGE)
        madvise(memory, bytes, MADV_HUGEPAGE); /* a wish: its failure changes nothing */
    return memory;
}

static ust_event_key *aligned_keys(size_t n)
{
    ust_event_key *keys = aligned_bytes(n * sizeof *keys);
    for (size_t i = 0; i < n; i++)
        keys[i] = UST_EVENT_IDLE;
    return keys;
}

void ust_engine_init(struct ust_engine *engine)
{
    *engine = (struct ust_engine){.slots_free = UST_NO_NODE, .nodes_free = UST_NO_NODE};
    engine->heap_capacity = HEAP_START;
    engine->heap = aligned_keys(HEAP_START + HEAP_PAD) + 3;
    engine->slots = aligned_bytes(HEAP_START * sizeof *engine->slots);
    engine->leaves = 1;
    engine->tree = aligned_keys(2);
}

void ust_engine_free(struct ust_engine *engine)
{
    free(engine->heap - 3);
    free(engine->slots);
    free(engine->tree);
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

__attribute__((noinline, cold)) uint32_t ust_heap_least(const ust_event_key *four)
{
    uint32_t left = four[1] < four[0], right = 2 + (four[3] < four[2]);
    return four[right] < four[left] ? right : left;
}

/* A pending event has a slot, so heap and slots grow together: slots are never fewer than keys.
 */
void ust_engine_grow_heap(struct ust_engine *engine)
{
    uint32_t capacity = engine->heap_capacity * 2;
    UST_ASSERT(capacity <= 1u << UST_SLOT_BITS);
    ust_event_key *heap = aligned_keys((size_t)capacity + HEAP_PAD) + 3;
    memcpy(heap, engine->heap, engine->heap_size * sizeof *heap);
    free(engine->heap - 3);
    engine->heap = heap;
    struct ust_event_slot *slots = aligned_bytes(capacity * sizeof *slots);
    memcpy(slots, engine->slots, engine->slots_used * sizeof *slots);
    free(engine->slots);
    engine->slots = slots;
    engine->heap_capacity = capacity;
}

void ust_engine_grow_nodes(struct ust_engine *engine)
{
    engine->nodes_capacity = engine->nodes_capacity * 2 + 256;
    engine->nodes = ust_realloc(engine->nodes, engine->nodes_capacity * sizeof *engine->nodes);
}

/* ---- streams ---- */

static uint32_t add_stream(struct ust_engine *engine, struct ust_stream stream)
{
    if (engine->streams_n == engine->streams_capacity) {
        engine->streams_capacity = engine->streams_capacity * 2 + 8;
        engine->streams =
            ust_realloc(engine->streams, engine->streams_capacity * sizeof *engine->streams);
    }
    uint32_t id = engine->streams_n++;
    engine->streams[id] = stream;
    if (engine->streams_n > engine->leaves) {
        uint32_t leaves = engine->leaves * 2;
        ust_event_key *tree = aligned_keys((size_t)leaves * 2);
        memcpy(tree + leaves, engine->tree + engine->leaves, engine->leaves * sizeof *tree);
        for (uint32_t at = leaves - 1; at > 0; at--)
            tree[at] = tree[2 * at] < tree[2 * at + 1] ? tree[2 * at] : tree[2 * at + 1];
        free(engine->tree);
        engine->tree = tree;
        engine->leaves = leaves;
    }
    return id;
}

uint32_t ust_source_new(struct ust_engine *engine, enum ust_lane lane, uint32_t handler,
                        uint64_t argument)
{
    return add_stream(engine, (struct ust_stream){.handler = handler,
                                                  .lane = lane,
                                                  .argument = argument,
                                                  .delay = -1,
                                                  .head = UST_NO_NODE,
                                                  .tail = UST_NO_NODE});
}

uint32_t ust_line_new(struct ust_engine *engine, ust_time delay, enum ust_lane lane,
                      uint32_t handler)
{
    UST_ASSERT(delay >= 0);
    return add_stream(engine, (struct ust_stream){.handler = handler,
                                                  .lane = lane,
                                                  .delay = delay,
                                                  .head = UST_NO_NODE,
                                                  .tail = UST_NO_NODE});
}

/* ---- the loop ---- */

static inline uint64_t stamp(uint64_t fingerprint, uint64_t word)
{
    fingerprint = (fingerprint ^ word) * 0x9fb21c651e98df25u;
    return fingerprint ^ fingerprint >> 32;
}

void ust_engine_stamp(struct ust_engine *engine, uint64_t word)
{
    engine->fingerprint = stamp(engine->fingerprint, word);
}

static inline void dispatch(struct ust_engine *engine, ust_event_key key, uint32_t handler,
                            uint64_t argument)
{
    engine->now = ust_event_key_time(key);
    engine->events++;
    /* Time and half of the lane in the high word; lane, birth and slot in the low one. */
    uint64_t word = (uint64_t)(key >> 64) ^ (uint64_t)key * 0xd6e8feb86659fd93u ^
                    (argument + handler) * 0xa0761d6478bd642fu;
    engine->fingerprint = stamp(engine->fingerprint, word);
    const struct ust_event_handler *what = &engine->handlers[handler];
    what->run(what->context, argument);
}

static void drop_top(struct ust_engine *engine)
{
    uint32_t size = --engine->heap_size;
    ust_event_key last = engine->heap[size];
    engine->heap[size] = UST_EVENT_IDLE;
    if (size > 0)
        ust_heap_sink(engine->heap, size, last);
}

static inline void free_slot(struct ust_engine *engine, uint32_t slot)
{
    engine->slots[slot].argument = engine->slots_free;
    engine->slots_free = slot;
}

static void run_heap(struct ust_engine *engine, ust_event_key key)
{
    uint32_t slot = (uint32_t)key & ((1u << UST_SLOT_BITS) - 1);
    struct ust_event_slot event = engine->slots[slot];
    free_slot(engine, slot);
    if (event.handler == UST_HANDLER_CANCELLED) {
        engine->cancelled--;
        drop_top(engine);
        return;
    }
    /* A fired timer is stale from here on, even for its own handler. */
    engine->slots[slot].handler = UST_HANDLER_CANCELLED;
    engine->top_is_handled = true;
    dispatch(engine, key, event.handler, event.argument);
    if (engine->top_is_handled) {
        engine->top_is_handled = false;
        drop_top(engine);
    }
}

static void run_line(struct ust_engine *engine, uint32_t id, ust_event_key key)
{
    struct ust_stream *stream = &engine->streams[id];
    if (stream->head == UST_NO_NODE || engine->nodes[stream->head].key != key) {
        /* The head that had this key was cancelled: put the true head's in its place. */
        ust_stream_key(engine, id,
                       stream->head == UST_NO_NODE ? UST_EVENT_IDLE
                                                   : engine->nodes[stream->head].key);
        return;
    }
    uint32_t argument = engine->nodes[stream->head].argument;
    uint32_t handler = stream->handler;
    ust_line_remove(engine, stream, stream->head);
    ust_stream_key(engine, id,
                   stream->head == UST_NO_NODE ? UST_EVENT_IDLE
                                               : engine->nodes[stream->head].key);
    dispatch(engine, key, handler, argument);
}

static inline void run_source(struct ust_engine *engine, uint32_t id, ust_event_key key)
{
    const struct ust_stream *stream = &engine->streams[id];
    dispatch(engine, key, stream->handler, stream->argument);
    if (engine->tree[engine->leaves + id] == key) /* not armed again */
        ust_stream_key(engine, id, UST_EVENT_IDLE);
}

/* More cancelled than living keys would make every operation pay for the dead. */
static void sweep_cancelled(struct ust_engine *engine)
{
    ust_event_key *heap = engine->heap;
    uint32_t kept = 0, size = engine->heap_size;
    for (uint32_t i = 0; i < size; i++) {
        uint32_t slot = (uint32_t)heap[i] & ((1u << UST_SLOT_BITS) - 1);
        if (engine->slots[slot].handler == UST_HANDLER_CANCELLED)
            free_slot(engine, slot);
        else
            heap[kept++] = heap[i];
    }
    for (uint32_t i = kept; i < size; i++)
        heap[i] = UST_EVENT_IDLE;
    /* Rising in index order rebuilds the heap in place; the order of keys is total, so what
     * comes out later does not depend on how they lie. */
    for (uint32_t i = 1; i < kept; i++)
        ust_heap_rise(heap, i, heap[i]);
    engine->heap_size = kept;
    engine->cancelled = 0;
}

void ust_engine_run(struct ust_engine *engine)
{
    const uint32_t slot_mask = (1u << UST_SLOT_BITS) - 1;
    engine->stopped = false;
    while (!engine->stopped) {
        ust_event_key top = engine->heap[0], stream = engine->tree[1];
        if (stream < top) {
            uint32_t id = (uint32_t)stream & slot_mask;
            if (engine->streams[id].delay < 0)
                run_source(engine, id, stream);
            else
                run_line(engine, id, stream);
        } else {
            if (top == UST_EVENT_IDLE)
                return;
            run_heap(engine, top);
            if (__builtin_expect(
                    engine->cancelled > 64 && engine->cancelled > engine->heap_size / 2, 0))
                sweep_cancelled(engine);
        }
    }
}

uint64_t ust_engine_pending(const struct ust_engine *engine)
{
    uint64_t pending = engine->heap_size - engine->cancelled;
    for (uint32_t i = 0; i < engine->streams_n; i++) {
        const struct ust_stream *stream = &engine->streams[i];
        if (stream->delay < 0)
            pending += engine->tree[engine->leaves + i] != UST_EVENT_IDLE;
        else
            for (uint32_t node = stream->head; node != UST_NO_NODE;
                 node = engine->nodes[node].next)
                pending++;
    }
    return pending;
}
