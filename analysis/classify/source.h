/* Where the personas of a classification come from: a model that `profile` wrote, alone or in a
 * folder of persona files that it goes with. */
#ifndef UST_CLASSIFY_SOURCE_H
#define UST_CLASSIFY_SOURCE_H

#include "analysis/profile/model.h"
#include "sim/base/status.h"

struct ust_model_source {
    const char *path; /* of the model's file */
    struct ust_profile_model model;
    const char **strange; /* user personas of the folder that the model does not know */
    uint32_t strange_n;
};

/* path: a file, or a folder with UST_PROFILE_MODEL_FILE and, beside it or in `users`, NAME.yaml
 * for each persona of the model. What is wrong is printed, all of it, with `command` before it:
 * UST_INVALID, or UST_REFUSED where it cannot be read. Lives in the arena. */
enum ust_status ust_model_source_open(const char *command, const char *path,
                                      struct ust_arena *arena, struct ust_model_source *out);

#endif
