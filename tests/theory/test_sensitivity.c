/* `sensitivity` through the whole of it (design, sweep, index, estimators) on M/M/1, where the
 * mean time in the system is 1 / (mu - lambda): Kleinrock, Queueing Systems I, 3.2.
 *
 * mu = 10 /s times the speed of the server. Over the box lambda 4..6 /s, speed 0.9..1.1 the
 * main effects are averages of differences of four values of the law, elementary effects lie
 * between the least and the steepest slope in the box, W^2 (a derivative) times the range, and
 * shares of variance are those of the law itself, taken over a fine grid.
 */
#include "tests/theory/help.h"

#include <math.h>
#include <unistd.h>

#include "analysis/study/sensitivity.h"
#include "analysis/study/sweep.h"

static char folder[64];

static void write_scenario(const char *path, const char *design)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fprintf(out,
            "understudy: 1\nname: queue\nseed: 11\nwarmup: 1 min\nduration: %d s\n"
            "interval: 60 s\nreplications: 8\n"
            "personas:\n  - name: user\n    actions: {ask: {work: exponential(mean 100 ms)}}\n"
            "    tolerance: {latency: 2 s}\n    source: {how: assumed, note: textbook}\n"
            "regions: {here: {zones: 1}}\n"
            "services:\n  web:\n    instance: {name: s, tuning: {slots: 1, queue: unlimited},"
            " source: {how: assumed, note: textbook}}\n    pools: {here: 1}\n"
            "traffic: [{persona: user, arrivals: {kind: poisson, rate: 5 /s}}]\n"
            "design: {sensitivity: {%s}}\n",
            7200 / THEORY_LESS, design);
    assert_int_equal(fclose(out), 0);
}

static double law(double rate, double speed)
{
    return 1 / (10 * speed - rate);
}

static double by_label(const struct ust_sensitivity *it, const char *label,
                       const struct ust_sensitivity_row **row)
{
    for (uint32_t f = 0; f < it->factors_n; f++)
        if (strcmp(it->table[0].row[f].factor->path, label) == 0) {
            *row = &it->table[0].row[f];
            return ust_sensitivity_main(it, *row)->value;
        }
    fail_msg("no parameter %s", label);
    return 0;
}

/* Plans, sweeps and tells; the folder stays for the next, which replaces it. */
static void study(const char *design, uint32_t replications, struct ust_spec *spec,
                  struct ust_sensitivity *it, void (*check)(const struct ust_sensitivity *))
{
    static const char *const texts[] = {"sojourn_mean"};
    char path[96], results[96];
    struct ust_study plan;
    struct ust_batch_result ran;
    struct ust_asked *answer;
    snprintf(path, sizeof path, "%s/s.yaml", folder);
    snprintf(results, sizeof results, "%s/study", folder);
    write_scenario(path, design);
    *spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    const struct ust_study_options ask = {.path = path, .replications = replications};
    enum ust_status status = ust_study_plan(spec, &ask, &plan);
    ust_diag_print(spec->diag, stderr, NULL);
    assert_int_equal(status, UST_OK);
    const struct ust_sweep_options how = {
        .folder = results, .jobs = 2, .replace = true, .quiet = true};
    *it = (struct ust_sensitivity){.arena = spec->arena, .confidence = 0.95};
    assert_int_equal(ust_sweep(&plan, &how, &ust_threads, &it->index, &ran), UST_OK);
    assert_int_equal(ust_sensitivity_plan(it->index, &plan.base->units), UST_OK);
    assert_int_equal(ust_asked_read(spec->arena, texts, 1, &answer), UST_OK);
    assert_int_equal(ust_sensitivity_make(it, answer, 1), UST_OK);
    check(it);
    ust_index_close(it->index);
    ust_diag_free(spec->diag);
    ust_arena_free(spec->arena);
}

#define RANGES                                                                                 \
    "ranges: {traffic.0.arrivals.rate: 4..6 /s, services.web.instance.capacity.speed: "        \
    "0.9..1.1}"

/* The rule of help.h, from a t interval of 8 replications: its half is 2.365 errors. */
static void within_four_errors(struct ust_interval interval, double exact)
{
    double error = (interval.high - interval.value) / 2.365;
    printf("%.5f, interval %.5f to %.5f, law %.5f\n", interval.value, interval.low,
           interval.high, exact);
    assert_true(fabs(interval.value - exact) < 4 * error);
}

