/* A choice among n, with given weights, from one random word: Walker's alias method (1977),
 * with Vose's exact construction. O(n) to build, O(1) to draw. */
#ifndef UST_RAND_CHOICE_H
#define UST_RAND_CHOICE_H

#include "sim/base/arena.h"
#include "sim/rand/rng.h"

struct ust_choice_cell {
    uint64_t keep; /* of 2^64: below it the cell's own number, else `other` */
    uint32_t other;
};

struct ust_choice {
    struct ust_choice_cell *cell;
    uint32_t n;
};

/* Weights are not negative; at least one is positive. */
struct ust_choice ust_choice_new(struct ust_arena *arena, const double *weight, uint32_t n);

static inline uint32_t ust_choice_pick(const struct ust_choice *choice, uint64_t word)
{
    ust_u128 scaled = (ust_u128)word * choice->n;
    uint32_t at = (uint32_t)(scaled >> 64);
    const struct ust_choice_cell *cell = &choice->cell[at];
    return (uint64_t)scaled < cell->keep ? at : cell->other;
}

#endif
