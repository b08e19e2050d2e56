/* A report of a study: what its units came to, and what moves the answers. A page without a
 * script. */
#include <math.h>
#include <string.h>

#include "plots/embed.h"
#include "plots/format.h"
#include "plots/html.h"
#include "plots/report.h"
#include "plots/study.h"

static void head(const struct ust_plot_study *study, struct ust_text *out)
{
    ust_html_put(out,
                 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=\"color-scheme\" content=\"light dark\">\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                 "style-src 'unsafe-inline'; img-src data:\">\n"
                 "<link rel=\"icon\" href=\"data:,\">\n<title>%s</title>\n<style>\n",
                 study->name);
    ust_text_add(out, ust_embed_report_css);
    ust_html_put(out,
                 "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#study\">Skip to the "
                 "study</a>\n<header class=\"top\"><p class=\"brand\">understudy</p>\n<nav "
                 "aria-label=\"Sections\">");
    if (study->answers_n > 0)
        ust_html_put(out, "<a href=\"#matters\">What matters</a>");
    ust_html_put(out,
                 "<a href=\"#units\">Units</a></nav></header>\n<main>\n"
                 "<section class=\"hero\" id=\"study\"><h1><span class=\"of\">%n</span></h1>"
                 "<p class=\"lead\">%u units of one scenario, which all met the same users "
                 "(seed %s).</p></section>\n",
                 study->name, study->units_n, study->seed);
}

/* ---- what matters ---- */

static const char *shown(double value, double factor, char out[UST_FORMAT_MAX])
{
    return isfinite(value) ? ust_format_short(factor * value, out) : "\xe2\x80\x93";
}

static const char *about(const struct ust_plot_study *study)
{
    if (ust_text_equal(study->method, "effects"))
        return "Bars go from the answer at the low end of a range to that at its high end, "
               "over "
               "the ends of all others; the thin line is the interval of the high end.";
    if (ust_text_equal(study->method, "morris"))
        return "Bars are mu*, the mean size of the effects of the whole range, with its "
               "interval; "
               "sigma is their spread: large where a range bends the answer or acts together "
               "with "
               "others.";
    return "Bars are shares of the answer's variance over all ranges: by a parameter alone and "
           "together with others (total), with its interval.";
}

struct scale {
    double from, to; /* of the bars, in the answer's own unit */
};

static void widen(struct scale *scale, double value)
{
    if (isfinite(value)) {
        scale->from = fmin(scale->from, value);
        scale->to = fmax(scale->to, value);
    }
}

static struct scale scale_of(const struct ust_plot_study *study,
                             const struct ust_plot_answer *answer)
{
    bool swings = ust_text_equal(study->method, "effects");
    struct scale scale = {swings ? answer->mean : 0, swings ? answer->mean : 0};
    for (uint32_t i = 0; i < answer->effects_n; i++) {
        struct ust_plot_bounds main = ust_plot_main(study, &answer->effects[i]);
        double ends[] = {main.value, main.low, main.high};
        for (int e = 0; e < 3; e++) {
            widen(&scale, swings ? answer->mean + ends[e] / 2 : ends[e]);
            widen(&scale, swings ? answer->mean - ends[e] / 2 : ends[e]);
        }
    }
    if (!(scale.to > scale.from))
        scale.to = scale.from + 1;
    return scale;
}

static void bar(const char *class, const char *style, const struct scale *scale, double from,
                double to, struct ust_text *out)
{
    double wide = scale->to - scale->from, low = fmin(from, to), high = fmax(from, to);
    if (isfinite(low) && isfinite(high))
        ust_html_put(out, "<i class=\"%s\" style=\"left:%f%%;width:%f%%;%r\"></i>", class,
                     100 * (low - scale->from) / wide, 100 * (high - low) / wide, style);
}

