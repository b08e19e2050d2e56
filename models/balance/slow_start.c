#include "models/balance/slow_start.h"

#include "sim/base/detmath.h"

const struct ust_field ust_slow_start_fields[] = {
    {.key = "window",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_slow_start, window),
     .low = 0,
     .high = 86400,
     .fallback = "0 s",
     .flags = UST_FIELD_SHORT,
     .help = "Time until an instance that became healthy has its full share; 0 s: at once. An "
             "Application Load Balancer allows 30 s to 15 min."},
    {.key = "aggression",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_slow_start, aggression),
     .low = 0,
     .high = 100,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "1",
     .help = "1: its weight grows in a straight line; more: fast first, less: slowly first. "
             "Share t of the window gives t^(1/aggression) of the weight."},
    {.key = "min_weight",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_slow_start, min_weight),
     .low = 0,
     .high = 1,
     .fallback = "10 %",
     .help = "It never has less than this share of its weight; Envoy's is 10 %, an Application "
             "Load Balancer's 0 %."},
    {.key = NULL},
};

double ust_slow_start_share(const struct ust_slow_start *slow, ust_time since)
{
    if (since >= slow->window)
        return 1;
    double t = (double)(since > UST_S ? since : UST_S) / (double)slow->window;
    if (t >= 1)
        return 1;
    if (slow->aggression < 1 || slow->aggression > 1)
        t = ust_pow(t, 1 / slow->aggression);
    return t > slow->min_weight ? t : slow->min_weight;
}
