/* Queues with exponential service: M/M/c, finite buffers, loss, impatience, many servers. */
#include "tests/theory/help.h"
#include "tests/theory/law.h"

enum { WAIT, WAIT_SHARE, LENGTH, QUEUE, BUSY, P50, P95, P99, VALUES };

static void read_queue(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[WAIT] = theory_pool(model, UST_METRIC_wait_mean);
    values[WAIT_SHARE] = theory_pool(model, UST_METRIC_wait_share);
    values[LENGTH] = theory_pool(model, UST_METRIC_in_system);
    values[QUEUE] = theory_pool(model, UST_METRIC_queue);
    values[BUSY] = theory_pool(model, UST_METRIC_busy_slots);
    values[P50] = theory_users(model, UST_METRIC_latency_p50);
    values[P95] = theory_users(model, UST_METRIC_latency_p95);
    values[P99] = theory_users(model, UST_METRIC_latency_p99);
}

/* `customers` in all, over 30 replications. */
static void mmc(unsigned c, double a, double customers, double means, double quantiles)
{
    char instance[100];
    struct theory_value v[VALUES];
    double settle = 30 / pow(sqrt(c) - sqrt(a), 2); /* relaxation times of M/M/c */
    snprintf(instance, sizeof instance, "tuning: {slots: %u, queue: unlimited}", c);
    theory_run(theory_queue(&(struct theory_queue){.rate = a,
                                                   .work = "exponential(mean 1 s)",
                                                   .instance = instance,
                                                   .warmup = 20 + settle,
                                                   .duration = customers / 30 / a}),
               30, VALUES, NULL, read_queue, NULL, v);
    theory_check(v[WAIT], law_wait(c, a), means, "M/M/%u at %g, mean wait", c, a);
    theory_check(v[WAIT_SHARE], law_erlang_c(c, a), means, "  P(wait)");
    theory_check(v[LENGTH], a + a * law_wait(c, a), means, "  mean number");
    theory_check(v[BUSY], a / c, means, "  busy share");
    theory_check(v[P50], law_sojourn_quantile(c, a, 0.5), quantiles, "  median time in system");
    theory_check(v[P95], law_sojourn_quantile(c, a, 0.95), quantiles, "  95th percentile");
    theory_check(v[P99], law_sojourn_quantile(c, a, 0.99), quantiles, "  99th percentile");
}

static void one_server_waits_as_erlang_c_says(void **state)
{
    (void)state;
    mmc(1, 0.5, 3e6, THEORY_MEANS, THEORY_QUANTILES);
    mmc(1, 0.7, 6e6, THEORY_MEANS, THEORY_QUANTILES);
    mmc(1, 0.9, 4e7, THEORY_MEANS, THEORY_QUANTILES);
}

/* A machine of twice the reference speed: 0.95 arrivals at a rate of service of 2. */
static void a_faster_server_waits_as_its_rate_says(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(theory_queue(&(struct theory_queue){.rate = 0.95,
                                                   .work = "exponential(mean 1 s)",
                                                   .instance = "capacity: {vcpu: 1, speed: 2}, "
                                                               "tuning: {slots: 1}",
                                                   .warmup = 200,
                                                   .duration = 100000}),
               30, VALUES, NULL, read_queue, NULL, v);
    theory_check(v[WAIT], 0.452380952380952381, THEORY_MEANS, "M/M/1 at 0.95/2, mean wait");
    theory_check(v[LENGTH], 0.904761904761904762, THEORY_MEANS, "  mean number");
    theory_check(v[P95], 2.85307835576570571, THEORY_QUANTILES, "  95th percentile");
    theory_check(v[P99], 4.38587636760770606, THEORY_QUANTILES, "  99th percentile");
}

static void few_servers_wait_as_erlang_c_says(void **state)
{
    (void)state;
    mmc(2, 1.5, 6e6, THEORY_MEANS, THEORY_QUANTILES);
    mmc(2, 1.6, 1e7, THEORY_MEANS, THEORY_QUANTILES);
    mmc(5, 4, 1e7, THEORY_MEANS, THEORY_QUANTILES);
    mmc(10, 5, 6e6, THEORY_MEANS, THEORY_QUANTILES);
    mmc(10, 8, 1e7, THEORY_MEANS, THEORY_QUANTILES);
    mmc(10, 9, 3e7, THEORY_MEANS, THEORY_QUANTILES);
}

static void a_hundred_servers_wait_as_erlang_c_says(void **state)
{
    (void)state;
    mmc(100, 90, 2e7, THEORY_MEANS, THEORY_QUANTILES);
    mmc(100, 95, 4e7, THEORY_QUANTILES, THEORY_QUANTILES);
}

/* Halfin and Whitt: with c = a + beta sqrt(a) servers P(wait) tends to
 * [1 + beta Phi(beta)/phi(beta)]^-1; .223361 at beta 1, and exactly .237008 at a = 100. */
static void square_root_staffing_waits_as_halfin_and_whitt_say(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(theory_queue(&(struct theory_queue){.rate = 100,
                                                   .work = "exponential(mean 1 s)",
                                                   .instance = "tuning: {slots: 110}",
                                                   .warmup = 100,
                                                   .duration = 5000}),
               30, VALUES, NULL, read_queue, NULL, v);
    theory_near(law_erlang_c(110, 100), 0.237008, 1e-5, "C(110, 100)");
    theory_check(v[WAIT_SHARE], 0.237008, THEORY_MEANS, "110 servers at 100, P(wait)");
}

