/* Does `size` find what formulas know? The smallest pool for which a stated share of customers
 * is served in time, in the long run: servers of one queue (Erlang C), and single servers among
 * which chance deals (each is M/M/1 at an equal part of the load).
 *
 * The objective lies in the middle between what the answer and what one fewer keeps, and a run
 * is so long that its own share lies several deviations away from both, so that the answer has
 * to be the law's whatever the seed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analysis/stats/laws.h"
#include "analysis/study/size.h"
#include "analysis/study/study.h"
#include "analysis/verify/verify.h"
#include "sim/base/hash.h"

#define MEAN_MS 10.0
#define MOST    64

struct question {
    unsigned answer; /* servers */
    double load;     /* of them, busy */
    double t;        /* objective, in mean services */
    bool dealt;      /* among instances; else slots of one */
    double seconds;  /* of a replication */
};

/* Share of customers that are in the system for longer than t mean services. */
static double late(const struct question *q, unsigned c)
{
    if (q->dealt)
        return exp(-(1.0 - q->load / c) * q->t);
    double spare = c - q->load - 1.0, wait = ust_law_erlang_c(c, q->load);
    double both = fabs(spare) < 1e-9 ? q->t : (1.0 - exp(-spare * q->t)) / spare;
    return exp(-q->t) * (1.0 + wait * both);
}

/* Its errors are what the middle between both is. */
static double objective(const struct question *q)
{
    double fewer = q->answer - 1.0 > q->load ? late(q, q->answer - 1) : 1.0;
    return (late(q, q->answer) + fewer) / 2.0;
}

static char *in_words(const struct question *q)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\nname: verify\nwarmup: 5 s\nduration: %g s\ninterval: %g s\n"
            "replications: 2\npersonas:\n  - name: user\n"
            "    actions: {ask: {work: exponential(mean %g ms)}}\n"
            "    tolerance: {latency: %.9g ms, errors: %.9g}\n"
            "regions: {here: {zones: 1}}\nservices:\n  s:\n"
            "    instance: {name: box, capacity: {vcpu: 256}, "
            "tuning: {slots: 1, queue: unlimited}}\n"
            "    balancer: random\n    pools: {here: 1}\n"
            "traffic: [{persona: user, arrivals: {kind: poisson, rate: %.9g /s}}]\n"
            "readiness: {bucket: %g s, hold: %g s, slack: 0, ready_p: 60 %%, ready_score: 0}\n",
            q->seconds, q->seconds, MEAN_MS, MEAN_MS * q->t, objective(q),
            q->load * 1000.0 / MEAN_MS, q->seconds, q->seconds);
    fclose(out);
    return text;
}

/* As `understudy size --vary ...=1..64` would. 0: no answer. */
static enum ust_status find(struct ust_verify *verify, const char *path, const char *vary,
                            uint64_t seed, unsigned *answer)
{
    static const struct ust_texts none = {0};
    const char *output = ust_arena_printf(verify->arena, "%s/run.db", verify->folder);
    const struct ust_texts varies = {&vary, 1};
    struct ust_study study = {.path = path,
                              .output = output,
                              .suffix = "",
                              .sets = &none,
                              .jobs = verify->jobs,
                              .seed_given = true,
                              .seed = seed,
                              .replace = true,
                              .quiet = true};
    struct ust_size size = {.arena = ust_arena_new(), .seed = seed};
    enum ust_status status = ust_study_begin(&study);
    if (status == UST_OK) {
        size.store = study.store;
        size.trial = study.trial;
        size.scenario = study.scenario;
        status = ust_vary_read(&study.spec, study.scenario, &none, &varies, NULL, &size.varied);
    }
    if (status == UST_OK) {
        size.trial.replications =
            2 * ust_size_least_proof(study.scenario->readiness.ready_p,
                                     study.scenario->readiness.confidence);
        status = ust_size_find(&size);
    }
    bool found = size.outcome == UST_SIZE_FOUND || size.outcome == UST_SIZE_LEAST;
    *answer = status == UST_OK && found ? size.answer[0] + 1 : 0;
    ust_study_end(&study);
    ust_arena_free(size.arena);
    unlink(output);
    return status;
}

static enum ust_status ask(struct ust_verify *verify, struct question q)
{
    char *text = in_words(&q);
    const char *path = ust_verify_file(verify, "scenario.yaml", text);
    uint64_t seed = ust_hash_text(verify->seed, text);
    free(text);
    if (path == NULL)
        return UST_REFUSED;
    ust_progress_step(&verify->progress, ++verify->progress.done);
    if (ust_cli_stop_wanted())
        return UST_STOPPED;
    const char *vary = ust_arena_printf(
        verify->arena, "%s=1..%d",
        q.dealt ? "services.s.pools.here" : "services.s.instance.tuning.slots", MOST);
    unsigned answer;
    UST_TRY(find(verify, path, vary, seed, &answer));
    ust_verify_add(
        verify,
        &(struct ust_verify_row){
            .kind = UST_VERIFY_EXACT,
            .section = "Sizes",
            .law = q.dealt ? "Smallest pool of M/M/1 queues" : "Smallest pool, Erlang C",
            .source = "Kleinrock, Queueing Systems I, 3.2 and 3.5",
            .parameters = ust_arena_printf(verify->arena, "load %g, %.4g %% within %g services",
                                           q.load, 100.0 * (1.0 - objective(&q)), q.t),
            .quantity = q.dealt ? "instances" : "servers",
            .reference = q.answer,
            .estimate = {answer, answer, answer},
            .p = ust_nan(),
            .n = 1,
            .passed = answer == q.answer});
    return UST_OK;
}

enum ust_status ust_verify_sizes(struct ust_verify *verify)
{
    UST_TRY(ask(verify, (struct question){2, 0.7, 3, false, 200}));
    UST_TRY(ask(verify, (struct question){5, 3, 2, false, 200}));
    UST_TRY(ask(verify, (struct question){10, 8, 3, false, 100}));
    UST_TRY(ask(verify, (struct question){23, 20, 2.5, false, 100}));
    UST_TRY(ask(verify, (struct question){4, 2, 4, true, 200}));
    return ask(verify, (struct question){9, 6, 5, true, 200});
}
