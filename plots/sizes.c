#include "plots/sizes.h"

#include <math.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "analysis/stats/stats.h"

static enum ust_status read_asked(const struct ust_plot_run *run, struct ust_sizes *out)
{
    sqlite3_stmt *row;
    bool more;
    UST_TRY(ust_plot_prepare(run, "SELECT asked FROM size_point ORDER BY rowid DESC LIMIT 1",
                             &row));
    enum ust_status status = ust_plot_next(run, row, &more);
    if (status == UST_OK && more)
        out->asked = ust_plot_text(run, row, 0);
    sqlite3_finalize(row);
    return status;
}

static enum ust_status prepare(const struct ust_plot_run *run, const struct ust_sizes *sizes,
                               const char *sql, sqlite3_stmt **row)
{
    UST_TRY(ust_plot_prepare(run, sql, row));
    sqlite3_bind_text(*row, 1, sizes->asked, -1, SQLITE_STATIC);
    return UST_OK;
}

static enum ust_status read_title(const struct ust_plot_run *run, struct ust_sizes *out)
{
    sqlite3_stmt *row;
    bool more = true;
    enum ust_status status;
    UST_TRY(prepare(
        run, out,
        "SELECT label FROM size_value WHERE asked = ? GROUP BY number ORDER BY number", &row));
    out->one = true;
    while ((status = ust_plot_next(run, row, &more)) == UST_OK && more) {
        const char *label = ust_plot_text(run, row, 0);
        out->one = out->title == NULL;
        out->title =
            out->one ? label : ust_arena_printf(run->arena, "%s, %s", out->title, label);
    }
    sqlite3_finalize(row);
    return status;
}

/* ---- points ---- */

static struct ust_readiness_bound bound(sqlite3_stmt *row, int column)
{
    return (struct ust_readiness_bound){ust_plot_number(row, column),
                                        ust_plot_number(row, column + 1),
                                        ust_plot_number(row, column + 2)};
}

static struct ust_sizes_point take(const struct ust_plot_run *run, sqlite3_stmt *row)
{
    return (struct ust_sizes_point){.candidate = ust_plot_text(run, row, 0),
                                    .attempt = (uint32_t)sqlite3_column_int64(row, 1),
                                    .n = (uint32_t)sqlite3_column_int64(row, 2),
                                    .ready = (uint32_t)sqlite3_column_int64(row, 3),
                                    .verdict = ust_plot_text(run, row, 4),
                                    .confidence = ust_plot_number(row, 5),
                                    .readiness = bound(row, 6),
                                    .p_ready = bound(row, 9),
                                    .cost_hour = ust_plot_number(row, 12),
                                    .why = ust_plot_text(run, row, 13),
                                    .at = ust_plot_number(row, 14)};
}

#define POINTS_SQL                                                                             \
    "SELECT p.candidate, p.attempt, p.n, p.ready, p.verdict, p.confidence, p.readiness, "      \
    "p.low, p.high, p.p_ready, p.p_low, p.p_high, p.cost_hour, p.why, sum(v.value) FROM "      \
    "size_point p JOIN size_value v USING (asked, candidate) WHERE p.asked = ?1 "              \
    "GROUP BY p.candidate, p.attempt ORDER BY p.attempt > 0, "                                 \
    "iif((SELECT count(DISTINCT path) FROM size_value WHERE asked = ?1) = 1, sum(v.value), "   \
    "p.cost_hour), p.candidate, p.attempt"

static double place_of(const struct ust_sizes *sizes, const char *candidate)
{
    for (uint32_t i = 0; i < sizes->curve_n; i++)
        if (ust_text_equal(sizes->point[i].candidate, candidate))
            return sizes->point[i].at;
    return ust_nan();
}

static enum ust_status read_points(const struct ust_plot_run *run, struct ust_sizes *out)
{
    sqlite3_stmt *row;
    bool more;
    enum ust_status status;
    uint32_t capacity = 0;
    UST_TRY(prepare(run, out, "SELECT count(*) FROM size_point WHERE asked = ?", &row));
    status = ust_plot_next(run, row, &more);
    if (status == UST_OK && more)
        capacity = (uint32_t)sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    UST_TRY(status);
    out->point = ust_arena_alloc(run->arena, struct ust_sizes_point, capacity + 1);
    UST_TRY(prepare(run, out, POINTS_SQL, &row));
    while ((status = ust_plot_next(run, row, &more)) == UST_OK && more) {
        struct ust_sizes_point *point = &out->point[out->n++];
        *point = take(run, row);
        out->curve_n += point->attempt == 0;
        if (!out->one)
            point->at = point->attempt == 0 ? out->n : place_of(out, point->candidate);
    }
    sqlite3_finalize(row);
    return status;
}

