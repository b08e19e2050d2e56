/* Failures at random: availability, redundancy and common causes against reliability theory. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

#define HOUR 3600.0

/* Three zones of one region with so many instances, nobody probing, hardly any traffic: only
 * failures happen. `faults` are lines of the list. */
static char *plant(unsigned instances, unsigned zones, double hours, const char *faults)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\n"
            "name: plant\n"
            "seed: 5\n"
            "warmup: 2 h\n"
            "duration: %.3f h\n"
            "interval: 2 h\n"
            "personas:\n"
            "  - {name: user, actions: {ask: {work: 1 ms}}}\n"
            "regions: {here: {zones: %u}}\n"
            "services:\n"
            "  s:\n"
            "    instance: {name: box, tuning: {slots: 10}}\n"
            "    health_check: {interval: 0 s}\n"
            "    pools: {here: %u}\n"
            "traffic:\n"
            "  - {persona: user, arrivals: {kind: poisson, rate: 1 /h}}\n"
            "faults:\n%s",
            hours, zones, instances, faults);
    fclose(out);
    return text;
}

/* Shares of the looks at which exactly k of the instances were up. */
struct looks {
    struct ust_model *model;
    double up[64];
    uint32_t n, handler;
};

static void look(void *context, uint64_t unused)
{
    struct looks *looks = context;
    const struct ust_pool *pool = &looks->model->pools[0];
    uint32_t up = 0;
    (void)unused;
    for (uint32_t i = 0; i < pool->instances_max; i++)
        up += !pool->instances[i].down;
    looks->up[up]++;
    looks->n++;
    ust_schedule(&looks->model->engine, looks->model->engine.now + 30 * UST_MINUTE,
                 UST_LANE_OBSERVE, looks->handler, 0);
}

/* Every half an hour, from the 20th hour on: what was new is no longer. */
static void plan_looks(struct ust_model *model, void *context, double *values)
{
    struct looks *looks = context;
    (void)values;
    memset(looks, 0, sizeof *looks);
    looks->model = model;
    looks->handler = ust_engine_handler(&model->engine, look, looks);
    ust_schedule(&model->engine, 20 * UST_HOUR, UST_LANE_OBSERVE, looks->handler, 0);
}

static void read_looks(struct ust_model *model, void *context, double *values)
{
    const struct looks *looks = context;
    uint32_t n = model->pools[0].instances_max;
    assert_true(looks->n > 0);
    for (uint32_t k = 0; k <= n; k++)
        values[k] = looks->up[k] / looks->n;
}

static double mean_up(const struct theory_value *v, unsigned n)
{
    double sum = 0;
    for (unsigned k = 0; k <= n; k++)
        sum += k * v[k].mean;
    return sum;
}

static void available(const char *to_failure, const char *to_repair, double expected)
{
    char faults[300];
    struct looks looks;
    struct theory_value v[41];
    snprintf(faults, sizeof faults,
             "  - {kind: random_failures, of: instances, time_to_failure: %s, "
             "time_to_repair: %s}\n",
             to_failure, to_repair);
    theory_run(plant(40, 1, 1000.0 / THEORY_LESS + 60, faults), 20, 41, plan_looks, read_looks,
               &looks, v);
    double up = mean_up(v, 40) / 40;
    printf("  %s, %s: available %.5f, theory %.5f\n", to_failure, to_repair, up, expected);
    theory_near(1 - up, 1 - expected, THEORY_LESS > 1 ? 0.1 : THEORY_MEANS, "unavailability");
}

/* MTTF / (MTTF + MTTR), whatever the distributions (renewal reward; Barlow and Proschan 1975).
 */
static void availability_is_mttf_over_the_sum_for_any_distribution(void **state)
{
    (void)state;
    available("exponential(mean 9 h)", "exponential(mean 1 h)", 0.9);
    available("weibull(mean 9 h, shape 2)", "lognormal(mean 1 h, cv 2)", 0.9);
    available("uniform(low 2 h, high 6 h)", "1 h", 0.8);
}

/* Units that fail and are repaired on their own: k of n up is binomial. */
static void k_out_of_n_is_binomial(void **state)
{
    (void)state;
    struct looks looks;
    struct theory_value v[7];
    theory_run(plant(6, 1, 6000.0 / THEORY_LESS + 60,
                     "  - {kind: random_failures, of: instances, time_to_failure: "
                     "exponential(mean 4 h), time_to_repair: exponential(mean 2 h)}\n"),
               30, 7, plan_looks, read_looks, &looks, v);
    static const double choose[] = {1, 6, 15, 20, 15, 6, 1};
    for (int k = 1; k <= 6; k++) {
        double a = 4.0 / 6.0, p = choose[k] * pow(a, k) * pow(1 - a, 6 - k);
        theory_check(v[k], p, THEORY_QUANTILES, "%d of 6 up", k);
    }
}

