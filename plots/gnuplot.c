#include "plots/gnuplot.h"

#include <math.h>

#include "plots/format.h"
#include "plots/html.h"

const char *ust_gnuplot_colour(int index)
{
    static const char *const colours[] = {"#4a4f58", "#0072b2", "#d55e00", "#00875f",
                                          "#b8578c", "#9a7000", "#2b8cc4", "#6b5b95"};
    return colours[(size_t)index % (sizeof(colours) / sizeof(colours[0]))];
}

void ust_gnuplot_quote(struct ust_text *out, const char *text)
{
    struct ust_text valid = {0};
    ust_html_clean(&valid, text);
    ust_text_add(out, "'");
    for (const char *at = ust_text_string(&valid); *at != '\0'; at++) {
        if (*at == '\'')
            ust_text_add(out, "''");
        else
            ust_text_add_n(out, *at == '\n' || *at == '\t' ? " " : at, 1);
    }
    ust_text_add(out, "'");
    ust_text_free(&valid);
}

void ust_gnuplot_terminal(struct ust_text *out, enum ust_picture picture, unsigned width,
                          unsigned height)
{
    switch (picture) {
    case UST_SVG:
        ust_text_printf(out,
                        "set terminal svg noenhanced size %u,%u font 'Helvetica,13'"
                        " background '#ffffff' linewidth 1 name 'understudy'\n",
                        width, height);
        break;
    case UST_PNG:
        ust_text_printf(out,
                        "set terminal pngcairo noenhanced size %u,%u font 'sans,10'"
                        " background '#ffffff' linewidth 1.2\n",
                        width, height);
        break;
    default:
        ust_text_printf(out,
                        "set terminal pdfcairo noenhanced size %.4fin,%.4fin font 'sans,10'"
                        " background '#ffffff' linewidth 1.2\n",
                        width / 96.0, height / 96.0);
    }
    ust_text_add(out, "set encoding utf8\n"
                      "set border 2 lc rgb '#c9c9c6'\n"
                      "set tics nomirror textcolor rgb '#4a4f58'\n"
                      "set xtics scale 0.4\nset ytics scale 0\n"
                      "set grid ytics back lc rgb '#e4e2dc' lw 0.6\n"
                      "set key noenhanced bmargin left horizontal Left reverse samplen 2"
                      " textcolor rgb '#1b1d21'\n"
                      "set rmargin 5\nset lmargin 10\n"
                      "set style fill transparent solid 0.2 noborder\n");
}

/* Labels that stand side by side in the width, of so many characters. */
static double labels_of(const struct ust_plot_request *request, double characters)
{
    double room = (request->width - 130.0) / (9.0 * characters + 16.0);
    return fmax(2, fmin(14, room));
}

void ust_gnuplot_minute_axis(struct ust_text *out, const struct ust_plot_request *request,
                             unsigned left_chars, double to_min)
{
    static const double steps[] = {0.1, 0.2, 0.5, 1,  2,   5,   10,  15,
                                   20,  30,  60,  90, 120, 240, 480, 1440};
    struct ust_plot_request narrower = *request;
    narrower.width -= left_chars > 10 ? fmin(request->width / 2, 8.0 * (left_chars - 10)) : 0;
    double most = labels_of(&narrower, 6);
    size_t i = 0;
    while (i + 1 < sizeof(steps) / sizeof(steps[0]) && to_min / steps[i] > most)
        i++;
    ust_text_printf(out, "set xrange [0:%.6g]\nset format x '%%g min'\nset xtics 0,%g\n",
                    to_min, steps[i]);
}

