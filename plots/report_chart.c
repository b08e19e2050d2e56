/* A chart of the report: a figure for people without a script, and numbers for the script. */
#include <math.h>

#include "plots/format.h"
#include "plots/html.h"
#include "plots/report.h"

/* Four digits are more than a screen can show; whole numbers lose their ".0". */
static json_t *number(double value)
{
    if (!isfinite(value))
        return json_null();
    if (value != 0) {
        double unit = pow(10, floor(log10(fabs(value))) - 3);
        value = unit >= 1 ? rint(value / unit) * unit : rint(value / unit) / rint(1 / unit);
    }
    if (value == rint(value) && fabs(value) < 1e15)
        return json_integer((json_int_t)value);
    return json_real(value);
}

static json_t *numbers(const double *value, uint32_t n)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < n; i++)
        json_array_append_new(array, number(value[i]));
    return array;
}

static json_t *line_json(const struct ust_report *report, const struct ust_line *line,
                         const struct ust_plot_band *band)
{
    json_t *object = json_object();
    json_object_set_new(object, "name", ust_html_json_string(line->name));
    json_object_set_new(object, "colour", json_integer(line->colour));
    json_object_set_new(object, "dashed", json_boolean(line->dashed));
    json_object_set_new(object, "mid", numbers(band->mid, band->points));
    if (report->run->replications_n > 1) {
        json_object_set_new(object, "low", numbers(band->low, band->points));
        json_object_set_new(object, "high", numbers(band->high, band->points));
    }
    return object;
}

/* What is told to those who do not see the chart: where the median of a line is highest. */
static void describe(const struct ust_report *report, const char *name, const char *unit,
                     const struct ust_plot_band *band, struct ust_text *out)
{
    char value[UST_FORMAT_MAX], clock[UST_FORMAT_MAX];
    uint32_t top = 0;
    bool any = false;
    for (uint32_t i = 0; i < band->points; i++)
        if (!isnan(band->mid[i]) && (!any || band->mid[i] > band->mid[top])) {
            top = i;
            any = true;
        }
    if (!any)
        return;
    bool seconds = ust_text_equal(unit, "s"), percent = ust_text_equal(unit, "%");
    if (seconds)
        ust_format_latency(band->mid[top], value);
    else if (percent)
        ust_format_percent(band->mid[top], value);
    else
        ust_format_short(band->mid[top], value);
    ust_text_printf(out, "%s%s at most %s%s%s at %s", out->length > 0 ? "; " : "", name, value,
                    seconds || percent ? "" : " ", seconds || percent ? "" : unit,
                    ust_format_clock(report->run, band->start_s + top * band->step_s, clock));
}

static json_t *chart_json(const struct ust_chart *chart, const struct ust_plot_band *first)
{
    json_t *object = json_object();
    json_object_set_new(object, "title", ust_html_json_string(chart->title));
    json_object_set_new(object, "unit", ust_html_json_string(chart->unit));
    json_object_set_new(object, "start", json_real(first->start_s));
    json_object_set_new(object, "step", json_real(first->step_s));
    json_object_set_new(object, "points", json_integer(first->points));
    json_object_set_new(object, "log", json_boolean(chart->logarithmic));
    json_object_set_new(object, "whole", json_boolean(chart->whole));
    return object;
}

static bool all_zero(const struct ust_plot_band *band)
{
    for (uint32_t i = 0; i < band->points; i++)
        if (band->high[i] > 0)
            return false;
    return true;
}

void ust_report_chart(struct ust_report *report, const struct ust_chart *chart)
{
    const struct ust_plot_run *run = report->run;
    struct ust_plot_band *band =
        ust_arena_alloc(run->arena, struct ust_plot_band, chart->lines_n + 1);
    const char *missing = chart->missing;
    bool empty = true, zero = chart->zero != NULL;
    for (uint32_t i = 0; i < chart->lines_n; i++) {
        band[i] = ust_plot_band(run, chart->lines[i].series);
        ust_plot_series_free(chart->lines[i].series);
        empty &= band[i].empty;
        zero = zero && all_zero(&band[i]);
    }
    if (zero && !empty) {
        missing = chart->zero;
        empty = true;
    }
    uint32_t id = (uint32_t)json_array_size(report->charts);
    struct ust_text *out = report->out;
    ust_html_put(out, "<figure class=\"chart%s%s\"", chart->wide ? " wide" : "",
                 empty ? " empty" : "");
    if (!empty)
        ust_html_put(out, " data-chart=\"%u\"", id);
    ust_html_put(out, ">\n<figcaption><%r>%n</%r>", chart->wide ? "h3" : "h4", chart->title,
                 chart->wide ? "h3" : "h4");
    if (chart->about != NULL)
        ust_html_put(out, "<p>%s</p>", chart->about);
    ust_html_put(out, "</figcaption>\n");
    if (empty) {
        ust_html_put(out, "<p class=\"missing\">%s</p>\n</figure>\n", missing);
        return;
    }
    json_t *object = chart_json(chart, &band[0]), *lines = json_array();
    struct ust_text words = {0};
    for (uint32_t i = 0; i < chart->lines_n; i++) {
        if (band[i].empty)
            continue;
        describe(report, chart->lines[i].name, chart->unit, &band[i], &words);
        json_array_append_new(lines, line_json(report, &chart->lines[i], &band[i]));
    }
    /* The script puts the chart in the place of the sentence. */
    ust_html_put(out,
                 "<div class=\"legend\"></div>\n<div class=\"plot\" role=\"img\""
                 " aria-label=\"%s over time: %s\"><p class=\"missing\">%s</p></div>\n"
                 "</figure>\n",
                 chart->title, words.data, words.data);
    ust_text_free(&words);
    json_object_set_new(object, "lines", lines);
    json_array_append_new(report->charts, object);
}
