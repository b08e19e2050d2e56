/* The queue of events: keys go in as they come, and come out in order.
 *
 * A key is an event's whole order and its slot, one 128-bit integer, compared in one go. No two
 * are equal, so the order of leaving cannot depend on where keys lie meanwhile:
 *
 *    127            65 64   62 61            24 23      0
 *   ┌─────────────────┬───────┬────────────────┬─────────┐
 *   │ time, ns        │ lane  │ birth          │ slot    │
 *   └─────────────────┴───────┴────────────────┴─────────┘
 *
 * A few keys live in a 4-ary heap, and that is all. Once they are more than UST_NEAR_MAX, only
 * those before a horizon stay near, and all others wait unsorted:
 *
 *          now              horizon
 *           │  run ▪▪▪▪▪▪▪▪▪▪▪▪│  wheel: levels of 2^UST_WHEEL_BITS bins; a bin of level l is
 *           │  heap ▪ ▪▪ ▪     │  2^(l * UST_WHEEL_BITS) ns wide
 *
 *   run    the earliest bins of the wheel, sorted; it ends with a marker at the horizon
 *   heap   what is scheduled before the horizon after the run was sorted
 *   wheel  a key is appended to the bin that the highest bit names in which its time differs
 *          from the cursor. When the marker comes up, the first bin becomes the next run, or is
 *          spread over the level below while it holds too many.
 *
 * It is a radix sort, most significant digit first, that does no more than the next few events
 * need: any time, near or in 292 years, costs O(1), and no width has to be guessed.
 * Cost: O(log n) for n up to UST_NEAR_MAX, then about constant. Memory grows with the number of
 * keys that wait, never with those that have passed.
 */
#ifndef UST_CORE_QUEUE_H
#define UST_CORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/limits.h"
#include "sim/base/time.h"

__extension__ typedef unsigned __int128 ust_event_key;

#define UST_EVENT_IDLE (~(ust_event_key)0)
#define UST_SLOT_MASK  ((1u << UST_SLOT_BITS) - 1)

/* By measurement (docs/adr/0002-event-queue.md): where the wheel begins to win; how many keys
 * one run may hold, and wants at least. */
#ifndef UST_NEAR_MAX
#define UST_NEAR_MAX 256u
#endif
#ifndef UST_RUN_MAX
#define UST_RUN_MAX 64u
#endif
#ifndef UST_RUN_MIN
#define UST_RUN_MIN 24u
#endif

#ifndef UST_WHEEL_BITS
#define UST_WHEEL_BITS 5
#endif
#define UST_WHEEL_BINS   (1u << UST_WHEEL_BITS)
#define UST_WHEEL_LEVELS ((62 + UST_WHEEL_BITS) / UST_WHEEL_BITS)

/* Keys of a bin lie in chunks of a few cache lines, chained in the order they came. */
#define UST_CHUNK_KEYS 16u

struct ust_bin {
    uint32_t first, last; /* chunks */
    uint32_t count;
};

/* The horizon when all keys are near: no time reaches it. */
#define UST_NO_HORIZON ((uint64_t)1 << 63)

struct ust_queue {
    ust_event_key *heap; /* heap[0] is the top; heap[-3..] and heap[size..] are padding */
    uint32_t heap_size, heap_capacity;
    bool top_is_handled;   /* the top is the event under way: the first push replaces it */
    ust_event_key *run;    /* the next key of the run, its marker, or an idle key */
    uint64_t horizon;      /* times from here on go to the wheel */
    uint32_t near_limit;   /* a heap beyond it is worth a new horizon */
    uint32_t near_default; /* UST_NEAR_MAX, but in tests */
    uint32_t run_capacity;
    ust_event_key *run_keys, *run_spare; /* the buffers; the spare one is for sorting */
    uint64_t cursor;                     /* see above */
    uint64_t waiting;                    /* keys in the wheel */
    uint32_t levels_used;                /* a bit for each level that has keys */
    uint64_t bins_used[UST_WHEEL_LEVELS];
    struct ust_bin bins[UST_WHEEL_LEVELS * UST_WHEEL_BINS];
    ust_event_key *chunks; /* UST_CHUNK_KEYS each */
    uint32_t *chunk_next;
    uint32_t chunks_used, chunks_free, chunks_capacity;
};

void ust_queue_init(struct ust_queue *queue);
void ust_queue_free(struct ust_queue *queue);

