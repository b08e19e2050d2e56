#include "plots/data.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/store/store.h"

enum ust_status ust_plot_prepare(const struct ust_plot_run *run, const char *sql,
                                 struct sqlite3_stmt **statement)
{
    if (sqlite3_prepare_v2(run->db, sql, -1, statement, NULL) != SQLITE_OK)
        return ust_store_failed(run->store, "cannot read the results");
    return UST_OK;
}

enum ust_status ust_plot_next(const struct ust_plot_run *run, struct sqlite3_stmt *statement,
                              bool *row)
{
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return UST_OK;
    return ust_store_failed(run->store, "cannot read the results");
}

const char *ust_plot_text(const struct ust_plot_run *run, struct sqlite3_stmt *statement,
                          int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    return ust_arena_text(run->arena, text == NULL ? "" : (const char *)text);
}

double ust_plot_number(struct sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return (double)NAN;
    return sqlite3_column_double(statement, column);
}

static uint32_t id_at(struct sqlite3_stmt *statement, int column)
{
    return (uint32_t)sqlite3_column_int64(statement, column);
}

/* How one table becomes an array: count first, then a row at a time. */
typedef void (*read_row)(const struct ust_plot_run *run, struct sqlite3_stmt *statement,
                         void *element);

static enum ust_status read_table(const struct ust_plot_run *run, const char *count_sql,
                                  const char *sql, size_t size, read_row read, void *array,
                                  uint32_t *n)
{
    struct sqlite3_stmt *statement;
    bool row;
    UST_TRY(ust_plot_prepare(run, count_sql, &statement));
    enum ust_status status = ust_plot_next(run, statement, &row);
    uint32_t capacity = status == UST_OK && row ? id_at(statement, 0) : 0;
    sqlite3_finalize(statement);
    UST_TRY(status);

    char *at = ust_arena_bytes(run->arena, capacity + 1, size);
    memcpy(array, &at, sizeof(at));
    *n = 0;
    UST_TRY(ust_plot_prepare(run, sql, &statement));
    while ((status = ust_plot_next(run, statement, &row)) == UST_OK && row && *n < capacity)
        read(run, statement, at + size * (*n)++);
    sqlite3_finalize(statement);
    return status;
}

static void read_region(const struct ust_plot_run *run, struct sqlite3_stmt *s, void *element)
{
    struct ust_plot_region *region = element;
    region->id = id_at(s, 0);
    region->name = ust_plot_text(run, s, 1);
    region->role = ust_plot_text(run, s, 2);
    region->zones = id_at(s, 3);
    region->under_test = sqlite3_column_int(s, 4) != 0;
}

static void read_service(const struct ust_plot_run *run, struct sqlite3_stmt *s, void *element)
{
    struct ust_plot_service *service = element;
    service->id = id_at(s, 0);
    service->name = ust_plot_text(run, s, 1);
}

static void read_persona(const struct ust_plot_run *run, struct sqlite3_stmt *s, void *element)
{
    struct ust_plot_persona *persona = element;
    persona->id = id_at(s, 0);
    persona->name = ust_plot_text(run, s, 1);
    persona->service = id_at(s, 2);
    persona->weight = ust_plot_number(s, 3);
    persona->latency_objective_s = ust_plot_number(s, 4);
    persona->attainment_objective = ust_plot_number(s, 5);
    persona->rto_s = ust_plot_number(s, 6);
    persona->rpo_s = ust_plot_number(s, 7);
    persona->document = ust_plot_text(run, s, 8);
    persona->document_hash = ust_plot_text(run, s, 9);
}

static void read_fault(const struct ust_plot_run *run, struct sqlite3_stmt *s, void *element)
{
    struct ust_plot_fault *fault = element;
    fault->id = id_at(s, 0);
    fault->kind = ust_plot_text(run, s, 1);
    fault->region = id_at(s, 2);
    fault->start_s = ust_plot_number(s, 3);
    fault->end_s = ust_plot_number(s, 4);
    fault->what = ust_plot_text(run, s, 5);
}

static void read_machine(const struct ust_plot_run *run, struct sqlite3_stmt *s, void *element)
{
    struct ust_plot_pair *pair = element;
    pair->name = ust_plot_text(run, s, 0);
    pair->value = ust_plot_text(run, s, 1);
}

