/* The group's metric, and adjustments of its capacity. */
#include "models/scaler/aws.h"

struct ust_aws_reading ust_aws_read(const struct ust_scaler_view *view, int metric,
                                    ust_time warm_up)
{
    struct ust_aws_reading reading = {0};
    for (uint32_t i = 0; i < view->n; i++) {
        const struct ust_scaler_instance *instance = &view->instance[i];
        double value = instance->value[metric];
        if (instance->ready == UST_NEVER || view->now - instance->ready < warm_up) {
            reading.launching |= instance->ready == UST_NEVER;
            reading.warming = true;
            continue;
        }
        reading.warmed += instance->in_service;
        if (!instance->in_service || ust_scaler_missing(value))
            continue;
        if (reading.n == 0 || value < reading.least)
            reading.least = value;
        if (reading.n == 0 || value > reading.most)
            reading.most = value;
        reading.sum += value;
        reading.n++;
    }
    return reading;
}

double ust_aws_statistic_of(const struct ust_aws_reading *reading, int statistic)
{
    if (statistic == UST_AWS_MAXIMUM)
        return reading->most;
    return statistic == UST_AWS_MINIMUM ? reading->least : reading->sum / reading->n;
}

/* Towards zero, but never to zero. */
static int64_t round_share(double instances)
{
    int64_t whole =
        (int64_t)(instances * (1 + 1e-9)); /* 10 % of 30 is 3, whatever doubles say */
    if (whole == 0 && instances > 0)
        return 1;
    return whole == 0 && instances < 0 ? -1 : whole;
}

int64_t ust_aws_change(int adjustment, int64_t value, int64_t capacity, int64_t least)
{
    if (adjustment == UST_AWS_EXACT)
        return value - capacity;
    if (adjustment == UST_AWS_CHANGE)
        return value;
    int64_t change = round_share((double)capacity * (double)value / 100);
    if (change > 0 && change < least)
        return least;
    return change < 0 && -change < least ? -least : change;
}
