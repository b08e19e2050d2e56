/* Processor sharing: the law of service does not matter, only its mean. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

static void read_sharing(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = theory_users(model, UST_METRIC_latency_mean);
    values[1] = theory_pool(model, UST_METRIC_in_system);
    values[2] = theory_pool(model, UST_METRIC_cpu);
}

static void sharing(unsigned vcpu, double a, const char *work, double customers,
                    double relative)
{
    char instance[200];
    struct theory_value v[3];
    double time = 1 + law_wait(vcpu, a);
    snprintf(instance, sizeof instance,
             "capacity: {vcpu: %u}, tuning: {slots: unlimited, discipline: ps}", vcpu);
    theory_run(theory_queue(&(struct theory_queue){.rate = a,
                                                   .work = work,
                                                   .instance = instance,
                                                   .warmup = 1000,
                                                   .duration = customers / 30 / a}),
               30, 3, NULL, read_sharing, NULL, v);
    theory_check(v[0], time, relative, "PS of %u vCPU at %g, %s, time", vcpu, a, work);
    theory_check(v[1], a * time, relative, "  mean number");
    theory_check(v[2], a / vcpu, THEORY_MEANS, "  CPU share");
}

static void one_shared_processor_takes_as_long_whatever_the_work(void **state)
{
    (void)state;
    sharing(1, 0.8, "exponential(mean 1 s)", 1.2e7, THEORY_MEANS);
    sharing(1, 0.8, "lognormal(mean 1 s, cv 2)", 2e7, THEORY_MEANS);
    sharing(1, 0.8, "1 s", 6e6, THEORY_MEANS);
    sharing(1, 0.5, "pareto(mean 1 s, alpha 2.2)", 6e6, THEORY_MEANS);
    sharing(1, 0.7, "lognormal(mean 1 s, cv 1)", 6e6, THEORY_MEANS);
}

/* Nobody gets more than one vCPU, so n in service progress as min(n, c) servers would: the
 * number is that of M/M/c, and being symmetric it is insensitive to the law of work too. */
static void several_shared_processors_hold_as_many_as_erlang_says(void **state)
{
    (void)state;
    sharing(2, 1.5, "exponential(mean 1 s)", 8e6, THEORY_MEANS);
    sharing(4, 3.2, "exponential(mean 1 s)", 8e6, THEORY_MEANS);
    sharing(4, 3.2, "lognormal(mean 1 s, cv 2)", 1.5e7, THEORY_MEANS);
}

static void speed_divides_the_time(void **state)
{
    (void)state;
    struct theory_value v[3];
    theory_run(theory_queue(&(struct theory_queue){
                   .rate = 1.2,
                   .work = "erlang(mean 1 s, k 3)",
                   .instance = "capacity: {vcpu: 1, speed: 2}, "
                               "tuning: {slots: unlimited, discipline: ps}",
                   .warmup = 1000,
                   .duration = 150000}),
               30, 3, NULL, read_sharing, NULL, v);
    theory_check(v[0], 0.5 / (1 - 0.6), THEORY_MEANS, "PS of speed 2 at 0.6, time");
}

/* E[T | x] = x / (1 - rho): nobody is overtaken in proportion. */
static void read_by_size(struct ust_model *model, void *context, double *values)
{
    (void)context;
    for (uint32_t i = 0; i < 3; i++)
        values[i] = theory_kpi(model, UST_METRIC_latency_mean, 0, 0, i + 1);
}

static void time_is_linear_in_the_work(void **state)
{
    (void)state;
    struct theory_value v[3];
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\n"
            "name: sizes\n"
            "seed: 77\n"
            "warmup: 1000 s\n"
            "duration: %d s\n"
            "personas:\n"
            "  - {name: small, actions: {ask: {work: 250 ms}}}\n"
            "  - {name: middle, actions: {ask: {work: 1 s}}}\n"
            "  - {name: large, actions: {ask: {work: 4 s}}}\n"
            "regions: {here: {zones: 1}}\n"
            "services:\n"
            "  s:\n"
            "    instance: {name: box, capacity: {vcpu: 1},\n"
            "      tuning: {slots: unlimited, discipline: ps}}\n"
            "    pools: {here: 1}\n"
            "traffic:\n"
            "  - {persona: small, arrivals: {kind: poisson, rate: 0.8 /s}}\n"
            "  - {persona: middle, arrivals: {kind: poisson, rate: 0.2 /s}}\n"
            "  - {persona: large, arrivals: {kind: poisson, rate: 0.1 /s}}\n",
            250000 / THEORY_LESS);
    fclose(out);
    theory_run(text, 30, 3, NULL, read_by_size, NULL, v);
    theory_check(v[0], 0.25 / 0.2, THEORY_MEANS, "PS at 0.8, time of work 0.25");
    theory_check(v[1], 1 / 0.2, THEORY_MEANS, "  of work 1");
    theory_check(v[2], 4 / 0.2, THEORY_MEANS, "  of work 4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_shared_processor_takes_as_long_whatever_the_work),
        cmocka_unit_test(several_shared_processors_hold_as_many_as_erlang_says),
        cmocka_unit_test(speed_divides_the_time),
        cmocka_unit_test(time_is_linear_in_the_work),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
