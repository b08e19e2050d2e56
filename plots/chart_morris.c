/* morris: mu* against sigma. Right is what matters; above the line sigma = mu* the effect of a
 * parameter depends on where it and the others are more than it has a size of its own. */
#include <math.h>
#include <string.h>

#include "plots/study.h"

#define LABEL_PIXELS 15
#define CHAR_PIXELS  7.0

struct spot {
    double x, y;  /* in pixels of the panel, from its lower left */
    double label; /* y of the label */
    double width;
};

/* Labels stand right of their points; one that would touch one that stands goes up until it
 * touches none. */
static void spread(struct spot *spot, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        spot[i].label = spot[i].y;
        bool free = false;
        while (!free) {
            free = true;
            for (uint32_t k = 0; k < i; k++)
                if (spot[i].x < spot[k].x + spot[k].width &&
                    spot[k].x < spot[i].x + spot[i].width &&
                    fabs(spot[i].label - spot[k].label) < LABEL_PIXELS) {
                    spot[i].label = spot[k].label + LABEL_PIXELS;
                    free = false;
                }
        }
    }
}

static void add_points(const struct ust_plot_study_request *request,
                       const struct ust_plot_answer *answer, double factor, double x_end,
                       double y_end, struct ust_text *out)
{
    uint32_t n = answer->effects_n;
    double wide = request->width - 130.0, high = request->height - 190.0;
    struct spot *spot = ust_arena_alloc(request->study->arena, struct spot, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const struct ust_plot_effect *effect = &answer->effects[i];
        spot[i] = (struct spot){.x = factor * effect->star.value / x_end * wide,
                                .y = factor * effect->deviation.value / y_end * high,
                                .width = CHAR_PIXELS * (double)ust_text_columns(effect->label)};
    }
    spread(spot, n);
    for (uint32_t i = 0; i < n; i++) {
        bool flip = spot[i].x + spot[i].width > wide; /* no room to the right */
        ust_text_printf(out, "set label %u ", 20 + i);
        ust_gnuplot_quote(out, answer->effects[i].label);
        ust_text_printf(out,
                        " at %.8g,%.8g %s offset character %s,0.6 noenhanced textcolor rgb "
                        "'#1b1d21'\n",
                        spot[i].x / wide * x_end, spot[i].label / high * y_end,
                        flip ? "right" : "left", flip ? "-0.8" : "0.8");
    }
    ust_text_add(out, "$points << EOD\n");
    for (uint32_t i = 0; i < n; i++) {
        const struct ust_plot_effect *e = &answer->effects[i];
        bool whole = isfinite(e->star.low) && isfinite(e->deviation.low);
        ust_text_printf(out, "%.8g %.8g %.8g %.8g %.8g %.8g\n", factor * e->star.value,
                        factor * e->deviation.value,
                        factor * (whole ? e->star.low : e->star.value),
                        factor * (whole ? e->star.high : e->star.value),
                        factor * (whole ? e->deviation.low : e->deviation.value),
                        factor * (whole ? e->deviation.high : e->deviation.value));
    }
    ust_text_add(out, "EOD\n");
}

static enum ust_status script(const struct ust_plot_study_request *request,
                              struct ust_text *out)
{
    const struct ust_plot_study *study = request->study;
    if (!ust_text_equal(study->method, "morris"))
        return ust_plot_study_nothing(study, "holds no elementary effects; `understudy "
                                             "sensitivity --method morris` finds some");
    const struct ust_plot_answer *answer =
        &study->answers[request->answer < study->answers_n ? request->answer : 0];
    double x_end = 0.0, y_end = 0.0, factor;
    const char *unit;
    for (uint32_t i = 0; i < answer->effects_n; i++) {
        const struct ust_plot_effect *e = &answer->effects[i];
        x_end = fmax(x_end, isfinite(e->star.high) ? e->star.high : e->star.value);
        y_end =
            fmax(y_end, isfinite(e->deviation.high) ? e->deviation.high : e->deviation.value);
    }
    ust_plot_scale(answer->unit, fmax(x_end, y_end), &factor, &unit);
    x_end = x_end > 0.0 ? 1.08 * factor * x_end : 1.0;
    y_end = y_end > 0.0 ? 1.12 * factor * y_end : 1.0;
    const struct ust_plot_run named = {.name = study->name};
    const struct ust_plot_request own = {.run = &named, .width = request->width};
    struct ust_text what = {0}, small = {0};
    ust_text_printf(&what, "what moves %s", answer->name);
    ust_text_printf(&small,
                    "elementary effects of the whole range, %u trajectories; dashed: sigma = "
                    "mu*; intervals of %g %%",
                    study->n, 100.0 * answer->confidence);
    ust_plot_unit_axis('x', unit, "mu*, mean size of the effect", out);
    ust_plot_unit_axis('y', unit, "sigma, its spread", out);
    ust_text_printf(out, "set xrange [0:%.8g]\nset yrange [0:%.8g]\n", x_end, y_end);
    ust_gnuplot_title(out, &own, 13, ust_text_string(&what), ust_text_string(&small));
    ust_text_free(&what);
    ust_text_free(&small);
    add_points(request, answer, factor, x_end, y_end, out);
    double reach = fmin(x_end, y_end);
    ust_text_printf(
        out,
        "set lmargin 13\nset border 3\nunset key\nset grid xtics ytics\n"
        "set arrow 1 from 0,0 to %.8g,%.8g nohead back dashtype 2 lc rgb '#8a8f98'\n"
        "plot $points using 1:2:3:4:5:6 with xyerrorbars pt -1 lw 0.8 lc rgb '#b9bcc2'"
        ", $points using 1:2 with points pt 7 ps 1 lc rgb '%s'\n",
        reach, reach, ust_gnuplot_colour(1));
    return UST_OK;
}

static unsigned height(const struct ust_plot_study_request *request)
{
    return request->width < 600 ? 480 : 600;
}

const struct ust_plot_study_kind ust_plot_morris = {
    .name = "morris",
    .help = "mu* against sigma of elementary effects: what matters, and what acts together",
    .height = height,
    .script = script,
};
