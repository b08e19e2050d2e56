/* The validation report: one HTML file, with the calibration plot as SVG in it. */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "analysis/verify/verify.h"

static void escape(struct ust_text *out, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '<':
            ust_text_add(out, "&lt;");
            break;
        case '>':
            ust_text_add(out, "&gt;");
            break;
        case '&':
            ust_text_add(out, "&amp;");
            break;
        case '"':
            ust_text_add(out, "&quot;");
            break;
        default:
            ust_text_add_n(out, text, 1);
        }
}

/* ---- calibration ---- */

#define SIDE  360.0
#define LEFT  56.0
#define ABOVE 16.0

static double x_of(double nominal)
{
    return LEFT + SIDE * nominal;
}

static double y_of(double share)
{
    return ABOVE + SIDE * (1.0 - share);
}

static uint32_t laws(const struct ust_verify *verify)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < verify->n; i++)
        n += verify->rows[i].kind == UST_VERIFY_LAW && !(verify->rows[i].resolution > 0.0);
    return n;
}

/* Shares that n independent references would show, 99 times of 100, at a confidence. */
static double band(uint32_t n, double nominal, double tail)
{
    unsigned k = 0;
    while (k < n && gsl_cdf_binomial_P(k, nominal, n) < tail)
        k++;
    return (double)k / n;
}

static void draw_band(struct ust_text *out, uint32_t n)
{
    ust_text_add(out, "<path class=\"band\" d=\"");
    for (int i = 0; i <= 100; i++)
        ust_text_printf(out, "%s%.1f %.1f", i == 0 ? "M" : "L", x_of(i / 100.0),
                        y_of(band(n, i / 100.0, 0.995)));
    for (int i = 100; i >= 0; i--)
        ust_text_printf(out, "L%.1f %.1f", x_of(i / 100.0), y_of(band(n, i / 100.0, 0.005)));
    ust_text_add(out, "Z\"/>\n");
}

static void calibration(const struct ust_verify *verify, struct ust_text *out)
{
    uint32_t n = laws(verify);
    if (n == 0)
        return;
    ust_text_printf(out,
                    "<h2>Calibration</h2>\n<svg viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
                    "role=\"img\" aria-label=\"Share of references inside their intervals, by "
                    "nominal confidence\">\n",
                    LEFT + SIDE + 20, ABOVE + SIDE + 48, LEFT + SIDE + 20);
    draw_band(out, n);
    ust_text_printf(out, "<path class=\"ideal\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", x_of(0),
                    y_of(0), x_of(1), y_of(1));
    ust_text_add(out, "<path class=\"seen\" d=\"");
    for (int i = 0; i <= 200; i++)
        ust_text_printf(out, "%s%.1f %.1f", i == 0 ? "M" : "L", x_of(i / 200.0),
                        y_of(ust_verify_covered(verify, i / 200.0)));
    ust_text_add(out, "\"/>\n");
    for (int i = 0; i <= 10; i += 2)
        ust_text_printf(out,
                        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%d %%</text>"
                        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%d %%</text>\n",
                        x_of(i / 10.0), y_of(0) + 18, 10 * i, LEFT - 8, y_of(i / 10.0) + 4,
                        10 * i);
    ust_text_printf(
        out,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">nominal confidence</text>"
        "\n</svg>\n",
        x_of(0.5), y_of(0) + 40);
    ust_text_printf(
        out,
        "<p>The line shows which share of the %u references lies inside its interval, "
        "for every confidence. Intervals that are right follow the diagonal; the band "
        "holds 99 of 100 lines of independent references at each point. References of "
        "one run are not independent, so the line may stray further.</p>\n",
        n);
}

/* ---- rows ---- */

