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
 * A few keys lie in a tournament tree, and that is all. When they are more than UST_NEAR_MAX,
 * only those before a horizon stay near, and all others wait unsorted:
 *
 *          now              horizon
 *           │  run  ▪▪▪▪▪▪▪▪▪▪▪│  wheel: levels of 2^UST_WHEEL_BITS bins; a bin of level l is
 *           │  tree ▪ ▪▪ ▪     │  2^(l * UST_WHEEL_BITS) ns wide
 *
 *   run    the earliest bins of the wheel, sorted; it ends with a marker at the horizon
 *   tree   what is scheduled before the horizon after the run was sorted
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
#include "sim/core/tree.h"

#define UST_SLOT_MASK ((1u << UST_SLOT_BITS) - 1)

/* By measurement (docs/adr/0002-event-queue.md): where the wheel begins to win (a power of
 * two); how many keys one run may hold, and wants at least. */
#ifndef UST_NEAR_MAX
#define UST_NEAR_MAX 2048u
#endif
#ifndef UST_RUN_MAX
#define UST_RUN_MAX 128u
#endif
#ifndef UST_RUN_MIN
#define UST_RUN_MIN 24u
#endif

#ifndef UST_WHEEL_BITS
#define UST_WHEEL_BITS 5
#endif
#define UST_WHEEL_BINS   (1u << UST_WHEEL_BITS)
#define UST_WHEEL_LEVELS ((62 + UST_WHEEL_BITS) / UST_WHEEL_BITS)

/* A bin's keys lie in chunks of four cache lines, in the order they came. */
#define UST_CHUNK_KEYS 15u

struct ust_chunk {
    ust_event_key keys[UST_CHUNK_KEYS];
    struct ust_chunk *next; /* of its bin; next free chunk while free */
};

struct ust_bin {
    ust_event_key *at, *end; /* in the last chunk; NULL while empty */
    struct ust_chunk *first, *last;
};

struct ust_chunk_block {
    struct ust_chunk_block *older;
    uint32_t n;
};

/* The horizon when all keys are near: no time reaches it. */
#define UST_NO_HORIZON ((uint64_t)1 << 63)
#define UST_NO_SLOT    UINT32_MAX

struct ust_queue {
    uint64_t horizon; /* times from here on go to the wheel */
    ust_event_key
        *tree; /* tree[1] is the least of the leaves, tree[leaves] the first of them */
    uint32_t leaves, leaves_capacity;
    uint32_t under_way; /* slot of the event under way: the first push takes its leaf */
    uint32_t free_n;
    uint32_t *free_at;     /* the leaves without keys, as places in the tree */
    uint32_t *at_of;       /* where in the tree is the event of that slot, while it is there */
    ust_event_key *run;    /* the next key of the run, or its marker */
    ust_event_key guard;   /* whoever takes keys wants to be told when this comes up */
    ust_event_key limit;   /* the lesser of *run and guard; 0 while `halted` */
    bool halted;           /* whoever takes keys wants to take no other now */
    uint64_t cursor;       /* see above */
    uint64_t waiting;      /* keys in the wheel */
    uint32_t near_limit;   /* a tree that would outgrow it wants a nearer horizon */
    uint32_t near_default; /* UST_NEAR_MAX, but in tests */
    ust_event_key *run_keys, *run_spare; /* the buffers; the spare one is for sorting */
    uint32_t run_capacity;
    uint32_t levels_used; /* a bit for each level that has keys */
    struct ust_chunk *free_chunks;
    struct ust_chunk_block *blocks;
    uint64_t bins_used[UST_WHEEL_LEVELS];
    struct ust_bin bins[UST_WHEEL_LEVELS * UST_WHEEL_BINS];
};

void ust_queue_init(struct ust_queue *queue);
void ust_queue_free(struct ust_queue *queue);

/* Slots of keys will be below this. */
void ust_queue_slots(struct ust_queue *queue, uint32_t slots);

/* Another UST_NEAR_MAX, for tests and measurements: what leaves, and in which order, is the
 * same for any. */
void ust_queue_near(struct ust_queue *queue, uint32_t near_max);

/* Aligned to cache lines, large ones to huge pages: a large queue touches a page for every key.
 * Never NULL. */
void *ust_queue_bytes(size_t bytes);
ust_event_key *ust_queue_keys(size_t n); /* idle */

/* Keys in the queue, that of the event under way not counted. */
uint64_t ust_queue_size(const struct ust_queue *queue);

static inline ust_time ust_event_key_time(ust_event_key key)
{
    return (ust_time)(uint64_t)(key >> 65);
}

/* Markers and idle keys have a slot that no event has. */
static inline bool ust_event_key_is_event(ust_event_key key)
{
    return ((uint32_t)key & UST_SLOT_MASK) != UST_SLOT_MASK;
}

/* The slow paths of a push: no leaf is free; the key lies beyond the horizon. */
void ust_queue_push_more(struct ust_queue *queue, ust_event_key key, ust_time now);
void ust_queue_wait(struct ust_queue *queue, ust_event_key key);

UST_INLINE void ust_queue_push(struct ust_queue *queue, ust_event_key key, ust_time now)
{
    if ((uint64_t)(key >> 65) >= queue->horizon) {
        ust_queue_wait(queue, key);
        return;
    }
    if (queue->free_n == 0) {
        ust_queue_push_more(queue, key, now);
        return;
    }
    uint32_t at = queue->free_at[--queue->free_n];
    queue->at_of[(uint32_t)key & UST_SLOT_MASK] = at;
    ust_tree_set(queue->tree, at, key);
}

/* The event of this slot, whose key is tree[1], is under way until ust_queue_end. */
static inline void ust_queue_begin(struct ust_queue *queue, uint32_t slot)
{
    queue->under_way = slot;
}

void ust_queue_drop(struct ust_queue *queue, uint32_t slot);

/* The first push of a handler may take slot and leaf of the event that is under way: one climb
 * to the root, not two. `at`: the key's time. Returns the least of the tree. */
UST_INLINE ust_event_key ust_queue_replace(struct ust_queue *queue, uint32_t slot,
                                           ust_event_key key, ust_time at)
{
    if (__builtin_expect((uint64_t)at >= queue->horizon, 0)) {
        ust_queue_drop(queue, slot);
        ust_queue_wait(queue, key);
        return queue->tree[1];
    }
    return ust_tree_set(queue->tree, queue->at_of[slot], key);
}

/* After *run, the guard or `halted` has changed. */
static inline void ust_queue_limit(struct ust_queue *queue)
{
    queue->limit = queue->halted ? 0 : ust_event_key_min(*queue->run, queue->guard);
}

/* True: nothing has taken the place of the event under way. Its slot is free now. */
static inline bool ust_queue_end(struct ust_queue *queue)
{
    uint32_t slot = queue->under_way;
    if (slot == UST_NO_SLOT)
        return false;
    queue->under_way = UST_NO_SLOT;
    ust_queue_drop(queue, slot);
    return true;
}

/* Gets keys as they are moved, may drop some (of cancelled events), and says how many are left
 * at the front. */
typedef size_t ust_queue_keep(void *context, ust_event_key *keys, size_t n);

/* When the marker came up: sorts the next run. */
void ust_queue_refill(struct ust_queue *queue, ust_queue_keep *keep, void *context);

/* Every key goes through `keep`. */
void ust_queue_filter(struct ust_queue *queue, ust_queue_keep *keep, void *context);

#endif
