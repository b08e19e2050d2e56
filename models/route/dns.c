/* How fast users follow a changed answer. */
#include "models/route/route.h"
#include "sim/base/detmath.h"

#define TAIL_LIVES 64

double ust_dns_moved(const struct ust_dns *dns, ust_time age)
{
    if (dns->delay > 0 && age < dns->delay)
        return 0;
    age -= dns->delay;
    if (dns->ttl <= 0)
        return 1;
    if (age <= 0)
        return 0;

    /* What has not moved is small at the end, so it is computed, not its complement: the sum
     * then reaches exactly 1 and does not creep above it. */
    double behind = 0;
    if (age < dns->ttl)
        behind += (1 - dns->stale_share) * ((double)(dns->ttl - age) / (double)dns->ttl);
    if (dns->stale_share > 0 && dns->stale_mean > 0)
        behind += dns->stale_share * ust_exp(-(double)age / (double)dns->stale_mean);
    return 1 - behind;
}

ust_time ust_dns_horizon(const struct ust_dns *dns)
{
    return dns->delay + dns->ttl + TAIL_LIVES * dns->stale_mean;
}

double ust_dns_moved_area(const struct ust_dns *dns, ust_time age)
{
    double t = (double)age - (double)dns->delay, ttl = (double)dns->ttl;
    if (t <= 0)
        return 0;
    if (dns->ttl <= 0)
        return t;
    double mean = (double)dns->stale_mean;
    double quick = t < ttl ? t * t / (2 * ttl) : t - ttl / 2;
    double late = mean > 0 ? t - mean * (1 - ust_exp(-t / mean)) : t;
    return (1 - dns->stale_share) * quick + dns->stale_share * late;
}
