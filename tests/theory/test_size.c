/* The smallest pool that is enough, where Erlang's formula knows it: M/M/c, and a share of
 * customers that may be in the system for longer than t.
 *
 * References: the time in system of M/M/c (Kleinrock 1975, I 3.5), from ust_law_*, which has
 * tests of its own. Every objective lies between the shares of c - 1 and c, several standard
 * errors of a replication away from both, and a run is judged as one bucket, so the answer has
 * to be c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analysis/stats/laws.h"
#include "analysis/stats/stats.h"
#include "analysis/study/size.h"
#include "analysis/study/study.h"

#define MEAN_MS 10.0

struct question {
    double load;   /* servers busy */
    double t;      /* mean services */
    double late;   /* share that may take longer */
    unsigned high; /* of the range, from 1 */
    double seconds;
};

static void write_scenario(const char *path, const struct question *q)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(
        file,
        "understudy: 1\nname: erlang\nseed: 11\nwarmup: 5 s\nduration: %g s\n"
        "interval: %g s\nreplications: 2\n"
        "personas:\n  - name: caller\n    actions: {call: {work: exponential(mean %g ms)}}\n"
        "    tolerance: {latency: %.9g ms, errors: %.9g}\n"
        "regions: {here: {zones: 1}}\n"
        "services:\n  s:\n    instance: {name: pool, capacity: {vcpu: 256}, "
        "tuning: {slots: 1, queue: unlimited}}\n    pools: {here: 1}\n"
        "traffic: [{persona: caller, arrivals: {kind: poisson, rate: %.9g /s}}]\n"
        "readiness: {bucket: %g s, hold: %g s, slack: 0, ready_p: 60 %%, ready_score: 0}\n",
        q->seconds, q->seconds, MEAN_MS, MEAN_MS * q->t, q->late, q->load * 1000.0 / MEAN_MS,
        q->seconds, q->seconds);
    fclose(file);
}

static unsigned by_law(const struct question *q)
{
    unsigned c = (unsigned)floor(q->load) + 1;
    while (ust_law_sojourn_quantile(c, q->load, 1.0 - q->late) > q->t)
        c++;
    return c;
}

static void ask(const char *path, const char *output, const struct question *q,
                struct ust_size *size, struct ust_study *study)
{
    static const struct ust_texts none = {0};
    char vary[80];
    snprintf(vary, sizeof vary, "services.s.instance.tuning.slots=1..%u", q->high);
    const char *at[] = {vary};
    const struct ust_texts varies = {at, 1};
    *study = (struct ust_study){
        .path = path, .output = output, .suffix = "", .sets = &none, .jobs = 1, .quiet = true};
    assert_int_equal(ust_study_begin(study), UST_OK);
    *size = (struct ust_size){.arena = ust_arena_new(),
                              .store = study->store,
                              .trial = study->trial,
                              .scenario = study->scenario,
                              .seed = 11};
    assert_int_equal(
        ust_vary_read(&study->spec, study->scenario, &none, &varies, NULL, &size->varied),
        UST_OK);
    size->trial.replications =
        2 * ust_size_least_proof(study->scenario->readiness.ready_p, 0.95);
    assert_int_equal(ust_size_find(size), UST_OK);
}

