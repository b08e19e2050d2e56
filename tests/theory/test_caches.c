/* Caches in front of calls: how often they find, and how they fill again. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

/* A front whose only call goes through a cache to a back that never waits. */
static char *cached(const char *cache, double rate, double duration, const char *more)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fprintf(
        out,
        "understudy: 1\nname: cached\nduration: %.17g s\ninterval: 10 s\n"
        "personas: [{name: user, actions: {ask: {work: 0 s}}}]\n"
        "regions: {here: {zones: 1}}\n"
        "services:\n"
        "  front:\n    instance: {name: box, capacity: {vcpu: 1000}, tuning: {slots: 1000}}\n"
        "    pools: {here: 1}\n    calls: [{service: back, work: 1 ms, cache: {%s}}]\n"
        "  back: {instance: {name: box, capacity: {vcpu: 1000}, tuning: {slots: 1000}}, "
        "pools: {here: 1}}\n"
        "traffic: [{persona: user, service: front, arrivals: {kind: poisson, rate: %.17g "
        "/s}}]\n%s",
        duration, cache, rate, more);
    fclose(out);
    return text;
}

/* ---- the working set ---- */

static void read_refill(struct ust_model *model, void *context, double *values)
{
    (void)context;
    for (uint32_t i = 0; i < 8; i++)
        values[i] = theory_series(model, UST_METRIC_arrivals, 1, 2, 0, i);
}

/* n' = r (1 - h n / N): the load behind is r e^(-h r t / N), 1 / (1 - h) times what it is once
 * the cache is full, after N / (r h) ln(1 / (1 - h)). Here r = 500 /s, h = 95 %, N = 10,000:
 * full after 63.07 s. */
static double load(double from, double to)
{
    const double r = 500, h = 0.95, n = 10000, k = h * r / n, full = log(1 / (1 - h)) / k;
    double falling_to = fmin(to, full), sum = 0;
    if (from < full)
        sum += r / k * (exp(-k * from) - exp(-k * falling_to));
    if (to > full)
        sum += r * (1 - h) * (to - fmax(from, full));
    return sum;
}

static void check_refill(const char *cache, const char *more, const char *what)
{
    struct theory_value v[8];
    theory_run(cached(cache, 500, 80 * THEORY_LESS, more), 30, 8, NULL, read_refill, NULL, v);
    for (int i = 0; i < 8; i++)
        theory_check(v[i], load(10 * i, 10 * (i + 1)), THEORY_QUANTILES, "%s: %d0 s", what, i);
}

static void a_cold_cache_fills_as_its_misses_are_answered(void **state)
{
    (void)state;
    check_refill("policy: {kind: working_set, entries: 10000}, cold_in: [here]", "", "cold");
}

static void a_wiped_cache_is_a_cold_one(void **state)
{
    (void)state;
    check_refill("policy: {kind: working_set, entries: 10000}",
                 "faults: [{kind: cache_wipe, at: 0 s}]\n", "wiped");
}

/* The whole load, for as long as it is out of use. */
static void a_cache_out_of_use_finds_and_keeps_nothing(void **state)
{
    (void)state;
    struct theory_value v[8];
    theory_run(cached("policy: {kind: working_set, entries: 10000}", 500, 80 * THEORY_LESS,
                      "faults: [{kind: cache_wipe, at: 10 s, duration: 20 s}]\n"),
               30, 8, NULL, read_refill, NULL, v);
    theory_check(v[0], 500 * 0.05 * 10, THEORY_QUANTILES, "before");
    theory_check(v[1], 5000, THEORY_MEANS, "out of use");
    theory_check(v[2], 5000, THEORY_MEANS, "still out of use");
    theory_check(v[3], load(0, 10), THEORY_QUANTILES, "fills again");
}

