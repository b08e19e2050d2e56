/* tornado: what each range does to an answer, the largest on top; a panel for each answer.
 *
 *   effects  from the answer at the low end to that at the high end, around the mean
 *   morris   mu* as a bar, sigma as a circle
 *   sobol    the total index as a bar, in it the index of the range alone
 */
#include <math.h>
#include <string.h>

#include "plots/study.h"

#define CHAR_PIXELS 7.6
#define ROW_PIXELS  26
#define LABEL_MOST  48

/* "dns.ttl, 10 s .. 300 s", cut where there is no room. */
static void add_label(const struct ust_plot_effect *effect, unsigned most, struct ust_text *out)
{
    struct ust_text label = {0}, safe = {0};
    ust_text_printf(&label, "%s, %s .. %s", effect->label, effect->from, effect->to);
    if (ust_text_columns(ust_text_string(&label)) > most) {
        ust_text_clear(&label);
        ust_text_add(&label, effect->label);
    }
    const char *at = ust_text_string(&label);
    for (unsigned columns = 0; *at != '\0' && columns < most; columns++) {
        /* A tick's label is a format. */
        if (*at == '%')
            ust_text_add(&safe, "%");
        do
            ust_text_add_n(&safe, at++, 1);
        while (((unsigned char)*at & 0xc0) == 0x80);
    }
    ust_gnuplot_quote(out, ust_text_string(&safe));
    ust_text_free(&label);
    ust_text_free(&safe);
}

static unsigned left_of(const struct ust_plot_answer *answer, unsigned width)
{
    unsigned left = 10, most = (unsigned)(width * 0.42 / CHAR_PIXELS);
    for (uint32_t i = 0; i < answer->effects_n; i++) {
        const struct ust_plot_effect *effect = &answer->effects[i];
        unsigned columns =
            (unsigned)(strlen(effect->label) + strlen(effect->from) + strlen(effect->to) + 8);
        left = columns > left ? columns : left;
    }
    most = most < LABEL_MOST ? most : LABEL_MOST;
    return left > most ? most : left;
}

static double or_zero(double value)
{
    return isfinite(value) ? value : 0.0;
}

static double largest(const struct ust_plot_study *study, const struct ust_plot_answer *answer)
{
    double most = 0.0;
    for (uint32_t i = 0; i < answer->effects_n; i++) {
        const struct ust_plot_effect *effect = &answer->effects[i];
        struct ust_plot_bounds main = ust_plot_main(study, effect);
        most = fmax(most, fmax(fabs(or_zero(main.value)), fabs(or_zero(main.high))));
        most = fmax(most, or_zero(effect->deviation.value));
    }
    if (ust_text_equal(study->method, "effects"))
        most = fmax(most, fabs(answer->mean));
    return most;
}

static void add_ticks(const struct ust_plot_answer *answer, unsigned left, struct ust_text *out)
{
    ust_text_add(out, "set ytics (");
    for (uint32_t i = 0; i < answer->effects_n; i++) {
        ust_text_add(out, i > 0 ? ", " : "");
        add_label(&answer->effects[i], left - 2, out);
        ust_text_printf(out, " %u", answer->effects_n - i);
    }
    ust_text_add(out, ") nomirror\n");
}

/* y, from, to at one end, from, to at the other, whiskers. */
static void add_swings(const struct ust_plot_answer *answer, double factor,
                       struct ust_text *out)
{
    ust_text_add(out, "$rows << EOD\n");
    for (uint32_t i = 0; i < answer->effects_n; i++) {
        const struct ust_plot_bounds *e = &answer->effects[i].effect;
        double half = or_zero(e->value) / 2.0;
        bool whole = isfinite(e->low);
        ust_text_printf(out, "%u %.8g %.8g %.8g %.8g %.8g\n", answer->effects_n - i,
                        factor * answer->mean, factor * (answer->mean - half),
                        factor * (answer->mean + half),
                        factor * (answer->mean + (whole ? e->low / 2.0 : half)),
                        factor * (answer->mean + (whole ? e->high / 2.0 : half)));
    }
    ust_text_add(out, "EOD\n");
    ust_text_printf(
        out,
        "set arrow 1 from %.8g,graph 0 to %.8g,graph 1 nohead back lc rgb '#8a8f98' "
        "lw 1.2\n"
        "plot $rows using 2:1:2:3:($1-0.28):($1+0.28) with boxxyerror fc rgb '%s' "
        "title 'at the low end', "
        "$rows using 2:1:2:4:($1-0.28):($1+0.28) with boxxyerror fc rgb '%s' "
        "title 'at the high end', "
        "$rows using 4:1:5:6 with xerrorbars pt -1 lw 1.4 lc rgb '#1b1d21' "
        "notitle\n",
        factor * answer->mean, factor * answer->mean, ust_gnuplot_colour(6),
        ust_gnuplot_colour(2));
}

