/* What is known before the first replication, as rows. */
#include "sim/store/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Texts live in the caller's plan until the step that follows, hence no copies. */
static void bind_text(sqlite3_stmt *statement, int column, const char *text)
{
    sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC);
}

static enum ust_status write_run(struct ust_store *store, const struct ust_store_run *run)
{
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, run->seed);
    sqlite3_stmt *s;
    UST_TRY(ust_store_prepare(store,
                              "INSERT INTO run (id, name, scenario_path, scenario, "
                              "scenario_hash, overrides, seed, replications, start_unix_s, "
                              "utc_offset_min, warmup_s, duration_s, interval_s) "
                              "VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                              &s));
    bind_text(s, 1, run->name);
    bind_text(s, 2, run->scenario_path);
    bind_text(s, 3, run->scenario);
    bind_text(s, 4, run->scenario_hash);
    bind_text(s, 5, run->overrides);
    bind_text(s, 6, seed);
    sqlite3_bind_int64(s, 7, run->replications);
    sqlite3_bind_int64(s, 8, run->start_unix_s);
    sqlite3_bind_int(s, 9, run->utc_offset_min);
    sqlite3_bind_double(s, 10, run->warmup_s);
    sqlite3_bind_double(s, 11, run->duration_s);
    sqlite3_bind_double(s, 12, run->interval_s);
    enum ust_status status = ust_store_step(store, s, "cannot store the run");
    sqlite3_finalize(s);
    return status;
}

static void bind_region(sqlite3_stmt *s, const struct ust_store_plan *plan, uint32_t i)
{
    const struct ust_store_region *region = &plan->regions[i];
    sqlite3_bind_int64(s, 1, region->id);
    bind_text(s, 2, region->name);
    bind_text(s, 3, region->role);
    sqlite3_bind_int64(s, 4, region->zones);
    ust_bind_real(s, 5, region->latitude);
    ust_bind_real(s, 6, region->longitude);
    sqlite3_bind_int(s, 7, region->under_test);
}

static void bind_service(sqlite3_stmt *s, const struct ust_store_plan *plan, uint32_t i)
{
    sqlite3_bind_int64(s, 1, plan->services[i].id);
    bind_text(s, 2, plan->services[i].name);
    bind_text(s, 3, plan->services[i].instance_blob);
    bind_text(s, 4, plan->services[i].instance_revision);
}

static void bind_resource(sqlite3_stmt *s, const struct ust_store_plan *plan, uint32_t i)
{
    const struct ust_store_resource *resource = &plan->resources[i];
    bind_text(s, 1, resource->kind);
    bind_text(s, 2, resource->of);
    sqlite3_bind_int64(s, 3, resource->rank);
    bind_text(s, 4, resource->name);
    bind_text(s, 5, resource->blob);
    bind_text(s, 6, resource->revision);
}

static void bind_persona(sqlite3_stmt *s, const struct ust_store_plan *plan, uint32_t i)
{
    const struct ust_store_persona *persona = &plan->personas[i];
    sqlite3_bind_int64(s, 1, persona->id);
    bind_text(s, 2, persona->name);
    sqlite3_bind_int64(s, 3, persona->service);
    sqlite3_bind_double(s, 4, persona->weight);
    sqlite3_bind_double(s, 5, persona->latency_objective_s);
    sqlite3_bind_double(s, 6, persona->attainment_objective);
    sqlite3_bind_double(s, 7, persona->rto_s);
    sqlite3_bind_double(s, 8, persona->rpo_s);
    sqlite3_bind_double(s, 9, persona->requests_30d);
    bind_text(s, 10, persona->document);
    bind_text(s, 11, persona->document_hash);
    sqlite3_bind_int(s, 12, persona->synthetic);
    bind_text(s, 13, persona->blob);
    bind_text(s, 14, persona->revision);
}

static void bind_fault(sqlite3_stmt *s, const struct ust_store_plan *plan, uint32_t i)
{
    const struct ust_store_fault *fault = &plan->faults[i];
    sqlite3_bind_int64(s, 1, fault->id);
    bind_text(s, 2, fault->kind);
    ust_bind_id(s, 3, fault->region);
    sqlite3_bind_double(s, 4, fault->start_s);
    sqlite3_bind_double(s, 5, fault->end_s);
    bind_text(s, 6, fault->what);
}

static void bind_metric(sqlite3_stmt *s, const struct ust_store_plan *plan, uint32_t i)
{
    const struct ust_store_metric *metric = &plan->metrics[i];
    sqlite3_bind_int64(s, 1, metric->id);
    bind_text(s, 2, metric->name);
    bind_text(s, 3, metric->unit);
    bind_text(s, 4, metric->better);
    bind_text(s, 5, metric->summary);
    bind_text(s, 6, metric->help);
}

static void bind_setting(sqlite3_stmt *s, const struct ust_store_plan *plan, uint32_t i)
{
    bind_text(s, 1, plan->settings[i].name);
    sqlite3_bind_double(s, 2, plan->settings[i].value);
}

static void bind_key(sqlite3_stmt *s, const struct ust_store_plan *plan, uint32_t i)
{
    const struct ust_store_key *key = &plan->keys[i];
    sqlite3_bind_int64(s, 1, key->id);
    sqlite3_bind_int64(s, 2, key->metric);
    sqlite3_bind_int64(s, 3, key->region);
    sqlite3_bind_int64(s, 4, key->service);
    sqlite3_bind_int64(s, 5, key->persona);
}

/* One table: n rows of the plan through one statement. */
static enum ust_status
write_rows(struct ust_store *store, const char *sql, const struct ust_store_plan *plan,
           uint32_t n, void (*bind)(sqlite3_stmt *, const struct ust_store_plan *, uint32_t))
{
    sqlite3_stmt *s;
    UST_TRY(ust_store_prepare(store, sql, &s));
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < n && status == UST_OK; i++) {
        bind(s, plan, i);
        status = ust_store_step(store, s, "cannot store the plan");
    }
    sqlite3_finalize(s);
    return status;
}

enum ust_status ust_store_write_plan(struct ust_store *store, const struct ust_store_plan *plan)
{
    UST_TRY(write_run(store, &plan->run));
    UST_TRY(write_rows(store, "INSERT INTO region VALUES (?, ?, ?, ?, ?, ?, ?)", plan,
                       plan->regions_n, bind_region));
    UST_TRY(write_rows(store, "INSERT INTO service VALUES (?, ?, ?, ?)", plan, plan->services_n,
                       bind_service));
    UST_TRY(write_rows(store, "INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?)", plan,
                       plan->resources_n, bind_resource));
    UST_TRY(write_rows(store,
                       "INSERT INTO persona VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       plan, plan->personas_n, bind_persona));
    UST_TRY(write_rows(store, "INSERT INTO fault VALUES (?, ?, ?, ?, ?, ?)", plan,
                       plan->faults_n, bind_fault));
    UST_TRY(write_rows(store, "INSERT INTO metric VALUES (?, ?, ?, ?, ?, ?)", plan,
                       plan->metrics_n, bind_metric));
    UST_TRY(write_rows(store, "INSERT INTO setting VALUES (?, ?)", plan, plan->settings_n,
                       bind_setting));
    return write_rows(store, "INSERT INTO key VALUES (?, ?, ?, ?, ?)", plan, plan->keys_n,
                      bind_key);
}
