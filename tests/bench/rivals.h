/* Other queues for the same keys, to measure ours against. Each knows only the hold: its least
 * key leaves and another one comes. */
#ifndef UST_BENCH_RIVALS_H
#define UST_BENCH_RIVALS_H

#include <stdlib.h>

#include "sim/core/queue.h"

/* ---- a heap of two or four children, keys side by side ---- */

struct heap {
    ust_event_key *keys; /* an idle group follows the last */
    size_t n, arity;
};

static void heap_new(struct heap *heap, size_t n, size_t arity)
{
    /* Child groups of four lie on cache lines. */
    heap->keys = ust_queue_keys(n + 16) + 3;
    heap->n = 0;
    heap->arity = arity;
}

static void heap_free(struct heap *heap)
{
    free(heap->keys - 3);
}

static void heap_add(struct heap *heap, ust_event_key key)
{
    size_t at = heap->n++;
    for (size_t parent; at > 0; at = parent) {
        parent = (at - 1) / heap->arity;
        if (heap->keys[parent] < key)
            break;
        heap->keys[at] = heap->keys[parent];
    }
    heap->keys[at] = key;
}

static void heap2_replace(struct heap *heap, ust_event_key key)
{
    ust_event_key *keys = heap->keys;
    size_t at = 0;
    for (size_t child = 1; child < heap->n; child = 2 * at + 1) {
        child += keys[child + 1] < keys[child];
        if (key < keys[child])
            break;
        keys[at] = keys[child];
        at = child;
    }
    keys[at] = key;
}

/* Children are compared by their high words, with masks, the grandchildren fetched meanwhile;
 * equal high words are so rare in the bench that the low ones need not be fast. */
static void heap4_replace(struct heap *heap, ust_event_key key)
{
    ust_event_key *keys = heap->keys;
    uint64_t high = (uint64_t)(key >> 64);
    size_t at = 0;
    for (size_t child = 1; child < heap->n; child = 4 * at + 1) {
        const ust_event_key *four = keys + child, *next = keys + 4 * child + 1;
        for (int i = 0; i < 4; i++)
            __builtin_prefetch(next + 4 * i);
        uint64_t a = (uint64_t)(four[0] >> 64), b = (uint64_t)(four[1] >> 64);
        uint64_t c = (uint64_t)(four[2] >> 64), d = (uint64_t)(four[3] >> 64);
        uint64_t b_less = b < a, d_less = d < c;
        uint64_t ab = a ^ ((a ^ b) & -b_less), cd = c ^ ((c ^ d) & -d_less);
        uint64_t right = -(uint64_t)(cd < ab);
        uint64_t least = ab ^ ((ab ^ cd) & right);
        size_t which = b_less ^ ((b_less ^ (2 + d_less)) & right);
        uint64_t apart = (a ^ b) ^ (((a ^ b) ^ (c ^ d)) & right);
        if (__builtin_expect((apart == 0) | (ab == cd) | (least == high), 0)) {
            which = 0;
            for (size_t i = 1; i < 4; i++)
                which = four[i] < four[which] ? i : which;
            if (key < four[which])
                break;
        } else if (high < least) {
            break;
        }
        keys[at] = four[which];
        at = child + which;
    }
    keys[at] = key;
}

/* ---- a pairing heap of nodes ---- */

struct pair {
    ust_event_key key;
    struct pair *child, *next;
};

struct pairing {
    struct pair *nodes, *root;
    size_t n;
};

static void pairing_new(struct pairing *heap, size_t n)
{
    heap->nodes = ust_queue_bytes(n * sizeof *heap->nodes);
    heap->root = NULL;
    heap->n = 0;
}

static void pairing_free(struct pairing *heap)
{
    free(heap->nodes);
}

static struct pair *pair_meld(struct pair *a, struct pair *b)
{
    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    struct pair *less = b->key < a->key ? b : a, *more = less == a ? b : a;
    more->next = less->child;
    less->child = more;
    return less;
}

static void pairing_put(struct pairing *heap, struct pair *node, ust_event_key key)
{
    *node = (struct pair){.key = key};
    heap->root = pair_meld(heap->root, node);
}

static void pairing_add(struct pairing *heap, ust_event_key key)
{
    pairing_put(heap, &heap->nodes[heap->n++], key);
}

static void pairing_replace(struct pairing *heap, ust_event_key key)
{
    struct pair *old = heap->root, *pairs = NULL, *all = NULL;
    for (struct pair *a = old->child, *b, *rest; a != NULL; a = rest) {
        b = a->next;
        rest = b == NULL ? NULL : b->next;
        a->next = NULL;
        if (b != NULL)
            b->next = NULL;
        a = pair_meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    for (struct pair *a = pairs, *rest; a != NULL; a = rest) {
        rest = a->next;
        a->next = NULL;
        all = pair_meld(all, a);
    }
    heap->root = all;
    pairing_put(heap, old, key);
}

/* ---- ours, without the engine ---- */

static size_t keep_all(void *context, ust_event_key *keys, size_t n)
{
    (void)context;
    (void)keys;
    return n;
}

static void ours_new(struct ust_queue *queue, size_t n, uint32_t near_max)
{
    ust_queue_init(queue);
    ust_queue_slots(queue, (uint32_t)n);
    ust_queue_near(queue, near_max);
}

/* The least key; it stays under way until ours_replace. */
static ust_event_key ours_least(struct ust_queue *queue)
{
    while (!(queue->tree[1] < *queue->run) && !ust_event_key_is_event(*queue->run))
        ust_queue_refill(queue, keep_all, NULL);
    return queue->tree[1] < *queue->run ? queue->tree[1] : *queue->run;
}

static void ours_replace(struct ust_queue *queue, ust_event_key least, ust_event_key key)
{
    if (least == *queue->run) {
        queue->run++;
        ust_queue_push(queue, key, ust_event_key_time(least));
    } else {
        ust_queue_replace(queue, (uint32_t)least & UST_SLOT_MASK, key, ust_event_key_time(key));
    }
}

#endif