/* ---- finite buffers ---- */

static void read_loss(struct ust_model *model, void *context, double *values)
{
    double length = (double)(model->engine.now - model->measure.begin) / 1e9;
    (void)context;
    double arrivals = theory_pool(model, UST_METRIC_arrivals);
    values[0] = theory_pool(model, UST_METRIC_refused) / arrivals;
    values[1] = theory_pool(model, UST_METRIC_completions) / length;
    values[2] = theory_pool(model, UST_METRIC_sojourn_mean);
    values[3] = theory_users(model, UST_METRIC_shed) / theory_users(model, UST_METRIC_offered);
}

static void mmck(unsigned c, unsigned k, double a, double customers)
{
    char instance[100];
    struct theory_value v[4];
    double p[LAW_STATES], duration = customers / 30 / a;
    struct law_chain chain = {.lambda = a, .c = c, .places = k - c, .states = k + 1};
    law_steady(&chain, p);
    struct law_moments m = law_moments(&chain, p);
    double through = a * (1 - m.lost);
    snprintf(instance, sizeof instance, "tuning: {slots: %u, queue: %u}", c, k - c);
    theory_run(theory_queue(&(struct theory_queue){.rate = a,
                                                   .work = "exponential(mean 1 s)",
                                                   .instance = instance,
                                                   .warmup = 200,
                                                   .duration = duration}),
               30, 4, NULL, read_loss, NULL, v);
    theory_check(v[0], m.lost, THEORY_MEANS, "M/M/%u/%u at %g, blocked share", c, k, a);
    theory_check(v[3], m.lost, THEORY_MEANS, "  shed, as users see it");
    theory_check(v[1], through, THEORY_MEANS, "  throughput");
    theory_check(v[2], m.mean / through, THEORY_MEANS, "  time in system");
}

static void finite_buffers_turn_away_as_many_as_they_must(void **state)
{
    (void)state;
    mmck(1, 10, 1.2, 4e6);
    mmck(1, 10, 0.9, 4e6);
    mmck(10, 20, 12, 4e6);
    mmck(5, 20, 6, 4e6);
    mmck(50, 60, 45, 2e7);
}

static void loss_systems_block_as_erlang_b_says(void **state)
{
    (void)state;
    theory_near(law_erlang_b(10, 8), 0.12166106425295151, 1e-13, "B(10, 8)");
    mmck(5, 5, 3, 4e6);
    mmck(10, 10, 8, 4e6);
    mmck(100, 100, 90, 2e7);
}

/* ---- impatience ---- */

static void read_impatient(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] =
        theory_users(model, UST_METRIC_abandoned) / theory_users(model, UST_METRIC_offered);
    values[1] = theory_pool(model, UST_METRIC_queue);
    values[2] = theory_pool(model, UST_METRIC_busy_slots);
    values[3] = theory_pool(model, UST_METRIC_in_system);
}

static void erlang_a(unsigned c, double a, double theta, double customers, double relative)
{
    char instance[100], tolerance[200];
    struct theory_value v[4];
    double p[LAW_STATES];
    struct law_chain chain = {
        .lambda = a, .theta = theta, .c = c, .places = 900, .states = 900};
    law_steady(&chain, p);
    struct law_moments m = law_moments(&chain, p);
    snprintf(instance, sizeof instance, "tuning: {slots: %u, queue: unlimited, cancel: queued}",
             c);
    snprintf(tolerance, sizeof tolerance,
             "patience: exponential(mean %.9f s), patience_covers: wait", 1 / theta);
    theory_run(theory_queue(&(struct theory_queue){.rate = a,
                                                   .work = "exponential(mean 1 s)",
                                                   .tolerance = tolerance,
                                                   .instance = instance,
                                                   .warmup = 100,
                                                   .duration = customers / 30 / a}),
               30, 4, NULL, read_impatient, NULL, v);
    theory_check(v[0], theta * m.waiting / a, relative, "M/M/%u+M at %g, %g: P(abandon)", c, a,
                 theta);
    theory_check(v[1], m.waiting, relative, "  mean queue");
    theory_check(v[2], (m.mean - m.waiting) / c, THEORY_MEANS, "  busy share");
    theory_check(v[3], m.mean, THEORY_MEANS, "  mean number");
}

static void the_impatient_leave_as_erlang_a_says(void **state)
{
    (void)state;
    erlang_a(10, 12, 0.5, 4e6, THEORY_MEANS);
    erlang_a(50, 55, 2, 4e6, THEORY_MEANS);
    erlang_a(100, 100, 1, 1e7, THEORY_MEANS); /* theta = mu: the number is Poisson */
    erlang_a(20, 15, 0.25, 1.5e7, THEORY_QUANTILES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_server_waits_as_erlang_c_says),
        cmocka_unit_test(a_faster_server_waits_as_its_rate_says),
        cmocka_unit_test(few_servers_wait_as_erlang_c_says),
        cmocka_unit_test(a_hundred_servers_wait_as_erlang_c_says),
        cmocka_unit_test(square_root_staffing_waits_as_halfin_and_whitt_say),
        cmocka_unit_test(finite_buffers_turn_away_as_many_as_they_must),
        cmocka_unit_test(loss_systems_block_as_erlang_b_says),
        cmocka_unit_test(the_impatient_leave_as_erlang_a_says),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