static void cells(const struct ust_verify_row *row, struct ust_text *out)
{
    struct ust_interval e = row->estimate;
    if (row->kind == UST_VERIFY_SHARE)
        ust_text_printf(out,
                        "<td>%g – %g %%</td><td>%.1f %%</td><td>%.1f – %.1f %%</td>"
                        "<td>%llu experiments</td>",
                        100 * row->least, 100 * row->most, 100 * e.value, 100 * e.low,
                        100 * e.high, (unsigned long long)row->n);
    else if (row->kind == UST_VERIFY_LAW)
        ust_text_printf(out,
                        "<td>%.6g</td><td>%.6g</td><td>%.6g – %.6g</td>"
                        "<td>%llu replications, %+.2f %%</td>",
                        row->reference, e.value, e.low, e.high, (unsigned long long)row->n,
                        100 * (e.value / row->reference - 1));
    else
        ust_text_printf(out, "<td>%.6g</td><td>%.6g</td><td>–</td><td>exact</td>",
                        row->reference, e.value);
    if (isnan(row->p))
        ust_text_add(out, "<td>–</td>");
    else
        ust_text_printf(out, "<td>%.2g</td>", row->p);
    ust_text_printf(out, "<td class=\"%s\">%s</td>", row->passed ? "ok" : "failed",
                    row->passed ? "ok" : "failed");
}

static void table(const struct ust_verify *verify, struct ust_text *out)
{
    const char *section = "";
    for (uint32_t i = 0; i < verify->n; i++) {
        const struct ust_verify_row *row = &verify->rows[i];
        if (!ust_text_equal(section, row->section)) {
            ust_text_printf(out,
                            "%s<h2>%s</h2>\n<table>\n<thead><tr><th>Law</th><th>Source</th>"
                            "<th>With</th><th>Quantity</th><th>Reference</th>"
                            "<th>Estimate</th><th>95 %% interval</th><th>From</th><th>p</th>"
                            "<th>Verdict</th></tr></thead>\n<tbody>\n",
                            i > 0 ? "</tbody></table>\n" : "", row->section);
            section = row->section;
        }
        const char *const texts[] = {row->law, row->source, row->parameters, row->quantity};
        ust_text_add(out, "<tr>");
        for (int k = 0; k < 4; k++) {
            ust_text_add(out, "<td>");
            escape(out, texts[k]);
            ust_text_add(out, "</td>");
        }
        cells(row, out);
        ust_text_add(out, "</tr>\n");
    }
    ust_text_add(out, verify->n > 0 ? "</tbody></table>\n" : "");
}

void ust_verify_report(const struct ust_verify *verify, struct ust_text *out)
{
    ust_text_add(out,
                 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<title>understudy: validation</title>\n<style>\n"
                 "body{font:15px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;"
                 "padding:0 1rem;color:#1b1d21}\n"
                 "table{border-collapse:collapse;font-size:13px;width:100%}\n"
                 "th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #dcdfe4}\n"
                 "td:nth-child(n+5){font-variant-numeric:tabular-nums}\n"
                 ".failed{color:#b3261e;font-weight:600}.ok{color:#1a7f4b}\n"
                 "svg{font:12px system-ui,sans-serif}.band{fill:#0072b2;opacity:.15}\n"
                 ".ideal{stroke:#6a6f78;fill:none;stroke-dasharray:4 4}\n"
                 ".seen{stroke:#0072b2;stroke-width:2;fill:none}\n"
                 "</style>\n</head>\n<body>\n<h1>Validation</h1>\n");
    ust_text_printf(
        out,
        "<p><strong class=\"%s\">%s</strong> understudy %s, seed %llu%s: %u rows, %u "
        "failed; %.1f %% of the references lie in their 95 %% intervals.</p>\n"
        "<p>Every law is tested with Student\xe2\x80\x99s t over independent "
        "replications, and must be met within its relative error; every procedure "
        "is counted over independent experiments. All tests are one family "
        "(Holm\xe2\x80\x99s rule): a correct program fails in any row with a "
        "probability of %g %% at most, whatever the seed.</p>\n",
        verify->failed > 0 ? "failed" : "ok", verify->failed > 0 ? "Failed." : "Passed.",
        UST_VERSION, (unsigned long long)verify->seed, verify->less > 1 ? ", quick" : "",
        verify->n, verify->failed, 100 * ust_verify_covered(verify, 0.95),
        100 * UST_VERIFY_FAMILY);
    calibration(verify, out);
    table(verify, out);
    ust_text_add(out, "</body>\n</html>\n");
}
