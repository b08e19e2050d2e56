#include "plots/milestone.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "plots/band.h"
#include "sim/base/text.h"

/* How long before the fault says what "all traffic" is. */
#define BEFORE_S 300.0
/* How long capacity must suffice before it has caught up. */
#define HELD_S 60.0

static const struct {
    const char *name, *about;
} words[UST_MILESTONES] = {
    {"detected", "health checks declare the region lost"},
    {"50 % moved", "half of the lost region's work is sent elsewhere"},
    {"90 % moved", "nine tenths of it"},
    {"99 % moved", "all but the slowest caches"},
    {"capacity caught up", "the regions that are left can carry all of the work"},
    {"objectives met", "every persona is back within its objective"},
};

static enum ust_status detected(const struct ust_plot_run *run, double *after_s)
{
    struct sqlite3_stmt *s;
    bool row;
    UST_TRY(ust_plot_prepare(run,
                             "SELECT min(t_s) FROM timeline WHERE replication = ?1"
                             " AND event = 'detected' AND t_s >= ?2"
                             " AND (?3 = 0 OR region = ?3)",
                             &s));
    enum ust_status status = UST_OK;
    for (uint32_t r = 0; r < run->replications_n && status == UST_OK; r++) {
        sqlite3_reset(s);
        sqlite3_bind_int64(s, 1, run->replication[r]);
        sqlite3_bind_double(s, 2, run->fault->start_s);
        sqlite3_bind_int64(s, 3, run->fault->region);
        status = ust_plot_next(run, s, &row);
        double at = status == UST_OK && row ? ust_plot_number(s, 0) : (double)NAN;
        after_s[r] = isnan(at) ? (double)INFINITY : at - run->fault->start_s;
    }
    sqlite3_finalize(s);
    return status;
}

/* Everything that the crossings are read from, interval by interval. */
struct flows {
    struct ust_plot_series before_lost, before_all, lost, all, capacity;
};

static enum ust_status load_flows(const struct ust_plot_run *run, struct flows *f)
{
    double start = run->fault->start_s, dt = run->interval_s;
    double from = start - BEFORE_S > 0 ? start - BEFORE_S : 0;
    struct ust_plot_window before = {from, start, dt};
    struct ust_plot_window after = {start, run->duration_s, dt};
    struct ust_plot_scope lost = {run->fault->region, 0, 0}, all = {0, 0, 0};
    UST_TRY(ust_plot_series_load(run, "work_offered", lost, before, UST_PLOT_RATE,
                                 &f->before_lost));
    UST_TRY(
        ust_plot_series_load(run, "work_offered", all, before, UST_PLOT_RATE, &f->before_all));
    UST_TRY(ust_plot_series_load(run, "work_offered", lost, after, UST_PLOT_RATE, &f->lost));
    UST_TRY(ust_plot_series_load(run, "work_offered", all, after, UST_PLOT_RATE, &f->all));
    return ust_plot_series_load(run, "capacity", all, after, UST_PLOT_MEAN, &f->capacity);
}

static void free_flows(struct flows *f)
{
    ust_plot_series_free(&f->before_lost);
    ust_plot_series_free(&f->before_all);
    ust_plot_series_free(&f->lost);
    ust_plot_series_free(&f->all);
    ust_plot_series_free(&f->capacity);
}

static double mean_share(const struct flows *f, uint32_t r)
{
    double lost = 0, all = 0;
    for (uint32_t i = 0; i < f->before_all.points; i++) {
        size_t at = (size_t)r * f->before_all.points + i;
        if (isnan(f->before_all.value[at]))
            continue;
        all += f->before_all.value[at];
        lost += isnan(f->before_lost.value[at]) ? 0 : f->before_lost.value[at];
    }
    return all > 0 ? lost / all : 0;
}

/* When the moved share crosses `goal`, seconds after the fault. An interval speaks for its
 * middle. */
static double crossing(const struct ust_plot_run *run, const struct flows *f, uint32_t r,
                       double before, double goal)
{
    double last_share = 0, last_at = 0;
    for (uint32_t i = 0; i < f->all.points; i++) {
        size_t at = (size_t)r * f->all.points + i;
        if (isnan(f->all.value[at]) || f->all.value[at] <= 0)
            continue;
        double lost = isnan(f->lost.value[at]) ? 0 : f->lost.value[at];
        double share = 1 - lost / f->all.value[at] / before;
        double now = f->all.start_s + (i + 0.5) * f->all.step_s - run->fault->start_s;
        if (now >= 0 && share >= goal) {
            if (share <= last_share)
                return now;
            return last_at + (goal - last_share) / (share - last_share) * (now - last_at);
        }
        last_share = share > 0 ? share : 0;
        last_at = now > 0 ? now : 0;
    }
    return INFINITY;
}

