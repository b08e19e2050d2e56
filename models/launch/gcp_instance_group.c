/* A regional managed instance group of Google Cloud. Its target distribution shape says what a
 * zone without resources does to the others (Compute Engine, DistributionPolicy.TargetShape):
 * even keeps them within one instance and waits; balanced prefers to get the machines, as even
 * as it can; any takes them where they are. What has failed is always made again; what runs but
 * is unhealthy, where autohealing is set up ("About repairing VMs for high availability"). */
#include "models/launch/launcher.h"

enum { EVEN, BALANCED, ANY };
static const char *const shapes[] = {"even", "balanced", "any", NULL};

struct params {
    int shape;
    bool redistribution, autohealing;
    ust_time initial_delay, retry, retry_max;
};

static const struct ust_field fields[] = {
    {.key = "shape",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, shape),
     .choices = shapes,
     .fallback = "even",
     .help = "even: zones never differ by more than one instance, so a zone without resources "
             "holds up the group; balanced: other zones take over what one cannot give; any: "
             "machines wherever there are some."},
    {.key = "redistribution",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct params, redistribution),
     .fallback = "true",
     .help = "Proactive redistribution: zones of an even group that have become uneven are "
             "evened, one instance at a time."},
    {.key = "autohealing",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct params, autohealing),
     .fallback = "false",
     .help = "What runs but fails the balancer's 'health_check' is made again too "
             "(autoHealingPolicies)."},
    {.key = "initial_delay",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, initial_delay),
     .low = 0,
     .high = 3600,
     .fallback = "0 s",
     .help = "Time in service until autohealing heeds failed checks (initialDelaySec)."},
    UST_LAUNCH_RETRY_FIELDS(struct params, "30 s", "10 min"),
    {.key = NULL},
};

static struct ust_launch_choice choose(const void *from, const struct ust_launch_view *view)
{
    static const enum ust_zone_rule rule[] = {UST_ZONES_EVEN, UST_ZONES_EMPTIEST,
                                              UST_ZONES_ANY};
    const struct params *params = from;
    return ust_launch_choose(view, rule[params->shape], false);
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
    return params->redistribution && params->shape == EVEN ? 1 : 0;
}

static bool replaces(const void *from, bool dead, ust_time served)
{
    const struct params *params = from;
    return dead || (params->autohealing && served >= params->initial_delay);
}

const struct ust_launcher_type ust_launcher_gcp_instance_group = {
    .kind = {.name = "gcp_instance_group",
             .help = "A regional managed instance group of Google Cloud, of the shape even, "
                     "balanced or any.",
             .fields = fields,
             .params_size = sizeof(struct params)},
    .choose = choose,
    .pause = pause,
    .margin = margin,
    .replaces = replaces,
};
