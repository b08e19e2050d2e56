#include "sim/core/queue.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/base/arena.h"
#include "sim/base/assert.h"

#define HEAP_START   256u
#define CHUNKS_START 64u
#define NO_CHUNK     UINT32_MAX

/* Three before the top, so that child groups lie on cache lines; four behind the last. */
#define HEAP_BEFORE 3u
#define HEAP_PAD    8u

#define HUGE_PAGE ((size_t)2 << 20)

void *ust_queue_bytes(size_t bytes)
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

ust_event_key *ust_queue_keys(size_t n)
{
    ust_event_key *keys = ust_queue_bytes(n * sizeof *keys);
    for (size_t i = 0; i < n; i++)
        keys[i] = UST_EVENT_IDLE;
    return keys;
}

/* ---- the heap ---- */

uint32_t ust_heap_least(const ust_event_key *four)
{
    uint32_t left = four[1] < four[0], right = 2 + (four[3] < four[2]);
    return four[right] < four[left] ? right : left;
}

static void rise(ust_event_key *heap, uint32_t at, ust_event_key key)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / 4;
        if (heap[parent] < key)
            break;
        heap[at] = heap[parent];
        at = parent;
    }
    heap[at] = key;
}

static void grow_heap(struct ust_queue *queue)
{
    uint32_t capacity = queue->heap_capacity * 2;
    ust_event_key *heap = ust_queue_keys((size_t)capacity + HEAP_PAD) + HEAP_BEFORE;
    memcpy(heap, queue->heap, queue->heap_size * sizeof *heap);
    free(queue->heap - HEAP_BEFORE);
    queue->heap = heap;
    queue->heap_capacity = capacity;
}

void ust_queue_rise(struct ust_queue *queue, ust_event_key key)
{
    if (queue->heap_size == queue->heap_capacity)
        grow_heap(queue);
    rise(queue->heap, queue->heap_size++, key);
}

void ust_queue_drop_top(struct ust_queue *queue)
{
    uint32_t size = --queue->heap_size;
    ust_event_key last = queue->heap[size];
    queue->heap[size] = UST_EVENT_IDLE;
    if (size > 0)
        ust_heap_sink(queue->heap, size, last);
}

/* ---- the wheel ---- */

static uint32_t new_chunk(struct ust_queue *queue)
{
    uint32_t chunk = queue->chunks_free;
    if (chunk != NO_CHUNK) {
        queue->chunks_free = queue->chunk_next[chunk];
        return chunk;
    }
    if (queue->chunks_used == queue->chunks_capacity) {
        uint32_t capacity = queue->chunks_capacity * 2 + CHUNKS_START;
        const size_t bytes = UST_CHUNK_KEYS * sizeof *queue->chunks;
        ust_event_key *chunks = ust_queue_bytes(capacity * bytes);
        if (queue->chunks_used > 0)
            memcpy(chunks, queue->chunks, queue->chunks_used * bytes);
        free(queue->chunks);
        queue->chunks = chunks;
        queue->chunk_next = ust_realloc(queue->chunk_next, capacity * sizeof(uint32_t));
        queue->chunks_capacity = capacity;
    }
    return queue->chunks_used++;
}