static void check(struct question q)
{
    char folder[] = "/tmp/ust-size-XXXXXX", path[64], output[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/q.yaml", folder);
    snprintf(output, sizeof output, "%s/q.db", folder);
    write_scenario(path, &q);
    struct ust_size size;
    struct ust_study study;
    ask(path, output, &q, &size, &study);
    assert_int_equal(size.outcome, UST_SIZE_FOUND);
    unsigned answer = size.answer[0] + 1;
    printf("load %g, %g %% within %g services: %u servers, by law %u\n", q.load,
           100 * (1 - q.late), q.t, answer, by_law(&q));
    assert_int_equal(answer, by_law(&q));
    assert_int_equal(size.fewer[0]->verdict, UST_NOT_READY);
    assert_true(size.monotone);
    ust_arena_free(size.arena);
    ust_study_end(&study);
    unlink(path);
    unlink(output);
    rmdir(folder);
}

static void the_smallest_pool_of_one_or_two_servers_is_erlangs(void **state)
{
    (void)state;
    check((struct question){.load = 0.7, .t = 3, .late = 0.20, .high = 20, .seconds = 300});
}

static void the_smallest_pool_of_a_few_servers_is_erlangs(void **state)
{
    (void)state;
    check((struct question){.load = 3, .t = 2, .late = 0.21, .high = 20, .seconds = 100});
    check((struct question){.load = 4.5, .t = 3, .late = 0.07, .high = 40, .seconds = 200});
}

static void the_smallest_pool_of_many_servers_is_erlangs(void **state)
{
    (void)state;
    check((struct question){.load = 8, .t = 3, .late = 0.10, .high = 64, .seconds = 60});
    check((struct question){.load = 20, .t = 2.5, .late = 0.112, .high = 64, .seconds = 60});
}

/* ---- the formula itself ---- */

static double exponential(const void *mean, double s)
{
    return exp(-s / *(const double *)mean);
}

static double constant(const void *length, double s)
{
    return s < *(const double *)length ? 1.0 : 0.0;
}

static void waits_and_services_add_up_as_in_the_time_in_system_of_mmc(void **state)
{
    static const struct {
        unsigned c;
        double load, t;
    } at[] = {{1, 0.8, 3}, {5, 4, 2}, {10, 8, 1}, {100, 95, 0.5}, {1000, 980, 3}, {3, 2, 20}};
    (void)state;
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        double mean = 0.2;
        double late =
            ust_naive_late(at[i].c, at[i].load, mean, 1.0, at[i].t * mean, exponential, &mean);
        double quantile = ust_law_sojourn_quantile(at[i].c, at[i].load, 1.0 - late);
        printf("c %u, load %g: P(T > %g) = %.6g\n", at[i].c, at[i].load, at[i].t, late);
        assert_true(fabs(quantile - at[i].t) < 1e-4 * at[i].t);
    }
}

/* With service of one length and an objective of that length, whoever waits is late: so the
 * textbook's "at most so many may have to wait" (Erlang C inverted, to the last server). */
static void constant_service_within_its_length_is_erlangs_share_of_waits(void **state)
{
    static const struct {
        double load, wait;
        unsigned c;
    } at[] = {{100, 0.1, 115}, {1000, 0.2, 1034}, {50, 0.05, 64}};
    (void)state;
    double length = 1.0;
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        assert_true(ust_naive_late(at[i].c, at[i].load, 1.0, 0.0, 1.0, constant, &length) <=
                    at[i].wait);
        assert_true(ust_naive_late(at[i].c - 1, at[i].load, 1.0, 0.0, 1.0, constant, &length) >
                    at[i].wait);
    }
}

static void a_pool_that_does_not_carry_its_load_is_late_for_all(void **state)
{
    (void)state;
    double mean = 1.0;
    assert_true(ust_naive_late(4, 4.0, 1.0, 1.0, 100.0, exponential, &mean) >= 1.0);
    assert_true(ust_naive_late(1, 0.0, 1.0, 1.0, 1.0, exponential, &mean) <= exp(-1.0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_pool_of_one_or_two_servers_is_erlangs),
        cmocka_unit_test(the_smallest_pool_of_a_few_servers_is_erlangs),
        cmocka_unit_test(the_smallest_pool_of_many_servers_is_erlangs),
        cmocka_unit_test(waits_and_services_add_up_as_in_the_time_in_system_of_mmc),
        cmocka_unit_test(constant_service_within_its_length_is_erlangs_share_of_waits),
        cmocka_unit_test(a_pool_that_does_not_carry_its_load_is_late_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