static void half_a_wipe_leaves_half_of_the_hits(void **state)
{
    (void)state;
    struct theory_value v[8];
    theory_run(cached("policy: {kind: working_set, entries: 1e9}", 500, 80 * THEORY_LESS,
                      "faults: [{kind: cache_wipe, at: 10 s, share: 50 %}]\n"),
               30, 8, NULL, read_refill, NULL, v);
    theory_check(v[2], 5000 * (1 - 0.95 / 2), THEORY_MEANS, "misses");
}

/* ---- the objects used last ---- */

static void read_hits(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = theory_kpi(model, UST_METRIC_hit_ratio, 1, 1, 0);
    values[1] = theory_users(model, UST_METRIC_latency_mean);
    values[2] = theory_kpi(model, UST_METRIC_arrivals, 1, 2, 0) /
                theory_users(model, UST_METRIC_offered);
}

/* Che's approximation: an object stays for a time T without use, the same for all, which makes
 * the expected number of objects that were used within T the size of the cache. */
static double che(uint32_t objects, uint32_t size, double exponent)
{
    double *p = calloc(objects, sizeof *p), sum = 0, low = 0, high = 1e12;
    for (uint32_t i = 0; i < objects; i++)
        sum += p[i] = pow(i + 1, -exponent);
    for (int step = 0; step < 200; step++) {
        double t = (low + high) / 2, held = 0;
        for (uint32_t i = 0; i < objects; i++)
            held += 1 - exp(-p[i] / sum * t);
        if (held < size)
            low = t;
        else
            high = t;
    }
    double hits = 0;
    for (uint32_t i = 0; i < objects; i++)
        hits += p[i] / sum * (1 - exp(-p[i] / sum * low));
    free(p);
    return hits;
}

static void check_lru(double exponent)
{
    char cache[200];
    struct theory_value v[3];
    snprintf(cache, sizeof cache,
             "policy: {kind: lru, objects: 2000, size: 200, exponent: %g}, delay: 5 ms",
             exponent);
    theory_run(cached(cache, 500, 150, ""), 30, 3, NULL, read_hits, NULL, v);
    double hits = che(2000, 200, exponent);
    printf("  Che, exponent %g: %.4f, seen %.4f\n", exponent, hits, v[0].mean);
    theory_near(v[0].mean, hits, 0.02,
                "hit ratio, within what Che's approximation is good for");
    theory_near(v[1].mean, 0.005 * v[0].mean + 0.001 * (1 - v[0].mean), 0.02, "latency");
    theory_near(v[2].mean, 1 - v[0].mean, 0.02, "what misses is called");
}

static void popular_objects_are_found_as_che_says(void **state)
{
    (void)state;
    check_lru(0.8);
    check_lru(1);
    check_lru(1.2);
}

/* Without popularity every object is as good as any other: size / objects. */
static void without_popularity_size_is_all(void **state)
{
    (void)state;
    struct theory_value v[3];
    theory_run(
        cached("policy: {kind: lru, objects: 2000, size: 500, exponent: 0}", 500, 100, ""), 30,
        3, NULL, read_hits, NULL, v);
    theory_near(v[0].mean, 0.25, 0.02, "hit ratio");
}

/* One object, kept for 1 s: it is found for as long as that, then missed once by the next who
 * comes: r T / (1 + r T). */
static void a_time_to_live_costs_a_miss_each_time(void **state)
{
    (void)state;
    struct theory_value v[3];
    theory_run(cached("policy: {kind: lru, objects: 1, size: 1, ttl: 1 s}", 5, 4000, ""), 30, 3,
               NULL, read_hits, NULL, v);
    theory_near(v[0].mean, 5.0 / 6, 0.02, "hit ratio");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cold_cache_fills_as_its_misses_are_answered),
        cmocka_unit_test(a_wiped_cache_is_a_cold_one),
        cmocka_unit_test(a_cache_out_of_use_finds_and_keeps_nothing),
        cmocka_unit_test(half_a_wipe_leaves_half_of_the_hits),
        cmocka_unit_test(popular_objects_are_found_as_che_says),
        cmocka_unit_test(without_popularity_size_is_all),
        cmocka_unit_test(a_time_to_live_costs_a_miss_each_time),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
