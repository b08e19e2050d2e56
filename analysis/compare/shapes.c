#include "analysis/compare/shapes.h"

#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare/results.h"
#include "analysis/stats/family.h"
#include "analysis/stats/stats.h"
#include "sim/base/sort.h"

/* ---- what both have ---- */

struct numbers {
    uint32_t *at, n;
};

static enum ust_status prepare(struct ust_store *store, const char *sql, sqlite3_stmt **row)
{
    return sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, row, NULL) == SQLITE_OK
               ? UST_OK
               : ust_store_failed(store, "cannot read the histograms");
}

static enum ust_status replications(struct ust_store *store, struct ust_arena *arena,
                                    struct numbers *out)
{
    sqlite3_stmt *row;
    UST_TRY(prepare(store,
                    "SELECT id, (SELECT count(*) FROM replication) FROM replication "
                    "ORDER BY id",
                    &row));
    *out = (struct numbers){NULL, 0};
    while (sqlite3_step(row) == SQLITE_ROW) {
        if (out->n == 0)
            out->at = ust_arena_alloc(arena, uint32_t, (size_t)sqlite3_column_int64(row, 1));
        out->at[out->n++] = (uint32_t)sqlite3_column_int64(row, 0);
    }
    sqlite3_finalize(row);
    return UST_OK;
}

/* Keeps the numbers that the other one has too. */
static void intersect(struct numbers *numbers, const struct numbers *other)
{
    uint32_t kept = 0;
    for (uint32_t i = 0, j = 0; i < numbers->n; i++) {
        while (j < other->n && other->at[j] < numbers->at[i])
            j++;
        if (j < other->n && other->at[j] == numbers->at[i])
            numbers->at[kept++] = numbers->at[i];
    }
    numbers->n = kept;
}

static enum ust_status persona_names(struct ust_store *store, struct ust_arena *arena,
                                     const char ***out, uint32_t *n)
{
    sqlite3_stmt *row;
    *n = 0;
    UST_TRY(prepare(
        store, "SELECT name, (SELECT count(*) FROM persona) FROM persona ORDER BY id", &row));
    while (sqlite3_step(row) == SQLITE_ROW) {
        if (*n == 0)
            *out = ust_arena_alloc(arena, const char *, (size_t)sqlite3_column_int64(row, 1));
        (*out)[(*n)++] = ust_arena_text(arena, (const char *)sqlite3_column_text(row, 0));
    }
    sqlite3_finalize(row);
    return UST_OK;
}

/* ---- bins ---- */

/* Histograms stand on one grid, the same in every run, so a bin is known by its upper end. */
struct bins {
    double *high;
    size_t n, capacity;
};

static enum ust_status gather(struct ust_store *store, struct bins *bins)
{
    sqlite3_stmt *row;
    UST_TRY(prepare(store, "SELECT DISTINCT high_s FROM histogram", &row));
    while (sqlite3_step(row) == SQLITE_ROW) {
        if (bins->n == bins->capacity) {
            bins->capacity = bins->capacity * 2 + 256;
            bins->high = ust_realloc(bins->high, bins->capacity * sizeof *bins->high);
        }
        bins->high[bins->n++] = sqlite3_column_double(row, 0);
    }
    sqlite3_finalize(row);
    return UST_OK;
}

static void settle(struct bins *bins)
{
    size_t kept = 0;
    if (bins->n > 0)
        qsort(bins->high, bins->n, sizeof *bins->high, ust_ascending);
    for (size_t i = 0; i < bins->n; i++)
        if (kept == 0 || bins->high[i] > bins->high[kept - 1])
            bins->high[kept++] = bins->high[i];
    bins->n = kept;
}

/* Counts of a persona (NULL: all), over its regions. */
static enum ust_status counts(struct ust_store *store, const char *persona,
                              const struct numbers *numbers, const struct bins *bins,
                              uint64_t *out)
{
    sqlite3_stmt *row;
    UST_TRY(
        prepare(store,
                "SELECT h.replication, h.high_s, sum(h.count) FROM histogram h JOIN persona p "
                "ON p.id = h.persona WHERE ?1 IS NULL OR p.name = ?1 GROUP BY 1, 2 "
                "ORDER BY 1, 2",
                &row));
    sqlite3_bind_text(row, 1, persona, -1, SQLITE_STATIC);
    memset(out, 0, numbers->n * bins->n * sizeof *out);
    uint32_t i = 0;
    while (sqlite3_step(row) == SQLITE_ROW) {
        uint32_t number = (uint32_t)sqlite3_column_int64(row, 0);
        double high = sqlite3_column_double(row, 1);
        while (i < numbers->n && numbers->at[i] < number)
            i++;
        if (i == numbers->n || numbers->at[i] != number)
            continue;
        const double *bin = bsearch(&high, bins->high, bins->n, sizeof high, ust_ascending);
        out[i * bins->n + (size_t)(bin - bins->high)] += (uint64_t)sqlite3_column_int64(row, 2);
    }
    sqlite3_finalize(row);
    return UST_OK;
}

static double share_below(const uint64_t *count, size_t replications_n, size_t bins, size_t at)
{
    double below = 0.0, all = 0.0;
    for (size_t i = 0; i < replications_n; i++)
        for (size_t b = 0; b < bins; b++) {
            all += (double)count[i * bins + b];
            below += b <= at ? (double)count[i * bins + b] : 0.0;
        }
    return below / all;
}

/* ---- all of it ---- */

struct sides {
    struct ust_store *store[2];
    struct numbers numbers[2];
    struct bins bins;
    uint64_t *count[2];
    bool paired;
};

