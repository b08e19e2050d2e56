/* What must hold of the stored results of any run, and of the verdict on them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/readiness/readiness.h"
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

/* ---- the same, however it is run ---- */

struct way {
    uint32_t jobs;
    bool resumed; /* one replication, then both */
    bool judged, drains;
};

static bool run_once(struct ust_scenario *scenario, const char *path, uint32_t replications,
                     uint32_t jobs, bool replace, struct ust_run_result *ran)
{
    const struct ust_run_options how = {.output = path,
                                        .replications = replications,
                                        .jobs = jobs,
                                        .replace = replace,
                                        .quiet = true,
                                        .overrides = ""};
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
    ok = ok && run_once(scenario, path, 2, way->jobs, !way->resumed, &ran);
    if (!ok || ust_store_digest(ran.store, digest) != UST_OK)
        ust_text_add(finding, "the run could not be stored\n");
    else if (way->judged)
        judge(ran.store, finding);
    if (ok)
        ust_store_close(ran.store);
    if (ok && way->judged)
        swarm_tables(path, way->drains, finding);
    unlink(path);
}

void swarm_judge(struct ust_scenario *scenario, bool drains, struct ust_text *finding)
{
    const struct way two = {2, false, true, drains}, one = {1, false, false, drains},
                     resumed = {1, true, false, drains};
    char digest[17], other[17];
    run_this_way(scenario, &two, digest, finding);
    run_this_way(scenario, &one, other, finding);
    if (strcmp(digest, other) != 0)
        ust_text_printf(finding, "on two threads it comes to %s, on one to %s\n", digest,
                        other);
    run_this_way(scenario, &resumed, other, finding);
    if (strcmp(digest, other) != 0)
        ust_text_printf(finding, "at once it comes to %s, resumed to %s\n", digest, other);
}
