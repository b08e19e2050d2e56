#include "sim/core/queue.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/base/arena.h"
#include "sim/base/assert.h"
#include "sim/core/sort.h"

#define HUGE_PAGE ((size_t)2 << 20)

void *ust_queue_bytes(size_t bytes)
{
    size_t align = bytes >= HUGE_PAGE ? HUGE_PAGE : 64;
    bytes = (bytes + align - 1) / align * align;
    void *memory = aligned_alloc(align, bytes);
    if (memory == NULL)
        ust_out_of_memory(bytes);
    if (align == HUGE_PAGE)
        madvise(memory, bytes, MADV_HUGEPAGE); /* a wish: its failure changes nothing */
    return memory;
}

ust_event_key *ust_queue_keys(size_t n)
{
    ust_event_key *keys = ust_queue_bytes(n * sizeof *keys);
    for (size_t i = 0; i < n; i++)
        keys[i] = UST_EVENT_IDLE;
    return keys;
}

/* ---- the tree ---- */

/* Gives the tree so many leaves, the first `used` of them with keys. */
static void set_leaves(struct ust_queue *queue, uint32_t leaves, uint32_t used)
{
    ust_event_key *tree = queue->tree;
    for (uint32_t at = leaves; at < leaves + used; at++)
        queue->at_of[(uint32_t)tree[at] & UST_SLOT_MASK] = at;
    for (uint32_t at = leaves + used; at < 2 * leaves; at++)
        tree[at] = UST_EVENT_IDLE;
    ust_tree_replay(tree, leaves);
    queue->leaves = leaves;
    queue->free_n = 0;
    for (uint32_t at = 2 * leaves; at > leaves + used; at--)
        queue->free_at[queue->free_n++] = at - 1;
}

/* All leaves have keys: twice as many. */
static void grow_tree(struct ust_queue *queue)
{
    uint32_t leaves = queue->leaves;
    if (2 * leaves > queue->leaves_capacity) {
        queue->leaves_capacity = 2 * leaves;
        ust_event_key *tree = ust_queue_keys((size_t)4 * leaves);
        memcpy(tree, queue->tree, (size_t)2 * leaves * sizeof *tree);
        free(queue->tree);
        queue->tree = tree;
        queue->free_at =
            ust_realloc(queue->free_at, (size_t)2 * leaves * sizeof *queue->free_at);
    }
    memcpy(queue->tree + 2 * leaves, queue->tree + leaves, leaves * sizeof *queue->tree);
    set_leaves(queue, 2 * leaves, leaves);
}

/* Few leaves have keys: half as many. */
static void shrink_tree(struct ust_queue *queue)
{
    uint32_t leaves = queue->leaves / 2, used = 0;
    ust_event_key *tree = queue->tree;
    for (uint32_t at = 2 * leaves; at < 4 * leaves; at++) {
        if (tree[at] != UST_EVENT_IDLE)
            tree[leaves + used++] = tree[at]; /* never ahead of what is read */
    }
    set_leaves(queue, leaves, used);
}

void ust_queue_drop(struct ust_queue *queue, uint32_t slot)
{
    uint32_t at = queue->at_of[slot];
    ust_tree_set(queue->tree, at, UST_EVENT_IDLE);
    queue->free_at[queue->free_n++] = at;
    /* At a quarter, so that the tree does not swing between two sizes. */
    if (__builtin_expect(queue->free_n > queue->leaves / 4 * 3, 0) && queue->leaves > 2)
        shrink_tree(queue);
}

/* ---- the wheel ---- */

#define BLOCK_CHUNKS_MIN 63u

static void add_block(struct ust_queue *queue)
{
    uint32_t n = queue->blocks == NULL ? BLOCK_CHUNKS_MIN : 2 * queue->blocks->n + 1;
    struct ust_chunk *chunks = ust_queue_bytes((n + 1) * sizeof *chunks);
    struct ust_chunk_block *block = (struct ust_chunk_block *)chunks; /* instead of the first */
    *block = (struct ust_chunk_block){queue->blocks, n};
    queue->blocks = block;
    for (uint32_t i = n; i > 0; i--) {
        chunks[i].next = queue->free_chunks;
        queue->free_chunks = &chunks[i];
    }
}

