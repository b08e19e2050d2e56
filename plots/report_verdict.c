/* The top of the page: the answer, how sure it is, what was asked, when, what was run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/format.h"
#include "plots/html.h"
#include "plots/report.h"

/* The scenario's own question, when it still carries the comment. */
static const char *question(const struct ust_plot_run *run)
{
    static const char mark[] = "# Question:";
    const char *at = strstr(run->scenario, mark);
    if (at == NULL || (at != run->scenario && at[-1] != '\n'))
        return NULL;
    at += strlen(mark);
    at += strspn(at, " \t");
    size_t length = strcspn(at, "\r\n");
    return length > 0 ? ust_arena_text_n(run->arena, at, length) : NULL;
}

static void asked(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    const char *own = question(run);
    ust_html_put(report->out, "<p class=\"asked\">");
    if (own != NULL)
        ust_html_put(report->out, "%n", own);
    else if (run->verdict != NULL && run->fault != NULL)
        ust_html_put(report->out, "Is %n ready for %n?", run->verdict->region,
                     run->verdict->lost);
    else if (run->fault != NULL && run->fault->region != 0)
        ust_html_put(report->out, "What happens to the users when %n meets a fault?",
                     ust_plot_region_name(run, run->fault->region));
    else
        ust_html_put(report->out, "How does the system carry its ordinary load?");
    ust_html_put(report->out, "</p>\n");
}

/* A scale from 0 to `top` with the interval, the estimate and the threshold. */
static void gauge(struct ust_report *report, const char *label, const char *about, double value,
                  double low, double high, double top, double threshold, int digits)
{
    char v[UST_FORMAT_MAX], l[UST_FORMAT_MAX], h[UST_FORMAT_MAX], t[UST_FORMAT_MAX];
    struct ust_text *out = report->out;
    bool interval = isfinite(low) && isfinite(high);
    ust_html_put(out,
                 "<div class=\"gauge\"><p class=\"label\">%s</p>\n"
                 "<p class=\"number\">%s",
                 label, ust_format_fixed(value, digits, v));
    if (interval)
        ust_html_put(out,
                     " <span class=\"interval\">(%s\xe2\x80\x89\xe2\x80\x93\xe2\x80\x89%s)"
                     "</span>",
                     ust_format_fixed(low, digits, l), ust_format_fixed(high, digits, h));
    ust_html_put(out, "</p>\n<div class=\"scale\" aria-hidden=\"true\">");
    if (interval)
        ust_html_put(out, "<i class=\"range\" style=\"left:%f%%;width:%f%%\"></i>",
                     100 * fmax(0, low) / top, 100 * (fmin(top, high) - fmax(0, low)) / top);
    if (isfinite(value))
        ust_html_put(out, "<i class=\"point\" style=\"left:%f%%\"></i>", 100 * value / top);
    ust_html_put(out,
                 "<i class=\"goal\" style=\"left:%f%%\"></i></div>\n"
                 "<p class=\"about\">%s %s</p></div>\n",
                 100 * threshold / top, about, ust_format_short(threshold, t));
}

static const char *tone(const char *verdict)
{
    if (ust_text_equal(verdict, "READY"))
        return "ready";
    return ust_text_equal(verdict, "NOT READY") ? "not-ready" : "undecided";
}

/* The interval still holds both answers; what would decide, to be copied. */
static void undecided(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    const struct ust_plot_verdict *v = run->verdict;
    struct ust_text sentence = {0}, command = {0};
    struct ust_readiness_result result = {.origin = {.path = run->scenario_path,
                                                     .database = run->database,
                                                     .scenario = run->scenario,
                                                     .overrides = run->overrides,
                                                     .seed = strtoull(run->seed, NULL, 10)},
                                          .settings = report->settings,
                                          .n = v->n,
                                          .verdict = UST_UNDECIDED,
                                          .readiness = {v->readiness, v->low, v->high},
                                          .p_ready = {v->p_ready, v->p_low, v->p_high}};
    ust_readiness_next(&result, &sentence, &command);
    ust_html_put(report->out,
                 "<p class=\"lead\">U%s.</p>\n<pre class=\"command\"><code>%s"
                 "</code></pre>\n",
                 ust_text_string(&sentence) + 1, ust_text_string(&command));
    ust_text_free(&sentence);
    ust_text_free(&command);
}

