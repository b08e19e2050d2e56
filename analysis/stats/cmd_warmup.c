/* understudy warmup RUN.db: was the warm-up of a stored run long enough? */
#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "analysis/stats/command.h"
#include "analysis/stats/settle.h"
#include "sim/base/time.h"
#include "sim/cli/output.h"

struct options {
    const char *metric;
    bool json;
};

static const struct ust_option options_table[] = {
    {.name = "metric",
     .letter = 'm',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, metric),
     .value = "METRIC",
     .help = "look at this metric; in_system and instances of pools where absent"},
    UST_OPTION_JSON(struct options, "the findings as JSON on standard output"),
    {0},
};

/* ---- text ---- */

static void pad(struct ust_text *out, const char *text, size_t width)
{
    size_t columns = ust_text_columns(text);
    ust_text_printf(out, "%s%*s", text, (int)(columns < width ? width - columns : 0), "");
}

static void add_row(const struct ust_settle_series *series, size_t widest, struct ust_text *out)
{
    struct ust_text scope = {0};
    char after[UST_TIME_TEXT_MAX], shift[32] = "", p[32] = "";
    (void)ust_time_text(ust_time_from_seconds(series->cut_s), after);
    if (series->mser.cut > 0)
        snprintf(shift, sizeof shift, "%+.1f %%", 100 * series->shift);
    if (series->mser.cut > 0 && !isnan(series->p))
        snprintf(p, sizeof p, "%.2g", series->p);
    ust_text_printf(out, "  %-14s  ", series->metric);
    pad(out, ust_settle_scope(series, &scope), widest);
    ust_text_printf(out, "  %13s  %8s  %7s  %s\n", series->mser.settled ? after : "not by half",
                    shift, p, ust_settled_names[series->settled]);
    ust_text_free(&scope);
}

static void print_text(const char *path, const struct ust_settle *settle)
{
    struct ust_text out = {0}, scope = {0};
    char a[UST_TIME_TEXT_MAX], b[UST_TIME_TEXT_MAX];
    ust_text_printf(&out, "%s   %u replication%s · warm-up %s · %s looked at\n\n", path,
                    settle->replications, settle->replications == 1 ? "" : "s",
                    ust_time_text(ust_time_from_seconds(settle->warmup_s), a),
                    ust_time_text(ust_time_from_seconds(settle->until_s), b));
    size_t widest = 2;
    for (uint32_t i = 0; i < settle->n; i++) {
        size_t columns = ust_text_columns(ust_settle_scope(&settle->series[i], &scope));
        widest = columns > widest ? columns : widest;
    }
    if (settle->n > 0) {
        ust_text_add(&out, "  metric          ");
        pad(&out, "of", widest);
        ust_text_add(&out, "  settles after     shift        p  warm-up\n");
    }
    for (uint32_t i = 0; i < settle->n; i++)
        add_row(&settle->series[i], widest, &out);
    ust_text_add(&out, settle->n > 0 ? "\n  " : "  ");
    ust_settle_verdict(settle, &out);
    fprintf(stderr, "%s\n", ust_text_string(&out));
    ust_text_free(&out);
    ust_text_free(&scope);
}

/* ---- JSON ---- */

static json_t *real_or_null(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

static json_t *series_json(const struct ust_settle_series *series)
{
    return json_pack("{s:s,s:s?,s:s?,s:s?,s:f,s:o,s:o,s:b,s:s}", "metric", series->metric,
                     "region", series->region, "service", series->service, "persona",
                     series->persona, "settles_after_s", series->cut_s, "shift",
                     real_or_null(series->shift), "p", real_or_null(series->p), "by_half",
                     series->mser.settled, "warmup", ust_settled_names[series->settled]);
}

static enum ust_status print_json(const struct ust_settle *settle)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < settle->n; i++)
        json_array_append_new(list, series_json(&settle->series[i]));
    json_t *root =
        json_pack("{s:s,s:f,s:o,s:i,s:o}", "warmup", ust_settled_names[settle->settled],
                  "warmup_s", settle->warmup_s, "needed_s", real_or_null(settle->needed_s),
                  "replications", (int)settle->replications, "series", list);
    return ust_output_json(stdout, root, 12);
}

/* ---- all ---- */

/* A metric that the run does not have is a mistake of the command line. */
static enum ust_status check_metric(struct ust_store *store, const char *metric)
{
    sqlite3_stmt *row = NULL;
    const char *names[512];
    struct ust_arena *arena = ust_arena_new();
    size_t n = 0;
    bool known = metric == NULL;
    sqlite3_prepare_v2(ust_store_sqlite(store), "SELECT name FROM metric ORDER BY id", -1, &row,
                       NULL);
    while (n < sizeof names / sizeof names[0] && sqlite3_step(row) == SQLITE_ROW) {
        names[n] = ust_arena_text(arena, (const char *)sqlite3_column_text(row, 0));
        known = known || strcmp(names[n], metric) == 0;
        n++;
    }
    sqlite3_finalize(row);
    if (!known) {
        const char *near = ust_text_nearest(metric, names, n);
        fprintf(stderr,
                "understudy warmup: unknown metric '%s'%s%s%s; `understudy list metric`"
                " has all\n",
                metric, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    ust_arena_free(arena);
    return known ? UST_OK : UST_INVALID;
}

static int run(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    (void)operands;
    struct ust_store *store;
    enum ust_status status = ust_store_open(operand[0], false, &store);
    if (status != UST_OK)
        return ust_exit_code(status);
    struct ust_settle settle;
    status = check_metric(store, options->metric);
    if (status == UST_OK)
        status = ust_settle_read(store, options->metric, &settle);
    int code = ust_exit_code(status);
    if (status == UST_OK) {
        if (options->json)
            code = ust_exit_code(print_json(&settle));
        else
            print_text(operand[0], &settle);
        if (code == UST_EXIT_OK && settle.settled == UST_SETTLE_SHORT)
            code = UST_EXIT_CHECK_FAILED;
        ust_settle_free(&settle);
    }
    ust_store_close(store);
    return code;
}

const struct ust_command ust_command_warmup = {
    .name = "warmup",
    .operands = "RUN.db",
    .help = "say whether the warm-up of a stored run was long enough",
    .more =
        "MSER-5 on the mean over replications, up to the first fault. With six replications\n"
        "or more the cut is chosen on the odd ones and tested on the even ones. Exits with 3\n"
        "where the warm-up is too short. `understudy plot --kind welch` shows the same.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
