/* From KPIs to components, and from components to one number. */
#include "analysis/readiness/readiness.h"

#include <math.h>

#include "analysis/stats/stats.h"

#define DAY_S 86400.0

const char *const ust_component_names[UST_COMPONENTS] = {"slo",  "rto", "cap",
                                                         "head", "rpo", "stab"};

struct ust_readiness_settings ust_readiness_defaults(void)
{
    return (struct ust_readiness_settings){
#define UST_READINESS(id, key, value, text, low, high, kind, help) .id = value,
#include "models/metric/readiness.def"
#undef UST_READINESS
    };
}

bool ust_readiness_setting(struct ust_readiness_settings *settings, const char *name,
                           double value)
{
#define UST_READINESS(id, key, fallback, text, low, high, kind, help)                          \
    if (ust_text_equal(name, #id)) {                                                           \
        settings->id = value;                                                                  \
        return true;                                                                           \
    }
#include "models/metric/readiness.def"
#undef UST_READINESS
    return false;
}

void ust_readiness_weights(const struct ust_readiness_settings *settings, double weight[])
{
    const double given[UST_COMPONENTS] = {settings->weight_slo, settings->weight_rto,
                                          settings->weight_cap, settings->weight_head,
                                          settings->weight_rpo, settings->weight_stab};
    double sum = 0.0;
    for (int k = 0; k < UST_COMPONENTS; k++)
        sum += given[k];
    for (int k = 0; k < UST_COMPONENTS; k++)
        weight[k] = sum > 0.0 ? given[k] / sum : 1.0 / UST_COMPONENTS;
}

double ust_readiness_burn(const struct ust_readiness_settings *settings,
                          const struct ust_readiness_objective *objective, double attainment,
                          double offered, double horizon_s)
{
    double missed = 1.0 - attainment, allowed = 1.0 - objective->attainment;
    if (!(missed > 0.0))
        return 0.0;
    if (!(allowed > 0.0))
        return ust_infinity();
    double window_s = settings->window_days * DAY_S;
    double expected = objective->requests_30d * settings->window_days / 30.0;
    if (expected > 0.0)
        return missed * offered / (allowed * expected);
    return missed * horizon_s / (allowed * window_s);
}

/* objective / value, at most 1: an allowance that was kept, or by how much it was not. */
static double kept(double objective, double value)
{
    if (!(value > 0.0))
        return 1.0;
    return isinf(value) ? 0.0 : fmin(1.0, objective / value);
}

static double clamp(double value)
{
    return fmin(1.0, fmax(0.0, value));
}

static double headroom_component(double headroom, double wanted)
{
    if (wanted > 0.0)
        return clamp(headroom / wanted);
    return headroom >= 0.0 ? 1.0 : 0.0;
}

struct ust_readiness_score ust_readiness_score(const struct ust_readiness_settings *settings,
                                               const struct ust_readiness_objective *objective,
                                               const struct ust_readiness_kpi *kpi)
{
    struct ust_readiness_score out = {.score = 0.0};
    out.component[UST_SLO] = clamp(1.0 - kpi->budget_burn / settings->u_star);
    out.component[UST_RTO] = kept(objective->rto_s, kpi->recovery_s);
    out.component[UST_CAP] = clamp(1.0 - kpi->shortfall);
    out.component[UST_HEAD] = headroom_component(kpi->headroom, settings->h_star);
    out.component[UST_RPO] = kept(objective->rpo_s, kpi->loss_window_s);
    out.component[UST_STAB] = kpi->metastable ? 0.0 : 1.0;

    double weight[UST_COMPONENTS], logarithm = 0.0;
    bool zero = false;
    ust_readiness_weights(settings, weight);
    for (int k = 0; k < UST_COMPONENTS; k++) {
        if (!(weight[k] > 0.0))
            continue; /* 0 to the power of 0 is 1 here */
        if (out.component[k] > 0.0)
            logarithm += weight[k] * log(out.component[k]);
        else
            zero = true;
    }
    out.score = zero ? 0.0 : exp(logarithm);
    out.ready = kpi->recovery_s <= objective->rto_s && kpi->budget_burn <= settings->u_star &&
                kpi->loss_window_s <= objective->rpo_s && !kpi->metastable;
    return out;
}

void ust_readiness_shares(const struct ust_readiness_settings *settings,
                          const struct ust_readiness_score *score, double share[UST_COMPONENTS])
{
    double weight[UST_COMPONENTS], sum = 0.0;
    int zeros = 0;
    ust_readiness_weights(settings, weight);
    for (int k = 0; k < UST_COMPONENTS; k++) {
        bool zero = weight[k] > 0.0 && !(score->component[k] > 0.0);
        zeros += zero;
        share[k] = weight[k] > 0.0 && !zero ? -weight[k] * log(score->component[k]) : 0.0;
        sum += share[k];
    }
    for (int k = 0; k < UST_COMPONENTS; k++) {
        if (zeros > 0)
            share[k] = weight[k] > 0.0 && !(score->component[k] > 0.0) ? 1.0 / zeros : 0.0;
        else
            share[k] = sum > 0.0 ? share[k] / sum : 0.0;
    }
}
