/* From what was learned to persona files, and a few lines about them. */
#ifndef UST_PROFILE_PERSONAS_H
#define UST_PROFILE_PERSONAS_H

#include <jansson.h>

#include "analysis/profile/keep.h"

struct ust_personas_input {
    struct ust_describe_input describe;
    struct ust_keep keep;
    const struct ust_profile_model *model; /* its names are set; NULL: none could be made */
    const char *const *files;              /* that were read, as given */
    uint32_t files_n;
    ust_time age;
};

struct ust_personas {
    struct ust_described *at;
    struct ust_kept *kept;
    uint32_t n;
    const char *folder;
};

/* Describes and names them, and writes the files; model->personas become the names. */
enum ust_status ust_personas_write(const struct ust_personas_input *input,
                                   struct ust_arena *arena, struct ust_personas *out);
void ust_personas_free(struct ust_personas *personas);

/* A line for each: name, arrivals, session, think. */
void ust_personas_text(const struct ust_personas *personas, struct ust_text *out);
/* Adds `name`, `file` and `laws` to the elements of the array `personas`. */
void ust_personas_json(const struct ust_personas *personas, json_t *array);

#endif