/* A zone takes all its instances, so two zones of three up is four instances of six. */
static void zones_fail_with_all_their_instances(void **state)
{
    (void)state;
    struct looks looks;
    struct theory_value v[7];
    theory_run(plant(6, 3, 6000.0 / THEORY_LESS + 60,
                     "  - {kind: random_failures, of: zones, time_to_failure: "
                     "exponential(mean 9 h), time_to_repair: exponential(mean 1 h)}\n"),
               30, 7, plan_looks, read_looks, &looks, v);
    for (int k = 1; k < 6; k += 2)
        assert_true(v[k].most == 0); /* never half a zone */
    theory_check(v[6], 0.729, THEORY_MEANS, "3 of 3 zones up");
    theory_check(v[4], 0.243, THEORY_QUANTILES, "2 of 3 zones up");
    theory_check(v[2], 0.027, THEORY_QUANTILES * 2, "1 of 3 zones up");
}

/* Beta factor, two units, rates l and m: from both up to one down 2(1-b)l, to both down bl;
 * from one down to both down l. Balance gives the shares. Availability of one unit stays
 * m/(l+m). */
static void common_causes_follow_the_beta_factor_model(void **state)
{
    (void)state;
    struct looks looks;
    struct theory_value v[3];
    const double l = 1.0 / 9, m = 1.0, beta = 0.3;
    theory_run(
        plant(2, 2, 8000.0 / THEORY_LESS + 60,
              "  - {kind: random_failures, of: zones, time_to_failure: exponential(mean 9 "
              "h), time_to_repair: exponential(mean 1 h), common_cause: 30 %}\n"),
        30, 3, plan_looks, read_looks, &looks, v);
    double one =
        (2 * (1 - beta) * l + beta * l) / m; /* p1 over p0: p0's outflow enters by p1 */
    double two = (beta * l + one * l) / (2 * m);
    double p0 = 1 / (1 + one + two);
    theory_check(v[0], two * p0, THEORY_QUANTILES, "both down, beta 0.3");
    theory_check(v[2], p0, THEORY_MEANS, "both up");
    double up = mean_up(v, 2) / 2;
    theory_near(1 - up, l / (l + m), THEORY_LESS > 1 ? 0.2 : THEORY_QUANTILES,
                "unavailability of one");
    assert_true(v[0].mean > 2 * 0.01); /* each on its own: 0.1 squared */
}

/* ---- causes ---- */

struct starts {
    double both, first, second, lag;
    uint32_t lags;
};

static void read_starts(struct ust_model *model, void *context, double *values)
{
    struct starts *starts = context;
    double at[2] = {-1, -1};
    for (uint32_t i = 0; i < model->measure.moments_n; i++) {
        const struct ust_moment *moment = &model->measure.moments[i];
        if (strcmp(moment->event, "fault_start") == 0)
            at[strcmp(moment->detail, "slow_down") == 0] =
                (double)(moment->at - model->config->warmup) / 1e9;
    }
    values[0] = at[0] >= 0;
    values[1] = at[1] >= 0;
    values[2] = at[0] >= 0 && at[1] >= 0;
    if (at[0] >= 0) {
        assert_true(at[0] >= 3600 + 60);
        starts->lag += at[0] - 3660;
        starts->lags++;
    }
    if (at[1] >= 0)
        assert_true(at[1] == 3600);
}

/* A cause that strikes half of the time, and then each of two members with its own chance: they
 * are independent given the cause, and not without it. */
static void members_of_a_group_share_its_cause_and_nothing_else(void **state)
{
    (void)state;
    struct starts starts = {0};
    struct theory_value v[3];
    theory_run(
        plant(2, 1, 4,
              "  - kind: group\n"
              "    at: 50 min\n"
              "    lag: 10 min\n"
              "    probability: 50 %\n"
              "    faults:\n"
              "      - {kind: error_burst, share: 10 %, at: 1 min, probability: 80 %, lag: "
              "exponential(mean 3 min), duration: exponential(mean 10 min)}\n"
              "      - {kind: slow_down, factor: 2, at: 0 s, probability: 60 %}\n"),
        THEORY_LESS > 1 ? 400 : 4000, 3, NULL, read_starts, &starts, v);
    double loose = THEORY_LESS > 1 ? 0.2 : 0.05;
    theory_check(v[0], 0.4, loose, "first member");
    theory_check(v[1], 0.3, loose, "second member");
    theory_check(v[2], 0.5 * 0.8 * 0.6, loose, "both");
    theory_near(starts.lag / starts.lags, 180, loose * 2, "mean lag");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(availability_is_mttf_over_the_sum_for_any_distribution),
        cmocka_unit_test(k_out_of_n_is_binomial),
        cmocka_unit_test(zones_fail_with_all_their_instances),
        cmocka_unit_test(common_causes_follow_the_beta_factor_model),
        cmocka_unit_test(members_of_a_group_share_its_cause_and_nothing_else),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
