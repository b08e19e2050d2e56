/* Who errs unlike the others, as balancers see it: automatic target weights, and what counts as
 * an error of an instance. */
#include <math.h>

#include "tests/theory/help.h"

static char *world(const char *balancer, const char *more, const char *fault, double rate)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\n"
            "name: anomalies\n"
            "duration: 1000 s\n"
            "interval: 100 s\n"
            "personas: [{name: user, actions: {ask: {work: 1 ms}}}]\n"
            "regions: {a: {zones: 2}}\n"
            "services:\n"
            "  s:\n"
            "    pools: {a: 4}\n"
            "%s%s"
            "traffic: [{persona: user, service: s, arrivals: {kind: poisson, rate: %g /s}}]\n"
            "faults: [{%s}]\n",
            balancer, more, rate, fault);
    fclose(out);
    return text;
}

enum { FAILED, SERVED, STARTS, ENDS, EJECTED, VALUES };

static double count_of(const struct ust_model *model, const char *event)
{
    double n = 0;
    for (uint32_t i = 0; i < model->measure.moments_n; i++)
        n += strcmp(model->measure.moments[i].event, event) == 0;
    return n;
}

static void read_anomalies(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[FAILED] = theory_kpi(model, UST_METRIC_failed, 0, 0, 1);
    values[SERVED] = theory_kpi(model, UST_METRIC_completions, 1, 1, 0);
    values[STARTS] = count_of(model, "anomaly_start");
    values[ENDS] = count_of(model, "anomaly_end");
    values[EJECTED] = count_of(model, "ejected");
}

#define BOX "    instance: {name: box, tuning: {slots: 1000}}\n"

/* One of four errs for 100 s from the beginning of a period on. Its share of r requests a
 * second is w / (3 + w), and w halves with each of its periods, down to a hundredth. */
static void errors_of_one_host_fade_by_halves(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    const double rate = 200;
    double weight = 1, failed = 0;
    for (int period = 0; period < 20; period++) {
        failed += 5 * rate * weight / (3 + weight);
        weight = fmax(weight / 2, 0.01);
    }
    theory_run(world("    balancer: {kind: weighted_random, anomaly_mitigation: true}\n", BOX,
                     "kind: gray_failure, hosts: 25 %, errors: 100 %, at: 100 s, "
                     "duration: 100 s",
                     rate),
               40, VALUES, NULL, read_anomalies, NULL, v);
    theory_check(v[FAILED], failed, THEORY_QUANTILES, "failed of %g", 1000 * rate);
    assert_true(v[STARTS].least >= 1 && v[ENDS].least >= 1);
    assert_true(v[STARTS].most <= 1 && v[ENDS].most <= 1);
    theory_run(world("    balancer: weighted_random\n", BOX,
                     "kind: gray_failure, hosts: 25 %, errors: 100 %, at: 100 s, "
                     "duration: 100 s",
                     rate),
               40, VALUES, NULL, read_anomalies, NULL, v);
    theory_check(v[FAILED], 100 * rate / 4, THEORY_QUANTILES, "failed without mitigation");
    assert_true(v[STARTS].least >= 1 && v[STARTS].most <= 1);
}

/* One zone of two has a fault that the others' users see as well as its own. */
static void all_hosts_erring_alike_are_no_anomaly(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(world("    balancer: {kind: weighted_random, anomaly_mitigation: true, "
                     "deviation: 6}\n",
                     BOX, "kind: error_burst, share: 30 %, at: 100 s, duration: 500 s", 100),
               8, VALUES, NULL, read_anomalies, NULL, v);
    assert_true(v[STARTS].most <= 0);
    theory_near(v[FAILED].mean, 0.3 * 100 * 500, 0.02, "failed");
}

/* What users get as an error, whoever is to blame, is one of the instance that answered. */
static void refusals_and_failed_calls_are_errors_of_the_instance(void **state)
{
    (void)state;
    static const struct {
        const char *what, *instance, *fault;
        double rate;
    } cases[] = {
        {"turned away by a full queue",
         "    instance: {name: box, tuning: {slots: 1, queue: 0}}\n",
         "kind: gray_failure, hosts: 25 %, factor: 10000, at: 100 s, duration: 100 s", 40},
        {"a dependency that fails at once", BOX,
         "kind: dependency_brownout, delay: 0 s, errors: 100 %, at: 100 s, duration: 60 s", 40},
        {"a dependency that fails in the end", BOX,
         "kind: dependency_brownout, delay: 2 s, errors: 100 %, at: 100 s, duration: 60 s", 40},
        {"dies with its requests", "    instance: {name: box, tuning: {slots: 1000}, }\n",
         "kind: capacity_loss, share: 25 %, at: 100 s, duration: 100 s, in_flight: fail", 40},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct theory_value v[VALUES];
        theory_run(world("    outlier_detection: {interval: 10 s}\n"
                         "    health_check: {interval: 0 s}\n",
                         cases[i].instance, cases[i].fault, cases[i].rate),
                   3, VALUES, NULL, read_anomalies, NULL, v);
        printf("  %s: ejected %g to %g\n", cases[i].what, v[EJECTED].least, v[EJECTED].most);
        assert_true(v[EJECTED].least >= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_of_one_host_fade_by_halves),
        cmocka_unit_test(all_hosts_erring_alike_are_no_anomaly),
        cmocka_unit_test(refusals_and_failed_calls_are_errors_of_the_instance),
    };
    return THEORY_MAIN(tests);
}
