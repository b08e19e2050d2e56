#include "analysis/study/values.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "models/world/scenario.h"
#include "sim/base/text.h"
#include "sim/store/store.h"

enum ust_status ust_asked_read(struct ust_arena *arena, const char *const *texts, size_t n,
                               struct ust_asked **out)
{
    enum ust_status status = UST_OK;
    *out = ust_arena_alloc(arena, struct ust_asked, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct ust_asked *answer = &(*out)[i];
        *answer = (struct ust_asked){.text = texts[i],
                                     .unit = "points",
                                     .better = UST_HIGHER,
                                     .readiness = strcmp(texts[i], "readiness") == 0};
        if (answer->readiness)
            continue;
        const struct ust_texts one = {.at = (const char **)(uintptr_t)&texts[i], .n = 1};
        struct ust_kpi *kpi;
        uint32_t kpis_n;
        if (ust_kpi_read(arena, &one, &kpi, &kpis_n) != UST_OK) {
            status = UST_INVALID;
            continue;
        }
        answer->kpi = *kpi;
        answer->unit = ust_metrics[kpi->metric].unit;
        answer->better = ust_metrics[kpi->metric].better;
    }
    return status;
}

/* ---- names ---- */

static enum ust_status unknown_name(const struct ust_asked *answer, const char *what,
                                    const char *name, const char *const *names, size_t n)
{
    const char *near = ust_text_nearest(name, names, n);
    fprintf(stderr, "understudy: '%s': unknown %s '%s'%s%s%s (known:", answer->text, what, name,
            near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
            near == NULL ? "" : "'?");
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", names[i]);
    fprintf(stderr, ")\n");
    return UST_INVALID;
}

static bool is_among(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

enum ust_status ust_asked_check(const struct ust_asked *asked, size_t n,
                                const struct ust_scenario *scenario)
{
    const struct ust_config *config = scenario->config;
    struct ust_arena *arena = ust_arena_new();
    const char **region = ust_arena_alloc(arena, const char *, config->regions_n + 1);
    const char **service = ust_arena_alloc(arena, const char *, config->services_n + 1);
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < config->regions_n; i++)
        region[i] = config->regions[i].name;
    for (uint32_t i = 0; i < config->services_n; i++)
        service[i] = config->services[i].name;
    for (size_t i = 0; i < n; i++) {
        const struct ust_kpi *kpi = &asked[i].kpi;
        if (asked[i].readiness)
            continue;
        if (kpi->region != NULL && !is_among(kpi->region, region, config->regions_n))
            status = unknown_name(&asked[i], "region", kpi->region, region, config->regions_n);
        if (kpi->service != NULL && !is_among(kpi->service, service, config->services_n))
            status =
                unknown_name(&asked[i], "service", kpi->service, service, config->services_n);
    }
    ust_arena_free(arena);
    return status;
}

static enum ust_status check_name(struct ust_store *store, struct ust_arena *arena,
                                  const struct ust_asked *answer, const char *table,
                                  const char *name)
{
    const char *names[64], *sql = ust_arena_printf(arena, "SELECT name FROM %s", table);
    size_t n = 0;
    sqlite3_stmt *row = NULL;
    bool known = name == NULL;
    if (known)
        return UST_OK;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, &row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read the names");
    while (sqlite3_step(row) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(row, 0);
        known = known || strcmp(text, name) == 0;
        if (n < sizeof names / sizeof names[0])
            names[n++] = ust_arena_text(arena, text);
    }
    sqlite3_finalize(row);
    return known ? UST_OK : unknown_name(answer, table, name, names, n);
}

static enum ust_status check_names(struct ust_store *store, struct ust_arena *arena,
                                   const struct ust_asked *answer, size_t n)
{
    enum ust_status status = UST_OK;
    for (size_t i = 0; i < n && status != UST_REFUSED; i++) {
        if (answer[i].readiness)
            continue;
        enum ust_status region =
            check_name(store, arena, &answer[i], "region", answer[i].kpi.region);
        enum ust_status service =
            check_name(store, arena, &answer[i], "service", answer[i].kpi.service);
        status = region != UST_OK ? region : service != UST_OK ? service : status;
    }
    return status;
}

/* ---- values ---- */

static sqlite3_stmt *select_values(sqlite3 *db, const struct ust_asked *answer)
{
    static const char readiness[] =
        "SELECT replication, score FROM readiness WHERE persona = 0";
    static const char of_users[] =
        "SELECT v.replication, v.value FROM metric m JOIN key k ON k.metric = m.id JOIN kpi v "
        "ON "
        "v.key = k.id WHERE m.name = ?1 AND k.region = 0 AND k.service = 0 AND k.persona = 0";
    static const char of_pools[] =
        "SELECT v.replication, v.value FROM metric m JOIN key k ON k.metric = m.id JOIN kpi v "
        "ON "
        "v.key = k.id LEFT JOIN region r ON r.id = k.region LEFT JOIN service s ON s.id = "
        "k.service WHERE m.name = ?1 AND (?2 IS NULL OR r.name = ?2) AND "
        "(?3 IS NULL OR s.name = ?3) ORDER BY k.id";
    sqlite3_stmt *row = NULL;
    bool users = !answer->readiness && ust_metrics[answer->kpi.metric].scope == UST_PER_PERSONA;
    const char *sql = answer->readiness ? readiness : users ? of_users : of_pools;
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
        return NULL;
    if (!answer->readiness)
        sqlite3_bind_text(row, 1, ust_metrics[answer->kpi.metric].name, -1, SQLITE_STATIC);
    if (!answer->readiness && !users) {
        sqlite3_bind_text(row, 2, answer->kpi.region, -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 3, answer->kpi.service, -1, SQLITE_STATIC);
    }
    return row;
}

