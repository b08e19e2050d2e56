/* Retries in layers: users call a service, which calls another, and so on; each repeats what
 * fails below it. What the last one is asked is the product over layers. */
#include <math.h>

#include "tests/theory/help.h"

enum { LAYERS = 5, ATTEMPTS = 3 };

/* Users and services 1 .. LAYERS; all of them but the last call the next one. Arrivals end
 * before the run does, so that every request has its fate. */
struct tower {
    double rate, duration, errors; /* errors: share of the last one's attempts that fail */
    const char *retries;           /* of every layer */
    double timeout, ladder; /* s, of an attempt at the last one, and times that one layer above;
                               0: 1000 s for users, none for calls */
    const char *work;       /* of the last one; NULL: 1 ms */
};

static void add_timeout(FILE *out, const struct tower *it, int layer)
{
    if (it->timeout > 0)
        fprintf(out, ", timeout: %.6f s", it->timeout * pow(it->ladder, LAYERS - layer));
    else if (layer == 1)
        fprintf(out, ", timeout: 1000 s");
}

static char *tower(const struct tower *it)
{
    char *text = NULL;
    size_t size;
    double end = it->duration / THEORY_LESS;
    FILE *out = open_memstream(&text, &size);
    fprintf(out,
            "understudy: 1\nname: tower\nduration: %.6f s\n"
            "personas:\n  - name: user\n    actions: {ask: {work: 0 s}}\n"
            "    tolerance: {retries: {%s}",
            end + 30, it->retries);
    add_timeout(out, it, 1);
    fprintf(out, "}\nregions: {here: {zones: 1}}\nservices:\n");
    for (int i = 1; i <= LAYERS; i++) {
        fprintf(out,
                "  s%d:\n    instance: {name: box%d, capacity: {vcpu: 5000}, tuning: {slots: "
                "5000}}\n    pools: {here: 1}\n",
                i, i);
        if (i == LAYERS)
            break;
        fprintf(out, "    calls: [{service: s%d, work: %s, retries: {%s}", i + 1,
                i + 1 < LAYERS     ? "0 s"
                : it->work != NULL ? it->work
                                   : "1 ms",
                it->retries);
        add_timeout(out, it, i + 1);
        fprintf(out, "}]\n");
    }
    fprintf(out,
            "traffic:\n  - persona: user\n    service: s1\n    arrivals: {kind: piecewise, "
            "points: [{at: 0 s, rate: %.6f /s}, {at: %.6f s, rate: %.6f /s}, {at: %.6f s, "
            "rate: 0 /s}, {at: %.6f s, rate: 0 /s}]}\n",
            it->rate, end, it->rate, end + 0.001, end + 30);
    if (it->errors > 0)
        fprintf(out, "faults: [{kind: error_burst, service: s%d, at: 0 s, share: %.6f}]\n",
                LAYERS, it->errors);
    fclose(out);
    return text;
}

/* Arrivals at each layer for one request of a user; then the share answered. */
static void read_tower(struct ust_model *model, void *context, double *values)
{
    (void)context;
    double offered = theory_users(model, UST_METRIC_offered);
    for (uint32_t i = 0; i < LAYERS; i++)
        values[i] = theory_kpi(model, UST_METRIC_arrivals, 1, i + 1, 0) / offered;
    values[LAYERS] = theory_users(model, UST_METRIC_answered) / offered;
}

/* Nothing succeeds: 3, 9, 27, 81, 243, to the last attempt. */
static void three_attempts_over_five_layers_are_243(void **state)
{
    (void)state;
    struct theory_value v[LAYERS + 1];
    theory_run(tower(&(struct tower){.rate = 5,
                                     .duration = 100 * THEORY_LESS,
                                     .errors = 1,
                                     .retries = "kind: immediate, attempts: 3"}),
               3, LAYERS + 1, NULL, read_tower, NULL, v);
    for (int i = 0; i < LAYERS; i++) {
        assert_true(v[i].least == pow(ATTEMPTS, i + 1));
        assert_true(v[i].most == pow(ATTEMPTS, i + 1));
    }
    assert_true(v[4].least == 243);
    assert_true(v[LAYERS].most == 0);
}

/* An attempt at the last layer fails with p, so a call of it with p^3, which is how an attempt
 * one layer above fails; each layer multiplies by (1 - q^3) / (1 - q). */
