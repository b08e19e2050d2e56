/* Autoscale of Azure Monitor: rules of a profile.
 *
 *   each run:  any rule that increases is met ──▶ the largest of what they ask for
 *              else all that decrease are met ──▶ the largest of what they leave,
 *                                                 as far down as no increase would follow
 *              a metric cannot be read ─────────▶ up to the default, never down
 *   a rule acts when its own cooldown has passed since the last action, whichever rule's that
 * was
 *
 * The projection: what a rule's metric is at n instances, it would be times n / m at m.
 */
#include <math.h>

#include "models/scaler/azure.h"
#include "sim/base/detmath.h"

struct state {
    struct ust_outlook outlook;
    bool acted;
    ust_time last;    /* when the last action was */
    uint32_t n, next; /* of samples, the same for every rule */
    double sample[];  /* [rule][the longest window], NAN where nothing could be read; then the
                         room of the outlook */
};

/* ---- samples ---- */

static uint32_t samples_in(const struct ust_azure_params *params, ust_time window)
{
    uint32_t n = (uint32_t)(window / params->period);
    return n > 0 ? n : 1;
}

static uint32_t longest(const struct ust_azure_params *params)
{
    const struct ust_azure_rule *rule = params->rules.at;
    uint32_t most = 1;
    for (uint32_t i = 0; i < params->rules.n; i++)
        if (samples_in(params, rule[i].window) > most)
            most = samples_in(params, rule[i].window);
    return most;
}

static double sample(const struct ust_azure_rule *rule, const struct ust_scaler_view *view)
{
    double sum = 0, least = 0, most = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < view->n; i++) {
        double value = view->instance[i].value[rule->metric];
        if (!view->instance[i].in_service || ust_scaler_missing(value))
            continue;
        least = n == 0 || value < least ? value : least;
        most = n == 0 || value > most ? value : most;
        sum += value;
        n++;
    }
    if (n == 0)
        return (double)NAN;
    double out[] = {[UST_AZURE_AVERAGE] = sum / n,
                    [UST_AZURE_MINIMUM] = least,
                    [UST_AZURE_MAXIMUM] = most,
                    [UST_AZURE_SUM] = sum};
    double value = out[rule->statistic];
    return rule->per_instance ? value / n : value;
}

/* The value that a rule compares: over the samples of its window that there are. */
static double value_of(const struct ust_azure_params *params, const struct state *state,
                       uint32_t r)
{
    const struct ust_azure_rule *rule = (const struct ust_azure_rule *)params->rules.at + r;
    uint32_t capacity = longest(params), window = samples_in(params, rule->window), n = 0;
    double sum = 0, least = 0, most = 0, last = 0;
    for (uint32_t i = 0; i < window && i < state->n; i++) {
        uint32_t at = (state->next + capacity - 1 - i) % capacity;
        double x = state->sample[(size_t)r * capacity + at];
        if (ust_scaler_missing(x))
            continue;
        last = n == 0 ? x : last; /* from the newest on */
        least = n == 0 || x < least ? x : least;
        most = n == 0 || x > most ? x : most;
        sum += x;
        n++;
    }
    if (n == 0)
        return (double)NAN;
    const double out[] = {[UST_AZURE_OVER_AVERAGE] = sum / n,
                          [UST_AZURE_OVER_MINIMUM] = least,
                          [UST_AZURE_OVER_MAXIMUM] = most,
                          [UST_AZURE_OVER_LAST] = last};
    return out[rule->aggregation];
}

/* ---- rules ---- */

static bool met(const struct ust_azure_rule *rule, double value)
{
    double above = ust_scaler_above(value, rule->threshold.value);
    switch ((enum ust_azure_comparison)rule->compare) {
    case UST_AZURE_GREATER:
        return above > 0;
    case UST_AZURE_GREATER_OR_EQUAL:
        return above >= 0;
    case UST_AZURE_LESS:
        return above < 0;
    case UST_AZURE_LESS_OR_EQUAL:
        return above <= 0;
    }
    return false;
}

