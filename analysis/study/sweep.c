#include "analysis/study/sweep.h"

#include <stdlib.h>

#include "analysis/study/judge.h"
#include "analysis/study/stopping.h"

struct sweep {
    const struct ust_study *study;
    struct ust_index *index;
    struct ust_stopping *stopping; /* by unit */
    bool shard;
};

static void begin(void *context, uint32_t unit, const struct ust_scenario *scenario)
{
    struct sweep *sweep = context;
    ust_stopping_begin(&sweep->stopping[unit], scenario);
}

static enum ust_status enough(void *context, uint32_t unit, struct ust_store *store, uint32_t n,
                              bool *is)
{
    struct sweep *sweep = context;
    return ust_stopping_enough(&sweep->stopping[unit], store, n, is);
}

enum ust_status ust_sweep_judge(struct ust_index *index, uint32_t number,
                                struct ust_store *store)
{
    UST_TRY(ust_judge_stored(store));
    return ust_index_result(index, number, store);
}

static enum ust_status finish(void *context, uint32_t unit, struct ust_store *store)
{
    struct sweep *sweep = context;
    if (sweep->study->unit[unit].asks)
        UST_TRY(ust_stopping_end(&sweep->stopping[unit], store, true));
    if (sweep->shard)
        return UST_OK;
    return ust_sweep_judge(sweep->index, sweep->study->unit[unit].is->number, store);
}

static enum ust_status alive(void *context)
{
    struct sweep *sweep = context;
    return ust_index_renew(sweep->index);
}

enum ust_status ust_sweep(const struct ust_study *study,
                          const struct ust_sweep_options *options,
                          const struct ust_executor *executor, struct ust_index **index,
                          struct ust_batch_result *result)
{
    *result = (struct ust_batch_result){0};
    UST_TRY(ust_index_create(options->folder, study, options->shard, options->replace, index));
    struct sweep sweep = {.study = study,
                          .index = *index,
                          .shard = options->shard.parts > 0,
                          .stopping = ust_malloc(study->n * sizeof *sweep.stopping)};
    const struct ust_batch_options batch = {.folder = options->folder,
                                            .jobs = options->jobs,
                                            .shard = options->shard,
                                            .replace = options->replace,
                                            .quiet = options->quiet,
                                            .begin = begin,
                                            .enough = enough,
                                            .finish = finish,
                                            .alive = alive,
                                            .context = &sweep};
    enum ust_status status = ust_batch_run(study, &batch, executor, result);
    if (status == UST_OK)
        status = ust_index_finish(*index);
    free(sweep.stopping);
    return status;
}
