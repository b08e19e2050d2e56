/* Autoscale of Azure Monitor: rules of a profile.
 *
 *   each run:  any rule that increases is met ──▶ the largest of what they ask for
 *              else all that decrease are met ──▶ the largest of what they leave,
 *                                                 as far down as no increase would follow
 *              a metric cannot be read ─────────▶ up to the default, never down
 *   then nothing for the cooldown of the rule that acted, in either direction
 *
 * The projection: what a rule's metric is at n instances, it would be times n / m at m.
 */
#include <math.h>

#include "models/scaler/common.h"
#include "sim/base/detmath.h"
#include "sim/base/limits.h"

#define RULES_MAX 10 /* of a profile */

enum statistic { AVERAGE, MINIMUM, MAXIMUM, SUM };
enum aggregation { OVER_AVERAGE, OVER_MINIMUM, OVER_MAXIMUM, OVER_LAST };
enum comparison { GREATER, GREATER_OR_EQUAL, LESS, LESS_OR_EQUAL };
enum change { COUNT, PERCENT, EXACT };

struct rule {
    int metric, statistic, aggregation, compare, decrease, type;
    bool per_instance;
    struct ust_level threshold;
    ust_time window, cooldown;
    int64_t value;
    const struct ust_node *threshold_node, *window_node;
};

struct params {
    ust_time period;
    int64_t otherwise; /* the default capacity; -1: the pool's minimum */
    struct ust_items rules;
};

struct state {
    bool acted;
    ust_time last, rest; /* of the last action: when, and its rule's cooldown */
    uint32_t n, next;    /* of samples, the same for every rule */
    double sample[];     /* [rule][the longest window], NAN where nothing could be read */
};

static const char *const statistics[] = {"average", "min", "max", "sum", NULL};
static const char *const aggregations[] = {"average", "minimum", "maximum", "last", NULL};
static const char *const comparisons[] = {"greater_than", "greater_than_or_equal", "less_than",
                                          "less_than_or_equal", NULL};
static const char *const directions[] = {"increase", "decrease", NULL};
static const char *const types[] = {"change_count", "percent_change_count", "exact_count",
                                    NULL};

static const struct ust_field rule_fields[] = {
    {.key = "metric",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct rule, metric),
     .choices = ust_scaler_instance_metric_names,
     .fallback = "cpu",
     .help = "What is compared. The threshold of cpu, slots and memory is a ratio, that of "
             "requests a rate, that of queue a number, each of one instance."},
    {.key = "statistic",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct rule, statistic),
     .choices = statistics,
     .fallback = "average",
     .help = "How the instances' values become a sample."},
    {.key = "divide_per_instance",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct rule, per_instance),
     .fallback = "false",
     .help = "Divide the sample by the number of instances; for sum."},
    {.key = "time_window",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct rule, window),
     .low = 30,
     .high = 43200,
     .fallback = "10 min",
     .given = offsetof(struct rule, window_node) + 1,
     .help = "How far back samples count (timeWindow); one comes with every run."},
    {.key = "time_aggregation",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct rule, aggregation),
     .choices = aggregations,
     .fallback = "average",
     .help = "How the samples of the window become one value."},
    {.key = "operator",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct rule, compare),
     .choices = comparisons,
     .flags = UST_FIELD_REQUIRED,
     .help = "How the value is compared with the threshold."},
    {.key = "threshold",
     .kind = UST_FIELD_LEVEL,
     .offset = offsetof(struct rule, threshold),
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct rule, threshold_node) + 1,
     .help = "What the value is compared with."},
    {.key = "direction",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct rule, decrease),
     .choices = directions,
     .flags = UST_FIELD_REQUIRED,
     .help = "What the rule does when it is met."},
    {.key = "type",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct rule, type),
     .choices = types,
     .fallback = "change_count",
     .help =
         "What 'value' is: instances, percent of them, or the new number. Azure does not "
         "say how percentages round: here, to the larger number of instances, and by one at "
         "least."},
    {.key = "value",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct rule, value),
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .fallback = "1",
     .help = "By how much, or to what."},
    {.key = "cooldown",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct rule, cooldown),
     .low = 0,
     .high = 604800,
     .fallback = "5 min",
     .help = "Quiet time for all rules after this one has acted."},
    {.key = NULL},
};

static const struct ust_field fields[] = {
    {.key = "period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, period),
     .low = 10,
     .high = 600,
     .fallback = "60 s",
     .help = "Time between runs of the engine, and of a sample; Azure says 30 to 60 s, by the "
             "kind of resource."},
    {.key = "default",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, otherwise),
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .word = "min",
     .word_value = -1,
     .fallback = "min",
     .help = "While a metric cannot be read, the pool grows to this number, and never shrinks; "
             "min: the pool's minimum."},
    {.key = "rules",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, rules),
     .fields = rule_fields,
     .size = sizeof(struct rule),
     .low = 1,
     .high = RULES_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help =
         "Rules of the profile: any that increases acts, those that decrease act together."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    const struct rule *rule = params->rules.at;
    (void)node;
    for (uint32_t i = 0; i < params->rules.n; i++) {
        ust_scaler_level_check(spec, "threshold", rule[i].metric, &rule[i].threshold,
                               rule[i].threshold_node);
        if (rule[i].window_node && rule[i].window < params->period)
            ust_diag_error(
                spec->diag, rule[i].window_node->place,
                "'time_window' is shorter than 'period', so there is no sample in it");
    }
}

/* ---- samples ---- */

static uint32_t samples_in(const struct params *params, ust_time window)
{
    uint32_t n = (uint32_t)(window / params->period);
    return n > 0 ? n : 1;
}

