/* An Azure virtual machine scale set over zones: balance as best it can, or strictly; what
 * AllocationFailed answers goes to another zone, or fails. Automatic zone balance moves what
 * has become uneven, and automatic repairs replace what runs but is unhealthy; both are off
 * unless asked for (Microsoft Learn, "Zone balancing in Virtual Machine Scale Sets", "Automatic
 * Zone Balance" and "Automatic instance repairs"). */
#include "models/launch/launcher.h"

enum { BEST_EFFORT, STRICT };
static const char *const balances[] = {"best_effort", "strict", NULL};

struct params {
    int zone_balance;
    bool automatic_zone_balance, automatic_repairs;
    ust_time grace, retry, retry_max;
};

static const struct ust_field fields[] = {
    {.key = "zone_balance",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, zone_balance),
     .choices = balances,
     .fallback = "best_effort",
     .help = "best_effort: a zone without capacity leaves the others uneven; strict: the scale "
             "set grows only while its zones differ by one instance at most."},
    {.key = "automatic_zone_balance",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct params, automatic_zone_balance),
     .fallback = "false",
     .help = "Zones that have become uneven are evened, one instance at a time, launched "
             "before another is deleted."},
    {.key = "automatic_repairs",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct params, automatic_repairs),
     .fallback = "false",
     .help = "What runs but fails the balancer's 'health_check' is replaced too "
             "(automaticRepairsPolicy, repairAction Replace)."},
    {.key = "grace_period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, grace),
     .low = 600,
     .high = 5400,
     .fallback = "10 min",
     .help = "Time in service until automatic repairs look at an instance (gracePeriod)."},
    UST_LAUNCH_RETRY_FIELDS(struct params, "1 min", "15 min"),
    {.key = NULL},
};

static struct ust_launch_choice choose(const void *from, const struct ust_launch_view *view)
{
    const struct params *params = from;
    return ust_launch_choose(
        view, params->zone_balance == STRICT ? UST_ZONES_EVEN : UST_ZONES_EMPTIEST, false);
}

static ust_time pause(const void *from, uint32_t refusals)
{
    const struct params *params = from;
    return ust_launch_backoff(params->retry, params->retry_max, refusals);
}

static uint32_t margin(const void *from, uint32_t max)
{
    const struct params *params = from;
    (void)max;
    return params->automatic_zone_balance ? 1 : 0;
}

static bool replaces(const void *from, bool dead, ust_time served)
{
    const struct params *params = from;
    return dead || (params->automatic_repairs && served >= params->grace);
}

const struct ust_launcher_type ust_launcher_azure_scale_set = {
    .kind = {.name = "azure_scale_set",
             .help =
                 "An Azure virtual machine scale set: zone balance by best effort or strict; "
                 "an allocation that failed is tried in another zone, then later.",
             .fields = fields,
             .params_size = sizeof(struct params)},
    .choose = choose,
    .pause = pause,
    .margin = margin,
    .replaces = replaces,
};
