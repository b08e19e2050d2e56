/* An EC2 Auto Scaling group: the zone with the fewest instances; where a launch fails, another
 * zone; once zones are open again, even numbers, a launch before each termination, for which
 * the group may exceed its maximum by 10 % or 1 instance (user guide, "Availability Zone
 * distribution" and "Rebalancing activities"). What does not run is replaced; what runs, but
 * does not pass the load balancer's checks, where these are turned on ("Health checks"). */
#include "models/launch/launcher.h"

enum { BEST_EFFORT, ONLY };
static const char *const distributions[] = {"balanced_best_effort", "balanced_only", NULL};
enum { PRIORITIZED, LOWEST_PRICE };
enum { EC2, ELB };
static const char *const health_checks[] = {"ec2", "elb", NULL};
static const char *const strategies[] = {"prioritized", "lowest_price", NULL};

struct params {
    int distribution, strategy;
    bool rebalance;
    int health_check;
    ust_time grace, retry, retry_max;
};

static const struct ust_field fields[] = {
    {.key = "distribution",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, distribution),
     .choices = distributions,
     .fallback = "balanced_best_effort",
     .help = "balanced_best_effort: where a zone has no capacity, another gets the instance; "
             "balanced_only: the zones stay even, and the instance waits."},
    {.key = "strategy",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, strategy),
     .choices = strategies,
     .fallback = "prioritized",
     .help = "Which type first, in a zone: prioritized: in the order of 'alternatives', the "
             "service's own 'instance' before all; lowest_price: by price."},
    {.key = "rebalance",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct params, rebalance),
     .fallback = "true",
     .help = "Zones that differ by two instances or more are evened: one is launched in the "
             "emptier zone before one of the fuller is terminated. The pool may exceed its "
             "maximum by 10 % or 1 instance meanwhile."},
    {.key = "health_check_type",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, health_check),
     .choices = health_checks,
     .fallback = "ec2",
     .help = "What gets an instance replaced: ec2: that it does not run; elb: also that it "
             "fails the balancer's 'health_check', though it runs (HealthCheckType)."},
    {.key = "health_check_grace_period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, grace),
     .low = 0,
     .high = 7200,
     .fallback = "0 s",
     .help = "Time in service until failed checks of one that runs count "
             "(HealthCheckGracePeriod): 0 s by the API, 300 s by the console."},
    UST_LAUNCH_RETRY_FIELDS(struct params, "1 min", "15 min"),
    {.key = NULL},
};

static struct ust_launch_choice choose(const void *from, const struct ust_launch_view *view)
{
    const struct params *params = from;
    return ust_launch_choose(view,
                             params->distribution == ONLY ? UST_ZONES_EVEN : UST_ZONES_EMPTIEST,
                             params->strategy == LOWEST_PRICE);
}

static ust_time pause(const void *from, uint32_t refusals)
{
    const struct params *params = from;
    return ust_launch_backoff(params->retry, params->retry_max, refusals);
}

static uint32_t margin(const void *from, uint32_t max)
{
    const struct params *params = from;
    if (!params->rebalance)
        return 0;
    return max / 10 > 1 ? max / 10 : 1;
}

static bool replaces(const void *from, bool dead, ust_time served)
{
    const struct params *params = from;
    return dead || (params->health_check == ELB && served >= params->grace);
}

const struct ust_launcher_type ust_launcher_aws_auto_scaling = {
    .kind = {.name = "aws_auto_scaling",
             .help =
                 "An EC2 Auto Scaling group: the zone with the fewest instances, on failure "
                 "another; zones that have become uneven are rebalanced.",
             .fields = fields,
             .params_size = sizeof(struct params)},
    .choose = choose,
    .pause = pause,
    .margin = margin,
    .replaces = replaces,
};