/* Another UST_NEAR_MAX, for tests and measurements: what leaves, and in which order, is the
 * same for any. */
static inline void ust_queue_near(struct ust_queue *queue, uint32_t near_max)
{
    queue->near_default = queue->near_limit = near_max;
}

/* Aligned to cache lines, large ones to huge pages: a large queue touches a page for every key.
 * Never NULL. */
void *ust_queue_bytes(size_t bytes);
ust_event_key *ust_queue_keys(size_t n); /* idle */

/* Keys in the queue, the handled top included. */
static inline uint64_t ust_queue_size(const struct ust_queue *queue)
{
    uint64_t size = queue->heap_size + queue->waiting;
    for (const ust_event_key *key = queue->run; (uint32_t)*key != UINT32_MAX; key++)
        size++;
    return size;
}

static inline ust_time ust_event_key_time(ust_event_key key)
{
    return (ust_time)(uint64_t)(key >> 65);
}

/* The low half of markers and idle keys is all ones, a birth and a slot that no event has. */
static inline bool ust_event_key_is_event(ust_event_key key)
{
    return (uint32_t)key != UINT32_MAX;
}

/* Which of four neighbours is least, by all their bits. */
uint32_t ust_heap_least(const ust_event_key *four);

/* Puts `key` where the hole at the root is, moving smaller children up. The four children of i
 * are at 4 i + 1 .. 4 i + 4; beyond the end stand idle keys, so that no level needs a special
 * case.
 * Which child is least is a coin that no processor can predict, so it is chosen with masks, not
 * branches, by the keys' high words; only when two of these tie do the low words speak. */
static inline void ust_heap_sink(ust_event_key *heap, uint32_t size, ust_event_key key)
{
    size_t at = 0;
    uint64_t high = (uint64_t)(key >> 64);
    for (size_t child = 1; child < size; child = 4 * at + 1) {
        const ust_event_key *four = heap + child;
        uint64_t a = (uint64_t)(four[0] >> 64), b = (uint64_t)(four[1] >> 64);
        uint64_t c = (uint64_t)(four[2] >> 64), d = (uint64_t)(four[3] >> 64);
        uint64_t b_less = b < a, d_less = d < c;
        uint64_t ab = a ^ ((a ^ b) & -b_less), cd = c ^ ((c ^ d) & -d_less);
        uint64_t right = -(uint64_t)(cd < ab);
        uint64_t least = ab ^ ((ab ^ cd) & right);
        uint64_t which = b_less ^ ((b_less ^ (2 + d_less)) & right);
        uint64_t apart = (a ^ b) ^ (((a ^ b) ^ (c ^ d)) & right); /* in the winning pair */
        if (__builtin_expect((apart == 0) | (ab == cd) | (least == high), 0)) {
            which = ust_heap_least(four);
            if (key < four[which])
                break;
        } else if (high < least) {
            break;
        }
        heap[at] = four[which];
        at = child + which;
    }
    heap[at] = key;
}

void ust_queue_rise(struct ust_queue *queue, ust_event_key key);
void ust_queue_wait(struct ust_queue *queue, ust_event_key key);

/* The first push of a handler whose event lies at the top replaces it: one sift, not two. */
static inline void ust_queue_push(struct ust_queue *queue, ust_event_key key)
{
    if ((uint64_t)(key >> 65) >= queue->horizon) {
        ust_queue_wait(queue, key);
    } else if (queue->top_is_handled) {
        queue->top_is_handled = false;
        ust_heap_sink(queue->heap, queue->heap_size, key);
    } else {
        ust_queue_rise(queue, key);
    }
}

void ust_queue_drop_top(struct ust_queue *queue);

/* Gets keys as they are moved, may drop some (of cancelled events), and says how many are left
 * at the front. */
typedef size_t ust_queue_keep(void *context, ust_event_key *keys, size_t n);

/* When the marker came up: sorts the next run. */
void ust_queue_refill(struct ust_queue *queue, ust_queue_keep *keep, void *context);

/* When the heap is beyond its limit: a nearer horizon, all later keys into the wheel. */
void ust_queue_spill(struct ust_queue *queue, ust_time now, ust_queue_keep *keep,
                     void *context);

/* Every key goes through `keep`. */
void ust_queue_filter(struct ust_queue *queue, ust_queue_keep *keep, void *context);

#endif
