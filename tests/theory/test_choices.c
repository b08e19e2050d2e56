/* The power of choices: many single servers, and balancers that look at d of them. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

static void read_time(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = theory_pool(model, UST_METRIC_sojourn_mean);
    values[1] = theory_pool(model, UST_METRIC_wait_share);
}

static void choose(const char *balancer, unsigned n, double rho, double customers,
                   struct theory_value *v)
{
    theory_run(
        theory_queue(&(struct theory_queue){.rate = rho * n,
                                            .work = "exponential(mean 1 s)",
                                            .instance = "tuning: {slots: 1, queue: unlimited}",
                                            .balancer = balancer,
                                            .instances = n,
                                            .warmup = 300,
                                            .duration = customers / 30 / rho / n}),
        30, 2, NULL, read_time, NULL, v);
}

/* Splitting at random leaves n independent M/M/1. */
static void random_choice_is_as_bad_as_one_server(void **state)
{
    (void)state;
    struct theory_value v[2];
    choose("random", 100, 0.8, 1.2e7, v);
    theory_check(v[0], 1 / (1 - 0.8), THEORY_MEANS, "random among 100 at 0.8, time");
    theory_check(v[1], 0.8, THEORY_MEANS, "  P(wait)");
    choose("random", 50, 0.9, 4e7, v);
    theory_check(v[0], 1 / (1 - 0.9), THEORY_MEANS, "random among 50 at 0.9, time");
}

/* The limit holds for n to infinity; what is missing at n falls as 1/n. So the excesses over
 * the limit at n and 2n tell it: twice the second minus the first is free of that term. */
static void two_choices_tend_to_the_supermarket_limit(double rho, double customers)
{
    struct theory_value few[2], many[2];
    double limit = law_choices(rho, 2);
    choose("power_of_two", 100, rho, customers, few);
    choose("power_of_two", 200, rho, customers, many);
    struct theory_value both = {.mean = 2 * many[0].mean - few[0].mean,
                                .sd = hypot(2 * many[0].sd, few[0].sd),
                                .n = 30};
    theory_check(both, limit, THEORY_MEANS, "two choices at %g, extrapolated time", rho);
    theory_check(many[1], 1 - (1 - rho * rho), THEORY_MEANS, "  P(wait) among 200");
    assert_true(few[0].mean > limit); /* fewer servers, longer waits */
    assert_true(few[0].mean < limit * 1.05);
}

static void two_choices_are_exponentially_better(void **state)
{
    (void)state;
    two_choices_tend_to_the_supermarket_limit(0.9, 1.2e7);
    two_choices_tend_to_the_supermarket_limit(0.7, 6e6);
}

static void two_choices_at_heavy_load_tend_to_the_limit(void **state)
{
    (void)state;
    two_choices_tend_to_the_supermarket_limit(0.95, 2e7);
}

/* Mitzenmacher's simulation of 100 servers at 0.9 printed 2.6454; his own error is not known,
 * so 1 % is asked for. */
static void a_hundred_servers_repeat_the_published_simulation(void **state)
{
    (void)state;
    struct theory_value v[2];
    choose("power_of_two", 100, 0.9, 2e7, v);
    printf("  two choices among 100 at 0.9: %.4f +- %.4f, published 2.6454\n", v[0].mean,
           2.05 * v[0].sd / sqrt(30));
    theory_near(v[0].mean, 2.6454, 0.01 * sqrt(THEORY_LESS), "time among 100");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_choice_is_as_bad_as_one_server),
        cmocka_unit_test(two_choices_are_exponentially_better),
        cmocka_unit_test(two_choices_at_heavy_load_tend_to_the_limit),
        cmocka_unit_test(a_hundred_servers_repeat_the_published_simulation),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
