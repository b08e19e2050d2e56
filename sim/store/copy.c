/* A new run with the plan of one that is there. */
#include "sim/store/internal.h"

#include <stdio.h>
#include <unistd.h>

#include "sim/base/text.h"
#include "sim/cli/cli.h"

extern const char ust_embed_schema_sql[];

static const char copy_sql[] =
    "INSERT INTO run SELECT id, name, scenario_path, scenario, scenario_hash, overrides, seed,"
    " replications, start_unix_s, utc_offset_min, warmup_s, duration_s, interval_s, 0, NULL"
    " FROM source.run;"
    "INSERT INTO region SELECT * FROM source.region;"
    "INSERT INTO service SELECT * FROM source.service;"
    "INSERT INTO resource SELECT * FROM source.resource;"
    "INSERT INTO resource SELECT * FROM source.resource;"
    "INSERT INTO persona SELECT * FROM source.persona;"
    "INSERT INTO fault SELECT * FROM source.fault;"
    "INSERT INTO metric SELECT * FROM source.metric;"
    "INSERT INTO setting SELECT * FROM source.setting;"
    "INSERT INTO key SELECT * FROM source.key;"
    "INSERT INTO machine SELECT * FROM source.machine WHERE name IN ('understudy', 'sqlite');";

static enum ust_status attach(struct ust_store *store, const struct ust_store *source)
{
    sqlite3_stmt *row;
    UST_TRY(ust_store_prepare(store, "ATTACH DATABASE ? AS source", &row));
    sqlite3_bind_text(row, 1, source->absolute, -1, SQLITE_STATIC);
    enum ust_status status = ust_store_step(store, row, "cannot read the shard");
    sqlite3_finalize(row);
    return status;
}

static enum ust_status fill(struct ust_store *store, uint32_t replications)
{
    char sql[160];
    UST_TRY(ust_store_exec(store, "BEGIN IMMEDIATE", "cannot create"));
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             UST_STORE_APPLICATION_ID, UST_STORE_VERSION);
    UST_TRY(ust_store_exec(store, sql, "cannot create"));
    UST_TRY(ust_store_exec(store, ust_embed_schema_sql, "cannot create"));
    UST_TRY(ust_store_exec(store, copy_sql, "cannot copy the plan"));
    snprintf(sql, sizeof sql, "UPDATE run SET replications = %u", replications);
    UST_TRY(ust_store_exec(store, sql, "cannot copy the plan"));
    return ust_store_exec(store, "COMMIT", "cannot create");
}

static enum ust_status copy(struct ust_store *store, const struct ust_store *source,
                            uint32_t replications)
{
    enum ust_store_content content = ust_store_look(store->lock, store->path);
    if (content == UST_STORE_FOREIGN)
        return UST_REFUSED;
    UST_TRY(ust_store_connect_writer(store));
    if (content == UST_STORE_OURS)
        UST_TRY(ust_store_start_anew(store));
    UST_TRY(attach(store, source));
    enum ust_status status = fill(store, replications);
    if (status != UST_OK)
        ust_store_rollback(store);
    UST_TRY(status);
    UST_TRY(ust_store_exec(store, "DETACH DATABASE source", "cannot let go of the shard"));
    return ust_store_load_keys(store);
}

enum ust_status ust_store_copy_plan(struct ust_store *from, const char *path,
                                    uint32_t replications, struct ust_store **out)
{
    bool created = false;
    struct ust_store *made = ust_store_new(path);
    enum ust_status status = ust_store_take(made, &created);
    if (status == UST_OK)
        status = copy(made, from, replications);
    if (status != UST_OK) {
        if (created)
            unlink(made->path);
        ust_store_close(made);
    }
    *out = status == UST_OK ? made : NULL;
    return status;
}