static void free_chunk(struct ust_queue *queue, struct ust_chunk *chunk)
{
    chunk->next = queue->free_chunks;
    queue->free_chunks = chunk;
}

static void add_chunk(struct ust_queue *queue, uint32_t level, uint32_t index)
{
    if (queue->free_chunks == NULL)
        add_block(queue);
    struct ust_chunk *chunk = queue->free_chunks;
    queue->free_chunks = chunk->next;
    struct ust_bin *bin = &queue->bins[level * UST_WHEEL_BINS + index];
    if (bin->at == NULL) {
        bin->first = chunk;
        queue->bins_used[level] |= (uint64_t)1 << index;
        queue->levels_used |= 1u << level;
    } else {
        bin->last->next = chunk;
    }
    chunk->next = NULL;
    bin->last = chunk;
    bin->at = chunk->keys;
    bin->end = chunk->keys + UST_CHUNK_KEYS;
}

static inline void append(struct ust_queue *queue, uint32_t level, uint32_t index,
                          ust_event_key key)
{
    struct ust_bin *bin = &queue->bins[level * UST_WHEEL_BINS + index];
    if (bin->at == bin->end)
        add_chunk(queue, level, index);
    *bin->at++ = key;
}

/* A key at the cursor itself belongs to the finest level. */
static inline uint32_t level_of(uint64_t time, uint64_t cursor)
{
    return (63u - (uint32_t)__builtin_clzll((time ^ cursor) | 1)) / UST_WHEEL_BITS;
}

static inline uint32_t index_of(uint64_t time, uint32_t level)
{
    return (uint32_t)(time >> level * UST_WHEEL_BITS) & (UST_WHEEL_BINS - 1);
}

void ust_queue_wait(struct ust_queue *queue, ust_event_key key)
{
    uint64_t time = (uint64_t)(key >> 65);
    uint32_t level = level_of(time, queue->cursor);
    append(queue, level, index_of(time, level), key);
    queue->waiting++;
}

/* Takes the bin out of the wheel; its keys still lie in its chunks. */
static struct ust_bin take_bin(struct ust_queue *queue, uint32_t level, uint32_t index)
{
    struct ust_bin *bin = &queue->bins[level * UST_WHEEL_BINS + index];
    struct ust_bin taken = *bin;
    *bin = (struct ust_bin){0};
    queue->bins_used[level] &= ~((uint64_t)1 << index);
    if (queue->bins_used[level] == 0)
        queue->levels_used &= ~(1u << level);
    return taken;
}

static inline uint32_t keys_in(const struct ust_bin *bin, const struct ust_chunk *chunk)
{
    return chunk == bin->last ? (uint32_t)(bin->at - chunk->keys) : UST_CHUNK_KEYS;
}

static bool holds_more_than(const struct ust_bin *bin, size_t n)
{
    size_t count = 0;
    for (const struct ust_chunk *chunk = bin->first; chunk != NULL && count <= n;
         chunk = chunk->next)
        count += keys_in(bin, chunk);
    return count > n;
}

/* Moves keys to their bins of the level; the number of keys. They stay in the order of their
 * coming, which is often nearly that of their going. */
static size_t spread(struct ust_queue *queue, struct ust_bin bin, uint32_t level)
{
    size_t count = 0;
    for (struct ust_chunk *chunk = bin.first, *next; chunk != NULL; chunk = next) {
        uint32_t n = keys_in(&bin, chunk);
        for (uint32_t i = 0; i < n; i++)
            append(queue, level, index_of((uint64_t)(chunk->keys[i] >> 65), level),
                   chunk->keys[i]);
        count += n;
        next = chunk->next;
        free_chunk(queue, chunk);
    }
    return count;
}

/* Below every key at the horizon, above every one before it. */
static ust_event_key marker(uint64_t horizon)
{
    return horizon == UST_NO_HORIZON ? UST_EVENT_IDLE
                                     : (ust_event_key)horizon << 65 | UST_SLOT_MASK;
}

