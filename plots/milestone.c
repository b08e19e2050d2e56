#include "plots/milestone.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "plots/band.h"
#include "sim/base/text.h"

static const struct {
    const char *name, *about;
} words[UST_MOMENTS] = {
    [UST_DETECTED] = {"detected", "health checks declare the region lost"},
    [UST_MOVED_50] = {"50 % moved", "half of its users are answered elsewhere"},
    [UST_MOVED_90] = {"90 % moved", "nine tenths of them"},
    [UST_MOVED_99] = {"99 % moved", "all but the slowest caches"},
    [UST_CAUGHT_UP] = {"capacity caught up", "what is in service can carry all of the work"},
    [UST_OBJECTIVES_MET] = {"objectives met", "every persona is back within its objective"},
};

enum ust_status ust_plot_settings(const struct ust_plot_run *run,
                                  struct ust_readiness_settings *settings)
{
    struct sqlite3_stmt *s;
    bool row;
    enum ust_status status;
    *settings = ust_readiness_defaults();
    UST_TRY(ust_plot_prepare(run, "SELECT name, value FROM setting", &s));
    while ((status = ust_plot_next(run, s, &row)) == UST_OK && row)
        ust_readiness_setting(settings, ust_plot_text(run, s, 0), ust_plot_number(s, 1));
    sqlite3_finalize(s);
    return status;
}

/* The first such event after the fault. */
static enum ust_status from_timeline(const struct ust_plot_run *run, const char *event,
                                     double *after_s)
{
    struct sqlite3_stmt *s;
    bool row;
    UST_TRY(ust_plot_prepare(run,
                             "SELECT min(t_s) FROM timeline WHERE replication = ?1"
                             " AND event = ?2 AND t_s >= ?3 - 1e-9",
                             &s));
    enum ust_status status = UST_OK;
    for (uint32_t r = 0; r < run->replications_n && status == UST_OK; r++) {
        sqlite3_reset(s);
        sqlite3_bind_int64(s, 1, run->replication[r]);
        sqlite3_bind_text(s, 2, event, -1, SQLITE_STATIC);
        sqlite3_bind_double(s, 3, run->fault->start_s);
        status = ust_plot_next(run, s, &row);
        double at = status == UST_OK && row ? ust_plot_number(s, 0) : ust_nan();
        after_s[r] = isnan(at) ? ust_infinity() : fmax(0, at - run->fault->start_s);
    }
    sqlite3_finalize(s);
    return status;
}

static enum ust_status objectives_met(const struct ust_plot_run *run, double *after_s)
{
    struct sqlite3_stmt *s;
    bool row;
    UST_TRY(ust_plot_prepare(run,
                             "SELECT max(recovery_s), count(*), count(recovery_s)"
                             " FROM readiness WHERE replication = ?1 AND persona > 0",
                             &s));
    enum ust_status status = UST_OK;
    for (uint32_t r = 0; r < run->replications_n && status == UST_OK; r++) {
        sqlite3_reset(s);
        sqlite3_bind_int64(s, 1, run->replication[r]);
        status = ust_plot_next(run, s, &row);
        if (status != UST_OK || !row || sqlite3_column_int(s, 1) == 0)
            after_s[r] = (double)NAN;
        else if (sqlite3_column_int(s, 2) < sqlite3_column_int(s, 1))
            after_s[r] =
                (double)INFINITY; /* a persona without a recovery time never recovered */
        else
            after_s[r] = ust_plot_number(s, 0);
    }
    sqlite3_finalize(s);
    return status;
}

/* Work and capacity of the pools that are judged, for all replications. */
struct pools {
    struct ust_readiness_pool *pool;
    struct ust_plot_series *work, *capacity;
    uint32_t n;
};

static enum ust_status load_pool(const struct ust_plot_run *run, uint32_t region,
                                 uint32_t service, struct pools *pools)
{
    struct ust_plot_scope scope = {region, service, 0};
    struct ust_plot_window every = {0, run->duration_s, run->interval_s};
    struct ust_plot_series *work = &pools->work[pools->n];
    struct ust_plot_series *capacity = &pools->capacity[pools->n];
    UST_TRY(ust_plot_series_load(run, "capacity", scope, every, UST_PLOT_MEAN, capacity));
    enum ust_status status =
        ust_plot_series_load(run, "work_offered", scope, every, UST_PLOT_SUM, work);
    bool any = false;
    for (size_t i = 0; i < (size_t)capacity->points * capacity->replications; i++)
        any |= !isnan(capacity->value[i]);
    if (status != UST_OK || !any) {
        ust_plot_series_free(capacity);
        ust_plot_series_free(work);
        return status; /* without values the service has no pool here */
    }
    pools->pool[pools->n++] =
        (struct ust_readiness_pool){.region = region, .service = service, .under_test = true};
    return UST_OK;
}

