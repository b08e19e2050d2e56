#include "sim/rand/choice.h"

static uint64_t of_2_64(double probability)
{
    return probability >= 1 ? UINT64_MAX : (uint64_t)(probability * 0x1p64);
}

struct ust_choice ust_choice_new(struct ust_arena *arena, const double *weight, uint32_t n)
{
    struct ust_choice choice = {ust_arena_alloc(arena, struct ust_choice_cell, n), n};
    double *share = ust_arena_alloc(arena, double, n);
    uint32_t *small = ust_arena_alloc(arena, uint32_t, n);
    uint32_t *large = ust_arena_alloc(arena, uint32_t, n);
    uint32_t small_n = 0, large_n = 0;
    double total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += weight[i];
    for (uint32_t i = 0; i < n; i++) {
        share[i] = weight[i] * n / total;
        if (share[i] < 1)
            small[small_n++] = i;
        else
            large[large_n++] = i;
    }
    while (small_n > 0 && large_n > 0) {
        uint32_t little = small[--small_n], big = large[large_n - 1];
        choice.cell[little] = (struct ust_choice_cell){of_2_64(share[little]), big};
        share[big] -= 1 - share[little];
        if (share[big] < 1)
            small[small_n++] = large[--large_n];
    }
    /* What rounding left over fills its own cell. */
    while (large_n > 0)
        large_n--,
            choice.cell[large[large_n]] = (struct ust_choice_cell){UINT64_MAX, large[large_n]};
    while (small_n > 0)
        small_n--,
            choice.cell[small[small_n]] = (struct ust_choice_cell){UINT64_MAX, small[small_n]};
    return choice;
}