static int64_t capacity_after(const struct ust_azure_rule *rule, int64_t now)
{
    if (rule->type == UST_AZURE_EXACT)
        return rule->value;
    double share = (double)now * (double)rule->value / 100;
    int64_t change = rule->value;
    if (rule->type == UST_AZURE_PERCENT)
        change =
            rule->decrease ? (int64_t)ust_floor(share * (1 + 1e-9)) : ust_scaler_ceil(share);
    change = change < 1 ? 1 : change;
    return rule->decrease ? now - change : now + change;
}

static bool rests(const struct ust_azure_rule *rule, const struct state *state, ust_time now)
{
    return state->acted && now - state->last < rule->cooldown;
}

struct verdict {
    int64_t desired;
    const struct ust_azure_rule *rule; /* that decided; NULL: none */
    bool met, unreadable;              /* any rule, though it may rest */
};

static struct verdict increase(const struct ust_azure_params *params, const struct state *state,
                               const struct ust_scaler_view *view, const double *value)
{
    const int64_t now = view->desired;
    const struct ust_azure_rule *rule = params->rules.at;
    struct verdict verdict = {.desired = now};
    for (uint32_t i = 0; i < params->rules.n; i++) {
        verdict.unreadable |= ust_scaler_missing(value[i]);
        if (rule[i].decrease || !met(&rule[i], value[i]))
            continue;
        verdict.met = true;
        if (rests(&rule[i], state, view->now))
            continue;
        int64_t to = capacity_after(&rule[i], now);
        if (to > verdict.desired) {
            verdict.desired = to;
            verdict.rule = &rule[i];
        }
    }
    return verdict;
}

/* Would any rule that increases be met at m instances in place of n? */
static bool flaps(const struct ust_azure_params *params, const double *value, int64_t n,
                  int64_t m)
{
    const struct ust_azure_rule *rule = params->rules.at;
    for (uint32_t i = 0; i < params->rules.n; i++)
        if (!rule[i].decrease && met(&rule[i], value[i] * (double)n / (double)m))
            return true;
    return false;
}

/* They act together or not at all, so none may rest. */
static struct verdict decrease(const struct ust_azure_params *params, const struct state *state,
                               const struct ust_scaler_view *view, const double *value)
{
    const struct ust_azure_rule *rule = params->rules.at;
    const int64_t now = view->desired;
    struct verdict verdict = {.desired = view->min};
    for (uint32_t i = 0; i < params->rules.n; i++) {
        if (!rule[i].decrease)
            continue;
        if (!met(&rule[i], value[i]) || rests(&rule[i], state, view->now))
            return (struct verdict){.desired = now};
        int64_t to = capacity_after(&rule[i], now);
        if (verdict.rule == NULL || to > verdict.desired) {
            verdict.desired = to;
            verdict.rule = &rule[i];
        }
    }
    if (verdict.rule == NULL || verdict.desired > now)
        return (struct verdict){.desired = now};
    verdict.desired = verdict.desired > view->min ? verdict.desired : view->min;
    while (verdict.desired < now && flaps(params, value, now, verdict.desired))
        verdict.desired++;
    return verdict;
}

/* What the load ahead would make of the rules that it speaks to, at as many instances as now;
 * an unreadable metric stays so. */
static void foresee(const struct ust_azure_params *params, struct state *state,
                    const struct ust_scaler_view *view, double *value,
                    struct ust_scaler_answer *told)
{
    const struct ust_azure_predictive *predictive = &params->predictive;
    const struct ust_outlook_terms terms =
        ust_outlook_terms_of(&predictive->outlook, params->period, UST_SCALE_CPU);
    const struct ust_azure_rule *rule = params->rules.at;
    double *room = state->sample + (size_t)params->rules.n * longest(params);
    if (ust_outlook_look(&state->outlook, room, &terms, view))
        ust_outlook_tell(&state->outlook, room, &terms,
                         ust_azure_first_foreseen(params)->threshold.value, told);
    const double load =
        ust_outlook_most(&state->outlook, room, &terms, view->unix_s, predictive->ahead);
    if (predictive->mode != UST_AZURE_ENABLED || ust_scaler_missing(load) || view->desired == 0)
        return;
    for (uint32_t i = 0; i < params->rules.n; i++)
        if (ust_azure_foreseen(&rule[i]) && load / (double)view->desired > value[i])
            value[i] = load / (double)view->desired;
}

