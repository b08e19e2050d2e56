#include "analysis/stats/stop.h"

#include <math.h>

uint32_t ust_stats_next_look(uint32_t n)
{
    return n + (n >= 20 ? n / 10 : 1);
}

double ust_stats_half_width(struct ust_interval interval)
{
    return fmax(interval.high - interval.value, interval.value - interval.low);
}

double ust_stats_allowed(const struct ust_stop_goal *goal, double mean)
{
    return goal->half_width > 0.0 ? goal->half_width
                                  : goal->relative / (1.0 + goal->relative) * fabs(mean);
}

bool ust_stats_narrow(const struct ust_stop_goal *goal, struct ust_interval interval)
{
    return ust_stats_half_width(interval) <= ust_stats_allowed(goal, interval.value);
}
