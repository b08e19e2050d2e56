/* Do intervals cover as often as they say, and do tests cry wolf as seldom as they say? Each
 * row is many independent experiments with a known answer; the promise is 93 to 97 % for a
 * nominal 95 %. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/stats/batch.h"
#include "analysis/stats/family.h"
#include "analysis/stats/laws.h"
#include "analysis/stats/mean.h"
#include "analysis/stats/paired.h"
#include "analysis/stats/ratio.h"
#include "analysis/stats/select.h"
#include "analysis/stats/shape.h"
#include "analysis/stats/stop.h"
#include "analysis/verify/verify.h"

#define EXPERIMENTS 1000

static uint64_t experiments(const struct ust_verify *verify)
{
    return verify->less > 1 ? EXPERIMENTS / 10 : EXPERIMENTS;
}

/* n: experiments that had an interval; batch means may find that a run is too short for one. */
struct count {
    uint64_t successes, n;
};

static void tally(struct count *count, bool success)
{
    count->successes += success;
    count->n++;
}

static void cover(struct count *count, struct ust_interval interval, double truth)
{
    if (!isnan(interval.low))
        tally(count, interval.low <= truth && truth <= interval.high);
}

static void add(struct ust_verify *verify, const char *law, const char *source,
                const char *parameters, double least, double most, struct count count)
{
    ust_verify_add_share(verify,
                         (struct ust_verify_row){.section = "Procedures",
                                                 .law = law,
                                                 .source = source,
                                                 .parameters = parameters,
                                                 .quantity = most < 1.0 && least > 0.0
                                                                 ? "covers"
                                                             : least > 0.0 ? "picks the best"
                                                                           : "cries wolf",
                                                 .least = least,
                                                 .most = most},
                         count.successes, count.n);
}

/* ---- through the simulator ---- */

/* The t interval over groups of replications of a run, against the law. */
static enum ust_status replicated(struct ust_verify *verify, const char *parameters,
                                  const struct ust_verify_queue *queue, uint32_t group,
                                  const struct ust_verify_asked *asked)
{
    uint64_t n = experiments(verify);
    struct count count = {0};
    double *values;
    const struct ust_verify_experiment experiment = {.scenario = ust_verify_queue_text(queue),
                                                     .replications = (uint32_t)(n * group),
                                                     .asked = asked,
                                                     .asked_n = 1};
    UST_TRY(ust_verify_values(verify, &experiment, &values));
    for (uint64_t i = 0; i < n; i++)
        cover(&count, ust_stats_t(values + i * group, group, 0.95), asked->reference);
    free(values);
    add(verify, "t over replications", "Law and Kelton, 9.4.1", parameters, 0.93, 0.97, count);
    return UST_OK;
}

/* Batch means of each replication's own series. */
static enum ust_status batched(struct ust_verify *verify, const char *parameters,
                               const struct ust_verify_queue *queue, double reference)
{
    enum { INTERVALS = 200 };
    uint64_t n = experiments(verify);
    struct count count = {0};
    struct ust_verify_asked asked[INTERVALS];
    double *values, series[INTERVALS];
    for (int k = 0; k < INTERVALS; k++)
        asked[k] = (struct ust_verify_asked){
            .metric = "in_system", .region = "here", .from = k, .to = k + 1};
    const struct ust_verify_experiment experiment = {.scenario = ust_verify_queue_text(queue),
                                                     .replications = (uint32_t)n,
                                                     .asked = asked,
                                                     .asked_n = INTERVALS};
    UST_TRY(ust_verify_values(verify, &experiment, &values));
    for (uint64_t i = 0; i < n; i++) {
        for (int k = 0; k < INTERVALS; k++)
            series[k] = values[(size_t)k * n + i];
        cover(&count, ust_stats_batch_means(series, INTERVALS, 0.95).mean, reference);
    }
    free(values);
    add(verify, "Batch means of one run", "Law and Carson 1979", parameters, 0.93, 0.97, count);
    return UST_OK;
}

