/* Queues with general service: Pollaczek-Khinchine, constant and hyperexponential service. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

static void read_wait(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = theory_pool(model, UST_METRIC_wait_mean);
    values[1] = theory_pool(model, UST_METRIC_wait_share);
    values[2] = theory_pool(model, UST_METRIC_in_system);
}

static void queue_of(unsigned c, double a, const char *work, double customers,
                     struct theory_value *v)
{
    char instance[100];
    snprintf(instance, sizeof instance, "tuning: {slots: %u, queue: unlimited}", c);
    theory_run(theory_queue(&(struct theory_queue){.rate = a,
                                                   .work = work,
                                                   .instance = instance,
                                                   .warmup = 2000,
                                                   .duration = customers / 30 / a}),
               30, 3, NULL, read_wait, NULL, v);
}

static void mg1(double rho, const char *work, double cv2, double customers, double relative)
{
    struct theory_value v[3];
    queue_of(1, rho, work, customers, v);
    theory_check(v[0], law_pk(rho, cv2), relative, "M/G/1 %s at %g, wait", work, rho);
    theory_check(v[1], rho, THEORY_MEANS, "  P(wait)");
    theory_check(v[2], rho + rho * law_pk(rho, cv2), relative, "  mean number");
}

static void steady_service_halves_the_wait(void **state)
{
    (void)state;
    mg1(0.8, "1 s", 0, 6e6, THEORY_MEANS);
    mg1(0.5, "deterministic(1 s)", 0, 3e6, THEORY_MEANS);
    mg1(0.9, "1 s", 0, 2e7, THEORY_MEANS);
}

static void waits_follow_pollaczek_and_khinchine_for_light_tails(void **state)
{
    (void)state;
    mg1(0.8, "exponential(mean 1 s)", 1, 1e7, THEORY_MEANS);
    mg1(0.8, "erlang(k 4, mean 1 s)", 0.25, 6e6, THEORY_MEANS);
    mg1(0.6, "gamma(mean 1 s, cv 0.7)", 0.49, 3e6, THEORY_MEANS);
    mg1(0.7, "uniform(0.5 s, 1.5 s)", 1.0 / 12, 3e6, THEORY_MEANS);
}

static void waits_follow_pollaczek_and_khinchine_for_heavy_tails(void **state)
{
    (void)state;
    mg1(0.7, "lognormal(mean 1 s, cv 1)", 1, 1e7, THEORY_MEANS);
    mg1(0.8, "lognormal(mean 1 s, cv 2)", 4, 5e7, THEORY_MEANS);
    /* Pareto alpha 4.5, xm 7/9: E S^2 = alpha xm^2/(alpha - 2) = 1.08889. A shape of 3 or less
     * would leave the wait without a variance, and its interval without a meaning. */
    mg1(0.7, "pareto(mean 1 s, alpha 4.5)", 4.5 / 2.5 * 49 / 81 - 1, 1e7, THEORY_MEANS);
    mg1(0.8, "hyperexponential(mean 1 s, cv 2.1343747458109497)", 5.0 / 0.9 - 1, 5e7,
        THEORY_MEANS);
}

/* M/H2: of two exponential kinds with rates 1.8 and 0.2 the first has 90 %, each carries half
 * of the work; of rates 1.5 and 0.5 it has 75 %.
 *
 * Reference values for several servers: numerical solutions of the chains embedded (M/D/c) or
 * in phases (M/H2/c). */
static void several_servers_of_constant_service_wait_as_crommelin_says(void **state)
{
    (void)state;
    struct theory_value v[3];
    queue_of(2, 1.6, "1 s", 1e7, v);
    theory_check(v[0], 0.903283879401994, THEORY_MEANS, "M/D/2 at 1.6, wait");
    theory_check(v[1], 0.701898317173309, THEORY_MEANS, "  P(wait)");
    queue_of(5, 4, "1 s", 1e7, v);
    theory_check(v[0], 0.289060007277492, THEORY_MEANS, "M/D/5 at 4, wait");
    theory_check(v[1], 0.533615062965712, THEORY_MEANS, "  P(wait)");
}

static void several_servers_of_mixed_service_wait_as_the_phases_say(void **state)
{
    (void)state;
    struct theory_value v[3];
    queue_of(4, 3.2, "hyperexponential(mean 1 s, cv 2.1343747458109497)", 4e7, v);
    theory_check(v[0], 1.89359703138584, THEORY_MEANS, "M/H2/4 at 3.2, wait");
    theory_check(v[1], 0.611437807331793, THEORY_MEANS, "  P(wait)");
    queue_of(10, 9, "hyperexponential(mean 1 s, cv 1.2909944487358056, p 75 %)", 5e7, v);
    theory_check(v[0], 0.86823528740975, THEORY_MEANS, "M/H2/10 at 9, wait");
    theory_check(v[1], 0.674635680624804, THEORY_MEANS, "  P(wait)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_service_halves_the_wait),
        cmocka_unit_test(waits_follow_pollaczek_and_khinchine_for_light_tails),
        cmocka_unit_test(waits_follow_pollaczek_and_khinchine_for_heavy_tails),
        cmocka_unit_test(several_servers_of_constant_service_wait_as_crommelin_says),
        cmocka_unit_test(several_servers_of_mixed_service_wait_as_the_phases_say),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
