/* What must hold of the verdict on any run. */
#include <stdlib.h>
#include <unistd.h>

#include "analysis/readiness/readiness.h"
#include "models/world/run.h"
#include "tests/swarm/swarm.h"

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

void swarm_judge(struct ust_scenario *scenario, struct ust_text *finding)
{
    char path[] = "/tmp/understudy-swarm-XXXXXX";
    int file = mkstemp(path);
    if (file < 0) {
        ust_text_add(finding, "no file could be made for the results\n");
        return;
    }
    close(file);
    const struct ust_run_options how = {.output = path,
                                        .replications = 2,
                                        .jobs = 2,
                                        .replace = true,
                                        .quiet = true,
                                        .overrides = ""};
    struct ust_run_result ran = {0};
    struct ust_readiness_result result;
    if (ust_run(scenario, &how, &ran) != UST_OK) {
        ust_text_add(finding, "the run could not be stored\n");
    } else if (ust_readiness_judge(ran.store, &result) != UST_OK) {
        ust_text_add(finding, "the run could not be judged\n");
    } else {
        check_bounds(&result, finding);
        ust_readiness_free(&result);
    }
    ust_store_close(ran.store);
    unlink(path);
}
