#include "models/balance/outlier.h"

#include "sim/base/assert.h"
#include "sim/base/detmath.h"

const char *const ust_outlier_reason_names[] = {"none",
                                                "consecutive errors",
                                                "consecutive gateway failures",
                                                "success rate",
                                                "failure percentage",
                                                "consecutive local origin failures",
                                                "local origin success rate",
                                                "local origin failure percentage"};

#define SHARE(name, text, what)                                                                \
    .key = #name, .kind = UST_FIELD_RATIO, .offset = offsetof(struct ust_outlier_rule, name),  \
    .low = 0, .high = 1, .fallback = text, .help = what
#define COUNT(name, text, what)                                                                \
    .key = #name, .kind = UST_FIELD_INT, .offset = offsetof(struct ust_outlier_rule, name),    \
    .low = 1, .high = 1000000000, .fallback = text, .help = what
#define TIME(name, text, low_s, flag, what)                                                    \
    .key = #name, .kind = UST_FIELD_DURATION,                                                  \
    .offset = offsetof(struct ust_outlier_rule, name), .low = low_s, .high = 86400,            \
    .flags = flag, .fallback = text, .help = what

const struct ust_field ust_outlier_fields[] = {
    {COUNT(consecutive_5xx, "5",
           "Errors in a row, of whatever kind, that make an instance an outlier.")},
    {COUNT(consecutive_gateway_failure, "5",
           "The same for failures to reach it or to get an answer.")},
    {TIME(interval, "10 s", 0.001, 0,
          "Time between two sweeps, which judge success rates and end ejections.")},
    {TIME(base_ejection_time, "30 s", 0, UST_FIELD_LOW_OPEN,
          "Length of an ejection, times how often the instance has been ejected in a row.")},
    {TIME(
        max_ejection_time, "300 s", 0, UST_FIELD_LOW_OPEN,
        "An ejection is no longer than this, or than base_ejection_time where that is more.")},
    {TIME(max_ejection_time_jitter, "0 s", 0, 0,
          "Every ejection is longer by a time drawn uniformly up to this.")},
    {.key = "max_ejection_percent",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_outlier_rule, max_ejection),
     .low = 0,
     .high = 1,
     .fallback = "10 %",
     .help = "No more are ejected once this share of the instances is, but for the one of "
             "'always_eject_one_host'."},
    {.key = "always_eject_one_host",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct ust_outlier_rule, always_one),
     .fallback = "true",
     .help =
         "true: one may be ejected whatever 'max_ejection_percent' says, as Envoy before 1.31 "
         "has it; false: the share counts the one that is to go, so that 10 % of 9 "
         "instances are none, as Envoy since then unless asked."},
    {SHARE(enforcing_consecutive_5xx, "100 %",
           "Chance that an outlier by errors in a row is ejected.")},
    {SHARE(enforcing_consecutive_gateway_failure, "0 %",
           "Chance that an outlier by gateway failures in a row is ejected.")},
    {SHARE(enforcing_success_rate, "100 %",
           "Chance that an outlier by success rate is ejected.")},
    {COUNT(success_rate_minimum_hosts, "5",
           "Success rates are judged where so many instances have the request volume.")},
    {COUNT(success_rate_request_volume, "100",
           "Requests in an interval that an instance needs to be judged by its rate.")},
    {.key = "success_rate_stdev_factor",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_outlier_rule, success_rate_stdev_factor),
     .low = 0,
     .high = 1000000,
     .fallback = "1900",
     .help =
         "An outlier's success rate lies below the mean by more than so many thousandths of "
         "the standard deviation."},
    {SHARE(enforcing_failure_percentage, "0 %",
           "Chance that an outlier by failure percentage is ejected.")},
    {SHARE(failure_percentage_threshold, "85 %",
           "An instance with this share of failures is an outlier.")},
    {COUNT(failure_percentage_minimum_hosts, "5",
           "Failure percentages are judged where so many instances have the request volume.")},
    {COUNT(failure_percentage_request_volume, "50",
           "Requests in an interval that an instance needs to be judged by its failures.")},
    {.key = "split_external_local_origin_errors",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct ust_outlier_rule, split),
     .fallback = "false",
     .help =
         "Errors that an instance answers, and failures to reach it or to get an answer, are "
         "counted apart, the latter by the keys with local_origin."},
    {COUNT(consecutive_local_origin_failure, "5",
           "Where they are split: failures in a row that make an outlier.")},
    {SHARE(enforcing_consecutive_local_origin_failure, "100 %",
           "Where they are split: chance that such an outlier is ejected.")},
    {SHARE(
        enforcing_local_origin_success_rate, "100 %",
        "Where they are split: chance that an outlier by the share of attempts that reach it "
        "is ejected.")},
    {SHARE(enforcing_failure_percentage_local_origin, "0 %",
           "Where they are split: chance that an outlier by the share of attempts that fail to "
           "reach it is ejected.")},
    {.key = "successful_active_health_check_uneject_host",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct ust_outlier_rule, unejected_by_health_check),
     .fallback = "true",
     .help =
         "A health check that passes ends an ejection. Checks that see nothing of what users "
         "see then end it too soon."},
    {.key = NULL},
};