static enum ust_status read_values(struct ust_store *store, const struct ust_asked *answer,
                                   uint32_t replications, double *y)
{
    sqlite3_stmt *row = select_values(ust_store_sqlite(store), answer);
    if (row == NULL)
        return ust_store_failed(store, "cannot read the values");
    while (sqlite3_step(row) == SQLITE_ROW) {
        uint32_t r = (uint32_t)sqlite3_column_int64(row, 0);
        if (r == 0 || r > replications || sqlite3_column_type(row, 1) == SQLITE_NULL)
            continue;
        double value = sqlite3_column_double(row, 1);
        y[r - 1] = answer->readiness ? value : ust_kpi_join(&answer->kpi, y[r - 1], value);
    }
    sqlite3_finalize(row);
    return UST_OK;
}

static enum ust_status count_stored(struct ust_store *store, uint32_t *out)
{
    sqlite3_stmt *row = NULL;
    *out = 0;
    if (sqlite3_prepare_v2(ust_store_sqlite(store),
                           "SELECT count(*) FROM replication r WHERE r.id <= (SELECT count(*) "
                           "FROM replication q WHERE q.id <= r.id)",
                           -1, &row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot count the replications");
    if (sqlite3_step(row) == SQLITE_ROW)
        *out = (uint32_t)sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return UST_OK;
}

struct unit_file {
    const char *path;
    uint32_t stored;
};

/* The files of the study, in the order of their units; a unit that has not run has no file. */
static enum ust_status list_units(struct ust_index *index, struct ust_arena *arena,
                                  struct unit_file **files, uint32_t *n)
{
    sqlite3_stmt *row = NULL;
    sqlite3 *db = ust_index_sqlite(index);
    *n = 0;
    if (sqlite3_prepare_v2(db, "SELECT file, (SELECT count(*) FROM unit) FROM unit ORDER BY id",
                           -1, &row, NULL) != SQLITE_OK)
        return ust_index_failed(index, "cannot read the index");
    while (sqlite3_step(row) == SQLITE_ROW) {
        if (*n == 0)
            *files = ust_arena_alloc(arena, struct unit_file, sqlite3_column_int64(row, 1));
        (*files)[(*n)++].path = ust_arena_printf(arena, "%s/%s", ust_index_folder(index),
                                                 (const char *)sqlite3_column_text(row, 0));
    }
    sqlite3_finalize(row);
    return UST_OK;
}

static bool is_there(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file != NULL)
        fclose(file);
    return file != NULL;
}

enum ust_status ust_values_read(struct ust_index *index, const struct ust_asked *answer,
                                size_t n, struct ust_arena *arena, struct ust_values *out)
{
    struct unit_file *file = NULL;
    uint32_t units = 0, most = 0;
    UST_TRY(list_units(index, arena, &file, &units));
    bool checked = false;
    for (uint32_t u = 0; u < units; u++) {
        struct ust_store *store = NULL;
        if (!is_there(file[u].path))
            continue;
        UST_TRY(ust_store_open(file[u].path, false, &store));
        enum ust_status status = count_stored(store, &file[u].stored);
        if (status == UST_OK && !checked)
            status = check_names(store, arena, answer, n);
        checked = true;
        ust_store_close(store);
        UST_TRY(status);
        most = file[u].stored > most ? file[u].stored : most;
    }
    for (size_t a = 0; a < n; a++) {
        out[a] =
            (struct ust_values){.units = units,
                                .replications = most,
                                .y = ust_arena_alloc(arena, double, (size_t)units *most + 1),
                                .stored = ust_arena_alloc(arena, uint32_t, units + 1)};
        for (size_t i = 0; i < (size_t)units * most; i++)
            out[a].y[i] = ust_nan();
    }
    for (uint32_t u = 0; u < units; u++) {
        struct ust_store *store = NULL;
        if (file[u].stored == 0)
            continue;
        UST_TRY(ust_store_open(file[u].path, false, &store));
        enum ust_status status = UST_OK;
        for (size_t a = 0; a < n && status == UST_OK; a++) {
            out[a].stored[u] = file[u].stored;
            status = read_values(store, &answer[a], most, &out[a].y[(size_t)u * most]);
        }
        ust_store_close(store);
        UST_TRY(status);
    }
    return UST_OK;
}

uint32_t ust_values_complete(struct ust_values *values)
{
    uint32_t kept = 0, most = values->replications;
    bool whole;
    for (uint32_t r = 0; r < most; r++) {
        whole = true;
        for (uint32_t u = 0; u < values->units; u++)
            whole = whole && isfinite(values->y[(size_t)u * most + r]);
        for (uint32_t u = 0; whole && u < values->units; u++)
            values->y[(size_t)u * most + kept] = values->y[(size_t)u * most + r];
        kept += whole;
    }
    for (uint32_t u = 0; u < values->units; u++)
        memmove(&values->y[(size_t)u * kept], &values->y[(size_t)u * most],
                kept * sizeof *values->y);
    values->replications = kept;
    return kept;
}

const char *ust_asked_shown(double value, const char *unit, char out[UST_ASKED_MAX])
{
    double size = fabs(value);
    if (isnan(value))
        snprintf(out, UST_ASKED_MAX, "-");
    else if (strcmp(unit, "s") == 0 && size < 1.0)
        snprintf(out, UST_ASKED_MAX, "%.4g ms", 1000.0 * value);
    else if (strcmp(unit, "1") == 0)
        snprintf(out, UST_ASKED_MAX, "%.4g %%", 100.0 * value);
    else
        snprintf(out, UST_ASKED_MAX, size >= 10000.0 && size < 1e15 ? "%.0f %s" : "%.4g %s",
                 value, unit);
    return out;
}
