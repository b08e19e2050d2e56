/* The end of the page: how to make the same run again, and exactly what was run. */
#include <string.h>

#include "analysis/stats/stopped.h"
#include "plots/html.h"
#include "plots/report.h"

static void command(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    struct ust_text line = {0};
    ust_text_add(&line, "understudy run ");
    ust_text_shell(&line, run->scenario_path);
    ust_text_printf(&line, " --seed %s --replications %u", run->seed, run->replications);
    for (const char *at = run->overrides; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        if (length > 0) {
            ust_text_add(&line, " --set ");
            ust_text_shell(&line, ust_arena_text_n(run->arena, at, length));
        }
        at += length + (at[length] == '\n');
    }
    ust_text_add(&line, " -o run.db\nunderstudy report run.db -o report.html");
    ust_html_put(report->out, "<pre class=\"command\"><code>%s</code></pre>\n", line.data);
    ust_text_free(&line);
}

/* Why there are so many replications, where the scenario left that open. */
static enum ust_status stopping(struct ust_report *report)
{
    struct ust_text text = {0};
    enum ust_status status = ust_stopped_text(report->run->store, &text);
    if (status == UST_OK && text.length > 0)
        ust_html_put(report->out, "<p>How many: %s.</p>\n", ust_text_string(&text));
    ust_text_free(&text);
    return status;
}

static void pairs(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    struct ust_text *out = report->out;
    ust_html_put(out, "<dl class=\"facts\">\n<div><dt>Scenario hash</dt><dd>%s</dd></div>\n",
                 run->scenario_hash);
    if (run->digest != NULL)
        ust_html_put(out, "<div><dt>Digest of the results</dt><dd>%s</dd></div>\n",
                     run->digest);
    for (uint32_t i = 0; i < run->machine_n; i++) {
        /* How long it took and on how many threads is not part of what was run. */
        if (ust_text_equal(run->machine[i].name, "seconds") ||
            ust_text_equal(run->machine[i].name, "threads"))
            continue;
        ust_html_put(out, "<div><dt>%n</dt><dd>%n</dd></div>\n", run->machine[i].name,
                     run->machine[i].value);
    }
    ust_html_put(out, "</dl>\n");
}

static void document(struct ust_report *report, const char *title, const char *text, bool open)
{
    ust_html_put(report->out,
                 "<details%s><summary>%n</summary>\n<pre tabindex=\"0\"><code>%s</code></pre>"
                 "</details>\n",
                 open ? " open" : "", title, text);
}

static void fingerprints(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    struct ust_text *out = report->out;
    if (run->replications_n == 0)
        return;
    ust_html_put(out,
                 "<details><summary>Fingerprints of %u replications</summary>\n"
                 "<ol class=\"fingerprints\">\n",
                 run->replications_n);
    for (uint32_t i = 0; i < run->replications_n; i++)
        ust_html_put(out, "<li value=\"%u\"><code>%s</code></li>\n", run->replication[i],
                     run->fingerprint[i]);
    ust_html_put(out, "</ol></details>\n");
}

enum ust_status ust_report_source(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    ust_html_put(
        report->out,
        "<section id=\"source\">\n<h2>What was run</h2>\n"
        "<p class=\"lead\">The same scenario, overrides and seed give the same results, "
        "to the byte.</p>\n");
    command(report);
    UST_TRY(stopping(report));
    pairs(report);
    document(report, "The effective scenario", run->scenario, true);
    for (uint32_t i = 0; i < run->personas_n; i++)
        if (run->personas[i].document[0] != '\0')
            document(report, run->personas[i].name, run->personas[i].document, false);
    fingerprints(report);
    ust_html_put(report->out, "</section>\n");
    return UST_OK;
}
