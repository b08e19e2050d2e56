/* What must hold of the stored results of any run, and of the verdict on them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/compare/findings.h"
#include "analysis/readiness/readiness.h"
#include "analysis/study/stopping.h"
#include "models/world/run.h"
#include "tests/swarm/swarm.h"

/* ---- the verdict ---- */

static void check_bounds(const struct ust_readiness_result *result, struct ust_text *finding)
{
    if (!(result->readiness.value >= 0.0 && result->readiness.value <= 100.0))
        ust_text_printf(finding, "readiness is %g\n", result->readiness.value);
    if (!(result->p_ready.value >= 0.0 && result->p_ready.value <= 1.0))
        ust_text_printf(finding, "P(ready) is %g\n", result->p_ready.value);
    for (uint32_t i = 0; i < result->n * result->personas_n; i++)
        for (int k = 0; k < UST_COMPONENTS; k++)
            if (!(result->score[i].component[k] >= 0.0 && result->score[i].component[k] <= 1.0))
                ust_text_printf(finding, "component %s is %g\n", ust_component_names[k],
                                result->score[i].component[k]);
}

static void judge(struct ust_store *store, struct ust_text *finding)
{
    struct ust_readiness_result result;
    if (ust_readiness_judge(store, &result) != UST_OK) {
        ust_text_add(finding, "the run could not be judged\n");
        return;
    }
    check_bounds(&result, finding);
    ust_readiness_free(&result);
}

/* ---- what the scenario asks ---- */

static void hold_against_checks(struct ust_store *store, const struct ust_scenario *scenario,
                                struct ust_text *finding)
{
    struct ust_findings findings = {.arena = ust_arena_new()};
    struct ust_text told = {0};
    if (ust_findings_check(&findings, store, &scenario->checks, true) != UST_OK ||
        findings.n < scenario->checks.n)
        ust_text_printf(finding, "%u checks have %u findings\n", scenario->checks.n,
                        findings.n);
    ust_findings_text(&findings, &told);
    ust_findings_markdown(&findings, &told);
    ust_findings_junit(&findings, "swarm", &told);
    ust_findings_github(&findings, &told);
    ust_text_free(&told);
    ust_arena_free(findings.arena);
}

/* ---- the same, however it is run ---- */

struct way {
    uint32_t jobs;
    bool resumed; /* one replication, then both */
    bool until;   /* as often as the scenario says */
    bool judged, drains;
};

/* replications 0: as often as the scenario says. */
static bool run_once(struct ust_scenario *scenario, const char *path, uint32_t replications,
                     uint32_t jobs, bool replace, struct ust_run_result *ran)
{
    struct ust_stopping stopping;
    struct ust_run_options how = {.output = path,
                                  .replications = replications,
                                  .jobs = jobs,
                                  .replace = replace,
                                  .quiet = true,
                                  .overrides = ""};
    ust_stopping_begin(&stopping, scenario);
    how.enough = ust_stopping_enough;
    how.enough_context = &stopping;
    *ran = (struct ust_run_result){0};
    return ust_run(scenario, &how, ran) == UST_OK;
}

static void run_this_way(struct ust_scenario *scenario, const struct way *way, char digest[17],
                         struct ust_text *finding)
{
    char path[] = "/tmp/understudy-swarm-XXXXXX";
    struct ust_run_result ran = {0};
    int file = mkstemp(path);
    digest[0] = '\0';
    if (file < 0) {
        ust_text_add(finding, "no file could be made for the results\n");
        return;
    }
    close(file);
    bool ok = true;
    if (way->resumed) {
        ok = run_once(scenario, path, 1, way->jobs, true, &ran);
        ust_store_close(ran.store);
    }
    ok = ok && run_once(scenario, path, way->until ? 0 : 2, way->jobs, !way->resumed, &ran);
    if (!ok || ust_store_digest(ran.store, digest) != UST_OK)
        ust_text_add(finding, "the run could not be stored\n");
    else if (way->judged)
        judge(ran.store, finding);
    if (ok && way->judged)
        hold_against_checks(ran.store, scenario, finding);
    if (ok)
        ust_store_close(ran.store);
    if (ok && way->judged)
        swarm_tables(path, way->drains, finding);
    unlink(path);
}

/* Looks depend on numbers alone. */
static void run_until(struct ust_scenario *scenario, const char *name, struct ust_text *finding)
{
    const struct way two = {.jobs = 2, .until = true},
                     resumed = {.jobs = 1, .resumed = true, .until = true};
    char digest[17], other[17];
    run_this_way(scenario, &two, digest, finding);
    run_this_way(scenario, &resumed, other, finding);
    if (strcmp(digest, other) != 0)
        ust_text_printf(finding, "%s: at once it comes to %s, resumed to %s\n", name, digest,
                        other);
}

void swarm_judge(struct ust_scenario *scenario, bool drains, struct ust_text *finding)
{
    const struct way two = {.jobs = 2, .judged = true, .drains = drains}, one = {.jobs = 1},
                     resumed = {.jobs = 1, .resumed = true};
    char digest[17], other[17];
    run_this_way(scenario, &two, digest, finding);
    run_this_way(scenario, &one, other, finding);
    if (strcmp(digest, other) != 0)
        ust_text_printf(finding, "on two threads it comes to %s, on one to %s\n", digest,
                        other);
    run_this_way(scenario, &resumed, other, finding);
    if (strcmp(digest, other) != 0)
        ust_text_printf(finding, "at once it comes to %s, resumed to %s\n", digest, other);
    if (scenario->replications.until_node != NULL)
        run_until(scenario, "until", finding);
}