static bool enforced(double chance, struct ust_rng *rng)
{
    return chance >= 1 || (chance > 0 && ust_rng_unit(rng) < chance);
}

/* A row that has led to a verdict begins anew, whether or not that was enforced. */
static bool complete(uint32_t *row, int64_t length, double chance, struct ust_rng *rng)
{
    if (++*row < length)
        return false;
    *row = 0;
    return enforced(chance, rng);
}

enum ust_outlier_reason ust_outlier_error(const struct ust_outlier_rule *rule,
                                          struct ust_outlier_host *host, uint64_t answered,
                                          bool gateway, struct ust_rng *rng)
{
    if (answered != host->answered)
        host->in_a_row = host->gateway_in_a_row = host->local_in_a_row = 0;
    host->answered = answered;
    if (rule->split && gateway) {
        host->local++;
        bool out = complete(&host->local_in_a_row, rule->consecutive_local_origin_failure,
                            rule->enforcing_consecutive_local_origin_failure, rng);
        return out ? UST_OUTLIER_LOCAL : UST_OUTLIER_NOT;
    }
    host->errors++;
    if (rule->split)
        host->local_in_a_row = 0; /* it was reached */
    if (!gateway)
        host->gateway_in_a_row = 0;
    bool all =
        complete(&host->in_a_row, rule->consecutive_5xx, rule->enforcing_consecutive_5xx, rng);
    if (gateway && complete(&host->gateway_in_a_row, rule->consecutive_gateway_failure,
                            rule->enforcing_consecutive_gateway_failure, rng))
        return UST_OUTLIER_GATEWAY;
    return all ? UST_OUTLIER_5XX : UST_OUTLIER_NOT;
}

bool ust_outlier_may_eject(const struct ust_outlier_rule *rule, uint32_t ejected,
                           uint32_t present)
{
    if (!rule->always_one)
        return (double)(ejected + 1) <= rule->max_ejection * (double)present + 1e-9;
    return ejected == 0 || (double)ejected < rule->max_ejection * (double)present;
}

static ust_time longest(const struct ust_outlier_rule *rule)
{
    return rule->max_ejection_time > rule->base_ejection_time ? rule->max_ejection_time
                                                              : rule->base_ejection_time;
}

void ust_outlier_eject(const struct ust_outlier_rule *rule, struct ust_outlier_host *host,
                       ust_time now, struct ust_rng *rng)
{
    UST_ASSERT(!host->ejected);
    /* Once the longest time is reached the multiplier stays, so that it comes down as soon. */
    if (rule->base_ejection_time * host->times < longest(rule))
        host->times++;
    ust_time length = rule->base_ejection_time * host->times;
    if (length > longest(rule))
        length = longest(rule);
    if (rule->max_ejection_time_jitter > 0)
        length += ust_time_round((double)rule->max_ejection_time_jitter * ust_rng_unit(rng));
    host->ejected = true;
    host->until = now + length;
}

void ust_outlier_return(struct ust_outlier_host *host)
{
    host->ejected = false;
    host->in_a_row = host->gateway_in_a_row = host->local_in_a_row = 0;
}

bool ust_outlier_sweep_host(struct ust_outlier_host *host, ust_time now)
{
    if (!host->ejected) {
        host->times -= host->times > 0;
        return false;
    }
    if (now < host->until)
        return false;
    ust_outlier_return(host);
    return true;
}

/* ---- rates ---- */

/* What one kind of rate is made of: successes out of attempts, of one instance in one interval,
 * and how outliers by it are judged. */
