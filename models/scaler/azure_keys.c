/* The keys of Azure's autoscale, and checks across them. */
#include "models/scaler/azure.h"
#include "sim/base/limits.h"

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
     .offset = offsetof(struct ust_azure_rule, metric),
     .choices = ust_scaler_instance_metric_names,
     .fallback = "cpu",
     .help = "What is compared. The threshold of cpu, slots and memory is a ratio, that of "
             "requests a rate, that of queue a number, each of one instance."},
    {.key = "statistic",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_azure_rule, statistic),
     .choices = statistics,
     .fallback = "average",
     .help = "How the instances' values become a sample."},
    {.key = "divide_per_instance",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct ust_azure_rule, per_instance),
     .fallback = "false",
     .help = "Divide the sample by the number of instances; for sum."},
    {.key = "time_window",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_azure_rule, window),
     .low = 30,
     .high = 43200,
     .fallback = "10 min",
     .given = offsetof(struct ust_azure_rule, window_node) + 1,
     .help = "How far back samples count (timeWindow); one comes with every run."},
    {.key = "time_aggregation",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_azure_rule, aggregation),
     .choices = aggregations,
     .fallback = "average",
     .help = "How the samples of the window become one value."},
    {.key = "operator",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_azure_rule, compare),
     .choices = comparisons,
     .flags = UST_FIELD_REQUIRED,
     .help = "How the value is compared with the threshold."},
    {.key = "threshold",
     .kind = UST_FIELD_LEVEL,
     .offset = offsetof(struct ust_azure_rule, threshold),
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct ust_azure_rule, threshold_node) + 1,
     .help = "What the value is compared with."},
    {.key = "direction",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_azure_rule, decrease),
     .choices = directions,
     .flags = UST_FIELD_REQUIRED,
     .help = "What the rule does when it is met."},
    {.key = "type",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_azure_rule, type),
     .choices = types,
     .fallback = "change_count",
     .help =
         "What 'value' is: instances, percent of them, or the new number. Azure does not "
         "say how percentages round: here, to the larger number of instances, and by one at "
         "least."},
    {.key = "value",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_azure_rule, value),
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .fallback = "1",
     .help = "By how much, or to what."},
    {.key = "cooldown",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_azure_rule, cooldown),
     .low = 0,
     .high = 604800,
     .fallback = "5 min",
     .help = "This rule acts no sooner after the last action, whichever rule's that was. Azure "
             "takes 1 min to a week."},
    {.key = NULL},
};

static const char *const scale_modes[] = {"disabled", "forecast_only", "enabled", NULL};

static const struct ust_field predictive_fields[] = {
    {.key = "scale_mode",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_azure_predictive, mode),
     .choices = scale_modes,
     .fallback = "disabled",
     .help = "disabled; forecast_only tells, in the timeline (capacity_forecast); enabled: the "
             "rules act on the forecast too (scaleMode)."},
    {.key = "scale_look_ahead_time",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_azure_predictive, ahead),
     .low = 60,
     .high = 3600,
     .fallback = "5 min",
     .help =
         "How far ahead instances are launched (scaleLookAheadTime); the portal offers 5 to "
         "60 min. Assumed default: Azure's is not printed."},
    UST_OUTLOOK_FIELDS(struct ust_azure_predictive, outlook, "168", "15", "24", "1",
                       ". Assumed: Azure does not say"),
    {.key = NULL},
};

const struct ust_field ust_azure_fields[] = {
    {.key = "period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_azure_params, period),
     .low = 10,
     .high = 600,
     .fallback = "60 s",
     .help = "Time between runs of the engine, and of a sample; Azure says 30 to 60 s, by the "
             "kind of resource."},
    {.key = "default",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_azure_params, otherwise),
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .word = "min",
     .word_value = -1,
     .fallback = "min",
     .help = "While a metric cannot be read, the pool grows to this number, and never shrinks; "
             "min: the pool's minimum."},
    {.key = "rules",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_azure_params, rules),
     .fields = rule_fields,
     .size = sizeof(struct ust_azure_rule),
     .low = 1,
     .high = UST_AZURE_RULES_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help =
         "Rules of the profile: any that increases acts, those that decrease act together."},
    {.key = "predictive",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_azure_params, predictive),
     .fields = predictive_fields,
     .given = offsetof(struct ust_azure_params, predictive.node) + 1,
     .help = "Rules that increase by the average of cpu also act on what a forecast says of it "
             "(predictiveAutoscalePolicy)."},
    {.key = NULL},
};

bool ust_azure_foreseen(const struct ust_azure_rule *rule)
{
    return !rule->decrease && rule->metric == UST_SCALE_CPU &&
           rule->statistic == UST_AZURE_AVERAGE && !rule->per_instance;
}

const struct ust_azure_rule *ust_azure_first_foreseen(const struct ust_azure_params *params)
{
    const struct ust_azure_rule *rule = params->rules.at;
    for (uint32_t i = 0; i < params->rules.n; i++)
        if (ust_azure_foreseen(&rule[i]))
            return &rule[i];
    return NULL;
}

static void check_predictive(struct ust_spec *spec, const struct ust_azure_params *params)
{
    if (params->predictive.mode == UST_AZURE_DISABLED)
        return;
    ust_outlook_check(spec, &params->predictive.outlook, params->predictive.node);
    if (params->rules.n > 0 && ust_azure_first_foreseen(params) == NULL)
        ust_diag_error(spec->diag, params->predictive.node->place,
                       "'predictive' needs a rule that increases by the average of cpu");
}

enum ust_status ust_azure_bind(struct ust_spec *spec, void *from, const struct ust_node *node,
                               const struct ust_scaler_world *world)
{
    struct ust_azure_params *params = from;
    (void)node;
    if (params->predictive.mode == UST_AZURE_DISABLED)
        return UST_OK;
    return ust_outlook_bind(spec, &params->predictive.outlook, params->predictive.node, world);
}

void ust_azure_check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct ust_azure_params *params = from;
    const struct ust_azure_rule *rule = params->rules.at;
    (void)node;
    check_predictive(spec, params);
    for (uint32_t i = 0; i < params->rules.n; i++) {
        ust_scaler_level_check(spec, "threshold", rule[i].metric, &rule[i].threshold,
                               rule[i].threshold_node);
        if (rule[i].window_node && rule[i].window < params->period)
            ust_diag_error(
                spec->diag, rule[i].window_node->place,
                "'time_window' is shorter than 'period', so there is no sample in it");
    }
}
