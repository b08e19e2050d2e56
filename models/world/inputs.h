/* What a scenario's traffic and network amount to, once the files that they name are read:
 * plans of arrivals, and round trips between every user and every region.
 *
 * Building needs them; and a scenario with mistakes elsewhere is looked at for theirs, so that
 * all are told at once.
 */
#ifndef UST_MODELS_WORLD_INPUTS_H
#define UST_MODELS_WORLD_INPUTS_H

#include "models/arrival/plan.h"
#include "models/world/network.h"
#include "models/world/scenario.h"

/* Is it known from when to when the run goes? Mistakes there have been told. */
bool ust_span_known(const struct ust_spec *spec, const struct ust_scenario *scenario);

/* When these users come, from the beginning of the warm-up. UST_INVALID with messages. */
enum ust_status ust_traffic_plan(struct ust_spec *spec, const struct ust_scenario *scenario,
                                 const struct ust_traffic_spec *traffic,
                                 const struct ust_user_persona *persona,
                                 struct ust_arrival_plan *out);

/* A message for each region that some user finds no way to. */
void ust_network_check(struct ust_spec *spec, const struct ust_scenario *scenario,
                       struct ust_matrix *matrix);

/* Of a scenario with mistakes: what is wrong with the inputs of its sound parts. */
void ust_scenario_look(struct ust_spec *spec, const struct ust_scenario *scenario);

#endif