/* ---- marks ---- */

static void add_mark(const struct ust_plot_run *run, const struct ust_sizes_mark *mark,
                     struct ust_sizes *out)
{
    for (uint32_t i = 0; i < out->marks_n; i++) {
        struct ust_sizes_mark *other = &out->mark[i];
        if (isnan(mark->at) || other->at < mark->at || other->at > mark->at)
            continue;
        other->what = ust_arena_printf(run->arena, "%s, %s", other->what, mark->what);
        return;
    }
    if (out->marks_n < UST_SIZES_MARKS_MAX)
        out->mark[out->marks_n++] = *mark;
}

static enum ust_status read_marks(const struct ust_plot_run *run, struct ust_sizes *out)
{
    sqlite3_stmt *row;
    bool more;
    enum ust_status status;
    UST_TRY(prepare(run, out,
                    "SELECT what, candidate, value, note FROM size_answer WHERE asked = ? "
                    "ORDER BY what <> 'answer', rowid",
                    &row));
    while ((status = ust_plot_next(run, row, &more)) == UST_OK && more) {
        bool given = sqlite3_column_type(row, 1) != SQLITE_NULL;
        struct ust_sizes_mark mark = {.what = ust_plot_text(run, row, 0),
                                      .candidate = given ? ust_plot_text(run, row, 1) : NULL,
                                      .at = ust_plot_number(row, 2)};
        if (!out->one)
            mark.at = given ? place_of(out, mark.candidate) : ust_nan();
        if (ust_text_equal(mark.what, "answer")) {
            out->note = ust_plot_text(run, row, 3);
            out->answer = mark.candidate;
        }
        add_mark(run, &mark, out);
    }
    sqlite3_finalize(row);
    return status;
}

/* "2 of web in west, 1 of data in west" */
static enum ust_status read_answer(const struct ust_plot_run *run, struct ust_sizes *out)
{
    sqlite3_stmt *row;
    bool more;
    enum ust_status status;
    if (out->answer == NULL)
        return UST_OK;
    UST_TRY(prepare(run, out,
                    "SELECT value, label FROM size_value WHERE asked = ? AND candidate = ? "
                    "ORDER BY number",
                    &row));
    sqlite3_bind_text(row, 2, out->answer, -1, SQLITE_STATIC);
    while ((status = ust_plot_next(run, row, &more)) == UST_OK && more)
        out->answer_text = ust_arena_printf(
            run->arena, "%s%s%.9g of %s", out->answer_text != NULL ? out->answer_text : "",
            out->answer_text != NULL ? ", " : "", ust_plot_number(row, 0),
            ust_plot_text(run, row, 1));
    sqlite3_finalize(row);
    return status;
}

static void stretch(struct ust_sizes *out, double at)
{
    if (isnan(at))
        return;
    out->low = fmin(out->low, at);
    out->high = fmax(out->high, at);
}

enum ust_status ust_sizes_read(const struct ust_plot_run *run, struct ust_sizes *out)
{
    *out = (struct ust_sizes){.note = ""};
    UST_TRY(read_asked(run, out));
    if (out->asked == NULL)
        return UST_OK;
    UST_TRY(read_title(run, out));
    UST_TRY(read_points(run, out));
    UST_TRY(read_marks(run, out));
    UST_TRY(read_answer(run, out));
    struct ust_readiness_result result;
    UST_TRY(ust_readiness_compute(run->store, NULL, &result));
    out->settings = result.settings;
    ust_readiness_free(&result);
    out->low = out->high = out->n > 0 ? out->point[0].at : 0.0;
    for (uint32_t i = 0; i < out->n; i++)
        stretch(out, out->point[i].at);
    for (uint32_t i = 0; i < out->marks_n; i++)
        stretch(out, out->mark[i].at);
    return UST_OK;
}
