/* Who is served next, who is let in, who is given up: against the laws of such queues. */
#include <math.h>

#include "tests/theory/help.h"

/* ---- last come, first served ---- */

/* Second moment of the time in system, from the run's histogram. */
static double second_moment(const struct ust_model *model)
{
    const struct ust_histogram *seen = model->traffic[0].count.latency_run[0];
    double sum = 0, n = 0;
    for (uint32_t i = 0; i < UST_HISTOGRAM_BUCKETS; i++) {
        double middle = (double)(ust_histogram_low(i) + ust_histogram_high(i)) / 2e9;
        sum += (double)seen->count[i] * middle * middle;
        n += (double)seen->count[i];
    }
    return sum / n;
}

static void read_moments(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = theory_pool(model, UST_METRIC_wait_mean);
    values[1] = second_moment(model);
}

/* M/M/1: the order changes no mean wait, r / (m - l); but E[W^2] = 2 r / (m - l)^2 of first
 * come first served is 1 / (1 - r) times that (Takagi, Queueing Analysis 1, 1991). A request's
 * own service is independent of its wait. */
static void last_come_first_served_waits_as_long_and_less_evenly(void **state)
{
    (void)state;
    const double rates[] = {5, 7};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct theory_value seen[2];
        double l = rates[i], m = 10, r = l / m;
        theory_run(theory_queue(&(struct theory_queue){
                       .rate = l,
                       .work = "exponential(mean 100 ms)",
                       .instance = "tuning: {slots: 1, queue: unlimited, discipline: lifo}",
                       .warmup = 100,
                       .duration = 6000}),
                   32, 2, NULL, read_moments, NULL, seen);
        double wait = r / (m - l), square = 2 * r / (m - l) / (m - l) / (1 - r);
        theory_check(seen[0], wait, THEORY_MEANS, "M/M/1 lifo, rho %.1f: mean wait", r);
        theory_check(seen[1], square + 2 * wait / m + 2 / m / m, THEORY_QUANTILES,
                     "M/M/1 lifo, rho %.1f: E T^2", r);
    }
}

/* ---- priorities ---- */

#define CLASSES 3
static const char *const criticality[CLASSES] = {"critical_plus", "critical", "sheddable"};

static char *classes_text(const double *rate, const char *tuning)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out, "understudy: 1\nname: classes\nwarmup: 100 s\nduration: %d s\npersonas:\n",
            8000 / THEORY_LESS);
    for (int k = 0; k < CLASSES; k++)
        fprintf(out,
                "  - name: u%d\n    criticality: %s\n"
                "    actions: {ask: {work: exponential(mean 100 ms)}}\n",
                k, criticality[k]);
    fprintf(out,
            "regions: {here: {zones: 1}}\nservices:\n  s:\n"
            "    instance: {name: box, tuning: {%s}}\n    pools: {here: 1}\ntraffic:\n",
            tuning);
    for (int k = 0; k < CLASSES; k++)
        fprintf(out, "  - {persona: u%d, arrivals: {kind: poisson, rate: %g /s}}\n", k,
                rate[k]);
    fclose(out);
    return text;
}

static void read_classes(struct ust_model *model, void *context, double *values)
{
    (void)context;
    for (uint32_t k = 0; k < CLASSES; k++) {
        values[k] = theory_kpi(model, UST_METRIC_latency_mean, 0, 0, k + 1);
        values[CLASSES + k] = theory_kpi(model, UST_METRIC_shed, 0, 0, k + 1) /
                              theory_kpi(model, UST_METRIC_offered, 0, 0, k + 1);
    }
}

/* Cobham (1954): without preemption, W_k = W0 / ((1 - s_(k-1)) (1 - s_k)), with s_k the load of
 * classes 1 to k and W0 the mean residual service, l E[S^2] / 2. */
