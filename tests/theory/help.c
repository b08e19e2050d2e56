#include "tests/theory/help.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

#include "models/world/scenario.h"
#include "sim/base/diag.h"
#include "sim/base/hash.h"

struct theory {
    struct ust_spec spec;
    struct ust_scenario *scenario;
};

struct theory *theory_open(const char *text)
{
    struct theory *theory = calloc(1, sizeof *theory);
    theory->spec.arena = ust_arena_new();
    theory->spec.diag = ust_diag_new();
    struct ust_node *root =
        ust_spec_read_text(&theory->spec, "theory.yaml", text, strlen(text));
    if (root != NULL && ust_diag_errors(theory->spec.diag) == 0)
        theory->scenario = ust_scenario_decode(&theory->spec, "theory.yaml", root);
    if (theory->scenario == NULL) {
        ust_diag_print(theory->spec.diag, stderr, "nothing was run");
        print_error("%s", text);
        fail();
    }
    return theory;
}

const struct ust_config *theory_config(const struct theory *theory)
{
    return theory->scenario->config;
}

void theory_close(struct theory *theory)
{
    ust_diag_free(theory->spec.diag);
    ust_arena_free(theory->spec.arena);
    free(theory);
}

char *theory_queue(const struct theory_queue *queue)
{
    char *text = NULL, rate[64];
    size_t length;
    FILE *out = open_memstream(&text, &length);
    snprintf(rate, sizeof rate, "{kind: poisson, rate: %.12f /s}", queue->rate);
    double duration = queue->duration / (queue->whole ? 1 : THEORY_LESS);
    if (duration < queue->warmup) /* which the language refuses */
        duration = queue->warmup;
    /* Every law has its own seed: with one for all, all would err by the same draws. */
    uint64_t seed = ust_hash_text(ust_hash_text(1, rate), queue->work);
    seed = ust_hash_text(ust_hash_text(seed, queue->instance),
                         queue->more != NULL ? queue->more : "");
    fprintf(out, "understudy: 1\nname: theory\nseed: %llu\n", (unsigned long long)(seed >> 12));
    fprintf(out, "warmup: %.6f s\nduration: %.6f s\n", queue->warmup, duration);
    fprintf(out, "personas:\n  - name: user\n    actions: {ask: {work: %s}}\n", queue->work);
    if (queue->tolerance != NULL)
        fprintf(out, "    tolerance: {%s}\n", queue->tolerance);
    fprintf(out, "regions: {here: {zones: 1}}\nservices:\n  s:\n");
    fprintf(out, "    instance: {name: box, %s}\n", queue->instance);
    if (queue->balancer != NULL)
        fprintf(out, "    balancer: %s\n", queue->balancer);
    if (queue->service != NULL)
        fprintf(out, "    %s\n", queue->service);
    fprintf(out, "    pools: {here: %u}\n", queue->instances > 0 ? queue->instances : 1);
    fprintf(out, "traffic:\n  - {persona: user, arrivals: %s}\n",
            queue->arrivals != NULL ? queue->arrivals : rate);
    if (queue->more != NULL)
        fprintf(out, "%s\n", queue->more);
    fclose(out);
    return text;
}

/* ---- replications ---- */

void theory_run(char *text, uint32_t n, uint32_t k, theory_plan *plan, theory_read *read,
                void *context, struct theory_value *out)
{
    struct theory *theory = theory_open(text);
    double values[THEORY_VALUES], sum[THEORY_VALUES] = {0}, square[THEORY_VALUES] = {0};
    double first[THEORY_VALUES] = {0};
    assert_true(k <= THEORY_VALUES);
    assert_true(n >= 2);
    for (uint32_t replication = 0; replication < n; replication++) {
        struct ust_model *model = ust_model_new(theory_config(theory), replication);
        if (plan != NULL)
            plan(model, context, values);
        ust_model_run(model);
        if (read != NULL)
            read(model, context, values);
        ust_model_free(model);
        for (uint32_t i = 0; i < k; i++) {
            if (replication == 0)
                first[i] = out[i].least = out[i].most = values[i];
            sum[i] += values[i] - first[i]; /* shifted, so that squares do not cancel */
            square[i] += (values[i] - first[i]) * (values[i] - first[i]);
            out[i].least = values[i] < out[i].least ? values[i] : out[i].least;
            out[i].most = values[i] > out[i].most ? values[i] : out[i].most;
        }
    }
    for (uint32_t i = 0; i < k; i++) {
        double mean = sum[i] / n, variance = (square[i] - sum[i] * mean) / (n - 1);
        out[i].mean = first[i] + mean;
        out[i].sd = variance > 0 ? sqrt(variance) : 0;
        out[i].n = n;
    }
    theory_close(theory);
    free(text);
}