struct replication {
    uint32_t id;
    const char *fingerprint;
    uint64_t requests, events;
};

static void read_replication(const struct ust_plot_run *run, struct sqlite3_stmt *s,
                             void *element)
{
    struct replication *replication = element;
    replication->id = id_at(s, 0);
    replication->fingerprint = ust_plot_text(run, s, 1);
    replication->requests = (uint64_t)sqlite3_column_int64(s, 2);
    replication->events = (uint64_t)sqlite3_column_int64(s, 3);
}

static enum ust_status read_replications(struct ust_plot_run *run)
{
    struct replication *all;
    UST_TRY(read_table(run, "SELECT count(*) FROM replication",
                       "SELECT id, fingerprint, requests, events FROM replication ORDER BY id",
                       sizeof(*all), read_replication, &all, &run->replications_n));
    run->replication = ust_arena_alloc(run->arena, uint32_t, run->replications_n + 1);
    run->fingerprint = ust_arena_alloc(run->arena, const char *, run->replications_n + 1);
    for (uint32_t i = 0; i < run->replications_n; i++) {
        run->replication[i] = all[i].id;
        run->fingerprint[i] = all[i].fingerprint;
        run->requests += all[i].requests;
        run->events += all[i].events;
    }
    return UST_OK;
}

static enum ust_status read_run(struct ust_plot_run *run)
{
    struct sqlite3_stmt *s;
    bool row;
    UST_TRY(ust_plot_prepare(run,
                             "SELECT name, scenario_path, scenario, scenario_hash, overrides,"
                             " seed, replications, start_unix_s, utc_offset_min, warmup_s,"
                             " duration_s, interval_s, complete, digest FROM run WHERE id = 1",
                             &s));
    enum ust_status status = ust_plot_next(run, s, &row);
    if (status == UST_OK && !row)
        status = ust_store_failed(run->store, "holds no run");
    if (status == UST_OK) {
        run->name = ust_plot_text(run, s, 0);
        run->scenario_path = ust_plot_text(run, s, 1);
        run->scenario = ust_plot_text(run, s, 2);
        run->scenario_hash = ust_plot_text(run, s, 3);
        run->overrides = ust_plot_text(run, s, 4);
        run->seed = ust_plot_text(run, s, 5);
        run->replications = id_at(s, 6);
        run->start_unix_s = sqlite3_column_int64(s, 7);
        run->utc_offset_min = sqlite3_column_int(s, 8);
        run->warmup_s = ust_plot_number(s, 9);
        run->duration_s = ust_plot_number(s, 10);
        run->interval_s = ust_plot_number(s, 11);
        run->complete = sqlite3_column_int(s, 12) != 0;
        if (sqlite3_column_type(s, 13) != SQLITE_NULL)
            run->digest = ust_plot_text(run, s, 13);
    }
    sqlite3_finalize(s);
    return status;
}

static enum ust_status read_verdict(struct ust_plot_run *run)
{
    struct sqlite3_stmt *s;
    bool row;
    UST_TRY(ust_plot_prepare(run,
                             "SELECT verdict, region, lost, weakest_persona, method, n,"
                             " readiness, low, high, p_ready, p_low, p_high, percentile5"
                             " FROM verdict WHERE id = 1",
                             &s));
    enum ust_status status = ust_plot_next(run, s, &row);
    if (status == UST_OK && row) {
        struct ust_plot_verdict *v = ust_arena_alloc(run->arena, struct ust_plot_verdict, 1);
        v->verdict = ust_plot_text(run, s, 0);
        v->region = ust_plot_text(run, s, 1);
        v->lost = ust_plot_text(run, s, 2);
        v->weakest = ust_plot_text(run, s, 3);
        v->method = ust_plot_text(run, s, 4);
        v->n = id_at(s, 5);
        v->readiness = ust_plot_number(s, 6);
        v->low = ust_plot_number(s, 7);
        v->high = ust_plot_number(s, 8);
        v->p_ready = ust_plot_number(s, 9);
        v->p_low = ust_plot_number(s, 10);
        v->p_high = ust_plot_number(s, 11);
        v->percentile5 = ust_plot_number(s, 12);
        run->verdict = v;
    }
    sqlite3_finalize(s);
    return status;
}