static void the_more_critical_wait_less_as_cobham_says(void **state)
{
    (void)state;
    static const double cases[][CLASSES] = {{2, 3, 3}, {1, 2, 6}, {4, 2, 2.5}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct theory_value seen[2 * CLASSES];
        const double *rate = cases[i], m = 10;
        theory_run(classes_text(rate, "slots: 1, queue: unlimited, discipline: priority"), 32,
                   2 * CLASSES, NULL, read_classes, NULL, seen);
        double residual = (rate[0] + rate[1] + rate[2]) / (m * m), before = 0;
        for (int k = 0; k < CLASSES; k++) {
            double load = before + rate[k] / m;
            theory_check(seen[k], residual / (1 - before) / (1 - load) + 1 / m,
                         2 * THEORY_MEANS, "priorities, case %zu: time of class %d", i, k);
            before = load;
        }
    }
}

/* ---- who is let in ---- */

/* A birth-death chain with a slot for each of `slots` and `places` in all, into which class k
 * comes while fewer than share[k] of the places are taken. */
static void blocked(const double *rate, const double *share, int slots, int places, double *out)
{
    double p[64] = {1}, sum = 1;
    for (int n = 1; n <= places; n++) {
        double in = 0;
        for (int k = 0; k < CLASSES; k++)
            in += n - 1 < share[k] * places ? rate[k] : 0;
        p[n] = p[n - 1] * in / (10.0 * (n < slots ? n : slots));
        sum += p[n];
    }
    for (int k = 0; k < CLASSES; k++) {
        out[k] = 0;
        for (int n = 0; n <= places; n++)
            out[k] += n < share[k] * places ? 0 : p[n] / sum;
    }
}

