/* What step and simple policies share: two alarms, one for each direction. */
#include "models/scaler/aws.h"

const char *const ust_aws_statistics[] = {"average", "maximum", "minimum", NULL};
const char *const ust_aws_adjustments[] = {"change_in_capacity", "percent_change_in_capacity",
                                           "exact_capacity", NULL};
const char *const ust_aws_above[] = {"greater_than_or_equal", "greater_than", NULL};
const char *const ust_aws_below[] = {"less_than_or_equal", "less_than", NULL};

void ust_aws_policy_check(struct ust_spec *spec, const struct ust_aws_policy *policy,
                          int metric)
{
    ust_scaler_level_check(spec, "threshold", metric, &policy->threshold,
                           policy->threshold_node);
    ust_aws_alarm_check(spec, &policy->alarm);
}

void ust_aws_policies_check(struct ust_spec *spec, const struct ust_aws_policy *out,
                            const struct ust_aws_policy *in, const char *name,
                            const struct ust_node *node)
{
    if (!out->node && !in->node)
        ust_diag_error(spec->diag, node->place, "'%s' needs 'scale_out' or 'scale_in', or both",
                       name);
}

static size_t bytes(const struct ust_aws_policy *policy)
{
    return policy->node ? ust_aws_alarm_bytes(&policy->alarm) : 0;
}

size_t ust_aws_alarms_bytes(const struct ust_aws_policy *out, const struct ust_aws_policy *in)
{
    return bytes(out) + bytes(in);
}

static bool alarms(struct ust_aws_alarm *alarm, const struct ust_aws_policy *policy, bool out,
                   const struct ust_aws_verdict *verdict)
{
    if (!policy->node)
        return false;
    double above = ust_scaler_above(verdict->value, policy->threshold.value);
    double beyond = out ? above : -above;
    bool breaches = policy->strict ? beyond > 0 : beyond >= 0;
    enum ust_aws_point point = !verdict->known ? UST_AWS_MISSING
                               : breaches      ? UST_AWS_BREACHING
                                               : UST_AWS_WITHIN;
    return ust_aws_alarm_add(alarm, &policy->alarm, point) == UST_AWS_ALARM;
}

struct ust_aws_verdict ust_aws_watch(struct ust_aws_alarms *both, uint8_t *points,
                                     const struct ust_aws_watch *watch,
                                     const struct ust_aws_policy *out,
                                     const struct ust_aws_policy *in,
                                     const struct ust_aws_reading *reading)
{
    struct ust_aws_verdict verdict = {.known = reading->n > 0};
    if (verdict.known)
        verdict.value = ust_aws_statistic_of(reading, watch->statistic);
    both->out.point = points;
    both->in.point = points + bytes(out);
    verdict.out = alarms(&both->out, out, true, &verdict);
    verdict.in = alarms(&both->in, in, false, &verdict);
    return verdict;
}
