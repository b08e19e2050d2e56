/* Why: the score taken apart by persona and component, the largest losses first. */
#include <math.h>

#include "plots/format.h"
#include "plots/html.h"
#include "plots/report.h"

/* Lines that are worth reading; the matrix below has them all. */
#define LOSSES_MAX 12

static void explain_recovery(struct ust_report *report, const struct ust_plot_persona *p,
                             const struct ust_persona_score *s)
{
    char a[UST_FORMAT_MAX], b[UST_FORMAT_MAX];
    double after_s = s->cost[UST_RTO].median;
    struct ust_text *out = report->out;
    if (report->run->fault == NULL)
        ust_html_put(out, "%s answered well against %s",
                     ust_format_percent(s->attainment[UST_RTO], a),
                     ust_format_percent(p->attainment_objective, b));
    else if (isfinite(after_s))
        ust_html_put(out, "back within the objective after %s against %s",
                     ust_format_duration(after_s, a), ust_format_duration(p->rto_s, b));
    else
        ust_html_put(out, "not back within the objective by the end, against %s",
                     ust_format_duration(p->rto_s, b));
}

static void explain(struct ust_report *report, const struct ust_loss *loss)
{
    const struct ust_plot_persona *p = &report->run->personas[loss->persona];
    const struct ust_persona_score *s = &report->why.persona[loss->persona];
    const struct ust_readiness_cost *cost = &s->cost[loss->component];
    char a[UST_FORMAT_MAX], b[UST_FORMAT_MAX], c[UST_FORMAT_MAX], d[UST_FORMAT_MAX];
    struct ust_text *out = report->out;
    switch (loss->component) {
    case UST_SLO:
        ust_html_put(out,
                     "%s answered well against %s: %s of the month\xe2\x80\x99s error "
                     "budget burnt, %s allowed",
                     ust_format_percent(s->attainment[UST_SLO], a),
                     ust_format_percent(p->attainment_objective, b),
                     ust_format_percent(cost->median, c),
                     ust_format_percent(report->settings.u_star, d));
        break;
    case UST_RTO:
        explain_recovery(report, p, s);
        break;
    case UST_CAP:
        ust_html_put(out, "capacity short by %s of the work",
                     ust_format_percent(cost->median, a));
        if (report->run->fault != NULL)
            ust_html_put(out, " in the first %s", ust_format_duration(p->rto_s, b));
        break;
    case UST_HEAD:
        ust_html_put(out, "%s spare capacity at the end against %s",
                     ust_format_percent(cost->median, a),
                     ust_format_percent(report->settings.h_star, b));
        break;
    case UST_RPO:
        ust_html_put(out, "%s of writes lost against %s", ust_format_duration(cost->median, a),
                     ust_format_duration(p->rpo_s, b));
        break;
    default:
        ust_html_put(out, "overload outlived its cause");
    }
    if (cost->n < report->why.replications)
        ust_html_put(out, " in %u of %u replications", cost->n, report->why.replications);
}

static void list_losses(struct ust_report *report)
{
    const struct ust_why *why = &report->why;
    char a[UST_FORMAT_MAX], b[UST_FORMAT_MAX];
    struct ust_text *out = report->out;
    if (why->losses_n == 0) {
        ust_html_put(
            out, "<p class=\"lead\">Next to nothing was lost: every component of every persona "
                 "is whole.</p>\n");
        return;
    }
    ust_html_put(out, "<ol class=\"losses\">\n");
    double most = why->loss[0].points;
    for (uint32_t i = 0; i < why->losses_n && i < LOSSES_MAX; i++) {
        const struct ust_loss *loss = &why->loss[i];
        ust_html_put(out,
                     "<li><div class=\"what\"><b>%n</b> <span class=\"component\">%s</span>"
                     "<span class=\"points\">\xe2\x88\x92%s</span></div>"
                     "<div class=\"meter\" aria-hidden=\"true\"><i style=\"width:%f%%\"></i>"
                     "</div><p>",
                     report->run->personas[loss->persona].name,
                     ust_component_words[loss->component].name,
                     ust_format_fixed(loss->points, 1, a), 100 * loss->points / most);
        explain(report, loss);
        ust_html_put(out,
                     " <span class=\"quiet\">\xc2\xb7 %s %% of this persona\xe2\x80\x99s "
                     "loss</span></p></li>\n",
                     ust_format_fixed(100 * loss->share, 0, b));
    }
    ust_html_put(out, "</ol>\n");
    if (why->losses_n > LOSSES_MAX)
        ust_html_put(out, "<p class=\"quiet\">%u smaller losses are in the table below.</p>\n",
                     why->losses_n - LOSSES_MAX);
}

