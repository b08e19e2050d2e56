/* What vary.c and vary_pools.c know of each other. */
#ifndef UST_ANALYSIS_STUDY_VARY_PARTS_H
#define UST_ANALYSIS_STUDY_VARY_PARTS_H

#include "analysis/study/vary.h"

/* Options are told in their order, behind what is told of files. */
#define UST_VARY_BEHIND_FILES (1u << 20)

/* NULL: the service has none there. */
const struct ust_pool_spec *ust_vary_pool_at(const struct ust_scenario *scenario,
                                             uint32_t service, uint32_t region);

/* Into out->vary: by name, or (NULL) those that the verdict is about. */
enum ust_status ust_vary_find_pools(struct ust_spec *spec, const char *name,
                                    struct ust_varied *out);

/* Is its path that of a pool, "services.web.pools.west", or of a key of one? Then it says so.
 */
void ust_vary_recognise(struct ust_arena *arena, const struct ust_scenario *scenario,
                        struct ust_vary *vary);

#endif
