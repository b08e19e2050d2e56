/* Data tiers, as written: where the primary is, where its replicas, and who becomes the next
 * primary when. */
#ifndef UST_MODELS_WORLD_DATA_H
#define UST_MODELS_WORLD_DATA_H

#include "models/entity/data.h"
#include "sim/spec/spec.h"

struct ust_scenario;

struct ust_data_spec {
    const char *primary;
    struct ust_items replicas; /* const char * */
    struct ust_replication_spec {
        struct ust_dist lag;
        double throughput;
    } replication;
    struct ust_promotion_spec {
        int when; /* index into "automatic", "plan" */
        struct ust_dist detect, duration;
    } promotion;
    int meanwhile; /* index into "fail", "wait" */
    const struct ust_node *node, *primary_node;
};

extern const struct ust_field ust_data_fields[];

void ust_data_check(struct ust_spec *spec, const struct ust_scenario *scenario);

/* NULL where the service has none. */
const struct ust_data_config *ust_data_build(struct ust_spec *spec,
                                             const struct ust_scenario *scenario,
                                             const struct ust_data_spec *data,
                                             uint32_t service);

#endif