static inline void append(struct ust_queue *queue, uint32_t level, uint32_t index,
                          ust_event_key key)
{
    struct ust_bin *bin = &queue->bins[level * UST_WHEEL_BINS + index];
    uint32_t at = bin->count++ % UST_CHUNK_KEYS;
    if (at == 0) {
        uint32_t chunk = new_chunk(queue);
        if (bin->count == 1) {
            bin->first = chunk;
            queue->bins_used[level] |= (uint64_t)1 << index;
            queue->levels_used |= 1u << level;
        } else {
            queue->chunk_next[bin->last] = chunk;
        }
        bin->last = chunk;
    }
    queue->chunks[(size_t)bin->last * UST_CHUNK_KEYS + at] = key;
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

/* Gives the bin's next keys, at most a chunk, and their number; the chunk before goes back. */
static uint32_t next_keys(struct ust_queue *queue, struct ust_bin *bin, uint32_t *chunk)
{
    *chunk = bin->first;
    uint32_t n = bin->count < UST_CHUNK_KEYS ? bin->count : UST_CHUNK_KEYS;
    bin->count -= n;
    if (n > 0)
        bin->first = queue->chunk_next[bin->first];
    return n;
}

static void free_chunk(struct ust_queue *queue, uint32_t chunk)
{
    queue->chunk_next[chunk] = queue->chunks_free;
    queue->chunks_free = chunk;
}

/* The keys stay in order of their coming, which is often nearly the order of their going. */
static void spread(struct ust_queue *queue, struct ust_bin bin, uint32_t level)
{
    uint32_t chunk, n;
    while ((n = next_keys(queue, &bin, &chunk)) > 0) {
        for (uint32_t i = 0; i < n; i++) {
            ust_event_key key = queue->chunks[(size_t)chunk * UST_CHUNK_KEYS + i];
            append(queue, level, index_of((uint64_t)(key >> 65), level), key);
        }
        free_chunk(queue, chunk);
    }
}

/* ---- the run ---- */

static void reserve_run(struct ust_queue *queue, size_t n)
{
    n = (n + 7) / 8 * 8 + 8; /* whole blocks, and the marker */
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

/* Eight keys in order: each pair is compared once, and a key's place is the number of keys
 * before it. No branch depends on the keys. */
static void sort_eight(const ust_event_key *from, ust_event_key *to)
{
    uint32_t place[8] = {0, 1, 2, 3, 4, 5, 6, 7};
#pragma GCC unroll 8
    for (uint32_t i = 1; i < 8; i++) {
#pragma GCC unroll 8
        for (uint32_t j = 0; j < i; j++) {
            uint32_t less = from[i] < from[j];
            place[i] -= less;
            place[j] += less;
        }
    }
    for (uint32_t i = 0; i < 8; i++)
        to[place[i]] = from[i];
}

/* Two sorted halves of one length, from both ends at once. Every step is a compare and a few
 * additions; the two chains run side by side, and neither can leave its half before the end. */
static void merge_halves(const ust_event_key *from, size_t half, ust_event_key *to)
{
    const ust_event_key *left = from, *right = from + half;
    const ust_event_key *left_end = from + half - 1, *right_end = from + 2 * half - 1;
    ust_event_key *last = to + 2 * half - 1;
    for (size_t step = half; step > 0; step--) {
        ptrdiff_t less = -(ptrdiff_t)(*right < *left);
        *to++ = *(left + ((right - left) & less));
        right -= less;
        left += 1 + less;
        ptrdiff_t more = -(ptrdiff_t)(*right_end < *left_end);
        *last-- = *(right_end + ((left_end - right_end) & more));
        left_end += more;
        right_end -= 1 + more;
    }
}

/* A whole one and a shorter one. */
static void merge_rest(const ust_event_key *from, size_t half, size_t whole, ust_event_key *to)
{
    const ust_event_key *left = from, *right = from + half;
    const ust_event_key *middle = right, *end = from + whole;
    while (left < middle && right < end)
        *to++ = *right < *left ? *right++ : *left++;
    memcpy(to, left, (size_t)(middle - left) * sizeof *to);
    memcpy(to + (middle - left), right, (size_t)(end - right) * sizeof *to);
}

static bool is_sorted(const ust_event_key *keys, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (keys[i] < keys[i - 1])
            return false;
    return true;
}

/* Sorts run_keys[0..n) and ends it with the marker. */
static void sort_run(struct ust_queue *queue, size_t n)
{
    if (!is_sorted(queue->run_keys, n)) {
        size_t padded = (n + 7) / 8 * 8;
        for (size_t i = n; i < padded; i++)
            queue->run_keys[i] = UST_EVENT_IDLE;
        ust_event_key *from = queue->run_keys, *to = queue->run_spare;
        for (size_t i = 0; i < padded; i += 8)
            sort_eight(from + i, to + i);
        for (size_t half = 8; half < padded; half *= 2) {
            ust_event_key *swap = from;
            from = to;
            to = swap;
            for (size_t i = 0; i < padded; i += 2 * half) {
                size_t whole = padded - i < 2 * half ? padded - i : 2 * half;
                if (whole == 2 * half)
                    merge_halves(from + i, half, to + i);
                else
                    merge_rest(from + i, whole < half ? whole : half, whole, to + i);
            }
        }
        queue->run_keys = to;
        queue->run_spare = from;
    }
    queue->run = queue->run_keys;
    queue->run_keys[n] = ((ust_event_key)queue->horizon << 65) - 1;
}

/* Moves a bin's keys to the end of the run. */
static size_t collect(struct ust_queue *queue, struct ust_bin bin, size_t n)
{
    reserve_run(queue, n + bin.count);
    uint32_t chunk, some;
    while ((some = next_keys(queue, &bin, &chunk)) > 0) {
        memcpy(queue->run_keys + n, queue->chunks + (size_t)chunk * UST_CHUNK_KEYS,
               some * sizeof *queue->run_keys);
        n += some;
        free_chunk(queue, chunk);
    }
    return n;
}

void ust_queue_refill(struct ust_queue *queue, ust_queue_keep *keep, void *context)
{
    size_t n = 0;
    while (queue->levels_used != 0) {
        uint32_t level = (uint32_t)__builtin_ctz(queue->levels_used);
        uint32_t index = (uint32_t)__builtin_ctzll(queue->bins_used[level]);
        uint32_t count = queue->bins[level * UST_WHEEL_BINS + index].count;
        if (n > 0 && (n >= UST_RUN_MIN || n + count > UST_RUN_MAX))
            break;
        /* The bin's times share the bits above its level with the cursor. */
        uint32_t shift = level * UST_WHEEL_BITS, above = shift + UST_WHEEL_BITS;
        uint64_t start = (uint64_t)index << shift;
        if (above < 64)
            start |= queue->cursor >> above << above;
        struct ust_bin bin = take_bin(queue, level, index);
        if (count > UST_RUN_MAX && level > 0) {
            queue->cursor = start;
            spread(queue, bin, level - 1);
        } else {
            n = collect(queue, bin, n);
            queue->waiting -= count;
            queue->cursor = start | (((uint64_t)1 << shift) - 1);
        }
    }
    queue->horizon = queue->waiting > 0 ? queue->cursor + 1 : UST_NO_HORIZON;
    queue->near_limit = queue->near_default;
    sort_run(queue, keep(context, queue->run_keys, n));
}

void ust_queue_spill(struct ust_queue *queue, ust_time now, ust_queue_keep *keep, void *context)
{
    /* Bins below the level at which the cursor steps back are bins of another place now. */
    uint64_t before = queue->cursor, moved = 0;
    queue->cursor = (uint64_t)now;
    uint32_t levels = level_of(before, queue->cursor);
    while (queue->levels_used & ((1u << levels) - 1)) {
        uint32_t level = (uint32_t)__builtin_ctz(queue->levels_used);
        struct ust_bin bin =
            take_bin(queue, level, (uint32_t)__builtin_ctzll(queue->bins_used[level]));
        moved += bin.count;
        spread(queue, bin, levels);
    }
    for (; ust_event_key_is_event(*queue->run); queue->run++, moved++)
        ust_queue_wait(queue, *queue->run);
    for (uint32_t i = 0; i < queue->heap_size; i++) {
        ust_queue_wait(queue, queue->heap[i]);
        queue->heap[i] = UST_EVENT_IDLE;
    }
    queue->heap_size = 0;
    ust_queue_refill(queue, keep, context);
    /* What was moved in vain must be paid by as many pushes before it is moved again. */
    queue->near_limit += moved < UINT32_MAX / 2 ? (uint32_t)moved : UINT32_MAX / 2;
}

/* ---- all of it ---- */

void ust_queue_filter(struct ust_queue *queue, ust_queue_keep *keep, void *context)
{
    ust_event_key *heap = queue->heap, *run = queue->run;
    uint32_t size = queue->heap_size;
    queue->heap_size = (uint32_t)keep(context, heap, size);
    for (uint32_t i = queue->heap_size; i < size; i++)
        heap[i] = UST_EVENT_IDLE;
    for (uint32_t i = 1; i < queue->heap_size; i++)
        rise(heap, i, heap[i]);
    size_t n = 0;
    while (ust_event_key_is_event(run[n]))
        n++;
    run[keep(context, run, n)] = run[n];
    for (uint32_t level = 0; level < UST_WHEEL_LEVELS; level++)
        for (uint32_t index = 0; index < UST_WHEEL_BINS; index++) {
            struct ust_bin bin = take_bin(queue, level, index);
            uint32_t chunk, some;
            while ((some = next_keys(queue, &bin, &chunk)) > 0) {
                ust_event_key *keys = queue->chunks + (size_t)chunk * UST_CHUNK_KEYS;
                ust_event_key left[UST_CHUNK_KEYS];
                memcpy(left, keys, some * sizeof *left);
                uint32_t kept = (uint32_t)keep(context, left, some);
                queue->waiting -= some - kept;
                for (uint32_t i = 0; i < kept; i++)
                    append(queue, level, index, left[i]);
                free_chunk(queue, chunk);
            }
        }
}

void ust_queue_init(struct ust_queue *queue)
{
    *queue = (struct ust_queue){.heap_capacity = HEAP_START,
                                .chunks_free = NO_CHUNK,
                                .horizon = UST_NO_HORIZON,
                                .near_default = UST_NEAR_MAX,
                                .near_limit = UST_NEAR_MAX};
    queue->heap = ust_queue_keys(HEAP_START + HEAP_PAD) + HEAP_BEFORE;
    queue->run_capacity = 2 * UST_RUN_MAX;
    queue->run_keys = ust_queue_keys(queue->run_capacity);
    queue->run_spare = ust_queue_keys(queue->run_capacity);
    queue->run = queue->run_keys;
}

void ust_queue_free(struct ust_queue *queue)
{
    free(queue->heap - HEAP_BEFORE);
    free(queue->run_keys);
    free(queue->run_spare);
    free(queue->chunks);
    free(queue->chunk_next);
    *queue = (struct ust_queue){0};
}