static void the_less_critical_are_turned_away_earlier(void **state)
{
    (void)state;
    const struct {
        double rate[CLASSES], share[CLASSES];
        int slots, places;
        const char *tuning;
    } cases[] = {
        {{10, 10, 20},
         {1, 0.75, 0.5},
         4,
         8,
         "slots: 4, queue: 4, shed: {critical: 75 %, sheddable: 50 %}"},
        {{20, 5, 10},
         {1, 1, 0.6},
         3,
         10,
         "slots: 3, limit: {kind: fixed, limit: 10}, shed: {sheddable: 60 %}"},
        {{4, 3, 1}, {1, 1, 1}, 1, 6, "slots: 1, limit: {kind: fixed, limit: 6}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct theory_value seen[2 * CLASSES];
        double exact[CLASSES];
        theory_run(classes_text(cases[i].rate, cases[i].tuning), 32, 2 * CLASSES, NULL,
                   read_classes, NULL, seen);
        blocked(cases[i].rate, cases[i].share, cases[i].slots, cases[i].places, exact);
        for (int k = 0; k < CLASSES; k++)
            theory_check(seen[CLASSES + k], exact[k], THEORY_QUANTILES,
                         "shedding, case %zu: share of class %d", i, k);
    }
}

/* ---- who waits too long ---- */

static void read_lost(struct ust_model *model, void *context, double *values)
{
    (void)context;
    double offered = theory_users(model, UST_METRIC_offered);
    values[0] = theory_users(model, UST_METRIC_shed) / offered;
    values[1] = theory_users(model, UST_METRIC_timed_out) / offered;
    values[2] = theory_users(model, UST_METRIC_answered) / offered;
}

/* M/M/1 where nobody waits longer than D (Barrer 1957): with a = exp(-(m - l) D) the share
 * (1 - r) r a / (1 - r^2 a) is lost. Both of CoDel's times are D here. */
static void a_wait_that_ends_after_d_loses_what_barrer_says(void **state)
{
    (void)state;
    const struct {
        double rate, d;
        const char *text;
    } cases[] = {
        {7, 0.2, "slots: 1, queue: unlimited, codel: 200 ms, standing_after: 200 ms"},
        {15, 0.1, "slots: 1, queue: unlimited, codel: 100 ms, standing_after: 100 ms"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char instance[160];
        struct theory_value seen[3];
        snprintf(instance, sizeof instance, "tuning: {%s}", cases[i].text);
        theory_run(theory_queue(&(struct theory_queue){.rate = cases[i].rate,
                                                       .work = "exponential(mean 100 ms)",
                                                       .instance = instance,
                                                       .warmup = 100,
                                                       .duration = 4000}),
                   32, 3, NULL, read_lost, NULL, seen);
        double r = cases[i].rate / 10, a = exp(-(10 - cases[i].rate) * cases[i].d);
        theory_check(seen[0], (1 - r) * r * a / (1 - r * r * a), THEORY_QUANTILES,
                     "M/M/1+D, rho %.1f, D %.1f s: share shed", r, cases[i].d);
    }
}

/* Service stops with the client's timeout D: the unfinished work is a dam of height D with
 * exponential inputs, whose content has the density l p0 exp(-(m - l) x) and p0 = (1 - r) /
 * (1 - r a) at 0; what would rise above D is lost, the share p0 a of the requests. */
static void service_that_stops_with_its_client_is_a_dam(void **state)
{
    (void)state;
    const double rates[] = {7, 13};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct theory_value seen[3];
        theory_run(theory_queue(&(struct theory_queue){
                       .rate = rates[i],
                       .work = "exponential(mean 100 ms)",
                       .tolerance = "timeout: 300 ms",
                       .instance = "tuning: {slots: 1, queue: unlimited, cancel: all}",
                       .warmup = 100,
                       .duration = 4000}),
                   32, 3, NULL, read_lost, NULL, seen);
        double r = rates[i] / 10, a = exp(-(10 - rates[i]) * 0.3);
        theory_check(seen[1], (1 - r) / (1 - r * a) * a, THEORY_QUANTILES,
                     "cancel: all, rho %.1f: share timed out", r);
    }
}

/* Overloaded by half, with clients that leave after 200 ms and work that is done all the same:
 * who is served in order has waited too long when his turn comes, and nearly all work is in
 * vain. A server that looks at deadlines does less of it, one that serves the newest and sheds
 * the others hardly any (Maurer, ACM Queue 2015). */
static void overload_is_survived_by_those_who_drop_or_turn_the_queue_round(void **state)
{
    (void)state;
    static const char *const tunings[] = {
        "slots: 1, queue: unlimited",
        "slots: 1, queue: unlimited, cancel: expired",
        "slots: 1, queue: unlimited, discipline: adaptive_lifo, codel: 5 ms",
    };
    double good[3];
    for (size_t i = 0; i < sizeof tunings / sizeof tunings[0]; i++) {
        char instance[160];
        struct theory_value seen[3];
        snprintf(instance, sizeof instance, "tuning: {%s}", tunings[i]);
        theory_run(theory_queue(&(struct theory_queue){.rate = 150,
                                                       .work = "exponential(mean 10 ms)",
                                                       .tolerance = "timeout: 200 ms",
                                                       .instance = instance,
                                                       .warmup = 60,
                                                       .duration = 2000}),
                   5, 3, NULL, read_lost, NULL, seen);
        good[i] = seen[2].mean * 1.5; /* of the capacity */
        printf("%s: %.3f of the capacity is good\n", tunings[i], good[i]);
    }
    assert_true(good[0] < 0.01);
    assert_true(good[1] > 0.5);
    assert_true(good[2] > 0.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_come_first_served_waits_as_long_and_less_evenly),
        cmocka_unit_test(the_more_critical_wait_less_as_cobham_says),
        cmocka_unit_test(the_less_critical_are_turned_away_earlier),
        cmocka_unit_test(a_wait_that_ends_after_d_loses_what_barrer_says),
        cmocka_unit_test(service_that_stops_with_its_client_is_a_dam),
        cmocka_unit_test(overload_is_survived_by_those_who_drop_or_turn_the_queue_round),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
