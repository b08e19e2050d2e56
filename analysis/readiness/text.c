/* What people read: one line of verdict, a line of reasons, a waterfall. */
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

/* Reasons that bear less than this of a persona's loss are not worth a reader's time. */
#define REASON_SHARE  0.10
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

/* ---- why ---- */

static void add_recovery(const struct ust_readiness_result *result,
                         const struct ust_readiness_persona *persona, struct ust_text *out)
{
    char value[UST_TIME_TEXT_MAX], allowed[UST_TIME_TEXT_MAX];
    span(persona->objective.rto_s, allowed);
    if (!isinf(persona->recovery_s))
        ust_text_printf(out, "RTO %s against %s", span(persona->recovery_s, value), allowed);
    else if (result->fault)
        ust_text_printf(out, "objectives not met again within %s, RTO %s",
                        span(result->horizon_s, value), allowed);
    else
        ust_text_printf(out, "%.2f %% answered well, objective %.6g %%",
                        100.0 * persona->attainment, 100.0 * persona->objective.attainment);
}

static void add_reason(const struct ust_readiness_result *result,
                       const struct ust_readiness_persona *persona, enum ust_component k,
                       struct ust_text *out)
{
    char value[UST_TIME_TEXT_MAX], allowed[UST_TIME_TEXT_MAX];
    const struct ust_readiness_settings *settings = &result->settings;
    switch (k) {
    case UST_SLO:
        if (isinf(persona->budget_burn))
            ust_text_add(out, "errors where the objective allows none");
        else
            ust_text_printf(out, "%.*f %% of the %g-day error budget burnt, %.0f %% allowed",
                            persona->budget_burn < 0.01 ? 2 : 0, 100.0 * persona->budget_burn,
                            settings->window_days, 100.0 * settings->u_star);
        break;
    case UST_RTO:
        add_recovery(result, persona, out);
        break;
    case UST_CAP:
        ust_text_printf(out, "capacity short by %.0f %% of the work",
                        100.0 * persona->shortfall);
        if (result->fault)
            ust_text_printf(out, " in the first %s",
                            span(fmin(persona->objective.rto_s, result->horizon_s), value));
        break;
    case UST_HEAD:
        ust_text_printf(out, "headroom %.0f %% against %.0f %%", 100.0 * persona->headroom,
                        100.0 * settings->h_star);
        break;
    case UST_RPO:
        ust_text_printf(out, "data of %s lost, RPO %s", span(persona->loss_window_s, value),
                        span(persona->objective.rpo_s, allowed));
        break;
    case UST_STAB:
        ust_text_printf(out, "no recovery by itself in %u of %u replications",
                        persona->metastable, result->n);
        break;
    case UST_COMPONENTS:
        break;
    }
}

static void add_reasons(const struct ust_readiness_result *result,
                        const struct ust_readiness_persona *persona, struct ust_text *out)
{
    bool used[UST_COMPONENTS] = {false};
    for (int rank = 0; rank < UST_COMPONENTS; rank++) {
        int best = -1;
        for (int k = 0; k < UST_COMPONENTS; k++)
            if (!used[k] && (best < 0 || persona->share[k] > persona->share[best]))
                best = k;
        used[best] = true;
        if (persona->share[best] < REASON_SHARE)
            break;
        ust_text_add(out, rank ? ", " : ": ");
        add_reason(result, persona, (enum ust_component)best, out);
        ust_text_printf(out, " (%.0f %%)", 100.0 * persona->share[best]);
    }
}

/* What would settle it: with no failure at all, how many replications prove P(ready)? */
static void add_undecided(const struct ust_readiness_result *result, const char *indent,
                          struct ust_text *out)
{
    const struct ust_readiness_settings *settings = &result->settings;
    if (result->p_ready.low >= settings->ready_p) {
        ust_text_printf(out, "%sundecided: P(ready) is proven, readiness of %g is not\n",
                        indent, settings->ready_score);
        return;
    }
    if (result->p_ready.value < 1.0 || settings->ready_p >= 1.0) {
        ust_text_printf(out,
                        "%sundecided: P(ready) may or may not reach %g; run more "
                        "replications\n",
                        indent, settings->ready_p);
        return;
    }
    /* Wilson's lower bound without a failure is n / (n + z^2); from one replication it follows
     * what every other number of them gives. */
    double low = result->p_ready.low, z2 = result->n * (1.0 - low) / low;
    double needed = ceil(z2 * settings->ready_p / (1.0 - settings->ready_p) - 1e-9);
    ust_text_printf(out,
                    "%sundecided: all %u replications were ready; %.0f without a failure "
                    "prove P(ready) %g\n",
                    indent, result->n, needed, settings->ready_p);
}

void ust_readiness_why(const struct ust_readiness_result *result, uint32_t personas,
                       const char *indent, struct ust_text *out)
{
    bool *used = ust_arena_alloc(result->arena, bool, result->personas_n);
    for (uint32_t rank = 0; rank < personas && rank < result->personas_n; rank++) {
        uint32_t best = UINT32_MAX;
        for (uint32_t p = 0; p < result->personas_n; p++)
            if (!used[p] && (best == UINT32_MAX ||
                             result->personas[p].points > result->personas[best].points))
                best = p;
        used[best] = true;
        const struct ust_readiness_persona *persona = &result->personas[best];
        if (persona->points < 0.05)
            break; /* would print as 0.0 */
        ust_text_printf(out, "%swhy: %s loses %.1f points", indent, persona->objective.persona,
                        persona->points);
        add_reasons(result, persona, out);
        ust_text_add(out, "\n");
    }
    if (result->verdict == UST_UNDECIDED)
        add_undecided(result, indent, out);
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