void ust_gnuplot_clock_axis(struct ust_text *out, const struct ust_plot_request *request,
                            double from_s, double to_s)
{
    const struct ust_plot_run *run = request->run;
    static const int steps[] = {10,   30,   60,   120,   300,   600,   900,
                                1800, 3600, 7200, 10800, 21600, 43200, 86400};
    char clock[UST_FORMAT_MAX];
    size_t i = 0;
    double most = labels_of(request, (to_s - from_s) < 540 ? 8 : 5);
    while (i + 1 < sizeof(steps) / sizeof(steps[0]) &&
           (to_s - from_s) / steps[i] > fmin(9, most))
        i++;
    double step = steps[i];
    while ((to_s - from_s) / step > most)
        step *= 2;
    /* Ticks stand at round times of the local clock, which need not be round in t. */
    double zero =
        fmod((double)run->start_unix_s + run->utc_offset_min * 60.0 + run->warmup_s, 86400);
    ust_text_printf(out, "set xrange [%.6g:%.6g]\nset xtics (", from_s, to_s);
    bool any = false;
    for (double t = ceil((from_s + zero) / step) * step - zero; t <= to_s; t += step) {
        ust_format_clock(run, t, clock);
        size_t length = ust_text_columns(clock);
        if (step >= 60)
            clock[length - 3] = '\0'; /* without the seconds */
        ust_text_printf(out, "%s'%s' %.6f", any ? ", " : "", clock, t);
        any = true;
    }
    ust_text_add(out, ")\n");
}

void ust_gnuplot_latency_axis(struct ust_text *out, char axis)
{
    ust_text_printf(out,
                    "set logscale %c\nset %ctics ('1 \xc2\xb5s' 1e-3, '10 \xc2\xb5s' 1e-2,"
                    " '100 \xc2\xb5s' 0.1, '1 ms' 1, '10 ms' 10, '100 ms' 100, '1 s' 1e3,"
                    " '10 s' 1e4, '100 s' 1e5, '1000 s' 1e6)\n",
                    axis, axis);
}

void ust_gnuplot_faults(struct ust_text *out, const struct ust_plot_run *run)
{
    for (uint32_t i = 0; i < run->faults_n; i++) {
        double end = fmin(run->faults[i].end_s, run->duration_s);
        if (run->faults[i].start_s >= run->duration_s)
            continue;
        ust_text_printf(out,
                        "set object %u rect from first %.6f, graph 0 to first %.6f, graph 1"
                        " behind fc rgb '#d55e00' fs transparent solid 0.09 noborder\n",
                        i + 1, run->faults[i].start_s, end);
    }
}

void ust_gnuplot_band(struct ust_text *out, const char *name, const struct ust_plot_band *band,
                      double scale, double floor)
{
    ust_text_printf(out, "$%s << EOD\n", name);
    for (uint32_t i = 0; i < band->points; i++) {
        double mid = band->mid[i] * scale;
        if (isnan(mid) || mid < floor) {
            ust_text_add(out, "\n"); /* an empty line ends the line that is drawn */
            continue;
        }
        /* A point speaks for its interval, so it stands in the middle. */
        ust_text_printf(out, "%.8g %.6g %.6g %.6g\n", band->start_s + (i + 0.5) * band->step_s,
                        fmax(band->low[i] * scale, floor), mid, band->high[i] * scale);
    }
    ust_text_add(out, "EOD\n");
}

void ust_gnuplot_band_area(struct ust_text *out, const struct ust_plot_run *run,
                           const char *name, int colour)
{
    if (run->replications_n > 1)
        ust_text_printf(out, "$%s using 1:2:4 with filledcurves fc rgb '%s' notitle, \\\n",
                        name, ust_gnuplot_colour(colour));
}

void ust_gnuplot_band_line(struct ust_text *out, const char *name, const char *title,
                           int colour, bool dashed)
{
    ust_text_printf(out, "$%s using 1:3 with lines lw 1.6 lc rgb '%s'%s title ", name,
                    ust_gnuplot_colour(colour), dashed ? " dashtype 2" : "");
    ust_gnuplot_quote(out, title);
    ust_text_add(out, ", \\\n");
}

void ust_gnuplot_small_print(struct ust_text *out, const struct ust_plot_run *run)
{
    if (run->replications_n > 1)
        ust_text_printf(out, "median of %u replications, band: 90 %% of them",
                        run->replications_n);
    else
        ust_text_add(out, "one replication");
    if (run->faults_n > 0)
        ust_text_add(out, "; shaded: the fault");
}
