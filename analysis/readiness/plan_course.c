#include "analysis/readiness/plan_course.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "sim/base/arena.h"
#include "sim/base/time.h"

/* ---- reading ---- */

static char *copy_of(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    size_t length = strlen(text != NULL ? text : "") + 1;
    char *copy = ust_realloc(NULL, length);
    memcpy(copy, text != NULL ? text : "", length);
    return copy;
}

static struct ust_plan_course_step *step_of(struct ust_plan_course *course, sqlite3_stmt *row)
{
    const char *name = (const char *)sqlite3_column_text(row, 1);
    for (uint32_t i = 0; i < course->n; i++)
        if (name != NULL && strcmp(course->step[i].name, name) == 0)
            return &course->step[i];
    course->step = ust_realloc(course->step, (course->n + 1) * sizeof *course->step);
    course->step[course->n] = (struct ust_plan_course_step){.name = copy_of(row, 1)};
    return &course->step[course->n++];
}

static double number_of(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? (double)NAN
                                                           : sqlite3_column_double(row, column);
}

static void add(struct ust_plan_course *course, sqlite3_stmt *row, double origin_s)
{
    struct ust_plan_course_step *step = step_of(course, row);
    if (course->region == NULL)
        course->region = copy_of(row, 0);
    step->begin_s = ust_realloc(step->begin_s, (step->n + 1) * sizeof(double));
    step->end_s = ust_realloc(step->end_s, (step->n + 1) * sizeof(double));
    step->lost_s = ust_realloc(step->lost_s, (step->n + 1) * sizeof(double));
    step->approved_s = ust_realloc(step->approved_s, (step->n + 1) * sizeof(double));
    step->limit_s = ust_realloc(step->limit_s, (step->n + 1) * sizeof(double));
    step->lost_s[step->n] = number_of(row, 6);
    step->approved_s[step->n] = number_of(row, 8) - origin_s;
    step->limit_s[step->n] = number_of(row, 9) - origin_s;
    step->begin_s[step->n] = sqlite3_column_double(row, 2) - origin_s;
    bool stopped = sqlite3_column_int(row, 5) != 0;
    double until = sqlite3_column_type(row, 3) == SQLITE_NULL
                       ? (double)INFINITY
                       : sqlite3_column_double(row, 3) - origin_s;
    step->until_s = ust_realloc(step->until_s, (step->n + 1) * sizeof(double));
    step->until_s[step->n] = until;
    step->end_s[step->n++] = stopped ? (double)INFINITY : until;
    step->late += sqlite3_column_int(row, 4) != 0;
    step->stopped += stopped;
}

/* Of the replications in which there is one; moves them to the front. NAN: in none. */
static double median_of(double *value, uint32_t all)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < all; i++)
        if (!isnan(value[i]))
            value[n++] = value[i];
    return n == 0 ? (double)NAN : ust_stats_quantile(value, n, 0.5);
}

/* By median begin; of equals the one that was told first. */
static void sort(struct ust_plan_course *course)
{
    for (uint32_t i = 1; i < course->n; i++) {
        struct ust_plan_course_step step = course->step[i];
        uint32_t at = i;
        for (; at > 0 && course->step[at - 1].begin > step.begin; at--)
            course->step[at] = course->step[at - 1];
        course->step[at] = step;
    }
}

/* The farthest begin and the second farthest end; the farthest end too where it is not far. */
static double scale_of(const struct ust_plan_course *course)
{
    double first = 0, second = 0;
    for (uint32_t i = 0; i < course->n; i++) {
        double end = isfinite(course->step[i].until) ? course->step[i].until : 0;
        second = fmax(second, course->step[i].begin);
        second = fmax(second, fmin(first, end));
        first = fmax(first, end);
    }
    return first <= 2 * second ? fmax(first, second) : 1.1 * second;
}

/* When this was told of the step's first run. */
#define EVENT(name)                                                                            \
    "(SELECT min(t_s) FROM timeline e WHERE e.replication = s.replication AND e.event = "      \
    "'" name "' AND e.detail = s.step AND e.sequence > s.sequence"                             \
    " AND e.t_s <= ifnull(s.end_s, 9e18))"

double ust_plan_course_origin(struct ust_store *store)
{
    sqlite3_stmt *row;
    double origin = (double)NAN;
    if (sqlite3_prepare_v2(ust_store_sqlite(store),
                           "SELECT min(t_s) FROM timeline WHERE event = 'failover_begin'", -1,
                           &row, NULL) != SQLITE_OK)
        return origin;
    if (sqlite3_step(row) == SQLITE_ROW)
        origin = number_of(row, 0);
    sqlite3_finalize(row);
    return origin;
}

