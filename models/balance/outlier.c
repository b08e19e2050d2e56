#include "models/balance/outlier.h"

#include "sim/base/assert.h"
#include "sim/base/detmath.h"

const char *const ust_outlier_reason_names[] = {"none", "consecutive errors",
                                                "consecutive gateway failures", "success rate",
                                                "failure percentage"};

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
    {TIME(interval, "10 s", 0, UST_FIELD_LOW_OPEN,
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
     .help = "No more are ejected once this share of the instances is; one may always be."},
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

enum ust_outlier_reason ust_outlier_error(const struct ust_outlier_rule *rule,
                                          struct ust_outlier_host *host, uint64_t answered,
                                          bool gateway, struct ust_rng *rng)
{
    if (answered != host->answered)
        host->in_a_row = host->gateway_in_a_row = 0;
    host->answered = answered;
    host->errors++;
    host->in_a_row++;
    host->gateway_in_a_row = gateway ? host->gateway_in_a_row + 1 : 0;
    /* A count that has led to a verdict begins anew, whether or not it was enforced. */
    if (gateway && host->gateway_in_a_row >= rule->consecutive_gateway_failure) {
        host->gateway_in_a_row = 0;
        if (enforced(rule->enforcing_consecutive_gateway_failure, rng))
            return UST_OUTLIER_GATEWAY;
    }
    if (host->in_a_row >= rule->consecutive_5xx) {
        host->in_a_row = 0;
        if (enforced(rule->enforcing_consecutive_5xx, rng))
            return UST_OUTLIER_5XX;
    }
    return UST_OUTLIER_NOT;
}

bool ust_outlier_may_eject(const struct ust_outlier_rule *rule, uint32_t ejected,
                           uint32_t present)
{
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
    host->in_a_row = host->gateway_in_a_row = 0;
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

struct rates {
    double sum, mean, deviation;
    uint32_t n; /* instances with the request volume */
};

static double good_of(const struct ust_outlier_host *host, uint64_t answered)
{
    return (double)(answered - host->answered_was);
}

static double volume_of(const struct ust_outlier_host *host, uint64_t answered)
{
    return good_of(host, answered) + host->errors;
}

/* Mean and standard deviation over the instances, in per cent. */
static struct rates rates_of(struct ust_outlier_host *const *host, const uint64_t *answered,
                             uint32_t n, int64_t volume)
{
    struct rates rates = {0};
    double squares = 0;
    for (uint32_t i = 0; i < n; i++) {
        double all = volume_of(host[i], answered[i]);
        if (all < (double)volume || all <= 0)
            continue;
        rates.n++;
        rates.sum += good_of(host[i], answered[i]) * 100 / all;
    }
    if (rates.n == 0)
        return rates;
    rates.mean = rates.sum / rates.n;
    for (uint32_t i = 0; i < n; i++) {
        double all = volume_of(host[i], answered[i]);
        if (all < (double)volume || all <= 0)
            continue;
        double off = good_of(host[i], answered[i]) * 100 / all - rates.mean;
        squares += off * off;
    }
    rates.deviation = ust_sqrt(squares / rates.n);
    return rates;
}

void ust_outlier_sweep_rates(const struct ust_outlier_rule *rule,
                             struct ust_outlier_host *const *host, const uint64_t *answered,
                             uint32_t n, struct ust_rng *rng, enum ust_outlier_reason *reason)
{
    struct rates good = rates_of(host, answered, n, rule->success_rate_request_volume);
    struct rates bad = rates_of(host, answered, n, rule->failure_percentage_request_volume);
    double least = good.mean - good.deviation * rule->success_rate_stdev_factor / 1000;
    for (uint32_t i = 0; i < n; i++) {
        double all = volume_of(host[i], answered[i]);
        double rate = all > 0 ? good_of(host[i], answered[i]) * 100 / all : 100;
        reason[i] = UST_OUTLIER_NOT;
        if ((int64_t)good.n >= rule->success_rate_minimum_hosts && all > 0 &&
            all >= (double)rule->success_rate_request_volume && rate < least &&
            enforced(rule->enforcing_success_rate, rng))
            reason[i] = UST_OUTLIER_SUCCESS_RATE;
        else if ((int64_t)bad.n >= rule->failure_percentage_minimum_hosts && all > 0 &&
                 all >= (double)rule->failure_percentage_request_volume &&
                 100 - rate >= rule->failure_percentage_threshold * 100 &&
                 enforced(rule->enforcing_failure_percentage, rng))
            reason[i] = UST_OUTLIER_FAILURE_PERCENTAGE;
        host[i]->errors = 0;
        host[i]->answered_was = answered[i];
    }
}
