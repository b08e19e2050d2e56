/* How often `check --baseline` cries wolf, and how often it sees one: M/M/1 at rho = 0.5, where
 * everything is known, over many seeds.
 *
 * Replications are made once, some with each seed; experiments are made of them. An unchanged
 * model under another seed is the hardest unchanged one there is: the same seed would differ
 * in nothing. */
#include "tests/theory/help.h"

#include <math.h>

#include "analysis/compare/compare.h"

#define EXPERIMENTS  200
#define REPLICATIONS 8
#define VALUES       4

static const enum ust_metric asked[VALUES] = {UST_METRIC_latency_mean, UST_METRIC_latency_p95,
                                              UST_METRIC_latency_p99, UST_METRIC_attainment};

/* [experiment][replication][metric], of all replications one after the other. */
struct kept {
    double (*value)[VALUES];
    uint32_t n;
};

static void keep(struct ust_model *model, void *context, double *values)
{
    struct kept *kept = context;
    for (int m = 0; m < VALUES; m++)
        kept->value[kept->n][m] = values[m] = theory_users(model, asked[m]);
    kept->n++;
}

/* One seed for all work, so that replication i of two runs meets the same users. */
static char *queue_text(unsigned seed, const char *work)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\nname: queue\nseed: %u\nwarmup: 10 s\nduration: 200 s\n"
            "interval: 200 s\n"
            "personas:\n  - name: user\n    actions: {ask: {work: %s}}\n"
            "    tolerance: {latency: 300 ms}\n"
            "regions: {here: {zones: 1}}\n"
            "services:\n  web:\n    instance: {name: s, tuning: {slots: 1, queue: unlimited}}\n"
            "    pools: {here: 1}\n"
            "traffic: [{persona: user, arrivals: {kind: poisson, rate: 5 /s}}]\n",
            seed, work);
    fclose(out);
    return text;
}

static struct kept simulate(unsigned seed, uint32_t n, const char *work)
{
    struct kept kept = {.value = calloc(n, sizeof *kept.value)};
    struct theory_value out[VALUES];
    assert_non_null(kept.value);
    theory_run(queue_text(seed, work), n, VALUES, NULL, keep, &kept, out);
    assert_int_equal(kept.n, n);
    return kept;
}

static uint32_t number[REPLICATIONS];

static void results_of(const struct kept *kept, uint32_t experiment, uint64_t seed,
                       struct ust_arena *arena, struct ust_results *results)
{
    *results =
        (struct ust_results){.seed = seed,
                             .replications = REPLICATIONS,
                             .keys_n = VALUES,
                             .keys = ust_arena_alloc(arena, struct ust_results_key, VALUES)};
    for (uint32_t m = 0; m < VALUES; m++) {
        struct ust_results_key *key = &results->keys[m];
        key->metric = ust_metrics[asked[m]].name;
        key->unit = ust_metrics[asked[m]].unit;
        key->better = ust_metrics[asked[m]].better;
        key->persona = "user"; /* of one name: the same users, where the seed is the same */
        key->n = REPLICATIONS;
        key->replication = number;
        key->value = ust_arena_alloc(arena, double, REPLICATIONS);
        for (uint32_t i = 0; i < REPLICATIONS; i++)
            key->value[i] = kept->value[experiment * REPLICATIONS + i][m];
    }
}

/* In how many experiments anything is called worse, at 5 % for the family. */
static unsigned alarms(const struct kept *a, const struct kept *b, bool same_seed,
                       double *latency_found)
{
    unsigned any = 0, latency = 0;
    for (uint32_t e = 0; e < EXPERIMENTS; e++) {
        struct ust_arena *arena = ust_arena_new();
        struct ust_results of_a, of_b;
        results_of(a, e, 1, arena, &of_a);
        results_of(b, e, same_seed ? 1 : 2, arena, &of_b);
        struct ust_compare compare = {
            .a = &of_a, .b = &of_b, .alpha = 0.05, .power = 0.8, .one_sided = true};
        ust_compare_make(&compare, arena);
        any += compare.count[UST_CHANGE_WORSE] > 0;
        latency += compare.rows[0].outcome == UST_CHANGE_WORSE;
        ust_arena_free(arena);
    }
    if (latency_found != NULL)
        *latency_found = (double)latency / EXPERIMENTS;
    return any;
}