static enum ust_status simulated(struct ust_verify *verify)
{
    const struct ust_verify_asked length = {
        .metric = "in_system", .region = "here", .reference = 0.5 / 0.5};
    const struct ust_verify_asked wait = {
        .metric = "wait_mean", .region = "here", .reference = ust_law_wait(4, 2.8)};
    const struct ust_verify_asked blocked = {.metric = "refused",
                                             .over = "arrivals",
                                             .region = "here",
                                             .reference = ust_law_erlang_b(5, 4)};
    UST_TRY(replicated(verify, "M/M/1 at 0.5, mean number, 10 runs of 2,000 customers",
                       &(struct ust_verify_queue){.rate = 0.5,
                                                  .work = "exponential(mean 1 s)",
                                                  .instance = "tuning: {slots: 1}",
                                                  .warmup = 100,
                                                  .duration = 4000},
                       10, &length));
    UST_TRY(replicated(verify, "M/M/4 at 0.7, mean wait, 10 runs of 4,000 customers",
                       &(struct ust_verify_queue){.rate = 2.8,
                                                  .work = "exponential(mean 1 s)",
                                                  .instance = "tuning: {slots: 4}",
                                                  .warmup = 100,
                                                  .duration = 4000 / 2.8},
                       10, &wait));
    UST_TRY(replicated(verify, "M/M/5/5 at 0.8, share blocked, 10 runs of 2,000 customers",
                       &(struct ust_verify_queue){.rate = 4,
                                                  .work = "exponential(mean 1 s)",
                                                  .instance = "tuning: {slots: 5, queue: 0}",
                                                  .warmup = 50,
                                                  .duration = 500},
                       10, &blocked));
    return batched(verify, "M/M/1 at 0.5, mean number, 10,000 customers",
                   &(struct ust_verify_queue){.rate = 0.5,
                                              .work = "exponential(mean 1 s)",
                                              .instance = "tuning: {slots: 1}",
                                              .warmup = 100,
                                              .duration = 20000,
                                              .interval = 100},
                   1.0);
}

/* ---- drawn ---- */

static double normal(struct ust_rng *rng)
{
    return gsl_cdf_ugaussian_Pinv(ust_rng_open(rng));
}

static double exponential(struct ust_rng *rng)
{
    return -log(ust_rng_open(rng));
}

static struct count cover_walk(struct ust_rng *rng, uint64_t n)
{
    enum { STEPS = 20000 };
    double *x = ust_malloc(STEPS * sizeof *x);
    struct count count = {0};
    for (uint64_t i = 0; i < n; i++) {
        double at = normal(rng) / sqrt(1 - 0.81);
        for (int k = 0; k < STEPS; k++)
            x[k] = at = 0.9 * at + normal(rng);
        cover(&count, ust_stats_batch_means(x, STEPS, 0.95).mean, 0.0);
    }
    free(x);
    return count;
}

static struct count cover_exponential(struct ust_rng *rng, uint64_t n)
{
    struct count count = {0};
    for (uint64_t i = 0; i < n; i++) {
        double x[30];
        const char *method;
        for (int k = 0; k < 30; k++)
            x[k] = exponential(rng);
        struct ust_stratum all = {1.0, x, 30};
        cover(&count,
              ust_stats_mean_interval(&all, 1, 0.95, ust_stats_skewed(x, 30), rng, &method),
              1.0);
    }
    return count;
}

static struct count cover_share(struct ust_rng *rng, uint64_t n)
{
    struct count count = {0};
    for (uint64_t i = 0; i < n; i++) {
        double truth = 0.05 + 0.9 * ust_rng_open(rng);
        uint64_t successes = 0;
        for (int k = 0; k < 60; k++)
            successes += ust_rng_open(rng) < truth;
        cover(&count, ust_stats_wilson(successes, 60, 0.95), truth);
    }
    return count;
}

static struct count cover_median(struct ust_rng *rng, uint64_t n)
{
    struct count count = {0};
    for (uint64_t i = 0; i < n; i++) {
        double x[100];
        for (int k = 0; k < 100; k++)
            x[k] = exponential(rng);
        cover(&count, ust_stats_quantile_interval(x, 100, 0.5, 0.95), log(2.0));
    }
    return count;
}

/* Numerators and denominators that go together, as good and offered do. */
static struct count cover_ratio(struct ust_rng *rng, uint64_t n)
{
    struct count count = {0};
    for (uint64_t i = 0; i < n; i++) {
        double x[20], y[20];
        for (int k = 0; k < 20; k++) {
            y[k] = 1000 + 200 * normal(rng);
            x[k] = 0.95 * y[k] + 10 * normal(rng);
        }
        cover(&count, ust_stats_ratio(x, y, 20, 0.95), 0.95);
    }
    return count;
}

static struct count cover_stopped(struct ust_rng *rng, uint64_t n)
{
    enum { MOST = 2000 };
    const struct ust_stop_goal goal = {.half_width = 0.25};
    double *x = ust_malloc(MOST * sizeof *x);
    struct count count = {0};
    for (uint64_t i = 0; i < n; i++) {
        struct ust_interval interval = {0};
        uint32_t have = 0;
        for (uint32_t look = 20; look <= MOST; look = ust_stats_next_look(look)) {
            while (have < look)
                x[have++] = 5 + normal(rng);
            interval = ust_stats_t(x, look, 0.95);
            if (ust_stats_narrow(&goal, interval))
                break;
        }
        cover(&count, interval, 5.0);
    }
    free(x);
    return count;
}

