/* Calls between services, as written: which service calls which, in what order, and what
 * happens when a call fails. Who calls whom is a tree of services without a way back: a cycle
 * is refused, and named. */
#ifndef UST_MODELS_WORLD_CALLS_H
#define UST_MODELS_WORLD_CALLS_H

#include "models/entity/calls.h"
#include "sim/spec/spec.h"

struct ust_scenario;
struct ust_matrix;

struct ust_call_spec {
    const char *service;
    int order; /* index into "after", "with" */
    double probability;
    int64_t count;
    struct ust_dist work, request, response, memory, io;
    ust_time timeout;
    struct ust_variant retries;
    struct ust_hedge hedge;
    int fallback; /* enum ust_call_fallback */
    struct ust_cache_spec {
        struct ust_variant policy;
        struct ust_dist delay;
        int place, after_loss;
        struct ust_items cold; /* const char * */
        const struct ust_node *node;
    } cache;
    double writes;
    const struct ust_node *writes_node;
    const struct ust_node *service_node, *order_node;
};

extern const struct ust_field ust_call_fields[];

void ust_calls_check(struct ust_spec *spec, const struct ust_scenario *scenario);

/* Sets the calls of all services, and the round trips between regions. */
void ust_calls_build(struct ust_spec *spec, const struct ust_scenario *scenario,
                     struct ust_matrix *matrix, struct ust_config *config);

/* Do users reach this service only through others? */
bool ust_calls_only(const struct ust_scenario *scenario, uint32_t service);

#endif
