/* What people read: one line of verdict, a waterfall. */
#include "analysis/readiness/internal.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/stats/stats.h"
#include "sim/base/time.h"

const char *const ust_moment_titles[UST_MOMENTS] = {"detected",           "50 % moved",
                                                    "90 % moved",         "99 % moved",
                                                    "capacity caught up", "objectives met"};

const char *const ust_moment_none[UST_MOMENTS] = {
    [UST_CAUGHT_UP] = "never fell short", [UST_OBJECTIVES_MET] = "never missed"};

#define TITLE_COLUMNS 20
#define TIME_COLUMNS  9

/* Whole seconds: the series are no finer. */
static const char *span(double seconds, char text[UST_TIME_TEXT_MAX])
{
    return ust_time_text(ust_time_from_seconds(floor(seconds + 0.5)), text);
}

static void add_bound(const struct ust_readiness_bound *bound, int digits, struct ust_text *out)
{
    ust_text_printf(out, "%.*f", digits, bound->value);
    if (!isnan(bound->low))
        ust_text_printf(out, " (%.*f – %.*f)", digits, bound->low, digits, bound->high);
}

void ust_readiness_line(const struct ust_readiness_result *result, struct ust_text *out)
{
    ust_text_printf(out, "%s   %s %s %s", ust_verdict_name(result->verdict), result->region,
                    result->fault ? "for" : "with", result->lost);
    ust_text_add(out, "   readiness ");
    add_bound(&result->readiness, 1, out);
    ust_text_add(out, "   P(ready) ");
    add_bound(&result->p_ready, 2, out);
}

/* ---- waterfall ---- */

static void add_bar(double share, unsigned columns, struct ust_text *out)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    unsigned parts = (unsigned)(share * columns * 8.0 + 0.5);
    ust_text_add(out, "▏");
    for (unsigned i = 0; i < parts / 8; i++)
        ust_text_add(out, "█");
    ust_text_add(out, eighths[parts % 8]);
}

void ust_readiness_waterfall(const struct ust_readiness_result *result, unsigned columns,
                             const char *indent, struct ust_text *out)
{
    double longest = 0.0;
    for (int m = 0; m < UST_MOMENTS; m++)
        if (result->moments[m].known && !isinf(result->moments[m].median))
            longest = fmax(longest, result->moments[m].median);
    unsigned fixed = (unsigned)ust_text_columns(indent) + TITLE_COLUMNS + TIME_COLUMNS + 2;
    unsigned bar = columns > fixed + 10 ? columns - fixed : 10;
    for (int m = 0; m < UST_MOMENTS; m++) {
        const struct ust_readiness_moment *moment = &result->moments[m];
        char when[UST_TIME_TEXT_MAX];
        if (!moment->known)
            continue;
        ust_text_printf(out, "%s%-*s", indent, TITLE_COLUMNS, ust_moment_titles[m]);
        if (isinf(moment->median)) {
            ust_text_printf(out, "not within %s", span(result->horizon_s, when));
            if (moment->n > 0)
                ust_text_printf(out, " (in %u of %u it is)", moment->n, result->n);
        } else if (!(moment->median > 0.0) && ust_moment_none[m] != NULL) {
            ust_text_add(out, ust_moment_none[m]);
            if (moment->none < result->n)
                ust_text_printf(out, " in %u of %u", moment->none, result->n);
        } else {
            ust_text_printf(out, "+%-*s", TIME_COLUMNS - 1, span(moment->median, when));
            add_bar(longest > 0.0 ? moment->median / longest : 0.0, bar, out);
        }
        ust_text_add(out, "\n");
    }
}
