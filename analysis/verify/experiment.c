/* A scenario as text, run as a user would run it, and what its database says. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "analysis/verify/verify.h"
#include "models/world/run.h"
#include "sim/base/hash.h"
#include "sim/cli/output.h"

char *ust_verify_queue_text(const struct ust_verify_queue *queue)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out, "understudy: 1\nname: verify\nwarmup: %.6f s\nduration: %.6f s\n",
            queue->warmup, queue->duration);
    fprintf(out, "interval: %.6f s\n", queue->interval > 0 ? queue->interval : queue->duration);
    fprintf(out, "personas:\n  - name: user\n    actions: {ask: {work: %s}}\n", queue->work);
    if (queue->tolerance != NULL)
        fprintf(out, "    tolerance: {%s}\n", queue->tolerance);
    if (queue->client != NULL)
        fprintf(out, "    client: {%s}\n", queue->client);
    fprintf(out, "regions: {here: {zones: 1}}\nservices:\n  s:\n");
    fprintf(out, "    instance: {name: box, %s}\n", queue->instance);
    if (queue->service != NULL)
        fprintf(out, "    %s\n", queue->service);
    fprintf(out, "    pools: {here: %s}\n", queue->pool != NULL ? queue->pool : "1");
    fprintf(out, "traffic:\n  - persona: user\n    arrivals: ");
    double end = queue->warmup + queue->duration - queue->drain; /* since arrivals began */
    if (queue->arrivals != NULL)
        fprintf(out, "%s\n", queue->arrivals);
    else if (queue->drain > 0)
        fprintf(
            out,
            "{kind: piecewise, points: [{at: 0 s, rate: %.12f /s}, {at: %.6f s, rate: 0 /s}]}"
            "\n",
            queue->rate, end);
    else
        fprintf(out, "{kind: poisson, rate: %.12f /s}\n", queue->rate);
    if (queue->more != NULL)
        fprintf(out, "%s\n", queue->more);
    fclose(out);
    return text;
}

const char *ust_verify_file(struct ust_verify *verify, const char *name, const char *text)
{
    const char *path = ust_arena_printf(verify->arena, "%s/%s", verify->folder, name);
    return ust_output_text(path, text) == UST_OK ? path : NULL;
}

/* ---- reading ---- */

#define KEY_SQL                                                                                \
    "SELECT k.id FROM key k JOIN metric m ON m.id = k.metric LEFT JOIN region r"               \
    " ON r.id = k.region LEFT JOIN service s ON s.id = k.service WHERE m.name = ?1"            \
    " AND coalesce(r.name, '') = ?2 AND coalesce(s.name, '') = coalesce(?3, s.name, '')"       \
    " AND k.persona = 0"

static sqlite3_int64 find_key(sqlite3 *db, const char *metric, const char *region,
                              const char *service)
{
    sqlite3_stmt *row = NULL;
    sqlite3_int64 key = 0;
    sqlite3_prepare_v2(db, KEY_SQL, -1, &row, NULL);
    sqlite3_bind_text(row, 1, metric, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, region != NULL ? region : "", -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 3, service, -1, SQLITE_STATIC);
    if (sqlite3_step(row) == SQLITE_ROW)
        key = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return key;
}

/* One value a replication, in the order of numbers; NAN where it has none. */
static void read_sql(sqlite3 *db, const char *sql, const struct ust_verify_asked *asked,
                     const char *metric, uint32_t n, double *values)
{
    sqlite3_stmt *row = NULL;
    sqlite3_prepare_v2(db, sql, -1, &row, NULL);
    if (metric != NULL)
        sqlite3_bind_int64(row, 1, find_key(db, metric, asked->region, asked->service));
    else
        sqlite3_bind_text(row, 1, asked->event, -1, SQLITE_STATIC);
    sqlite3_bind_int(row, 2, asked->from);
    sqlite3_bind_int(row, 3, asked->to);
    for (uint32_t i = 0; i < n; i++)
        values[i] =
            sqlite3_step(row) == SQLITE_ROW && sqlite3_column_type(row, 0) != SQLITE_NULL
                ? sqlite3_column_double(row, 0)
                : ust_nan();
    sqlite3_finalize(row);
}

#define KPI_SQL                                                                                \
    "SELECT p.value FROM replication n LEFT JOIN kpi p ON p.replication = n.id"                \
    " AND p.key = ?1 ORDER BY n.id"
#define SERIES_SQL                                                                             \
    "SELECT (SELECT avg(s.value) FROM series s WHERE s.replication = n.id AND s.key = ?1"      \
    " AND s.interval >= ?2 AND s.interval < ?3) FROM replication n ORDER BY n.id"
#define EVENT_SQL                                                                              \
    "SELECT (SELECT min(t.t_s) FROM timeline t WHERE t.replication = n.id AND t.event = ?1)"   \
    " FROM replication n ORDER BY n.id"

