/* Clients that protect themselves, before one pool: what is asked of them, and what is read of
 * a run, per request offered. */
#ifndef UST_TESTS_THEORY_CLIENT_STUDY_H
#define UST_TESTS_THEORY_CLIENT_STUDY_H

#include <math.h>

#include "tests/theory/help.h"

enum {
    REFUSED,
    SENT,
    ANSWERED,
    RETRIES,
    DENIED,
    HEDGES,
    WON,
    OPEN,
    WAITING,
    LATENCY,
    WASTED,
    SHARES
};

static inline double kpi_or_0(const struct ust_model *model, enum ust_metric metric)
{
    double value = theory_users(model, metric);
    return isnan(value) ? 0 : value;
}

/* Per request offered, but for what is a mean over time. */
static inline void read_shares(struct ust_model *model, void *context, double *values)
{
    (void)context;
    double offered = theory_users(model, UST_METRIC_offered);
    values[REFUSED] = kpi_or_0(model, UST_METRIC_refused_locally) / offered;
    values[SENT] = theory_users(model, UST_METRIC_attempts) / offered;
    values[ANSWERED] = theory_users(model, UST_METRIC_answered) / offered;
    values[RETRIES] = kpi_or_0(model, UST_METRIC_retries) / offered;
    values[DENIED] = kpi_or_0(model, UST_METRIC_retries_denied) / offered;
    values[HEDGES] = kpi_or_0(model, UST_METRIC_hedges) / offered;
    values[WON] = kpi_or_0(model, UST_METRIC_hedges_won) / offered;
    values[OPEN] = kpi_or_0(model, UST_METRIC_breaker_open);
    values[WAITING] = kpi_or_0(model, UST_METRIC_client_queue);
    values[LATENCY] = theory_users(model, UST_METRIC_latency_mean);
    values[WASTED] = theory_pool(model, UST_METRIC_wasted) / offered;
}

struct study {
    const char *work, *tolerance, *client, *tuning;
    double rate, errors, warmup, duration;
};

static inline void study(const struct study *it, struct theory_value *v)
{
    char tolerance[600], more[200] = "";
    /* The text of the queue closes `tolerance` with a brace of its own. */
    snprintf(tolerance, sizeof tolerance, "%s}\n    client: {%s",
             it->tolerance != NULL ? it->tolerance : "latency: 1 s",
             it->client != NULL ? it->client : "");
    if (it->errors > 0)
        snprintf(more, sizeof more,
                 "faults: [{kind: error_burst, share: %.6f, at: 0 s, duration: endless}]",
                 it->errors);
    theory_run(theory_queue(&(struct theory_queue){
                   .rate = it->rate,
                   .work = it->work,
                   .tolerance = tolerance,
                   .instance = it->tuning != NULL ? it->tuning : "tuning: {slots: 1000}",
                   .service = "health_check: {interval: 0 s}",
                   .more = more[0] != '\0' ? more : NULL,
                   .warmup = it->warmup,
                   .duration = it->duration}),
               30, SHARES, NULL, read_shares, NULL, v);
}

#endif