struct ust_plan_course ust_plan_course_read(struct ust_store *store, double origin_s)
{
    struct ust_plan_course course = {0};
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(ust_store_sqlite(store),
                           "SELECT region, step, begin_s, end_s, late, stopped,"
                           " data_loss_s, (SELECT count(*) FROM replication),"
                           " " EVENT("step_approved") ", " EVENT(
                               "step_limit") ""
                                             " FROM failover_step s"
                                             " WHERE run = 1 ORDER BY replication, sequence",
                           -1, &row, NULL) != SQLITE_OK)
        return course;
    while (sqlite3_step(row) == SQLITE_ROW) {
        add(&course, row, origin_s);
        course.replications = (uint32_t)sqlite3_column_int(row, 7);
    }
    sqlite3_finalize(row);
    for (uint32_t i = 0; i < course.n; i++) {
        struct ust_plan_course_step *step = &course.step[i];
        step->begin = ust_stats_quantile(step->begin_s, step->n, 0.5);
        step->end = ust_stats_quantile(step->end_s, step->n, 0.5);
        step->until = ust_stats_quantile(step->until_s, step->n, 0.5);
        step->low = ust_stats_quantile(step->end_s, step->n, 0.05);
        step->high = ust_stats_quantile(step->end_s, step->n, 0.95);
        step->lost = median_of(step->lost_s, step->n);
        step->approved = median_of(step->approved_s, step->n);
        step->limit = median_of(step->limit_s, step->n);
    }
    sort(&course);
    course.scale_s = scale_of(&course);
    return course;
}

void ust_plan_course_free(struct ust_plan_course *course)
{
    for (uint32_t i = 0; i < course->n; i++) {
        free(course->step[i].name);
        free(course->step[i].begin_s);
        free(course->step[i].end_s);
        free(course->step[i].until_s);
        free(course->step[i].lost_s);
        free(course->step[i].approved_s);
        free(course->step[i].limit_s);
    }
    free(course->step);
    free(course->region);
}

/* ---- telling ---- */

#define TITLE_COLUMNS 20
#define TIME_COLUMNS  10

/* Whole seconds from 10 s on; below, tenths. */
static const char *span(double seconds, char text[UST_TIME_TEXT_MAX])
{
    double grain = fabs(seconds) < 10 ? 10 : 1;
    return ust_time_text(ust_time_from_seconds(floor(seconds * grain + 0.5) / grain), text);
}

/* In half characters would be finer, but a bar that begins within a cell has no character. What
 * waits for somebody's approval is light. */
static void add_bar(double from, double approved, double to, bool stopped, unsigned columns,
                    struct ust_text *out)
{
    unsigned first = (unsigned)(fmin(fmax(from, 0), 1) * columns);
    unsigned last = (unsigned)(fmin(fmax(to, 0), 1) * columns + 0.5);
    unsigned waits = isnan(approved) ? 0 : (unsigned)(fmin(approved, 1) * columns + 0.5);
    ust_text_add(out, "▏");
    for (unsigned i = 0; i < first && i < columns; i++)
        ust_text_add(out, " ");
    for (unsigned i = first; i < last; i++)
        ust_text_add(out, i < waits ? "░" : "█");
    if (last <= first)
        ust_text_add(out, "▏");
    if (stopped || to > 1)
        ust_text_add(out, stopped ? "✕" : "▸");
}

static void note(struct ust_text *out, const char *between, const char *what, uint32_t n)
{
    ust_text_add(out, between);
    ust_text_printf(out, "%s %u", what, n);
}

void ust_plan_course_notes(const struct ust_plan_course *course,
                           const struct ust_plan_course_step *step, const char *between,
                           struct ust_text *out)
{
    char text[UST_TIME_TEXT_MAX];
    if (!isnan(step->approved))
        ust_text_printf(out, "%sapproved after %s", between,
                        span(step->approved - step->begin, text));
    if (!isnan(step->lost))
        ust_text_printf(out, "%sloses %s%s", between,
                        step->lost > 0 ? span(step->lost, text) : "no data",
                        step->lost > 0 ? " of data" : "");
    if (step->n < course->replications) {
        note(out, between, "begun in", step->n);
        ust_text_printf(out, " of %u", course->replications);
    }
    if (step->late > 0)
        note(out, between, "limit passed in", step->late);
    if (step->stopped > 0)
        note(out, between, "stopped in", step->stopped);
}

static void add_step(const struct ust_plan_course *course,
                     const struct ust_plan_course_step *step, unsigned columns,
                     const char *indent, struct ust_text *out)
{
    char begin[UST_TIME_TEXT_MAX], took[UST_TIME_TEXT_MAX] = "not over";
    unsigned fixed = (unsigned)ust_text_columns(indent) + TITLE_COLUMNS + 2 * TIME_COLUMNS + 2;
    unsigned bar = columns > fixed + 10 ? columns - fixed : 10;
    double scale = course->scale_s > 0 ? course->scale_s : 1;
    if (isfinite(step->end))
        (void)span(step->end - step->begin, took);
    else if (2 * step->stopped > step->n)
        (void)snprintf(took, sizeof took, "stopped");
    ust_text_printf(out, "%s%-*.*s +%-*s%-*s", indent, TITLE_COLUMNS - 1, TITLE_COLUMNS - 1,
                    step->name, TIME_COLUMNS - 1, span(step->begin, begin), TIME_COLUMNS, took);
    add_bar(step->begin / scale, step->approved / scale,
            isfinite(step->until) ? step->until / scale : 2, 2 * step->stopped > step->n, bar,
            out);
    ust_plan_course_notes(course, step, "  ", out);
    ust_text_add(out, "\n");
}

void ust_plan_course_tell(const struct ust_plan_course *course, const char *origin,
                          unsigned columns, const char *indent, struct ust_text *out)
{
    if (course->n == 0)
        return;
    ust_text_printf(
        out, "  the plan to leave %s   when each step begins %s, and how long it takes\n",
        course->region, origin);
    for (uint32_t i = 0; i < course->n; i++)
        add_step(course, &course->step[i], columns, indent, out);
}