static enum ust_status load_pools(const struct ust_plot_run *run, struct pools *pools)
{
    bool marked = false;
    uint32_t most = run->regions_n * run->services_n + 1;
    pools->pool = ust_arena_alloc(run->arena, struct ust_readiness_pool, most);
    pools->work = ust_arena_alloc(run->arena, struct ust_plot_series, most);
    pools->capacity = ust_arena_alloc(run->arena, struct ust_plot_series, most);
    for (uint32_t r = 0; r < run->regions_n; r++)
        marked |= run->regions[r].under_test;
    for (uint32_t r = 0; r < run->regions_n; r++)
        for (uint32_t s = 0; s < run->services_n; s++)
            if (run->regions[r].under_test || !marked)
                UST_TRY(load_pool(run, run->regions[r].id, run->services[s].id, pools));
    return UST_OK;
}

static void measure_pools(const struct ust_plot_run *run,
                          const struct ust_readiness_settings *settings,
                          const struct pools *pools, double *after_s)
{
    double end_s = 0;
    for (uint32_t i = 0; i < run->faults_n; i++)
        end_s = fmax(end_s, run->faults[i].end_s);
    for (uint32_t r = 0; r < run->replications_n && pools->n > 0; r++) {
        for (uint32_t k = 0; k < pools->n; k++) {
            size_t first = (size_t)r * pools->work[k].points;
            pools->pool[k].work = pools->work[k].value + first;
            pools->pool[k].capacity = pools->capacity[k].value + first;
        }
        struct ust_readiness_trajectory course = {.interval_s = run->interval_s,
                                                  .intervals = pools->work[0].points,
                                                  .fault = true,
                                                  .onset_s = run->fault->start_s,
                                                  .all_over_s = end_s,
                                                  .pools = pools->n,
                                                  .pool = pools->pool};
        after_s[r] = ust_readiness_caught_up(settings, &course);
    }
}

static enum ust_status caught_up(const struct ust_plot_run *run,
                                 const struct ust_readiness_settings *settings, double *after_s)
{
    struct pools pools = {0};
    enum ust_status status = load_pools(run, &pools);
    if (status == UST_OK)
        measure_pools(run, settings, &pools, after_s);
    for (uint32_t k = 0; k < pools.n; k++) {
        ust_plot_series_free(&pools.work[k]);
        ust_plot_series_free(&pools.capacity[k]);
    }
    return status;
}

static void summarise(const struct ust_plot_run *run, struct ust_milestone *m)
{
    double *known = ust_arena_alloc(run->arena, double, run->replications_n + 1);
    for (uint32_t i = 0; i < run->replications_n; i++) {
        if (isnan(m->after_s[i]))
            continue;
        known[m->known++] = m->after_s[i];
        m->reached += isfinite(m->after_s[i]) != 0;
    }
    m->shown = m->known > 0;
    m->median = m->shown ? ust_stats_quantile(known, m->known, 0.5) : ust_nan();
    m->low = m->shown ? ust_stats_quantile(known, m->known, 0.05) : ust_nan();
    m->high = m->shown ? ust_stats_quantile(known, m->known, 0.95) : ust_nan();
}

enum ust_status ust_plot_milestones(const struct ust_plot_run *run,
                                    const struct ust_readiness_settings *settings,
                                    struct ust_milestone milestone[UST_MOMENTS])
{
    memset(milestone, 0, UST_MOMENTS * sizeof(*milestone));
    for (int i = 0; i < UST_MOMENTS; i++) {
        milestone[i].name = words[i].name;
        milestone[i].about = words[i].about;
        milestone[i].none = ust_moment_none[i] != NULL ? ust_moment_none[i] : "at once";
        milestone[i].after_s = ust_arena_alloc(run->arena, double, run->replications_n + 1);
        for (uint32_t r = 0; r < run->replications_n; r++)
            milestone[i].after_s[r] = (double)NAN;
    }
    if (run->fault == NULL || run->fault->start_s >= run->duration_s)
        return UST_OK;
    for (int i = 0; i < UST_CAUGHT_UP; i++)
        UST_TRY(from_timeline(run, ust_moment_names[i], milestone[i].after_s));
    UST_TRY(caught_up(run, settings, milestone[UST_CAUGHT_UP].after_s));
    UST_TRY(objectives_met(run, milestone[UST_OBJECTIVES_MET].after_s));
    bool lost = ust_text_equal(run->fault->kind, "region_loss");
    for (int i = 0; i < UST_MOMENTS; i++) {
        summarise(run, &milestone[i]);
        /* Only the loss of a region has to be noticed and moves its traffic. */
        if (!lost && i < UST_CAUGHT_UP && milestone[i].reached == 0)
            milestone[i].shown = false;
    }
    return UST_OK;
}

uint32_t ust_plot_milestone_order(const struct ust_milestone milestone[UST_MOMENTS],
                                  int order[UST_MOMENTS])
{
    uint32_t n = 0;
    for (int i = 0; i < UST_MOMENTS; i++) {
        if (!milestone[i].shown)
            continue;
        uint32_t at = n++;
        while (at > 0 && milestone[order[at - 1]].median > milestone[i].median) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    return n;
}
