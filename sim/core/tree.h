/* A tournament of keys: leaves hold keys or nothing, every other node the lesser of its two
 * children, node 1 the least of all.
 *
 * Changing a leaf plays its matches up to the root. Which way it goes is known before the first
 * compare and no branch depends on the keys, so that nothing is there to be mispredicted: with
 * up to some hundred leaves this beats a heap, which moves fewer keys, but on a path that it
 * has to find.        Cost: O(log leaves)
 */
#ifndef UST_CORE_TREE_H
#define UST_CORE_TREE_H

#include <stdint.h>

#define UST_INLINE static inline __attribute__((always_inline))

/* An event's whole order, compared as one integer. */
__extension__ typedef unsigned __int128 ust_event_key;

#define UST_EVENT_IDLE (~(ust_event_key)0)

/* Compilers like to make a branch of this, which is wrong every second time. */
static inline ust_event_key ust_event_key_min(ust_event_key a, ust_event_key b)
{
    uint64_t high = (uint64_t)(a >> 64), low = (uint64_t)a;
    uint64_t b_high = (uint64_t)(b >> 64), b_low = (uint64_t)b;
#if defined __x86_64__ && defined __GNUC__
    uint64_t borrow = b_high;
    __asm__("cmpq %[low], %[b_low]\n\t"
            "sbbq %[high], %[borrow]\n\t"
            "cmovbq %[b_high], %[high]\n\t"
            "cmovbq %[b_low], %[low]"
            : [high] "+&r"(high), [low] "+&r"(low), [borrow] "+&r"(borrow)
            : [b_high] "r"(b_high), [b_low] "r"(b_low)
            : "cc");
#else
    uint64_t less = -(uint64_t)(b < a);
    high ^= (high ^ b_high) & less;
    low ^= (low ^ b_low) & less;
#endif
    return (ust_event_key)high << 64 | low;
}

/* tree[at], a leaf, becomes `key`. Returns tree[1]. */
UST_INLINE ust_event_key ust_tree_set(ust_event_key *tree, uint32_t at, ust_event_key key)
{
    tree[at] = key;
    while (at > 1) {
        key = ust_event_key_min(key, tree[at ^ 1]);
        at >>= 1;
        tree[at] = key;
    }
    return key;
}

/* After leaves were changed directly. */
static inline void ust_tree_replay(ust_event_key *tree, uint32_t leaves)
{
    for (uint32_t at = leaves - 1; at > 0; at--)
        tree[at] = ust_event_key_min(tree[2 * at], tree[2 * at + 1]);
}

#endif