struct kind {
    bool local;
    double enforcing_rate, enforcing_percentage;
    enum ust_outlier_reason by_rate, by_percentage;
};

struct tally {
    double good, all;
};

static struct tally tally_of(const struct kind *kind, const struct ust_outlier_host *host,
                             uint64_t answered)
{
    double good = (double)(answered - host->answered_was), reached = good + host->errors;
    if (kind->local)
        return (struct tally){reached, reached + host->local};
    return (struct tally){good, reached};
}

/* In per cent; what was not asked has failed nobody. */
static double rate_of(struct tally tally)
{
    return tally.all > 0 ? tally.good * 100 / tally.all : 100;
}

static bool has_volume(struct tally tally, int64_t volume)
{
    return tally.all > 0 && tally.all >= (double)volume;
}

/* Mean and standard deviation over the instances with the volume. */
struct spread {
    double mean, deviation;
    uint32_t n;
};

static struct spread spread_of(const struct kind *kind, struct ust_outlier_host *const *host,
                               const uint64_t *answered, uint32_t n, int64_t volume)
{
    struct spread spread = {0};
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct tally tally = tally_of(kind, host[i], answered[i]);
        if (!has_volume(tally, volume))
            continue;
        spread.n++;
        sum += rate_of(tally);
    }
    if (spread.n == 0)
        return spread;
    spread.mean = sum / spread.n;
    for (uint32_t i = 0; i < n; i++) {
        struct tally tally = tally_of(kind, host[i], answered[i]);
        if (!has_volume(tally, volume))
            continue;
        double off = rate_of(tally) - spread.mean;
        squares += off * off;
    }
    spread.deviation = ust_sqrt(squares / spread.n);
    return spread;
}

static void judge(const struct ust_outlier_rule *rule, const struct kind *kind,
                  struct ust_outlier_host *const *host, const uint64_t *answered, uint32_t n,
                  struct ust_rng *rng, enum ust_outlier_reason *reason)
{
    const int64_t volume = rule->success_rate_request_volume;
    const int64_t few = rule->failure_percentage_request_volume;
    struct spread good = spread_of(kind, host, answered, n, volume);
    struct spread bad = spread_of(kind, host, answered, n, few);
    double least = good.mean - good.deviation * rule->success_rate_stdev_factor / 1000;
    bool rates = (int64_t)good.n >= rule->success_rate_minimum_hosts;
    bool percentages = (int64_t)bad.n >= rule->failure_percentage_minimum_hosts;
    for (uint32_t i = 0; i < n; i++) {
        struct tally tally = tally_of(kind, host[i], answered[i]);
        double rate = rate_of(tally);
        if (reason[i] != UST_OUTLIER_NOT)
            continue;
        if (rates && has_volume(tally, volume) && rate < least &&
            enforced(kind->enforcing_rate, rng))
            reason[i] = kind->by_rate;
        else if (percentages && has_volume(tally, few) &&
                 100 - rate >= rule->failure_percentage_threshold * 100 &&
                 enforced(kind->enforcing_percentage, rng))
            reason[i] = kind->by_percentage;
    }
}

void ust_outlier_sweep_rates(const struct ust_outlier_rule *rule,
                             struct ust_outlier_host *const *host, const uint64_t *answered,
                             uint32_t n, struct ust_rng *rng, enum ust_outlier_reason *reason)
{
    const struct kind external = {false, rule->enforcing_success_rate,
                                  rule->enforcing_failure_percentage, UST_OUTLIER_SUCCESS_RATE,
                                  UST_OUTLIER_FAILURE_PERCENTAGE};
    const struct kind local = {true, rule->enforcing_local_origin_success_rate,
                               rule->enforcing_failure_percentage_local_origin,
                               UST_OUTLIER_LOCAL_SUCCESS_RATE,
                               UST_OUTLIER_LOCAL_FAILURE_PERCENTAGE};
    for (uint32_t i = 0; i < n; i++)
        reason[i] = UST_OUTLIER_NOT;
    judge(rule, &external, host, answered, n, rng, reason);
    if (rule->split)
        judge(rule, &local, host, answered, n, rng, reason);
    for (uint32_t i = 0; i < n; i++) {
        host[i]->errors = host[i]->local = 0;
        host[i]->answered_was = answered[i];
    }
}
