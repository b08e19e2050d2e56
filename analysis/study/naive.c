#include "analysis/study/naive.h"

#include <math.h>

#include "analysis/stats/laws.h"
#include "analysis/stats/stats.h"
#include "sim/base/limits.h"

/* Erlang's recursion takes a step for each. */
#define SERVERS_MAX 1e7

/* Simpson's rule over the service time; waits fall off by e in 1 / rate, so steps follow it. */
static double convolve(double rate, double t, double (*late)(const void *, double),
                       const void *context)
{
    double sum = 0.0, span = fmin(t, 40.0 / rate), begin = t - span;
    uint32_t steps = (uint32_t)fmin(4096.0, 2.0 * ceil(128.0 + 8.0 * rate * span / 2.0));
    double h = span / steps;
    for (uint32_t i = 0; i <= steps; i++) {
        double s = begin + i * h;
        double weight = i == 0 || i == steps ? 1.0 : i % 2 == 1 ? 4.0 : 2.0;
        sum += weight * exp(-rate * (t - s)) * (1.0 - late(context, s));
    }
    return rate * sum * h / 3.0;
}

double ust_naive_late(unsigned c, double load, double service_s, double cv2, double t,
                      double (*late)(const void *context, double s), const void *context)
{
    if (load >= c)
        return 1.0;
    double rate = (c - load) / service_s * 2.0 / (1.0 + cv2);
    double waits = load > 0.0 ? ust_law_erlang_c(c, load) : 0.0, alone = late(context, t);
    /* P(W + S > t) = P(S > t) + C integral of e^-rate(t-s) dF(s), by parts. */
    return alone + waits * (1.0 - alone - convolve(rate, t, late, context));
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