/* The fault that moments are counted from: the earliest, and of several at one time the loss of
 * a region. */
static const struct ust_plot_fault *main_fault(const struct ust_plot_run *run)
{
    for (uint32_t i = 0; i < run->faults_n; i++)
        if (run->faults[i].start_s <= run->faults[0].start_s &&
            ust_text_equal(run->faults[i].kind, "region_loss"))
            return &run->faults[i];
    return run->faults_n > 0 ? &run->faults[0] : NULL;
}

static enum ust_status read_names(struct ust_plot_run *run)
{
    UST_TRY(read_table(run, "SELECT count(*) FROM region",
                       "SELECT id, name, role, zones, under_test FROM region ORDER BY id",
                       sizeof(struct ust_plot_region), read_region, &run->regions,
                       &run->regions_n));
    UST_TRY(read_table(
        run, "SELECT count(*) FROM service", "SELECT id, name FROM service ORDER BY id",
        sizeof(struct ust_plot_service), read_service, &run->services, &run->services_n));
    UST_TRY(read_table(
        run, "SELECT count(*) FROM persona",
        "SELECT id, name, service,"
        " CASE WHEN total > 0 THEN weight / total ELSE 1.0 / count END,"
        " latency_objective_s, attainment_objective, rto_s, rpo_s, document, document_hash"
        " FROM persona, (SELECT sum(weight) AS total, count(*) AS count FROM persona)"
        " ORDER BY id",
        sizeof(struct ust_plot_persona), read_persona, &run->personas, &run->personas_n));
    UST_TRY(read_table(run, "SELECT count(*) FROM fault",
                       "SELECT id, kind, region, start_s, end_s, what FROM fault"
                       " ORDER BY start_s, id",
                       sizeof(struct ust_plot_fault), read_fault, &run->faults,
                       &run->faults_n));
    return read_table(
        run, "SELECT count(*) FROM machine", "SELECT name, value FROM machine ORDER BY name",
        sizeof(struct ust_plot_pair), read_machine, &run->machine, &run->machine_n);
}

static enum ust_status read_all(struct ust_plot_run *run)
{
    UST_TRY(read_run(run));
    UST_TRY(read_replications(run));
    UST_TRY(read_names(run));
    UST_TRY(read_verdict(run));
    run->fault = main_fault(run);
    return UST_OK;
}

enum ust_status ust_plot_run_open(const char *path, struct ust_plot_run *run)
{
    memset(run, 0, sizeof(*run));
    UST_TRY(ust_store_open(path, false, &run->store));
    run->database = ust_store_path(run->store);
    run->db = ust_store_sqlite(run->store);
    run->arena = ust_arena_new();
    enum ust_status status = read_all(run);
    if (status != UST_OK)
        ust_plot_run_close(run);
    return status;
}

void ust_plot_run_close(struct ust_plot_run *run)
{
    ust_arena_free(run->arena);
    ust_store_close(run->store);
    memset(run, 0, sizeof(*run));
}

const char *ust_plot_region_name(const struct ust_plot_run *run, uint32_t id)
{
    for (uint32_t i = 0; i < run->regions_n; i++)
        if (run->regions[i].id == id)
            return run->regions[i].name;
    return "all";
}

const char *ust_plot_service_name(const struct ust_plot_run *run, uint32_t id)
{
    for (uint32_t i = 0; i < run->services_n; i++)
        if (run->services[i].id == id)
            return run->services[i].name;
    return "all";
}

const char *ust_plot_persona_name(const struct ust_plot_run *run, uint32_t id)
{
    for (uint32_t i = 0; i < run->personas_n; i++)
        if (run->personas[i].id == id)
            return run->personas[i].name;
    return "all";
}

uint32_t ust_plot_region_id(const struct ust_plot_run *run, const char *name)
{
    for (uint32_t i = 0; i < run->regions_n; i++)
        if (ust_text_equal(run->regions[i].name, name))
            return run->regions[i].id;
    return 0;
}

uint32_t ust_plot_persona_id(const struct ust_plot_run *run, const char *name)
{
    for (uint32_t i = 0; i < run->personas_n; i++)
        if (ust_text_equal(run->personas[i].name, name))
            return run->personas[i].id;
    return 0;
}