static void judged(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    const struct ust_plot_verdict *v = run->verdict;
    struct ust_text *out = report->out;
    ust_html_put(out, "<h1><span class=\"verdict %s\">%s</span> <span class=\"of\">%n ",
                 tone(v->verdict), v->verdict, v->region);
    if (run->fault != NULL)
        ust_html_put(out, "<span class=\"quiet\">for</span> %n</span></h1>\n", v->lost);
    else
        ust_html_put(out, "<span class=\"quiet\">under its ordinary load</span></span></h1>"
                          "\n");
    ust_html_put(out, "<div class=\"gauges\">\n");
    gauge(report, "Readiness", "of 100; its lower bound must reach", v->readiness, v->low,
          v->high, 100, report->settings.ready_score, 1);
    gauge(report, "P(ready)", "chance that every objective holds; its lower bound must reach",
          v->p_ready, v->p_low, v->p_high, 1, report->settings.ready_p, 2);
    ust_html_put(out, "</div>\n");
    if (ust_text_equal(v->verdict, "UNDECIDED"))
        undecided(report);
}

static void not_judged(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    char well[UST_FORMAT_MAX];
    struct ust_text *out = report->out;
    bool calm = run->faults_n == 0;
    ust_html_put(out, "<h1><span class=\"verdict none\">%s</span></h1>\n<p class=\"lead\">",
                 calm ? "No fault, no verdict" : "Not judged");
    if (isfinite(report->answered_well))
        ust_html_put(out, "%s of all requests were answered well. ",
                     ust_format_percent(report->answered_well, well));
    if (run->replications_n == 0)
        ust_html_put(out, "No replication has finished yet. ");
    if (calm)
        ust_html_put(out, "Nothing breaks in this run, so it shows how the system carries its "
                          "ordinary load.");
    else
        ust_html_put(out,
                     "This file holds no verdict; <code>understudy readiness %s</code> "
                     "adds one.",
                     run->name);
    ust_html_put(out, "</p>\n");
}

static void fact(struct ust_report *report, const char *term, const char *value, bool name)
{
    ust_html_put(report->out,
                 name ? "<div><dt>%s</dt><dd>%n</dd></div>\n"
                      : "<div><dt>%s</dt><dd>%s</dd></div>\n",
                 term, value);
}

static void facts(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    char a[UST_FORMAT_MAX], b[UST_FORMAT_MAX];
    struct ust_text text = {0};
    ust_html_put(report->out, "<dl class=\"facts\">\n");
    fact(report, "Scenario", run->name, true);
    fact(report, "Begins", ust_format_date(run, 0, a), false);
    ust_text_printf(&text, "%s after a warm-up of %s", ust_format_duration(run->duration_s, a),
                    ust_format_duration(run->warmup_s, b));
    fact(report, "Simulated", text.data, false);
    if (run->fault != NULL) {
        ust_text_clear(&text);
        ust_text_printf(&text, "%s to %s", ust_format_clock(run, run->fault->start_s, a),
                        run->fault->end_s < run->duration_s
                            ? ust_format_clock(run, run->fault->end_s, b)
                            : "the end of the run");
        fact(report, "Fault", text.data, false);
    }
    ust_text_clear(&text);
    if (run->complete || run->replications_n >= run->replications)
        ust_text_printf(&text, "%u", run->replications_n);
    else
        ust_text_printf(&text, "%u of %u, unfinished", run->replications_n, run->replications);
    fact(report, "Replications", text.data, false);
    fact(report, "Seed", run->seed, false);
    fact(report, "Requests", ust_format_count((double)run->requests, a), false);
    if (run->digest != NULL)
        fact(report, "Digest", run->digest, false);
    else if (run->replications_n > 0)
        fact(report, "Fingerprint of the first", run->fingerprint[0], false);
    ust_html_put(report->out, "</dl>\n");
    ust_text_free(&text);
}

enum ust_status ust_report_verdict(struct ust_report *report)
{
    ust_html_put(report->out, "<section id=\"verdict\" class=\"hero\">\n");
    asked(report);
    if (report->run->verdict != NULL)
        judged(report);
    else
        not_judged(report);
    facts(report);
    ust_html_put(report->out, "</section>\n");
    return UST_OK;
}