static void matrix(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    const struct ust_why *why = &report->why;
    char a[UST_FORMAT_MAX];
    struct ust_text *out = report->out;
    ust_html_put(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                      "aria-label=\"Components of the score\">\n<table class=\"matrix\">\n"
                      "<caption>Components, 0 to 1, median over replications</caption>\n"
                      "<thead><tr><th scope=\"col\">Persona</th>"
                      "<th scope=\"col\" class=\"num\">Weight</th>"
                      "<th scope=\"col\" class=\"num\">Score</th>"
                      "<th scope=\"col\" class=\"num\">Ready</th>");
    for (int k = 0; k < UST_COMPONENTS; k++)
        ust_html_put(out, "<th scope=\"col\" class=\"num\" title=\"%s\">%s</th>",
                     ust_component_words[k].about, ust_component_words[k].name);
    ust_html_put(out, "</tr></thead>\n<tbody>\n");
    for (uint32_t p = 0; p < run->personas_n; p++) {
        const struct ust_persona_score *s = &why->persona[p];
        if (s->n == 0)
            continue;
        ust_html_put(out, "<tr><th scope=\"row\">%n</th><td class=\"num\">%s %%</td>",
                     run->personas[p].name,
                     ust_format_fixed(100 * run->personas[p].weight, 0, a));
        ust_html_put(out, "<td class=\"num\"><b>%s</b></td>",
                     ust_format_fixed(100 * s->score, 1, a));
        ust_html_put(out, "<td class=\"num\">%s %%</td>",
                     ust_format_fixed(100 * s->ready, 0, a));
        for (int k = 0; k < UST_COMPONENTS; k++)
            ust_html_put(out,
                         "<td class=\"num cell\">%s<span class=\"meter\" aria-hidden=\"true\">"
                         "<i style=\"width:%f%%\"></i></span></td>",
                         ust_format_fixed(s->s[k], 2, a),
                         isfinite(s->s[k]) ? 100 * s->s[k] : 0.0);
        ust_html_put(out, "</tr>\n");
    }
    ust_html_put(out, "</tbody></table></div>\n");
}

enum ust_status ust_report_why(struct ust_report *report)
{
    char a[UST_FORMAT_MAX], b[UST_FORMAT_MAX];
    const struct ust_why *why = &report->why;
    if (why->replications == 0)
        return UST_OK;
    ust_html_put(report->out, "<section id=\"why\">\n<h2>Why</h2>\n");
    if (why->losses_n > 3)
        ust_html_put(
            report->out,
            "<p class=\"lead\">%s of 100 points are lost; %s go to the three largest "
            "losses.</p>\n",
            ust_format_fixed(why->lost_points, 1, a),
            ust_format_fixed(why->loss[0].points + why->loss[1].points + why->loss[2].points, 1,
                             b));
    else if (why->losses_n > 0)
        ust_html_put(report->out, "<p class=\"lead\">%s of 100 points are lost.</p>\n",
                     ust_format_fixed(why->lost_points, 1, a));
    list_losses(report);
    matrix(report);
    ust_html_put(report->out, "</section>\n");
    return UST_OK;
}