/* y, bar, whiskers, the second measure. */
static void add_bars(const struct ust_plot_study *study, const struct ust_plot_answer *answer,
                     double factor, struct ust_text *out)
{
    bool morris = ust_text_equal(study->method, "morris");
    ust_text_add(out, "$rows << EOD\n");
    for (uint32_t i = 0; i < answer->effects_n; i++) {
        const struct ust_plot_effect *effect = &answer->effects[i];
        struct ust_plot_bounds main = ust_plot_main(study, effect);
        double second = morris ? effect->deviation.value : effect->first.value;
        bool whole = isfinite(main.low);
        ust_text_printf(
            out, "%u %.8g %.8g %.8g %.8g\n", answer->effects_n - i,
            factor * or_zero(main.value), factor * or_zero(whole ? main.low : main.value),
            factor * or_zero(whole ? main.high : main.value), factor * or_zero(second));
    }
    ust_text_add(out, "EOD\n");
    ust_text_printf(out,
                    "plot $rows using (0):1:(0):2:($1-0.28):($1+0.28) with boxxyerror fc rgb "
                    "'%s' title '%s', ",
                    ust_gnuplot_colour(morris ? 1 : 6),
                    morris ? "mu*: mean size of the effect" : "total: alone and together");
    if (!morris)
        ust_text_printf(
            out,
            "$rows using (0):1:(0):5:($1-0.16):($1+0.16) with boxxyerror fc rgb '%s' "
            "title 'alone', ",
            ust_gnuplot_colour(1));
    ust_text_add(out, "$rows using 2:1:3:4 with xerrorbars pt -1 lw 1.4 lc rgb '#1b1d21' "
                      "notitle");
    if (morris)
        ust_text_printf(out,
                        ", $rows using 5:1 with points pt 6 ps 0.9 lw 1.6 lc rgb '%s' title "
                        "'sigma: its spread'",
                        ust_gnuplot_colour(2));
    ust_text_add(out, "\n");
}

static void add_titles(const struct ust_plot_study_request *request,
                       const struct ust_plot_answer *answer, unsigned left, const char *unit,
                       struct ust_text *out)
{
    const struct ust_plot_study *study = request->study;
    const struct ust_plot_run named = {.name = study->name};
    const struct ust_plot_request own = {.run = &named, .width = request->width};
    struct ust_text what = {0}, small = {0};
    ust_text_printf(&what, "what moves %s", answer->name);
    if (ust_text_equal(study->method, "effects"))
        ust_text_add(&small,
                     "main effects between the ends of the ranges, over those of others");
    else if (ust_text_equal(study->method, "morris"))
        ust_text_printf(&small, "elementary effects of the whole range, %u trajectories",
                        study->n);
    else
        ust_text_printf(&small, "shares of the variance (Sobol), %u base points", study->n);
    ust_text_printf(&small, "; %u replication%s; intervals of %g %%", answer->replications,
                    answer->replications == 1 ? "" : "s", 100.0 * answer->confidence);
    if (strlen(unit) > 2)
        ust_text_printf(&small, "; in %s", unit);
    ust_gnuplot_title(out, &own, left, ust_text_string(&what), ust_text_string(&small));
    ust_text_free(&what);
    ust_text_free(&small);
}

static void add_panel(const struct ust_plot_study_request *request,
                      const struct ust_plot_answer *answer, struct ust_text *out)
{
    const struct ust_plot_study *study = request->study;
    unsigned left = left_of(answer, request->width);
    double factor = 1.0;
    const char *unit = "";
    bool swings = ust_text_equal(study->method, "effects");
    if (!ust_text_equal(study->method, "sobol"))
        ust_plot_scale(answer->unit, largest(study, answer), &factor, &unit);
    add_titles(request, answer, left, unit, out);
    add_ticks(answer, left, out);
    ust_plot_unit_axis('x', unit, NULL, out);
    /* As many ticks as have room. */
    double room = (request->width - CHAR_PIXELS * (left + 6)) / 90.0;
    ust_text_printf(
        out,
        "set xtics autofreq\nset xrange [%s]\nset yrange [0.4:%u.6]\nset lmargin %u\n"
        "set rmargin 4\nset border 0\nset grid noytics xtics\nset offsets 0,0,0,0\n"
        "set style fill solid 1 noborder\nunset arrow 1\n",
        swings ? "*:*" : "0:*", answer->effects_n, left);
    if (room < 5)
        ust_text_add(out, "set xtics rotate by 90 right\n");
    if (largest(study, answer) <= 0.0)
        ust_text_add(out, "set xrange [0:1]\n");
    if (swings)
        add_swings(answer, factor, out);
    else
        add_bars(study, answer, factor, out);
}

static unsigned height(const struct ust_plot_study_request *request)
{
    const struct ust_plot_study *study = request->study;
    unsigned sum = 0;
    for (uint32_t i = 0; i < study->answers_n; i++)
        if (request->answer == study->answers_n || request->answer == i)
            sum += 170 + ROW_PIXELS * study->answers[i].effects_n;
    return sum < 240 ? 240 : sum;
}

static enum ust_status script(const struct ust_plot_study_request *request,
                              struct ust_text *out)
{
    const struct ust_plot_study *study = request->study;
    if (study->method == NULL)
        return ust_plot_study_nothing(study,
                                      "asks for no sensitivity; `understudy sensitivity` "
                                      "makes a study that does");
    bool all = request->answer == study->answers_n;
    if (all && study->answers_n > 1)
        ust_text_printf(out, "set multiplot layout %u,1\n", study->answers_n);
    for (uint32_t i = 0; i < study->answers_n; i++)
        if (all || request->answer == i)
            add_panel(request, &study->answers[i], out);
    if (all && study->answers_n > 1)
        ust_text_add(out, "unset multiplot\n");
    return UST_OK;
}

const struct ust_plot_study_kind ust_plot_tornado = {
    .name = "tornado",
    .help = "what each parameter does to each answer, the largest on top",
    .height = height,
    .script = script,
};