static uint32_t longest(const struct params *params)
{
    const struct rule *rule = params->rules.at;
    uint32_t most = 1;
    for (uint32_t i = 0; i < params->rules.n; i++)
        if (samples_in(params, rule[i].window) > most)
            most = samples_in(params, rule[i].window);
    return most;
}

static double sample(const struct rule *rule, const struct ust_scaler_view *view)
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
    double out[] = {[AVERAGE] = sum / n, [MINIMUM] = least, [MAXIMUM] = most, [SUM] = sum};
    double value = out[rule->statistic];
    return rule->per_instance ? value / n : value;
}

/* The value that a rule compares: over the samples of its window that there are. */
static double value_of(const struct params *params, const struct state *state, uint32_t r)
{
    const struct rule *rule = (const struct rule *)params->rules.at + r;
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
    const double out[] = {[OVER_AVERAGE] = sum / n,
                          [OVER_MINIMUM] = least,
                          [OVER_MAXIMUM] = most,
                          [OVER_LAST] = last};
    return out[rule->aggregation];
}

/* ---- rules ---- */

static bool met(const struct rule *rule, double value)
{
    double above = ust_scaler_above(value, rule->threshold.value);
    switch ((enum comparison)rule->compare) {
    case GREATER:
        return above > 0;
    case GREATER_OR_EQUAL:
        return above >= 0;
    case LESS:
        return above < 0;
    case LESS_OR_EQUAL:
        return above <= 0;
    }
    return false;
}

static int64_t capacity_after(const struct rule *rule, int64_t now)
{
    if (rule->type == EXACT)
        return rule->value;
    double share = (double)now * (double)rule->value / 100;
    int64_t change = rule->value;
    if (rule->type == PERCENT)
        change =
            rule->decrease ? (int64_t)ust_floor(share * (1 + 1e-9)) : ust_scaler_ceil(share);
    change = change < 1 ? 1 : change;
    return rule->decrease ? now - change : now + change;
}

struct verdict {
    int64_t desired;
    const struct rule *rule; /* that decided; NULL: none */
    bool unreadable;
};

static struct verdict increase(const struct params *params, const double *value, int64_t now)
{
    const struct rule *rule = params->rules.at;
    struct verdict verdict = {.desired = now};
    for (uint32_t i = 0; i < params->rules.n; i++) {
        verdict.unreadable |= ust_scaler_missing(value[i]);
        if (rule[i].decrease || !met(&rule[i], value[i]))
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
static bool flaps(const struct params *params, const double *value, int64_t n, int64_t m)
{
    const struct rule *rule = params->rules.at;
    for (uint32_t i = 0; i < params->rules.n; i++)
        if (!rule[i].decrease && met(&rule[i], value[i] * (double)n / (double)m))
            return true;
    return false;
}

static struct verdict decrease(const struct params *params, const double *value,
                               const struct ust_scaler_view *view)
{
    const struct rule *rule = params->rules.at;
    const int64_t now = view->desired;
    struct verdict verdict = {.desired = view->min};
    for (uint32_t i = 0; i < params->rules.n; i++) {
        if (!rule[i].decrease)
            continue;
        if (!met(&rule[i], value[i]))
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

static struct ust_scaler_answer target(const void *from, void *memory,
                                       const struct ust_scaler_view *view)
{
    const struct params *params = from;
    struct state *state = memory;
    const struct rule *rule = params->rules.at;
    const uint32_t capacity = longest(params);
    const int64_t now = view->desired;
    double value[RULES_MAX];
    for (uint32_t i = 0; i < params->rules.n; i++)
        state->sample[(size_t)i * capacity + state->next] = sample(&rule[i], view);
    state->next = (state->next + 1) % capacity;
    state->n += state->n < capacity;
    for (uint32_t i = 0; i < params->rules.n; i++)
        value[i] = value_of(params, state, i);

    int64_t otherwise = params->otherwise < 0 ? view->min : params->otherwise;
    struct verdict verdict = increase(params, value, now);
    if (verdict.unreadable && otherwise > now && otherwise >= verdict.desired)
        return (struct ust_scaler_answer){.desired = otherwise, .reason = "metric unreadable"};
    if (state->acted && view->now - state->last < state->rest)
        return (struct ust_scaler_answer){.desired = now};
    if (!verdict.rule && !verdict.unreadable)
        verdict = decrease(params, value, view);
    if (verdict.desired > view->max)
        verdict.desired = view->max;
    if (!verdict.rule || verdict.desired == now)
        return (struct ust_scaler_answer){.desired = now};
    state->acted = true;
    state->last = view->now;
    state->rest = verdict.rule->cooldown;
    return (struct ust_scaler_answer){.desired = verdict.desired,
                                      .reason = verdict.desired > now ? "rule: increase"
                                                                      : "rule: decrease"};
}

static size_t state_size(const void *from)
{
    const struct params *params = from;
    return sizeof(struct state) + (size_t)params->rules.n * longest(params) * sizeof(double);
}

static ust_time period(const void *params)
{
    return ((const struct params *)params)->period;
}

static unsigned metrics(const void *from)
{
    const struct params *params = from;
    const struct rule *rule = params->rules.at;
    unsigned bits = 0;
    for (uint32_t i = 0; i < params->rules.n; i++)
        bits |= ust_scaler_bit(rule[i].metric);
    return bits;
}

const struct ust_scaler_type ust_scaler_azure_autoscale = {
    .kind = {.name = "azure_autoscale",
             .help = "Autoscale of Azure Monitor: rules; out if any is met, in if all are and "
                     "no rule would increase again.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .period = period,
    .metrics = metrics,
    .target = target,
    .warm_up = ust_scaler_no_time,
    .asked = ust_scaler_always,
};