/* The tree holds too many: all keys go to the wheel, and the marker comes up next. */
static void spill(struct ust_queue *queue, ust_time now)
{
    /* Bins below the level at which the cursor steps back are bins of another place now. */
    uint64_t before = queue->cursor, moved = 0;
    queue->cursor = (uint64_t)now;
    uint32_t levels = level_of(before, queue->cursor);
    while (queue->levels_used & ((1u << levels) - 1)) {
        uint32_t level = (uint32_t)__builtin_ctz(queue->levels_used);
        uint32_t index = (uint32_t)__builtin_ctzll(queue->bins_used[level]);
        moved += spread(queue, take_bin(queue, level, index), levels);
    }
    moved -= queue->waiting;
    for (; ust_event_key_is_event(*queue->run); queue->run++)
        ust_queue_wait(queue, *queue->run);
    for (uint32_t at = queue->leaves; at < 2 * queue->leaves; at++)
        if (queue->tree[at] != UST_EVENT_IDLE)
            ust_queue_wait(queue, queue->tree[at]);
    moved += queue->waiting;
    set_leaves(queue, 1, 0);
    queue->horizon = (uint64_t)now;
    queue->run = queue->run_keys;
    *queue->run = marker(queue->horizon);
    ust_queue_limit(queue);
    /* What was moved in vain must be paid by as many pushes before it is moved again. */
    uint32_t limit = moved < UINT32_MAX ? (uint32_t)moved : UINT32_MAX;
    queue->near_limit = limit > queue->near_default ? limit : queue->near_default;
}

void ust_queue_push_more(struct ust_queue *queue, ust_event_key key, ust_time now)
{
    if (queue->leaves >= queue->near_limit) {
        spill(queue, now);
        ust_queue_wait(queue, key);
    } else {
        grow_tree(queue);
        ust_queue_push(queue, key, now);
    }
}

/* ---- the run ---- */

static void reserve_run(struct ust_queue *queue, size_t n)
{
    n = UST_SORT_SPACE(n) + 1; /* and the marker */
    if (n <= queue->run_capacity)
        return;
    n = n > 2 * (size_t)queue->run_capacity ? n : 2 * (size_t)queue->run_capacity;
    UST_ASSERT(n < UINT32_MAX);
    ust_event_key *keys = ust_queue_bytes(n * sizeof *keys);
    memcpy(keys, queue->run_keys, queue->run_capacity * sizeof *keys);
    queue->run = keys + (queue->run - queue->run_keys);
    free(queue->run_keys);
    free(queue->run_spare);
    queue->run_keys = keys;
    queue->run_spare = ust_queue_bytes(n * sizeof *keys);
    queue->run_capacity = (uint32_t)n;
}

/* Sorts run_keys[0..n) and ends it with the marker. */
static void sort_run(struct ust_queue *queue, size_t n)
{
    ust_event_key *sorted = ust_keys_sort(queue->run_keys, queue->run_spare, n);
    if (sorted != queue->run_keys) {
        queue->run_spare = queue->run_keys;
        queue->run_keys = sorted;
    }
    queue->run = queue->run_keys;
    queue->run_keys[n] = marker(queue->horizon);
    ust_queue_limit(queue);
}

/* Moves a bin's keys to the end of the run. */
static size_t collect(struct ust_queue *queue, struct ust_bin bin, size_t n)
{
    for (struct ust_chunk *chunk = bin.first, *next; chunk != NULL; chunk = next) {
        reserve_run(queue, n + UST_CHUNK_KEYS);
        uint32_t some = keys_in(&bin, chunk);
        memcpy(queue->run_keys + n, chunk->keys, some * sizeof *queue->run_keys);
        n += some;
        next = chunk->next;
        free_chunk(queue, chunk);
    }
    return n;
}