/* The first moment from which capacity suffices for HELD_S, among the regions that are left;
 * the lost region's vCPU is not in service, so the sum over all regions is what is left. */
static double caught_up(const struct ust_plot_run *run, const struct flows *f, uint32_t r)
{
    double since = INFINITY;
    uint32_t n = f->all.points;
    for (uint32_t i = 0; i < n; i++) {
        size_t at = (size_t)r * n + i;
        double now = f->all.start_s + i * f->all.step_s - run->fault->start_s;
        if (isnan(f->all.value[at]))
            continue;
        if (isnan(f->capacity.value[at]) || f->capacity.value[at] < f->all.value[at]) {
            since = INFINITY;
            continue;
        }
        if (isinf(since))
            since = now > 0 ? now : 0;
        if (now + f->all.step_s - since >= HELD_S)
            return since;
    }
    return INFINITY;
}

static enum ust_status objectives(const struct ust_plot_run *run, double *after_s)
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
            after_s[r] = NAN;
        else if (sqlite3_column_int(s, 2) < sqlite3_column_int(s, 1))
            after_s[r] = INFINITY; /* a persona without a recovery time never recovered */
        else
            after_s[r] = ust_plot_number(s, 0);
    }
    sqlite3_finalize(s);
    return status;
}

static void summarise(const struct ust_plot_run *run, struct ust_milestone *m)
{
    double *sorted = ust_arena_alloc(run->arena, double, run->replications_n + 1);
    uint32_t n = run->replications_n;
    memcpy(sorted, m->after_s, n * sizeof(*sorted));
    m->median = ust_plot_quantile(sorted, n, 0.5);
    memcpy(sorted, m->after_s, n * sizeof(*sorted));
    m->low = ust_plot_quantile(sorted, n, 0.05);
    memcpy(sorted, m->after_s, n * sizeof(*sorted));
    m->high = ust_plot_quantile(sorted, n, 0.95);
    for (uint32_t i = 0; i < n; i++) {
        m->known += !isnan(m->after_s[i]);
        m->reached += isfinite(m->after_s[i]) != 0;
    }
    m->shown = m->known > 0;
}

enum ust_status ust_plot_milestones(const struct ust_plot_run *run,
                                    struct ust_milestone milestone[UST_MILESTONES])
{
    struct flows flows = {0};
    memset(milestone, 0, UST_MILESTONES * sizeof(*milestone));
    for (int i = 0; i < UST_MILESTONES; i++) {
        milestone[i].name = words[i].name;
        milestone[i].about = words[i].about;
        milestone[i].after_s = ust_arena_alloc(run->arena, double, run->replications_n + 1);
        for (uint32_t r = 0; r < run->replications_n; r++)
            milestone[i].after_s[r] = NAN;
    }
    if (run->fault == NULL || run->fault->start_s >= run->duration_s)
        return UST_OK;
    UST_TRY(detected(run, milestone[UST_MILESTONE_DETECTED].after_s));
    UST_TRY(objectives(run, milestone[UST_MILESTONE_OBJECTIVES].after_s));
    enum ust_status status = load_flows(run, &flows);
    if (status != UST_OK) {
        free_flows(&flows);
        return status;
    }
    static const double goal[] = {0.5, 0.9, 0.99};
    bool lost = ust_text_equal(run->fault->kind, "region_loss");
    bool known = flows.all.points > 0;
    for (uint32_t r = 0; r < run->replications_n && known; r++) {
        double before = run->fault->region == 0 ? 0 : mean_share(&flows, r);
        milestone[UST_MILESTONE_CAPACITY].after_s[r] = caught_up(run, &flows, r);
        for (int g = 0; g < 3 && before > 0; g++)
            milestone[UST_MILESTONE_MOVED_50 + g].after_s[r] =
                crossing(run, &flows, r, before, goal[g]);
    }
    free_flows(&flows);
    for (int i = 0; i < UST_MILESTONES; i++) {
        summarise(run, &milestone[i]);
        /* Only the loss of a region has to be noticed and moves its traffic. */
        if (!lost && i <= UST_MILESTONE_MOVED_99 && milestone[i].reached == 0)
            milestone[i].shown = false;
    }
    return UST_OK;
}
