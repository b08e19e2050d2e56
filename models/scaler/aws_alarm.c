/* A CloudWatch alarm: M of the last N points, and what becomes of it when points are missing
 * (user guide, "Configuring how CloudWatch alarms treat missing data").
 *
 *   enough real points in the range ──▶ the latest N of them: M breach or not
 *   too few ──▶ those that there are decide if they can; else what is missing counts as told
 */
#include "models/scaler/aws.h"

#include <string.h>

const char *const ust_aws_treats[] = {"missing", "ignore", "breaching", "not_breaching", NULL};

void ust_aws_alarm_check(struct ust_spec *spec, const struct ust_aws_alarm_params *params)
{
    if (params->to_alarm > params->periods)
        ust_diag_error(spec->diag, params->to_alarm_node->place,
                       "'datapoints_to_alarm' is %lld, over 'evaluation_periods', %lld",
                       (long long)params->to_alarm, (long long)params->periods);
}

size_t ust_aws_alarm_bytes(const struct ust_aws_alarm_params *params)
{
    return (size_t)params->periods + UST_AWS_MORE_POINTS;
}

struct counts {
    int64_t real, breaching; /* of the latest N real points */
    int64_t oldest;          /* age of the oldest breaching one among all, from 1 */
    bool within;             /* any point does not breach */
};

static struct counts count(const struct ust_aws_alarm *alarm, int64_t periods)
{
    struct counts counts = {0};
    for (uint32_t age = 1; age <= alarm->n; age++) {
        uint8_t point = alarm->point[alarm->n - age];
        if (point == UST_AWS_MISSING)
            continue;
        if (counts.real < periods) {
            counts.real++;
            counts.breaching += point == UST_AWS_BREACHING;
        }
        if (point == UST_AWS_BREACHING)
            counts.oldest = age;
        else
            counts.within = true;
    }
    return counts;
}

/* Fewer real points than are to be evaluated, and not enough of them breach by themselves. */
static enum ust_aws_state fill(const struct ust_aws_alarm *alarm,
                               const struct ust_aws_alarm_params *params, int64_t needed,
                               struct counts counts)
{
    int64_t filled = params->periods - counts.real;
    switch ((enum ust_aws_treat)params->treat) {
    case UST_AWS_BREACH:
        return counts.breaching + filled >= needed ? UST_AWS_ALARM : UST_AWS_OK;
    case UST_AWS_NO_BREACH:
        return UST_AWS_OK;
    case UST_AWS_IGNORE:
        return counts.within ? UST_AWS_OK : (enum ust_aws_state)alarm->state;
    case UST_AWS_TREAT_MISSING:
        break;
    }
    if (counts.within)
        return UST_AWS_OK;
    /* All that is known breaches, and has for as long as M points take. */
    return counts.oldest > 0 && counts.oldest >= needed ? UST_AWS_ALARM : UST_AWS_INSUFFICIENT;
}

enum ust_aws_state ust_aws_alarm_add(struct ust_aws_alarm *alarm,
                                     const struct ust_aws_alarm_params *params,
                                     enum ust_aws_point point)
{
    uint32_t range = (uint32_t)params->periods + UST_AWS_MORE_POINTS;
    if (alarm->n == range)
        memmove(alarm->point, alarm->point + 1, --alarm->n);
    alarm->point[alarm->n++] = (uint8_t)point;

    int64_t needed = params->to_alarm > 0 ? params->to_alarm : params->periods;
    struct counts counts = count(alarm, params->periods);
    enum ust_aws_state state;
    if (counts.breaching >= needed)
        state = UST_AWS_ALARM;
    else if (counts.real == params->periods)
        state = UST_AWS_OK;
    else
        state = fill(alarm, params, needed, counts);
    alarm->state = (uint8_t)state;
    return state;
}
