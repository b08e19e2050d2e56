/* From a configuration to what the database says before the first replication, and from a
 * finished replication to its rows. */
#ifndef UST_MODELS_WORLD_PLAN_H
#define UST_MODELS_WORLD_PLAN_H

#include "models/world/run.h"

struct ust_model;

enum ust_status ust_plan_create(const struct ust_scenario *scenario,
                                const struct ust_run_options *options, uint32_t replications,
                                bool *done, struct ust_store **store);
/* series and kpi are the model's own; free the rest with ust_plan_rows_free. */
struct ust_store_replication ust_plan_rows(const struct ust_model *model);
void ust_plan_rows_free(struct ust_store_replication *rows);
enum ust_status ust_plan_store(struct ust_store *store, const struct ust_model *model);

#endif