static enum ust_status compare(struct sides *sides, const char *persona,
                               struct ust_shape_row *out)
{
    *out = (struct ust_shape_row){.persona = persona, .adjusted = ust_nan()};
    for (int s = 0; s < 2; s++)
        UST_TRY(counts(sides->store[s], persona, &sides->numbers[s], &sides->bins,
                       sides->count[s]));
    /* The draws are those of the question, so that who asks twice hears the same. */
    struct ust_rng rng = ust_rng_derive(0, 0, persona == NULL ? "shape" : persona);
    size_t bins = sides->bins.n;
    out->shape =
        ust_stats_shape_groups((struct ust_shape_counts){sides->count[0], sides->numbers[0].n},
                               (struct ust_shape_counts){sides->count[1], sides->numbers[1].n},
                               bins, sides->paired, &rng);
    if (isnan(out->shape.gap))
        return UST_OK;
    size_t at = (size_t)out->shape.at;
    out->at_s = sides->bins.high[at];
    for (int s = 0; s < 2; s++)
        out->below[s] = share_below(sides->count[s], sides->numbers[s].n, bins, at);
    return UST_OK;
}

static bool has(const char *const *names, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* With one persona "all" would say the same again. */
static enum ust_status each(struct sides *sides, struct ust_arena *arena,
                            struct ust_shapes *out)
{
    const char **a = NULL, **b = NULL;
    uint32_t a_n, b_n;
    UST_TRY(persona_names(sides->store[0], arena, &a, &a_n));
    UST_TRY(persona_names(sides->store[1], arena, &b, &b_n));
    out->row = ust_arena_alloc(arena, struct ust_shape_row, a_n + 1);
    if (a_n > 1 || b_n > 1)
        UST_TRY(compare(sides, NULL, &out->row[out->n++]));
    for (uint32_t i = 0; i < a_n; i++)
        if (has(b, b_n, a[i]))
            UST_TRY(compare(sides, a[i], &out->row[out->n++]));
    double *p = ust_arena_alloc(arena, double, out->n + 1);
    double *adjusted = ust_arena_alloc(arena, double, out->n + 1);
    for (uint32_t i = 0; i < out->n; i++)
        p[i] = out->row[i].shape.p;
    ust_stats_holm(p, out->n, adjusted);
    for (uint32_t i = 0; i < out->n; i++)
        out->row[i].adjusted = adjusted[i];
    return UST_OK;
}

enum ust_status ust_shapes_make(struct ust_store *a, struct ust_store *b, bool paired,
                                double alpha, struct ust_arena *arena, struct ust_shapes *out)
{
    struct sides sides = {.store = {a, b}, .paired = paired};
    *out = (struct ust_shapes){.paired = paired, .alpha = alpha};
    for (int s = 0; s < 2; s++)
        UST_TRY(replications(sides.store[s], arena, &sides.numbers[s]));
    if (paired) {
        intersect(&sides.numbers[0], &sides.numbers[1]);
        sides.numbers[1] = sides.numbers[0];
    }
    enum ust_status status = gather(a, &sides.bins);
    if (status == UST_OK)
        status = gather(b, &sides.bins);
    settle(&sides.bins);
    if (status == UST_OK && sides.numbers[0].n >= 2 && sides.numbers[1].n >= 2 &&
        sides.bins.n > 0) {
        for (int s = 0; s < 2; s++)
            sides.count[s] =
                ust_malloc(sides.numbers[s].n * sides.bins.n * sizeof *sides.count[s]);
        status = each(&sides, arena, out);
    }
    free(sides.count[0]);
    free(sides.count[1]);
    free(sides.bins.high);
    return status;
}

/* ---- telling ---- */

static bool differs(const struct ust_shapes *shapes, const struct ust_shape_row *row)
{
    return row->adjusted <= shapes->alpha;
}

void ust_shapes_print(const struct ust_shapes *shapes, struct ust_text *out)
{
    char at[UST_ASKED_MAX];
    for (uint32_t i = 0; i < shapes->n; i++) {
        const struct ust_shape_row *row = &shapes->row[i];
        if (isnan(row->shape.gap))
            continue;
        ust_text_printf(out,
                        "shape of latency, %s: ", row->persona == NULL ? "all" : row->persona);
        if (!(row->shape.gap > 0.0)) {
            ust_text_add(out, "the same\n");
            continue;
        }
        ust_text_printf(
            out, "%s; up to %s %.4g %% of answers in A, %.4g %% in B (gap %.2g %%, ",
            differs(shapes, row) ? "differs" : "undecided", ust_asked_shown(row->at_s, "s", at),
            100.0 * row->below[0], 100.0 * row->below[1], 100.0 * row->shape.gap);
        if (row->adjusted < 0.001)
            ust_text_add(out, "p < 0.001)\n");
        else
            ust_text_printf(out, "p %.3f)\n", row->adjusted);
    }
}

json_t *ust_shapes_json(const struct ust_shapes *shapes)
{
    json_t *rows = json_array();
    for (uint32_t i = 0; i < shapes->n; i++) {
        const struct ust_shape_row *row = &shapes->row[i];
        if (isnan(row->shape.gap))
            continue;
        json_array_append_new(rows,
                              json_pack("{s:s?,s:f,s:f,s:f,s:f,s:f,s:f,s:s}", "persona",
                                        row->persona, "gap", row->shape.gap, "at_s", row->at_s,
                                        "below_a", row->below[0], "below_b", row->below[1], "p",
                                        row->shape.p, "p_holm", row->adjusted, "outcome",
                                        !(row->shape.gap > 0.0) ? "the same"
                                        : differs(shapes, row)  ? "differs"
                                                                : "undecided"));
    }
    return rows;
}