static void read_asked(sqlite3 *db, const struct ust_verify_asked *asked, uint32_t n,
                       double *values)
{
    const char *sql = asked->to > 0 ? SERIES_SQL : KPI_SQL;
    if (asked->event != NULL)
        read_sql(db, EVENT_SQL, asked, NULL, n, values);
    else
        read_sql(db, sql, asked, asked->metric, n, values);
    if (asked->over != NULL) {
        double *below = ust_malloc((n + 1) * sizeof *below);
        struct ust_verify_asked scope = *asked;
        if (asked->over_users)
            scope.region = scope.service = NULL;
        read_sql(db, sql, &scope, asked->over, n, below);
        for (uint32_t i = 0; i < n; i++)
            values[i] /= below[i];
        free(below);
    }
    for (uint32_t i = 0; i < n; i++)
        values[i] = (values[i] - asked->minus) / (asked->per > 0 ? asked->per : 1);
}

/* ---- running ---- */

/* Every experiment has a seed of its own: with one for all, all would err by the same draws. */
static uint64_t seed_of(const struct ust_verify *verify, const char *text)
{
    return ust_hash_text(verify->seed, text);
}

static enum ust_status run_file(struct ust_verify *verify, const char *path, const char *output,
                                uint64_t seed, uint32_t replications,
                                struct ust_run_result *ran)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_scenario *scenario = ust_scenario_read(&spec, path, NULL, 0);
    ust_diag_print(spec.diag, stderr, "nothing was verified");
    enum ust_status status = UST_INVALID;
    const struct ust_run_options how = {.output = output,
                                        .replications = replications,
                                        .jobs = verify->jobs,
                                        .seed_given = true,
                                        .seed = seed,
                                        .replace = true,
                                        .quiet = true,
                                        .overrides = ""};
    if (scenario != NULL)
        status = ust_run(scenario, &how, ran);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return status;
}

enum ust_status ust_verify_values(struct ust_verify *verify,
                                  const struct ust_verify_experiment *experiment,
                                  double **values)
{
    const char *output = ust_arena_printf(verify->arena, "%s/run.db", verify->folder);
    const char *path = ust_verify_file(verify, "scenario.yaml", experiment->scenario);
    uint64_t seed = seed_of(verify, experiment->scenario);
    uint32_t n = experiment->replications;
    *values = NULL;
    free(experiment->scenario);
    if (path == NULL)
        return UST_REFUSED;
    struct ust_run_result ran = {0};
    enum ust_status status = run_file(verify, path, output, seed, n, &ran);
    if (status == UST_OK) {
        *values = ust_malloc((size_t)(experiment->asked_n + 1) * n * sizeof **values);
        for (uint32_t i = 0; i < experiment->asked_n; i++)
            read_asked(ust_store_sqlite(ran.store), &experiment->asked[i], n,
                       *values + (size_t)i * n);
        verify->requests += ran.requests;
    }
    ust_store_close(ran.store);
    unlink(output);
    return status;
}

/* ---- judging ---- */

static void add_exact(struct ust_verify *verify, struct ust_verify_row row,
                      const double *values)
{
    row.kind = UST_VERIFY_EXACT;
    row.passed = true;
    row.p = ust_nan();
    row.estimate = (struct ust_interval){values[0], values[0], values[0]};
    for (uint64_t i = 0; i < row.n; i++) {
        bool same = fabs(values[i] - row.reference) <= 1e-9 * fabs(row.reference);
        if (!same && row.passed)
            row.estimate.value = values[i];
        row.passed = row.passed && same;
        row.estimate.low = fmin(row.estimate.low, values[i]);
        row.estimate.high = fmax(row.estimate.high, values[i]);
    }
    ust_verify_add(verify, &row);
}

static void add_law(struct ust_verify *verify, struct ust_verify_row row, const double *values)
{
    row.kind = UST_VERIFY_LAW;
    row.estimate = ust_stats_t(values, row.n, 0.95);
    double error = sqrt(ust_stats_variance(values, row.n) / (double)row.n);
    double off = fabs(row.estimate.value - row.reference);
    off = fmax(0.0, off - row.resolution * fabs(row.reference));
    row.p = error > 0.0 ? 2.0 * gsl_cdf_tdist_Q(off / error, (double)row.n - 1.0)
                        : (off > 1e-12 ? 0.0 : 1.0);
    if (isnan(row.p)) /* a replication without a value: never right */
        row.p = 0.0;
    ust_verify_add(verify, &row);
}

enum ust_status ust_verify_run(struct ust_verify *verify,
                               const struct ust_verify_experiment *experiment)
{
    double *values;
    ust_progress_step(&verify->progress, ++verify->progress.done);
    if (ust_cli_stop_wanted()) {
        free(experiment->scenario);
        return UST_STOPPED;
    }
    UST_TRY(ust_verify_values(verify, experiment, &values));
    for (uint32_t i = 0; i < experiment->asked_n; i++) {
        const struct ust_verify_asked *asked = &experiment->asked[i];
        struct ust_verify_row row = {.section = experiment->section,
                                     .law = experiment->law,
                                     .source = experiment->source,
                                     .parameters = experiment->parameters,
                                     .quantity = asked->quantity,
                                     .reference = asked->reference,
                                     .allowed = asked->allowed * sqrt(verify->less),
                                     .resolution = asked->resolution,
                                     .n = experiment->replications};
        const double *mine = values + (size_t)i * experiment->replications;
        if (asked->allowed > 0.0)
            add_law(verify, row, mine);
        else
            add_exact(verify, row, mine);
    }
    free(values);
    return UST_OK;
}
