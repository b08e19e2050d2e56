#include "models/world/monitoring.h"

static const char *const aggregates[] = {"average", "max", "min", "p50",
                                         "p90",     "p95", "p99", NULL};

#define AT(member) offsetof(struct ust_monitoring_spec, is.member)

const struct ust_field ust_monitoring_fields[] = {
    {.key = "interval",
     .kind = UST_FIELD_DURATION,
     .offset = AT(interval),
     .low = 1,
     .high = 3600,
     .fallback = "60 s",
     .word = "none",
     .word_value = 0,
     .help =
         "Time between two samples of an agent, none: scalers see what is, at once; a sample "
         "is the average since the last one. "
         "EC2 reports every 60 s with detailed monitoring and every 5 min without, a kubelet "
         "every 10 to 15 s and metrics-server up to 60 s, Azure's and Google's agents every "
         "60 s."},
    {.key = "delay",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = AT(delay),
     .low = 0,
     .high = 3600,
     .fallback = "0 s",
     .help = "From taking a sample until scalers can read it."},
    {.key = "loss",
     .kind = UST_FIELD_RATIO,
     .offset = AT(loss),
     .low = 0,
     .high = 1,
     .fallback = "0 %",
     .help = "Probability that a sample never arrives."},
    {.key = "aggregation",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(aggregate),
     .choices = aggregates,
     .fallback = "average",
     .help = "What the samples of one instance within a scaler's period become; pNN is the "
             "percentile by nearest rank."},
    {.key = "stale_after",
     .kind = UST_FIELD_DURATION,
     .offset = AT(stale_after),
     .low = 0,
     .high = 86400,
     .fallback = "auto",
     .word = "auto",
     .word_value = 0,
     .help = "How long after its arrival the last sample stands for an instance from which no "
             "newer one has come; auto: as long as the interval, so that a scaler which asks "
             "more often than agents report still sees a value. Then the value is missing."},
    {.key = NULL},
};

struct ust_monitoring ust_monitoring_of(const struct ust_monitoring_spec *const *from,
                                        uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (from[i]->node == NULL)
            continue;
        struct ust_monitoring out = from[i]->is;
        if (out.stale_after == 0)
            out.stale_after = out.interval;
        return out;
    }
    return (struct ust_monitoring){0};
}
