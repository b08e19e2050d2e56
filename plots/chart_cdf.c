/* latency-cdf: how many of the answers came within a time, by persona. */
#include <math.h>
#include <sqlite3.h>

#include "plots/gnuplot.h"
#include "plots/plot.h"

#define LINES_MAX 12

/* Buckets of all replications together: shares of one large sample of independent runs. */
static const char sql[] =
    "SELECT low_s, high_s, sum(count) FROM histogram WHERE persona = ?1"
    " AND (?2 = 0 OR region = ?2)"
    " AND (?2 <> 0 OR region = 0 OR NOT EXISTS (SELECT 1 FROM histogram WHERE region = 0))"
    " GROUP BY low_s, high_s ORDER BY low_s";

static enum ust_status total_of(const struct ust_plot_run *run, struct sqlite3_stmt *s,
                                double *total)
{
    bool row;
    enum ust_status status;
    *total = 0;
    while ((status = ust_plot_next(run, s, &row)) == UST_OK && row)
        *total += sqlite3_column_double(s, 2);
    sqlite3_reset(s);
    return status;
}

static enum ust_status steps(const struct ust_plot_run *run, struct sqlite3_stmt *s,
                             double total, struct ust_text *out)
{
    bool row, first = true;
    double so_far = 0;
    enum ust_status status;
    while ((status = ust_plot_next(run, s, &row)) == UST_OK && row) {
        double low = sqlite3_column_double(s, 0) * 1e3,
               high = sqlite3_column_double(s, 1) * 1e3;
        if (first && low > 0)
            ust_text_printf(out, "%.8g 0\n", low);
        first = false;
        so_far += sqlite3_column_double(s, 2);
        if (high > 0)
            ust_text_printf(out, "%.8g %.9g\n", high, 100 * so_far / total);
    }
    return status;
}

static enum ust_status curve(const struct ust_plot_request *request, uint32_t persona,
                             uint32_t number, bool *empty, struct ust_text *out)
{
    struct sqlite3_stmt *s;
    double total;
    UST_TRY(ust_plot_prepare(request->run, sql, &s));
    sqlite3_bind_int64(s, 1, persona);
    sqlite3_bind_int64(s, 2, request->region);
    enum ust_status status = total_of(request->run, s, &total);
    *empty = status != UST_OK || total <= 0;
    if (!*empty) {
        ust_text_printf(out, "$p%u << EOD\n", number);
        status = steps(request->run, s, total, out);
        ust_text_add(out, "EOD\n");
    }
    sqlite3_finalize(s);
    return status;
}

static enum ust_status script(const struct ust_plot_request *request, struct ust_text *out)
{
    const struct ust_plot_run *run = request->run;
    struct ust_text title = {0}, plot = {0};
    uint32_t n = 0;
    for (uint32_t p = 0; p < run->personas_n && n < LINES_MAX; p++) {
        const struct ust_plot_persona *persona = &run->personas[p];
        bool empty = true;
        if (request->persona != 0 && persona->id != request->persona)
            continue;
        enum ust_status status = curve(request, persona->id, n, &empty, out);
        if (status != UST_OK) {
            ust_text_free(&plot);
            return status;
        }
        if (empty)
            continue;
        const char *colour = ust_gnuplot_colour((int)(n % 7) + 1);
        ust_text_printf(&plot, "$p%u using 1:2 with lines lw 1.8 lc rgb '%s' title ", n,
                        colour);
        ust_gnuplot_quote(&plot, persona->name);
        ust_text_add(&plot, ", \\\n");
        if (persona->latency_objective_s > 0)
            ust_text_printf(out,
                            "set arrow from first %.8g, graph 0 to first %.8g, graph 1 nohead"
                            " back dashtype 3 lc rgb '%s'\n",
                            persona->latency_objective_s * 1e3,
                            persona->latency_objective_s * 1e3, colour);
        n++;
    }
    if (n == 0) {
        ust_text_free(&plot);
        return ust_plot_nothing(request, "holds no latencies to draw");
    }
    ust_text_printf(&title, "share of answers within a time");
    if (request->region != 0)
        ust_text_printf(&title, ", from %s", ust_plot_region_name(run, request->region));
    ust_gnuplot_title(out, request, 10, title.data,
                      "all replications together, first send to answer; dotted: objectives");
    ust_gnuplot_latency_axis(out, 'x');
    ust_text_add(out, "set yrange [0:100.5]\nset format y '%.0f %%'\nset ytics 10\nplot ");
    ust_text_add(out, plot.data);
    ust_text_add(out, "NaN notitle\n");
    ust_text_free(&plot);
    ust_text_free(&title);
    return UST_OK;
}

const struct ust_plot_kind ust_plot_latency_cdf = {
    .name = "latency-cdf",
    .help = "distribution of the latency of answers, by persona",
    .by_region = true,
    .by_persona = true,
    .script = script,
};
