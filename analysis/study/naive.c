#include "analysis/study/naive.h"

#include <math.h>

#include "analysis/stats/laws.h"
#include "analysis/stats/stats.h"
#include "sim/base/limits.h"

/* Erlang's recursion takes a step for each. */
#define SERVERS_MAX 1e7

/* P(wait + service > t) of those who wait, and whose wait alone is exponential: midpoints,
 * because services of one length end exactly where objectives like to stand. Nothing is left of
 * waits that are 40 times their mean. */
static double late_of_waiting(double rate, double t,
                              double (*late)(const void *context, double s),
                              const void *context)
{
    double span = fmin(t, 40.0 / rate), begin = t - span, sum = 0.0;
    uint32_t steps = (uint32_t)fmax(512.0, ceil(50.0 * rate * span));
    double h = span / steps;
    for (uint32_t i = 0; i < steps; i++) {
        double s = begin + (i + 0.5) * h;
        sum += exp(-rate * (t - s)) * late(context, s);
    }
    return rate * sum * h + exp(-rate * span);
}

double ust_naive_late(unsigned c, double load, double service_s, double cv2, double t,
                      double (*late)(const void *context, double s), const void *context)
{
    if (load >= c)
        return 1.0;
    double rate = (c - load) / service_s * 2.0 / (1.0 + cv2);
    double waits = load > 0.0 ? ust_law_erlang_c(c, load) : 0.0, alone = late(context, t);
    return alone + waits * fmax(0.0, late_of_waiting(rate, t, late, context) - alone);
}

/* ---- the requests of a service ---- */

struct mix {
    const struct ust_load *load;
    double slot; /* CPU seconds that a server does in a second */
};

static double late(const void *context, double s)
{
    const struct mix *mix = context;
    double sum = 0.0;
    for (uint32_t i = 0; i < mix->load->n; i++) {
        const struct ust_load_part *part = &mix->load->part[i];
        sum += part->rate * (1.0 - part->work->type->cdf(part->work, s * mix->slot * 1e9));
    }
    return mix->load->rate > 0.0 ? sum / mix->load->rate : 0.0;
}

static void describe(const struct mix *mix, double share, struct ust_naive *out)
{
    double first = 0.0, second = 0.0;
    for (uint32_t i = 0; i < mix->load->n; i++) {
        const struct ust_load_part *part = &mix->load->part[i];
        double weight = part->rate / mix->load->rate, mean = ust_dist_mean(part->work) / 1e9;
        first += weight * mean / mix->slot;
        second += weight * (part->work->type->variance(part->work) / 1e18 + mean * mean) /
                  (mix->slot * mix->slot);
    }
    out->rate = share * mix->load->rate;
    out->service_s = first;
    out->cv2 = first > 0.0 ? fmax(0.0, second / (first * first) - 1.0) : 0.0;
    out->load = out->rate * first;
}

/* Everybody's objective has to be met: each on its own mix would be the same pool. */
static bool enough(const struct mix *mix, const struct ust_naive *naive, unsigned servers,
                   double *missed)
{
    bool all = servers > naive->load;
    *missed = 0.0;
    for (uint32_t i = 0; all && i < mix->load->n; i++) {
        const struct ust_traffic_config *traffic = mix->load->part[i].traffic;
        bool told = i > 0 && mix->load->part[i - 1].traffic == traffic;
        if (told || traffic->latency == UST_NEVER)
            continue;
        double share = ust_naive_late(servers, naive->load, naive->service_s, naive->cv2,
                                      ust_time_seconds(traffic->latency), late, mix);
        *missed = fmax(*missed, share);
        all = share <= 1.0 - traffic->attainment;
    }
    return all;
}

static void tightest(const struct mix *mix, struct ust_naive *out)
{
    out->latency_s = ust_infinity();
    for (uint32_t i = 0; i < mix->load->n; i++) {
        const struct ust_traffic_config *traffic = mix->load->part[i].traffic;
        if (traffic->latency == UST_NEVER ||
            ust_time_seconds(traffic->latency) >= out->latency_s)
            continue;
        out->latency_s = ust_time_seconds(traffic->latency);
        out->attainment = traffic->attainment;
        out->beyond = late(mix, out->latency_s);
    }
}

static uint32_t least_pool(const struct mix *mix, struct ust_naive *out)
{
    uint32_t low = (uint32_t)fmin(floor(out->load / out->servers), UST_INSTANCES_MAX);
    uint32_t high = low + 1;
    double missed;
    double most = fmin(UST_INSTANCES_MAX, SERVERS_MAX / out->servers);
    while (high <= most && !enough(mix, out, high * out->servers, &missed)) {
        low = high;
        high *= 2;
    }
    if (high > most)
        return 0;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (enough(mix, out, middle * out->servers, &missed))
            high = middle;
        else
            low = middle;
    }
    (void)enough(mix, out, high * out->servers, &out->missed);
    return high;
}

/* ---- when ---- */

/* From the first fault to the end of what is judged; without one, the whole run. */
static void span(const struct ust_scenario *scenario, ust_time *from, ust_time *to)
{
    const struct ust_config *config = scenario->config;
    *from = config->end;
    *to = config->end;
    for (uint32_t i = 0; i < config->faults_n; i++)
        if (config->faults[i].start < *from)
            *from = config->faults[i].start;
    if (*from == config->end)
        *from = config->warmup;
    else if (config->end - *from > scenario->readiness.horizon_s)
        *to = *from + scenario->readiness.horizon_s;
}

void ust_naive_answer(struct ust_arena *arena, const struct ust_scenario *scenario,
                      uint32_t service, uint32_t region, double share, uint32_t spare,
                      struct ust_naive *out)
{
    const struct ust_config *config = scenario->config;
    const struct ust_pool_config *pool = &config->pools[service * config->regions_n + region];
    struct ust_load load;
    ust_time from, to;
    span(scenario, &from, &to);
    ust_load_peak(arena, config, service, from, to, &load);
    bool endless = pool->slots == UINT32_MAX; /* then its processors are the servers */
    double servers = endless ? fmax(1.0, floor(pool->vcpu)) : pool->slots;
    struct mix mix = {.load = &load, .slot = pool->work_rate};
    if (!endless && pool->persona->discipline == UST_PS && pool->slots > pool->vcpu)
        servers = fmax(1.0, floor(pool->vcpu));
    *out = (struct ust_naive){.share = share, .servers = (uint32_t)servers, .spare = spare};
    if (!(load.rate > 0.0))
        return;
    describe(&mix, share, out);
    tightest(&mix, out);
    out->erlang_c = least_pool(&mix, out);
    out->n_plus_k =
        (uint32_t)fmin(ceil(out->load / out->servers - 1e-9) + spare, UST_INSTANCES_MAX);
}