static struct ust_scaler_answer decide(const struct ust_azure_params *params,
                                       struct state *state, const struct ust_scaler_view *view,
                                       const double *value)
{
    const int64_t now = view->desired;
    int64_t otherwise = params->otherwise < 0 ? view->min : params->otherwise;
    struct verdict verdict = increase(params, state, view, value);
    if (verdict.unreadable && otherwise > now && otherwise >= verdict.desired)
        return (struct ust_scaler_answer){.desired = otherwise, .reason = "metric unreadable"};
    if (!verdict.met && !verdict.unreadable)
        verdict = decrease(params, state, view, value);
    if (verdict.desired > view->max)
        verdict.desired = view->max;
    if (!verdict.rule || verdict.desired == now)
        return (struct ust_scaler_answer){.desired = now};
    state->acted = true;
    state->last = view->now;
    return (struct ust_scaler_answer){.desired = verdict.desired,
                                      .reason = verdict.desired > now ? "rule: increase"
                                                                      : "rule: decrease"};
}

static struct ust_scaler_answer target(const void *from, void *memory,
                                       const struct ust_scaler_view *view)
{
    const struct ust_azure_params *params = from;
    struct state *state = memory;
    const struct ust_azure_rule *rule = params->rules.at;
    const uint32_t capacity = longest(params);
    double value[UST_AZURE_RULES_MAX];
    for (uint32_t i = 0; i < params->rules.n; i++)
        state->sample[(size_t)i * capacity + state->next] = sample(&rule[i], view);
    state->next = (state->next + 1) % capacity;
    state->n += state->n < capacity;
    for (uint32_t i = 0; i < params->rules.n; i++)
        value[i] = value_of(params, state, i);

    struct ust_scaler_answer told = {0};
    if (params->predictive.mode != UST_AZURE_DISABLED)
        foresee(params, state, view, value, &told);
    struct ust_scaler_answer answer = decide(params, state, view, value);
    answer.told = told.told;
    answer.forecast = told.forecast;
    answer.needed = told.needed;
    return answer;
}

static size_t state_size(const void *from)
{
    const struct ust_azure_params *params = from;
    const struct ust_outlook_terms terms =
        ust_outlook_terms_of(&params->predictive.outlook, params->period, UST_SCALE_CPU);
    size_t values = (size_t)params->rules.n * longest(params);
    if (params->predictive.mode != UST_AZURE_DISABLED)
        values += ust_outlook_room(&terms);
    return sizeof(struct state) + values * sizeof(double);
}

static ust_time period(const void *params)
{
    return ((const struct ust_azure_params *)params)->period;
}

static unsigned metrics(const void *from)
{
    const struct ust_azure_params *params = from;
    const struct ust_azure_rule *rule = params->rules.at;
    unsigned bits = 0;
    for (uint32_t i = 0; i < params->rules.n; i++)
        bits |= ust_scaler_bit(rule[i].metric);
    return bits;
}

const struct ust_scaler_type ust_scaler_azure_autoscale = {
    .kind = {.name = "azure_autoscale",
             .help = "Autoscale of Azure Monitor: rules; out if any is met, in if all are and "
                     "no rule would increase again.",
             .params_size = sizeof(struct ust_azure_params),
             .fields = ust_azure_fields,
             .check = ust_azure_check},
    .state_size = state_size,
    .period = period,
    .metrics = metrics,
    .target = target,
    .warm_up = ust_scaler_no_time,
    .asked = ust_scaler_always,
    .bind = ust_azure_bind,
};