void ust_queue_refill(struct ust_queue *queue, ust_queue_keep *keep, void *context)
{
    size_t n = 0;
    while (queue->levels_used != 0 && n < UST_RUN_MIN) {
        uint32_t level = (uint32_t)__builtin_ctz(queue->levels_used);
        uint32_t index = (uint32_t)__builtin_ctzll(queue->bins_used[level]);
        bool many =
            holds_more_than(&queue->bins[level * UST_WHEEL_BINS + index], UST_RUN_MAX - n);
        if (many && n > 0)
            break;
        struct ust_bin bin = take_bin(queue, level, index);
        /* The bin's times share the bits above its level with the cursor. */
        uint32_t shift = level * UST_WHEEL_BITS, above = shift + UST_WHEEL_BITS;
        uint64_t start = (uint64_t)index << shift;
        if (above < 64)
            start |= queue->cursor >> above << above;
        if (many && level > 0) {
            queue->cursor = start;
            spread(queue, bin, level - 1);
        } else {
            queue->cursor = start | (((uint64_t)1 << shift) - 1);
            size_t before = n;
            n = collect(queue, bin, n);
            queue->waiting -= n - before;
        }
    }
    queue->horizon = queue->waiting > 0 ? queue->cursor + 1 : UST_NO_HORIZON;
    queue->near_limit /= 2;
    if (queue->near_limit < queue->near_default)
        queue->near_limit = queue->near_default;
    sort_run(queue, keep(context, queue->run_keys, n));
}

/* ---- all of it ---- */

void ust_queue_filter(struct ust_queue *queue, ust_queue_keep *keep, void *context)
{
    ust_event_key *tree = queue->tree;
    for (uint32_t at = queue->leaves; at < 2 * queue->leaves; at++) {
        if (tree[at] != UST_EVENT_IDLE && keep(context, &tree[at], 1) == 0) {
            tree[at] = UST_EVENT_IDLE;
            queue->free_at[queue->free_n++] = at;
        }
    }
    ust_tree_replay(tree, queue->leaves);
    size_t n = 0;
    while (ust_event_key_is_event(queue->run[n]))
        n++;
    queue->run[keep(context, queue->run, n)] = queue->run[n];
    ust_queue_limit(queue);
    for (uint32_t level = 0; level < UST_WHEEL_LEVELS; level++)
        for (uint32_t index = 0; index < UST_WHEEL_BINS; index++) {
            struct ust_bin bin = take_bin(queue, level, index);
            for (struct ust_chunk *chunk = bin.first, *next; chunk != NULL; chunk = next) {
                uint32_t some = keys_in(&bin, chunk);
                uint32_t kept = (uint32_t)keep(context, chunk->keys, some);
                for (uint32_t i = 0; i < kept; i++)
                    append(queue, level, index, chunk->keys[i]);
                queue->waiting -= some - kept;
                next = chunk->next;
                free_chunk(queue, chunk);
            }
        }
}

uint64_t ust_queue_size(const struct ust_queue *queue)
{
    uint64_t size = queue->waiting + (queue->leaves - queue->free_n);
    for (const ust_event_key *key = queue->run; ust_event_key_is_event(*key); key++)
        size++;
    return queue->under_way == UST_NO_SLOT ? size : size - 1;
}

void ust_queue_init(struct ust_queue *queue)
{
    *queue = (struct ust_queue){.horizon = UST_NO_HORIZON,
                                .under_way = UST_NO_SLOT,
                                .guard = UST_EVENT_IDLE,
                                .limit = UST_EVENT_IDLE};
    ust_queue_near(queue, UST_NEAR_MAX);
    queue->leaves_capacity = 16;
    queue->tree = ust_queue_keys(2 * queue->leaves_capacity);
    queue->free_at = ust_malloc(queue->leaves_capacity * sizeof *queue->free_at);
    set_leaves(queue, 1, 0);
    queue->run_capacity = 2 * UST_RUN_MAX;
    queue->run_keys = ust_queue_keys(queue->run_capacity);
    queue->run_spare = ust_queue_keys(queue->run_capacity);
    queue->run = queue->run_keys;
}

void ust_queue_free(struct ust_queue *queue)
{
    free(queue->tree);
    free(queue->free_at);
    free(queue->at_of);
    free(queue->run_keys);
    free(queue->run_spare);
    for (struct ust_chunk_block *block = queue->blocks, *older; block != NULL; block = older) {
        older = block->older;
        free(block);
    }
    *queue = (struct ust_queue){0};
}

void ust_queue_slots(struct ust_queue *queue, uint32_t slots)
{
    queue->at_of = ust_realloc(queue->at_of, slots * sizeof *queue->at_of);
}

void ust_queue_near(struct ust_queue *queue, uint32_t near_max)
{
    queue->near_default = queue->near_limit = near_max;
}