static void products(double p, const char *retries, double allowed)
{
    struct theory_value v[LAYERS + 1];
    double q = p, factor[LAYERS], product = 1;
    theory_run(
        tower(&(struct tower){.rate = 10, .duration = 300, .errors = p, .retries = retries}),
        30, LAYERS + 1, NULL, read_tower, NULL, v);
    for (int i = LAYERS; i-- > 0; q = q * q * q)
        factor[i] = (1 - q * q * q) / (1 - q);
    for (int i = 0; i < LAYERS; i++) {
        product *= factor[i];
        theory_check(v[i], product, allowed, "p %g, %s: layer %d", p, retries, i + 1);
    }
    if (q > 1e-3)
        theory_check(v[LAYERS], 1 - q, allowed, "  answered");
}

static void layers_multiply_what_each_makes_of_its_failures(void **state)
{
    (void)state;
    products(0.99, "kind: immediate, attempts: 3", THEORY_QUANTILES);
    products(0.9, "kind: backoff, base: 10 ms, attempts: 3, jitter: full", THEORY_QUANTILES);
}

/* A tenth of a token for each call: each layer sends at most a tenth more than it is asked,
 * and five together 1.1^5. The first five retries of a bucket are paid by what it begins with.
 */
static void budgets_of_a_tenth_bound_five_layers_to_61_percent(void **state)
{
    (void)state;
    struct theory_value v[LAYERS + 1];
    theory_run(tower(&(struct tower){
                   .rate = 50,
                   .duration = 1000,
                   .errors = 1,
                   .retries = "kind: immediate, attempts: 3, budget: {kind: token_bucket, "
                              "deposit: 0.1, capacity: 5}"}),
               30, LAYERS + 1, NULL, read_tower, NULL, v);
    for (int i = 0; i < LAYERS; i++)
        theory_near(v[i].mean, pow(1.1, i + 1), 0.001 * THEORY_LESS, "a tenth more a layer");
    assert_true(v[4].most < 1.62 + 0.003 * THEORY_LESS); /* in place of 243 */
}

/* Only who stands next to the failure repeats: the product is one factor. */
static void one_layer_that_repeats_is_no_product(void **state)
{
    (void)state;
    struct theory_value v[LAYERS + 1];
    char *text = tower(&(struct tower){.rate = 5,
                                       .duration = 100 * THEORY_LESS,
                                       .errors = 1,
                                       .retries = "kind: immediate, attempts: 3"});
    /* All layers but the last are told to let it be. */
    char *at = text, *last = NULL;
    for (char *next = text; (next = strstr(next, "attempts: 3")) != NULL; next++)
        last = next;
    while ((at = strstr(at, "attempts: 3")) != NULL && at != last)
        at[strlen("attempts: ")] = '1';
    theory_run(text, 3, LAYERS + 1, NULL, read_tower, NULL, v);
    for (int i = 0; i < LAYERS; i++)
        assert_true(v[i].least == (i + 1 < LAYERS ? 1 : ATTEMPTS));
}

/* Nobody answers in time, and each layer waits for its timeout. */
static void silent(double ladder, double arrivals)
{
    struct theory_value v[LAYERS + 1];
    theory_run(tower(&(struct tower){.rate = 5,
                                     .duration = 60 * THEORY_LESS,
                                     .retries = "kind: immediate, attempts: 3",
                                     .timeout = 0.02,
                                     .ladder = ladder,
                                     .work = "10 s"}),
               3, LAYERS + 1, NULL, read_tower, NULL, v);
    assert_true(v[LAYERS].most == 0);
    theory_near(v[4].least, arrivals, 1e-12, "arrivals at the last layer");
    theory_near(v[4].most, arrivals, 1e-12, "arrivals at the last layer");
}

/* Where each layer waits long enough for three attempts below, silence is as bad as errors.
 * Where all wait alike, the time of the user's attempt is up when theirs is, and no retry
 * begins after it: only his own three are left. */
static void silence_multiplies_where_timeouts_leave_room_for_it(void **state)
{
    (void)state;
    silent(3.1, 243);
    silent(1, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_attempts_over_five_layers_are_243),
        cmocka_unit_test(layers_multiply_what_each_makes_of_its_failures),
        cmocka_unit_test(budgets_of_a_tenth_bound_five_layers_to_61_percent),
        cmocka_unit_test(one_layer_that_repeats_is_no_product),
        cmocka_unit_test(silence_multiplies_where_timeouts_leave_room_for_it),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
