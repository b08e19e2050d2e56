/* Why: what each persona lost by which component, and what keeps the verdict from READY. */
#include "analysis/readiness/internal.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/time.h"

/* Reasons that bear less than this of a persona's loss are not worth a reader's time. */
#define REASON_SHARE 0.10

/* Whole seconds: the series are no finer. */
static const char *span(double seconds, char text[UST_TIME_TEXT_MAX])
{
    return ust_time_text(ust_time_from_seconds(floor(seconds + 0.5)), text);
}

/* "37 %", "0.15 %": never 0 of what is something. */
static void add_percent(double share, struct ust_text *out)
{
    double percent = 100.0 * share;
    bool small = fabs(percent) < 0.995 && percent != 0.0;
    ust_text_printf(out, "%.*f %%", small ? 2 : 0, percent);
}

static void add_recovery(const struct ust_readiness_result *result,
                         const struct ust_readiness_persona *persona, struct ust_text *out)
{
    char value[UST_TIME_TEXT_MAX], allowed[UST_TIME_TEXT_MAX];
    double recovery_s = persona->cost[UST_RTO].median;
    span(persona->objective.rto_s, allowed);
    if (!result->fault)
        ust_text_printf(out, "%.2f %% answered well, objective %.6g %%",
                        100.0 * persona->missed_attainment,
                        100.0 * persona->objective.attainment);
    else if (isinf(recovery_s))
        ust_text_printf(out, "objectives not met again within %s, RTO %s",
                        span(result->horizon_s, value), allowed);
    else
        ust_text_printf(out, "RTO %s against %s", span(recovery_s, value), allowed);
}

static void add_reason(const struct ust_readiness_result *result,
                       const struct ust_readiness_persona *persona, enum ust_component k,
                       struct ust_text *out)
{
    char value[UST_TIME_TEXT_MAX], allowed[UST_TIME_TEXT_MAX];
    const struct ust_readiness_settings *settings = &result->settings;
    double median = persona->cost[k].median;
    switch (k) {
    case UST_SLO:
        if (isinf(median)) {
            ust_text_add(out, "errors where the objective allows none");
            break;
        }
        add_percent(median, out);
        ust_text_printf(out, " of the %g-day error budget burnt, ", settings->window_days);
        add_percent(settings->u_star, out);
        ust_text_add(out, " allowed");
        break;
    case UST_RTO:
        add_recovery(result, persona, out);
        break;
    case UST_CAP:
        ust_text_add(out, "capacity short by ");
        add_percent(median, out);
        ust_text_add(out, " of the work");
        if (result->fault)
            ust_text_printf(out, " in the first %s",
                            span(fmin(persona->objective.rto_s, result->horizon_s), value));
        break;
    case UST_HEAD:
        ust_text_add(out, "headroom ");
        add_percent(median, out);
        ust_text_add(out, " against ");
        add_percent(settings->h_star, out);
        break;
    case UST_RPO:
        ust_text_printf(out, "data of %s lost, RPO %s", span(median, value),
                        span(persona->objective.rpo_s, allowed));
        break;
    case UST_STAB:
        ust_text_add(out, "no recovery by itself");
        break;
    case UST_COMPONENTS:
        break;
    }
    if (persona->cost[k].n < result->n)
        ust_text_printf(out, " in %u of %u replications", persona->cost[k].n, result->n);
}

/* The largest first; `told` marks those that were. */
static void add_reasons(const struct ust_readiness_result *result,
                        const struct ust_readiness_persona *persona, bool told[UST_COMPONENTS],
                        struct ust_text *out)
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
        told[best] = true;
        ust_text_add(out, rank ? ", " : ": ");
        add_reason(result, persona, (enum ust_component)best, out);
        ust_text_printf(out, " (%.0f %%)", 100.0 * persona->share[best]);
    }
}

/* The gate asks for every objective in every replication; what costs few points may bar it. */
static void add_gate(const struct ust_readiness_result *result,
                     const struct ust_readiness_persona *persona,
                     const bool told[UST_COMPONENTS], const char *indent, struct ust_text *out)
{
    static const char *const misses[UST_COMPONENTS] = {
        [UST_SLO] = "burns more of its error budget than is allowed",
        [UST_RTO] = "misses its RTO",
        [UST_RPO] = "loses more data than its RPO allows",
        [UST_STAB] = "does not recover by itself"};
    for (int k = 0; k < UST_COMPONENTS; k++) {
        if (told[k] || persona->gate[k] == 0)
            continue;
        const char *what = k == UST_RTO && !result->fault
                               ? "is answered less well than its objective"
                               : misses[k];
        ust_text_printf(out, "%sgate: %s %s in %u of %u replications\n", indent,
                        persona->objective.persona, what, persona->gate[k], result->n);
    }
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
        bool told[UST_COMPONENTS] = {false};
        if (persona->points >= 0.05) { /* less would print as 0.0 */
            ust_text_printf(out, "%swhy: %s loses %.1f points", indent,
                            persona->objective.persona, persona->points);
            add_reasons(result, persona, told, out);
            ust_text_add(out, "\n");
        }
        add_gate(result, persona, told, indent, out);
    }
}