static void row(const struct ust_plot_study *study, const struct ust_plot_answer *answer,
                const struct ust_plot_effect *effect, const struct scale *scale, double factor,
                const char *unit, struct ust_text *out)
{
    struct ust_plot_bounds main = ust_plot_main(study, effect);
    char v[UST_FORMAT_MAX], l[UST_FORMAT_MAX], h[UST_FORMAT_MAX];
    bool swings = ust_text_equal(study->method, "effects");
    double mean = answer->mean;
    ust_html_put(out,
                 "<tr><th scope=\"row\">%n<span class=\"note\">%n to %n</span></th>"
                 "<td class=\"bars\" aria-hidden=\"true\"><div class=\"track\">",
                 effect->label, effect->from, effect->to);
    if (!(fabs(main.value) > 0)) {
        /* nothing to draw */
    } else if (swings) {
        bar("step", "background:var(--c6)", scale, mean - main.value / 2, mean, out);
        bar("step", "background:var(--c2)", scale, mean, mean + main.value / 2, out);
        bar("spread", "", scale, mean + main.low / 2, mean + main.high / 2, out);
    } else {
        bar("step", "", scale, 0, main.value, out);
        bar("spread", "", scale, main.low, main.high, out);
    }
    ust_html_put(out, "</div></td><td class=\"num\"><b>%s%s %s</b>",
                 swings && main.value > 0 ? "+" : "", shown(main.value, factor, v), unit);
    if (isfinite(main.low))
        ust_html_put(out, "<span class=\"note\">%s to %s</span>", shown(main.low, factor, l),
                     shown(main.high, factor, h));
    ust_html_put(out, "</td>");
    if (!swings) {
        bool morris = ust_text_equal(study->method, "morris");
        struct ust_plot_bounds second = morris ? effect->deviation : effect->first;
        ust_html_put(out, "<td class=\"num spread-text\">%s %s", shown(second.value, factor, v),
                     unit);
        if (isfinite(second.low))
            ust_html_put(out, "<span class=\"note\">%s %s to %s</span>",
                         morris ? "sigma" : "alone", shown(second.low, factor, l),
                         shown(second.high, factor, h));
        ust_html_put(out, "</td>");
    }
    ust_html_put(out, "</tr>\n");
}

static void answer_table(const struct ust_plot_study *study,
                         const struct ust_plot_answer *answer, struct ust_text *out)
{
    struct scale scale = scale_of(study, answer);
    double factor = 1;
    const char *unit = "", *second = NULL, *main = "Effect";
    bool sobol = ust_text_equal(study->method, "sobol");
    char mean[UST_FORMAT_MAX], deviation[UST_FORMAT_MAX], noise[UST_FORMAT_MAX];
    ust_plot_scale(answer->unit, fmax(fabs(scale.from), fabs(scale.to)), &factor, &unit);
    ust_html_put(out, "<h3>%s</h3>\n<table class=\"waterfall\">\n<caption>Mean %s %s",
                 answer->name, shown(answer->mean, factor, mean), unit);
    ust_html_put(out, ", deviation between units %s %s",
                 shown(answer->deviation, factor, deviation), unit);
    if (answer->noise < 0.001)
        ust_html_put(out, "; less than 0.1 %% of its variance is chance");
    else if (isfinite(answer->noise))
        ust_html_put(out, "; %s of its variance is chance",
                     ust_format_percent(answer->noise, noise));
    ust_html_put(out, ". %u replication%s, intervals of %f %%.</caption>\n",
                 answer->replications, answer->replications == 1 ? "" : "s",
                 100 * answer->confidence);
    if (ust_text_equal(study->method, "morris")) {
        main = "mu*";
        second = "sigma";
    } else if (sobol) {
        main = "Total";
        second = "Alone";
    }
    ust_html_put(out,
                 "<thead><tr><th scope=\"col\">Parameter</th><th scope=\"col\" class=\"bars\">"
                 "</th><th scope=\"col\" class=\"num\">%s</th>",
                 main);
    if (second != NULL)
        ust_html_put(out, "<th scope=\"col\" class=\"num spread-text\">%s</th>", second);
    ust_html_put(out, "</tr></thead>\n<tbody>\n");
    for (uint32_t i = 0; i < answer->effects_n; i++)
        row(study, answer, &answer->effects[i], &scale, sobol ? 1 : factor, sobol ? "" : unit,
            out);
    ust_html_put(out, "</tbody></table>\n");
}