static struct count cover_difference(struct ust_rng *rng, uint64_t n)
{
    struct count count = {0};
    for (uint64_t i = 0; i < n; i++) {
        double a[15], b[15];
        for (int k = 0; k < 15; k++) {
            double shared = 3 * normal(rng);
            a[k] = 10.5 + shared + normal(rng);
            b[k] = 10 + shared + normal(rng);
        }
        cover(&count, ust_stats_paired(a, b, 15, 0.95).mean, 0.5);
    }
    return count;
}

static struct count pick_best(struct ust_rng *rng, uint64_t n)
{
    const struct ust_kn_plan plan = {
        .candidates = 6, .first_stage = 10, .zone = 0.5, .alpha = 0.05, .least = true};
    struct count count = {0};
    for (uint64_t i = 0; i < n; i++) {
        struct ust_kn *kn = ust_kn_new(&plan);
        uint32_t left = plan.candidates;
        while (left > 1) {
            double x[6], shared = normal(rng);
            for (int k = 0; k < 6; k++)
                x[k] = (k == 4 ? -0.5 : 0.0) + shared + normal(rng);
            left = ust_kn_round(kn, x);
        }
        tally(&count, ust_kn_best(kn) == 4);
        ust_kn_free(kn);
    }
    return count;
}

static struct count cry_in_families(struct ust_rng *rng, uint64_t n)
{
    struct count count = {0};
    for (uint64_t i = 0; i < n; i++) {
        double p[25], adjusted[25], least = 1.0;
        for (int k = 0; k < 25; k++)
            p[k] = ust_rng_open(rng);
        ust_stats_holm(p, 25, adjusted);
        for (int k = 0; k < 25; k++)
            least = fmin(least, adjusted[k]);
        tally(&count, least <= 0.05);
    }
    return count;
}

static struct count cry_of_shapes(struct ust_rng *rng, uint64_t n)
{
    struct count count = {0};
    for (uint64_t i = 0; i < n; i++) {
        double a[60], b[45];
        for (int k = 0; k < 60; k++)
            a[k] = exponential(rng);
        for (int k = 0; k < 45; k++)
            b[k] = exponential(rng);
        tally(&count, ust_stats_shape(a, 60, b, 45).p <= 0.05);
    }
    return count;
}

struct drawn {
    const char *law, *source, *parameters;
    double least, most;
    struct count (*count)(struct ust_rng *rng, uint64_t n);
};

static const struct drawn drawn[] = {
    {"Batch means of one run", "Law and Carson 1979", "AR(1), 0.9, 20,000 values", 0.93, 0.97,
     cover_walk},
    {"t, or the wider of t and BCa", "Efron 1987", "30 exponential values", 0.93, 0.97,
     cover_exponential},
    {"Wilson's interval", "Wilson 1927", "60 trials, shares from 5 to 95 %", 0.93, 0.97,
     cover_share},
    {"Order statistics", "exact binomial ranks", "median of 100 exponential values", 0.93,
     0.975, cover_median},
    {"Jackknife of a ratio", "Miller 1974", "20 correlated pairs", 0.93, 0.97, cover_ratio},
    {"Sequential stopping", "Law and Kelton, 9.4.1", "half-width 0.25, normal values, from 20",
     0.93, 0.97, cover_stopped},
    {"Paired differences", "common random numbers, 15 pairs", "correlation 0.9", 0.93, 0.97,
     cover_difference},
    {"Selection of the best", "Kim and Nelson 2001", "6 candidates, at least 95 %", 0.95, 1.0,
     pick_best},
    {"Families of tests", "Holm 1979", "25 true hypotheses, at most 5 %", 0.0, 0.05,
     cry_in_families},
    {"Change of shape", "Kolmogorov and Smirnov", "60 and 45 equal laws, at most 5 %", 0.0,
     0.05, cry_of_shapes},
};

enum ust_status ust_verify_coverage(struct ust_verify *verify)
{
    UST_TRY(simulated(verify));
    for (size_t i = 0; i < sizeof drawn / sizeof drawn[0]; i++) {
        if (ust_cli_stop_wanted())
            return UST_STOPPED;
        struct ust_rng rng = ust_rng_derive(verify->seed, (uint32_t)i, "analysis/verify/drawn");
        add(verify, drawn[i].law, drawn[i].source, drawn[i].parameters, drawn[i].least,
            drawn[i].most, drawn[i].count(&rng, experiments(verify)));
        ust_progress_step(&verify->progress, ++verify->progress.done);
    }
    return UST_OK;
}
