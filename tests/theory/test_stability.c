/* Static stability: of N cells one may be lost without anybody acting if each runs at no more
 * than (N - 1) / N: 50 % more than needed in three zones, 100 % more in two. Nothing scales
 * here; what is left must carry the whole load or the backlog grows by what it lacks. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

#define LOAD    60.0  /* erlangs */
#define LOSS_AT 200.0 /* s */

static const char *const letters[] = {"a", "b", "c", "d"};

/* `cells` zones of one region, each with two instances. */
static char *zones_text(unsigned cells, unsigned slots)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\n"
            "name: zones\n"
            "seed: %u\n"
            "duration: 600 s\n"
            "interval: 600 s\n"
            "personas:\n"
            "  - {name: user, actions: {ask: {work: exponential(mean 1 s)}}}\n"
            "regions: {here: {zones: %u}}\n"
            "services:\n"
            "  s:\n"
            "    instance: {name: box, tuning: {slots: %u, queue: unlimited}}\n"
            "    balancer: least_request\n"
            "    health_check: {interval: 1 s, failures: 1, timeout: 0 s}\n"
            "    pools: {here: %u}\n"
            "traffic:\n"
            "  - {persona: user, arrivals: {kind: poisson, rate: %.1f /s}}\n"
            "faults:\n"
            "  - {kind: zone_loss, region: here, zones: [1], at: %.0f s}\n",
            1000 * cells + slots, cells, slots, 2 * cells, LOAD, LOSS_AT);
    fclose(out);
    return text;
}

/* `cells` regions with a pool of one instance each; every user goes to any of them. */
static char *regions_text(unsigned cells, unsigned slots)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\n"
            "name: regions\n"
            "seed: %u\n"
            "duration: 600 s\n"
            "interval: 600 s\n"
            "personas:\n"
            "  - {name: user, actions: {ask: {work: exponential(mean 1 s)}}}\n"
            "network: {base: 0 s, per_1000_km: 0, jitter: 0}\n"
            "regions: {",
            2000 * cells + slots);
    for (unsigned i = 0; i < cells; i++)
        fprintf(out, "%s: {zones: 1}%s", letters[i], i + 1 < cells ? ", " : "}\n");
    fprintf(out,
            "services:\n"
            "  s:\n"
            "    instance: {name: box, tuning: {slots: %u, queue: unlimited}}\n"
            "    pools: {",
            slots);
    for (unsigned i = 0; i < cells; i++)
        fprintf(out, "%s: 1%s", letters[i], i + 1 < cells ? ", " : "}\n");
    fprintf(out,
            "traffic:\n"
            "  - {persona: user, arrivals: {kind: poisson, rate: %.1f /s}}\n"
            "routing:\n"
            "  policy: {kind: weighted, weights: {",
            LOAD);
    for (unsigned i = 0; i < cells; i++)
        fprintf(out, "%s: %.10f %%%s", letters[i], 100.0 / cells,
                i + 1 < cells ? ", " : "}}\n");
    fprintf(out,
            "  health_check: {interval: 1 s, failures: 1, successes: 1, timeout: 0 s}\n"
            "faults:\n"
            "  - {kind: region_loss, region: a, at: %.0f s}\n",
            LOSS_AT);
    fclose(out);
    return text;
}

struct looks {
    const struct ust_model *model;
    double *values;
};

static void look(void *context, uint64_t index)
{
    struct looks *looks = context;
    double number = 0;
    for (uint32_t p = 0; p < looks->model->config->regions_n; p++) {
        struct ust_pool_load load =
            ust_pool_load(&looks->model->pools[p], looks->model->engine.now);
        number += (double)load.busy + (double)load.waiting;
    }
    looks->values[index] = number;
}

static void plan(struct ust_model *model, void *context, double *values)
{
    static const double at[] = {LOSS_AT - 1, LOSS_AT + 100, LOSS_AT + 300};
    struct looks *looks = context;
    *looks = (struct looks){model, values};
    for (uint32_t i = 0; i < 3; i++)
        theory_look_at(model, ust_time_from_seconds(at[i]), look, looks, i);
}

/* `left`: slots after the loss. */
static void lose_one(char *text, unsigned cells, unsigned left, const char *what)
{
    struct theory_value v[3];
    struct looks looks;
    theory_run(text, THEORY_LESS > 1 ? 30 : 200, 3, plan, NULL, &looks, v);
    double short_of = LOAD - left, growth = (v[2].mean - v[1].mean) / 200;
    printf("  %u %s, %u slots left for %.0f: %.1f, then %.1f and %.1f in system\n", cells, what,
           left, LOAD, v[0].mean, v[1].mean, v[2].mean);
    assert_true(v[0].mean < LOAD * 1.1); /* with all cells there is no backlog */
    if (left > LOAD) {
        assert_true(fabs(v[2].mean - v[1].mean) < (THEORY_LESS > 1 ? 0.2 : 0.05) * v[1].mean);
        assert_true(v[2].mean < LOAD * 1.6);
    } else {
        theory_near(growth, short_of, 0.05, "growth of the backlog");
    }
}

static void three_zones_need_half_as_much_again(void **state)
{
    (void)state;
    lose_one(zones_text(3, 17), 3, 68, "zones"); /* 102 slots: +70 % */
    lose_one(zones_text(3, 16), 3, 64, "zones"); /* 96: +60 %, just enough with its noise */
    lose_one(zones_text(3, 14), 3, 56, "zones"); /* 84: +40 % */
    lose_one(zones_text(3, 13), 3, 52, "zones"); /* 78: +30 % */
}

static void two_zones_need_as_much_again_and_four_a_third(void **state)
{
    (void)state;
    lose_one(zones_text(2, 33), 2, 66, "zones");
    lose_one(zones_text(2, 27), 2, 54, "zones");
    lose_one(zones_text(4, 11), 4, 66, "zones");
    lose_one(zones_text(4, 9), 4, 54, "zones");
}

static void two_regions_need_as_much_again(void **state)
{
    (void)state;
    lose_one(regions_text(2, 66), 2, 66, "regions");
    lose_one(regions_text(2, 54), 2, 54, "regions");
    lose_one(regions_text(3, 34), 3, 68, "regions");
    lose_one(regions_text(3, 27), 3, 54, "regions");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_zones_need_half_as_much_again),
        cmocka_unit_test(two_zones_need_as_much_again_and_four_a_third),
        cmocka_unit_test(two_regions_need_as_much_again),
    };
    return THEORY_MAIN(tests);
}