static struct kept first, again, slower;

static int make_runs(void **state)
{
    (void)state;
    uint32_t n = EXPERIMENTS * REPLICATIONS;
    for (uint32_t i = 0; i < REPLICATIONS; i++)
        number[i] = i + 1;
    first = simulate(11, n, "exponential(mean 100 ms)");
    again = simulate(12, n, "exponential(mean 100 ms)");
    /* At rho = 0.5 the sojourn is 1 / (mu - lambda) = 200 ms; 210 ms is 5 % more. */
    slower = simulate(11, n, "exponential(mean 102.439 ms)");
    return 0;
}

static int forget_runs(void **state)
{
    (void)state;
    free(first.value);
    free(again.value);
    free(slower.value);
    return 0;
}

static void an_unchanged_model_is_called_worse_in_at_most_five_percent(void **state)
{
    (void)state;
    unsigned n = alarms(&first, &again, false, NULL);
    printf("false alarms: %u of %d families\n", n, EXPERIMENTS);
    /* Holm promises at most 5 % in the long run: 10 of 200 expected, and 17 at the 99 % point
     * of the binomial law with the full 5 %. Four rows that hang together raise fewer. */
    assert_true(n <= 17);
}

static void an_identical_model_is_never_called_worse(void **state)
{
    (void)state;
    assert_int_equal(alarms(&first, &first, true, NULL), 0);
}

static void five_percent_more_latency_is_found(void **state)
{
    (void)state;
    double found, unpaired;
    (void)alarms(&first, &slower, true, &found);
    (void)alarms(&again, &slower, false, &unpaired);
    printf("power on 5 %% of mean latency: %.3f in pairs, %.3f without\n", found, unpaired);
    assert_true(found >= 0.95);
    assert_true(unpaired < found);
}

/* Box and Muller. */
static double normal_draw(struct ust_rng *rng)
{
    double radius = sqrt(-2.0 * log(ust_rng_open(rng)));
    return radius * cos(6.283185307179586 * ust_rng_unit(rng));
}

static void the_stated_power_is_the_power_that_it_has(void **state)
{
    (void)state;
    /* Normal values without pairs in common: the change that is said to be found with 80 % is
     * put in. Standard error of a share of 80 % over 2000: 0.9 %. */
    struct ust_rng rng = ust_rng_derive(3, 0, "test/power");
    unsigned found = 0;
    const unsigned experiments = 2000;
    for (unsigned e = 0; e < experiments; e++) {
        struct ust_arena *arena = ust_arena_new();
        struct kept normal = {.value = calloc(REPLICATIONS, sizeof *normal.value)};
        struct ust_results a, b;
        results_of(&normal, 0, 1, arena, &a);
        results_of(&normal, 0, 1, arena, &b);
        a.keys_n = b.keys_n = 1;
        /* t of 7 degrees of freedom: 1.8946 at 95 %, 0.8960 at 80 % (tables); true error
         * 1 / sqrt 8. */
        double exact = (1.8946 + 0.8960) / 2.8284271;
        for (int i = 0; i < REPLICATIONS; i++)
            b.keys[0].value[i] = exact + normal_draw(&rng);
        struct ust_compare compare = {
            .a = &a, .b = &b, .alpha = 0.05, .power = 0.8, .one_sided = true};
        ust_compare_make(&compare, arena);
        found += compare.count[UST_CHANGE_WORSE] > 0;
        free(normal.value);
        ust_arena_free(arena);
    }
    double share = (double)found / experiments;
    printf("power where 0.8 is stated: %.3f\n", share);
    assert_true(share > 0.77 && share < 0.87);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unchanged_model_is_called_worse_in_at_most_five_percent),
        cmocka_unit_test(an_identical_model_is_never_called_worse),
        cmocka_unit_test(five_percent_more_latency_is_found),
        cmocka_unit_test(the_stated_power_is_the_power_that_it_has),
    };
    return cmocka_run_group_tests(tests, make_runs, forget_runs);
}