static void matters(const struct ust_plot_study *study, struct ust_text *out)
{
    if (study->answers_n == 0)
        return;
    ust_html_put(out,
                 "<section id=\"matters\"><h2>What matters</h2>\n<p class=\"lead\">%s</p>\n",
                 about(study));
    if (ust_text_equal(study->method, "effects"))
        ust_html_put(out,
                     "<p class=\"quiet\"><span style=\"color:var(--c6)\">\xe2\x96\xa0</span> "
                     "at the low end &#160; <span style=\"color:var(--c2)\">\xe2\x96\xa0"
                     "</span> at the high end</p>\n");
    for (uint32_t i = 0; i < study->answers_n; i++)
        answer_table(study, &study->answers[i], out);
    ust_html_put(out, "</section>\n");
}

/* ---- units ---- */

static const char *class_of(const char *verdict)
{
    return strcmp(verdict, "READY") == 0       ? "verdict ready"
           : strcmp(verdict, "NOT READY") == 0 ? "verdict not-ready"
                                               : "verdict undecided";
}

static void units(const struct ust_plot_study *study, struct ust_text *out)
{
    char r[UST_FORMAT_MAX], l[UST_FORMAT_MAX], h[UST_FORMAT_MAX], p[UST_FORMAT_MAX];
    ust_html_put(out, "<section id=\"units\"><h2>Units</h2>\n<div class=\"scroll\"><table>\n"
                      "<thead><tr><th scope=\"col\" class=\"num\">Number</th><th scope=\"col\">"
                      "Unit</th><th scope=\"col\">Verdict</th><th scope=\"col\" class=\"num\">"
                      "Readiness</th><th scope=\"col\" class=\"num\">P(ready)</th>"
                      "<th scope=\"col\">Database</th></tr></thead>\n<tbody>\n");
    for (uint32_t i = 0; i < study->units_n; i++) {
        const struct ust_plot_unit *unit = &study->units[i];
        ust_html_put(out, "<tr><td class=\"num\">%u</td><th scope=\"row\">%n</th>",
                     unit->number, unit->name);
        if (*unit->verdict == '\0')
            ust_html_put(out, "<td class=\"quiet\">not whole yet</td><td></td><td></td>");
        else
            ust_html_put(out, "<td><span class=\"%s\">%s</span></td><td class=\"num\">%s",
                         class_of(unit->verdict), unit->verdict,
                         ust_format_fixed(unit->readiness, 1, r));
        if (*unit->verdict != '\0' && isfinite(unit->low))
            ust_html_put(out, "<span class=\"note\">%s to %s</span>",
                         ust_format_fixed(unit->low, 1, l), ust_format_fixed(unit->high, 1, h));
        if (*unit->verdict != '\0')
            ust_html_put(out, "</td><td class=\"num\">%s</td>",
                         ust_format_fixed(unit->p_ready, 2, p));
        ust_html_put(out, "<td><code>%s</code></td></tr>\n", unit->file);
    }
    ust_html_put(out, "</tbody></table></div></section>\n");
}

enum ust_status ust_report_study(const char *path, struct ust_text *out)
{
    struct ust_plot_study study;
    UST_TRY(ust_plot_study_open(path, &study));
    head(&study, out);
    matters(&study, out);
    units(&study, out);
    ust_html_put(
        out,
        "<section id=\"source\"><h2>What was run</h2>\n<dl class=\"facts\"><div><dt>"
        "Scenario</dt><dd><code>%n</code></dd></div><div><dt>Seed</dt><dd>%s</dd></div>"
        "<div><dt>Hash of the units</dt><dd><code>%s</code></dd></div></dl></section>\n"
        "</main>\n<footer><p>understudy %s</p></footer>\n</body>\n</html>\n",
        study.scenario, study.seed, study.hash, UST_VERSION);
    ust_plot_study_close(&study);
    return UST_OK;
}