static void check_effects(const struct ust_sensitivity *it)
{
    const struct ust_sensitivity_row *row;
    double rate = (law(6, .9) - law(4, .9) + law(6, 1.1) - law(4, 1.1)) / 2;
    double speed = (law(4, 1.1) - law(4, .9) + law(6, 1.1) - law(6, .9)) / 2;
    double seen = by_label(it, "traffic.0.arrivals.rate", &row);
    theory_near(seen, rate, THEORY_LESS > 1 ? 0.15 : 0.03, "effect of lambda on W");
    within_four_errors(row->effect, rate);
    seen = by_label(it, "services.web.instance.capacity.speed", &row);
    theory_near(seen, speed, THEORY_LESS > 1 ? 0.15 : 0.03, "effect of mu on W");
    within_four_errors(row->effect, speed);
}

static void main_effects_are_the_differences_of_the_law(void **state)
{
    (void)state;
    struct ust_spec spec;
    struct ust_sensitivity it;
    study("method: effects, " RANGES, 8, &spec, &it, check_effects);
}

/* dW / d lambda = W^2 times the range; its mean over the grid lies within the derivative's
 * least and most in the box, and it always has the sign of the mean. */
static void check_morris(const struct ust_sensitivity *it)
{
    const struct ust_sensitivity_row *row;
    double star = by_label(it, "traffic.0.arrivals.rate", &row);
    double least = 2 * pow(law(4, 1.1), 2), most = 2 * pow(law(6, .9), 2);
    assert_true(least < star);
    assert_true(star < most);
    theory_near(row->mean.value, star, 1e-9, "mu and mu* of lambda, which only raises W");
    assert_true(row->deviation.value > 0.05 * star); /* W bends upward */
    assert_true(ust_sensitivity_seen(it, &it->table[0], row));
}

static void elementary_effects_lie_between_the_laws_slopes(void **state)
{
    (void)state;
    struct ust_spec spec;
    struct ust_sensitivity it;
    study("method: morris, n: 4, " RANGES, 8, &spec, &it, check_morris);
}

/* First and total index of lambda: over a grid of the box the law's own variance, that of its
 * means along lambda, and what is left of it when the other is known. */
static void check_sobol(const struct ust_sensitivity *it)
{
    enum { GRID = 200 };
    double sum = 0, square = 0, of_rate = 0, of_speed = 0;
    for (int i = 0; i < GRID; i++) {
        double along = 0, across = 0;
        for (int j = 0; j < GRID; j++) {
            double w = law(4 + 2 * (i + .5) / GRID, .9 + .2 * (j + .5) / GRID);
            sum += w / (GRID * GRID);
            square += w * w / (GRID * GRID);
            along += w / GRID;
            across += law(4 + 2 * (j + .5) / GRID, .9 + .2 * (i + .5) / GRID) / GRID;
        }
        of_rate += along * along / GRID;
        of_speed += across * across / GRID;
    }
    double variance = square - sum * sum, first = (of_rate - sum * sum) / variance;
    double total = 1 - (of_speed - sum * sum) / variance;
    const struct ust_sensitivity_row *row;
    double seen = by_label(it, "traffic.0.arrivals.rate", &row);
    theory_near(seen, total, 0.2, "total index of lambda");
    assert_true(row->total.low <= total && total <= row->total.high);
    assert_true(row->first.low <= first && first <= row->first.high);
    assert_true(it->table[0].noise < 0.05);
}

static void indices_are_those_of_the_law(void **state)
{
    (void)state;
    struct ust_spec spec;
    struct ust_sensitivity it;
    if (THEORY_LESS > 1)
        skip(); /* 128 units */
    study("method: sobol, n: 32, " RANGES, 3, &spec, &it, check_sobol);
}

static int make_folder(void **state)
{
    (void)state;
    /* A thousand commits wait long for a disk. */
    snprintf(folder, sizeof folder, "%s/understudy-sensitivity-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[sizeof folder + 8];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(main_effects_are_the_differences_of_the_law),
        cmocka_unit_test(elementary_effects_lie_between_the_laws_slopes),
        cmocka_unit_test(indices_are_those_of_the_law),
    };
    printf(THEORY_LESS > 1 ? "reduced set: runs are %d times shorter\n" : "full set: %d\n",
           THEORY_LESS);
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
