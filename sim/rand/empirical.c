/* Values that were seen, drawn as often as they were seen, never between them.
 *
 * One word of the stream draws one value: times n, its whole part chooses a cell and its
 * fraction decides between the cell's own value and the alias that fills the cell up (Walker
 * 1977, tables after Vose 1991). Equal weights need no alias.
 */
#include "sim/rand/dist.h"

#include <stdlib.h>

struct observation {
    double value, weight;
};

static int compare(const void *left, const void *right)
{
    const struct observation *a = left, *b = right;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    if (a->weight != b->weight)
        return a->weight < b->weight ? -1 : 1;
    return 0; /* alike in all that matters */
}

static const char *check(const double *values, const double *weights, size_t n, double *total)
{
    *total = 0;
    if (n == 0)
        return "empirical needs at least one value";
    if (n > UINT32_MAX)
        return "empirical takes at most 4294967295 values";
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] >= 0 && values[i] <= UST_DIST_LARGE))
            return "empirical needs values that are finite and not negative";
        if (weights && !(weights[i] >= 0 && weights[i] <= UST_DIST_LARGE))
            return "empirical needs weights that are finite and not negative";
        *total += weights ? weights[i] : 1;
    }
    if (!(*total > 0))
        return "empirical needs a weight above 0";
    return NULL;
}

static bool all_equal(const double *weights, size_t n)
{
    for (size_t i = 1; weights && i < n; i++)
        if (weights[i] != weights[0])
            return false;
    return true;
}

/* Pairs each cell that is short of the average with one that has too much. */
static const struct ust_alias *
make_alias(struct ust_arena *arena, const struct observation *sorted, uint32_t n, double total)
{
    struct ust_alias *alias = ust_arena_alloc(arena, struct ust_alias, n);
    double *level = ust_malloc(n * sizeof *level);
    uint32_t *stack = ust_malloc(n * sizeof *stack);
    uint32_t short_n = 0, rich_n = 0; /* short from the left, rich from the right */
    for (uint32_t i = 0; i < n; i++) {
        level[i] = sorted[i].weight / total * n;
        alias[i] = (struct ust_alias){.keep = 1, .other = i};
        if (level[i] < 1)
            stack[short_n++] = i;
        else
            stack[n - ++rich_n] = i;
    }
    while (short_n > 0 && rich_n > 0) {
        uint32_t poor = stack[--short_n], rich = stack[n - rich_n];
        alias[poor] = (struct ust_alias){.keep = level[poor], .other = rich};
        level[rich] -= 1 - level[poor];
        if (level[rich] < 1) {
            rich_n--;
            stack[short_n++] = rich;
        }
    }
    /* Who is left over is full but for rounding, and keeps its whole cell. */
    free(level);
    free(stack);
    return alias;
}

const char *ust_dist_empirical(struct ust_dist *dist, struct ust_arena *arena,
                               const double *values, const double *weights, size_t count)
{
    double total;
    const char *message = check(values, weights, count, &total);
    if (message)
        return message;
    if (all_equal(weights, count)) {
        weights = NULL;
        total = (double)count;
    }
    uint32_t n = 0;
    struct observation *sorted = ust_malloc(count * sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        if (weights == NULL || weights[i] > 0)
            sorted[n++] = (struct observation){values[i], weights ? weights[i] : 1};
    qsort(sorted, n, sizeof *sorted, compare);

    double *table = ust_arena_alloc(arena, double, n);
    double *cumulative = weights ? ust_arena_alloc(arena, double, n) : NULL;
    double sum = 0, mean = 0, variance = 0;
    for (uint32_t i = 0; i < n; i++) {
        table[i] = sorted[i].value;
        sum += sorted[i].weight;
        mean += sorted[i].weight / total * sorted[i].value;
        if (cumulative)
            cumulative[i] = i + 1 < n ? sum / total : 1;
    }
    for (uint32_t i = 0; i < n; i++)
        variance += sorted[i].weight / total * (table[i] - mean) * (table[i] - mean);
    *dist = (struct ust_dist){.type = &ust_dist_kind_empirical,
                              .p = {mean, variance},
                              .table = table,
                              .weight = cumulative,
                              .alias = weights ? make_alias(arena, sorted, n, total) : NULL,
                              .table_n = n};
    free(sorted);
    return NULL;
}

static const char *prepare(struct ust_dist *dist)
{
    return dist->table_n ? NULL : "empirical needs the values of a file";
}

static double sample(const struct ust_dist *dist, struct ust_rng *rng)
{
    ust_u128 scaled = (ust_u128)ust_rng_u64(rng) * dist->table_n;
    uint32_t i = (uint32_t)(scaled >> 64);
    if (dist->alias) {
        double fraction = (double)((uint64_t)scaled >> 11) * 0x1p-53;
        if (fraction >= dist->alias[i].keep)
            i = dist->alias[i].other;
    }
    return dist->table[i];
}

static double mean(const struct ust_dist *dist)
{
    return dist->p[0];
}

static double variance(const struct ust_dist *dist)
{
    return dist->p[1];
}

static double cdf(const struct ust_dist *dist, double x)
{
    uint32_t low = 0, high = dist->table_n; /* how many values lie at or below x */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (dist->table[middle] <= x)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return 0;
    return dist->weight ? dist->weight[low - 1] : (double)low / dist->table_n;
}

const struct ust_dist_type ust_dist_kind_empirical = {
    .name = "empirical",
    .help = "Values out of a CSV file, as often as they occur there; a second column weighs "
            "them.",
    .example = "empirical(file sizes.csv)",
    .args = {{.name = "file", .needed = true, .help = "The path of the CSV file."}},
    .from_file = true,
    .prepare = prepare,
    .sample = sample,
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
};
