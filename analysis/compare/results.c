#include "analysis/compare/results.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/readiness/readiness.h"

static const char *text_of(struct ust_arena *arena, sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text == NULL ? NULL : ust_arena_text(arena, text);
}

static enum ust_status read_run(struct ust_store *store, struct ust_arena *arena,
                                struct ust_results *results)
{
    sqlite3_stmt *row = NULL;
    enum ust_status status = UST_OK;
    if (sqlite3_prepare_v2(ust_store_sqlite(store),
                           "SELECT name, seed, (SELECT count(*) FROM replication),"
                           " (SELECT count(*) FROM key),"
                           " (SELECT min(name) FROM persona WHERE NOT synthetic"
                           "  HAVING count(*) = 1),"
                           " (SELECT min(name) FROM region HAVING count(*) = 1) FROM run",
                           -1, &row, NULL) != SQLITE_OK ||
        sqlite3_step(row) != SQLITE_ROW) {
        status = ust_store_failed(store, "cannot read the run");
    } else {
        results->name = text_of(arena, row, 0);
        results->seed = strtoull((const char *)sqlite3_column_text(row, 1), NULL, 10);
        results->replications = (uint32_t)sqlite3_column_int64(row, 2);
        /* one more for readiness */
        results->keys = ust_arena_alloc(arena, struct ust_results_key,
                                        (size_t)sqlite3_column_int64(row, 3) + 1);
        results->only_persona = text_of(arena, row, 4);
        results->only_region = text_of(arena, row, 5);
    }
    sqlite3_finalize(row);
    return status;
}

static enum ust_better better_of(const char *name)
{
    for (int b = UST_LOWER; b < UST_NEITHER; b++)
        if (strcmp(name, ust_better_names[b]) == 0)
            return (enum ust_better)b;
    return UST_NEITHER;
}

static void make_room(struct ust_arena *arena, uint32_t n, struct ust_results_key *key)
{
    key->replication = ust_arena_alloc(arena, uint32_t, n);
    key->value = ust_arena_alloc(arena, double, n);
}

static enum ust_status read_keys(struct ust_store *store, struct ust_arena *arena,
                                 struct ust_results *results)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(
            ust_store_sqlite(store),
            "SELECT s.key, m.name, m.unit, m.better, r.name, v.name, p.name, s.replication,"
            " s.value FROM kpi s JOIN key k ON k.id = s.key JOIN metric m ON m.id = k.metric"
            " LEFT JOIN region r ON r.id = k.region LEFT JOIN service v ON v.id = k.service"
            " LEFT JOIN persona p ON p.id = k.persona"
            " WHERE s.value IS NOT NULL ORDER BY s.key, s.replication",
            -1, &row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read the KPIs");
    sqlite3_int64 last = -1;
    struct ust_results_key *key = NULL;
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        if (key == NULL || sqlite3_column_int64(row, 0) != last) {
            key = &results->keys[results->keys_n++];
            last = sqlite3_column_int64(row, 0);
            *key = (struct ust_results_key){
                .metric = text_of(arena, row, 1),
                .unit = text_of(arena, row, 2),
                .better = better_of((const char *)sqlite3_column_text(row, 3)),
                .region = text_of(arena, row, 4),
                .service = text_of(arena, row, 5),
                .persona = text_of(arena, row, 6)};
            make_room(arena, results->replications, key);
        }
        key->replication[key->n] = (uint32_t)sqlite3_column_int64(row, 7);
        key->value[key->n++] = sqlite3_column_double(row, 8);
    }
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? UST_OK : ust_store_failed(store, "cannot read the KPIs");
}

static enum ust_status read_readiness(struct ust_store *store, struct ust_arena *arena,
                                      struct ust_results *results)
{
    struct ust_readiness_result judged;
    UST_TRY(ust_readiness_compute(store, NULL, &judged));
    results->confidence = judged.settings.confidence;
    struct ust_results_key *key = &results->keys[results->keys_n++];
    *key = (struct ust_results_key){
        .metric = "readiness", .unit = "points", .better = UST_HIGHER, .n = judged.n};
    make_room(arena, judged.n, key);
    for (uint32_t i = 0; i < judged.n; i++) {
        key->replication[i] = judged.ids[i];
        key->value[i] = judged.scores[i];
    }
    ust_readiness_free(&judged);
    return UST_OK;
}

enum ust_status ust_results_read(struct ust_store *store, struct ust_arena *arena,
                                 struct ust_results *results)
{
    *results = (struct ust_results){.path = ust_arena_text(arena, ust_store_path(store))};
    UST_TRY(read_run(store, arena, results));
    UST_TRY(read_readiness(store, arena, results));
    return read_keys(store, arena, results);
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

const struct ust_results_key *ust_results_find(const struct ust_results *results,
                                               const struct ust_results_key *like)
{
    for (uint32_t i = 0; i < results->keys_n; i++) {
        const struct ust_results_key *key = &results->keys[i];
        if (same(key->metric, like->metric) && same(key->region, like->region) &&
            same(key->service, like->service) && same(key->persona, like->persona))
            return key;
    }
    return NULL;
}

void ust_results_scope(const struct ust_results_key *key, struct ust_text *out)
{
    if (key->persona != NULL && key->region != NULL)
        ust_text_printf(out, "%s in %s", key->persona, key->region);
    else if (key->persona != NULL)
        ust_text_add(out, key->persona);
    else if (key->region != NULL && key->service != NULL)
        ust_text_printf(out, "%s in %s", key->service, key->region);
    else if (key->region != NULL || key->service != NULL)
        ust_text_add(out, key->region != NULL ? key->region : key->service);
    else
        ust_text_add(out, "all");
}

const char *ust_results_change(double value, const char *unit, char out[UST_ASKED_MAX])
{
    if (strcmp(unit, "1") != 0 || isnan(value))
        return ust_asked_shown(value, unit, out);
    snprintf(out, UST_ASKED_MAX, "%.4g pp", 100.0 * value);
    return out;
}

const char *ust_results_share(double share, char out[UST_ASKED_MAX])
{
    double percent = 100.0 * share;
    snprintf(out, UST_ASKED_MAX, percent < 100.0 ? "%.2g %%" : "%.0f %%", percent);
    return out;
}