static uint32_t find_key(const struct ust_model *model, struct ust_key key)
{
    const struct ust_measure *measure = &model->measure;
    for (uint32_t i = 0; i < measure->keys_n; i++) {
        const struct ust_key *it = &measure->keys[i];
        if (it->metric == key.metric && it->region == key.region &&
            it->service == key.service && it->persona == key.persona)
            return i;
    }
    fail_msg("no such key: metric %d", (int)key.metric);
    return 0;
}

double theory_kpi(const struct ust_model *model, enum ust_metric metric, uint32_t region,
                  uint32_t service, uint32_t persona)
{
    return model->measure
        .kpi[find_key(model, (struct ust_key){metric, region, service, persona})];
}

double theory_series(const struct ust_model *model, enum ust_metric metric, uint32_t region,
                     uint32_t service, uint32_t persona, uint32_t interval)
{
    assert_true(interval < model->config->intervals);
    uint32_t key = find_key(model, (struct ust_key){metric, region, service, persona});
    return model->measure.series[(size_t)key * model->config->intervals + interval];
}

double theory_pool(const struct ust_model *model, enum ust_metric metric)
{
    return theory_kpi(model, metric, 1, 1, 0);
}

double theory_users(const struct ust_model *model, enum ust_metric metric)
{
    return theory_kpi(model, metric, 0, 0, 1);
}

void theory_look_at(struct ust_model *model, ust_time at, ust_handler *look, void *context,
                    uint64_t argument)
{
    uint32_t handler = ust_engine_handler(&model->engine, look, context);
    ust_schedule(&model->engine, at, UST_LANE_OBSERVE, handler, argument);
}

/* ---- comparison ---- */

static uint32_t compared, covered;

static void judge(const char *what, double seen, double error, double half95, double exact,
                  double relative)
{
    double off = fabs(seen - exact), z = error > 0 ? off / error : off > 0 ? HUGE_VAL : 0;
    double allowed = relative * fabs(exact) * sqrt(THEORY_LESS);
    compared++;
    covered += off <= half95;
    printf("  %-58s %12.6g exact %12.6g  +- %-9.3g %5.2f se %6.2f %%\n", what, seen, exact,
           half95, (seen - exact) / (error > 0 ? error : 1), 100 * off / fabs(exact));
    if (z >= 4)
        fail_msg("%s: %.9g is %.2f standard errors from %.9g", what, seen, z, exact);
    if (off > allowed)
        fail_msg("%s: %.9g is off %.9g by %.2f %%", what, seen, exact, 100 * off / fabs(exact));
}

void theory_check(struct theory_value seen, double exact, double relative, const char *format,
                  ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    assert_true(seen.n >= 30);
    double error = seen.sd / sqrt(seen.n);
    judge(what, seen.mean, error, gsl_cdf_tdist_Pinv(0.975, seen.n - 1.0) * error, exact,
          relative);
}

void theory_check_sd(struct theory_value seen, double sd, double kurtosis, const char *format,
                     ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    assert_true(seen.n >= 200);
    double error = sd * sqrt(2.0 / (seen.n - 1.0) + kurtosis / seen.n) / 2;
    judge(what, seen.sd, error, 1.96 * error, sd, HUGE_VAL);
}

void theory_near(double seen, double exact, double relative, const char *what)
{
    if (!(fabs(seen - exact) <= relative * fabs(exact)))
        fail_msg("%s: %.15g, must be %.15g within %g of it", what, seen, exact, relative);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double theory_ks(double *x, uint32_t n, double (*law)(double, const void *), const void *params)
{
    double gap = 0;
    qsort(x, n, sizeof *x, ascending);
    for (uint32_t i = 0; i < n; i++) {
        double f = law(x[i], params);
        double above = (i + 1.0) / n - f, below = f - (double)i / n;
        gap = above > gap ? above : gap;
        gap = below > gap ? below : gap;
    }
    return gap * sqrt(n);
}

/* The comparisons of one program are not independent (several values of one run), so the bound
 * is that of a third as many. */
void intervals_cover_as_many_references_as_they_promise(void **state)
{
    (void)state;
    uint32_t n = compared / 3 + 1;
    double share = compared > 0 ? (double)covered / compared : 1;
    double chance = gsl_cdf_binomial_P((unsigned)(share * n), 0.95, n);
    printf("  %u of %u references lie within their 95 %% interval\n", covered, compared);
    assert_true(chance > 1e-3);
}
