/* The timeline: what happened when, as far as there is room. */
#include <math.h>
#include <string.h>

#include "models/entity/pool.h"

/* How many of this name there are, to be counted on; NULL: too many names. */
static uint32_t *seen_of(struct ust_moment_names *names, const char *event)
{
    for (uint32_t i = 0; i < names->n; i++)
        if (strcmp(names->at[i].event, event) == 0)
            return &names->at[i].n;
    if (names->n == UST_EVENTS_MAX)
        return NULL;
    names->at[names->n].event = event;
    return &names->at[names->n++].n;
}

/* The timeline is full. */
static bool is_rare(struct ust_model *model, const char *event)
{
    struct ust_measure *measure = &model->measure;
    if (measure->names == NULL) {
        measure->names = ust_arena_alloc(model->arena, struct ust_moment_names, 1);
        for (uint32_t i = 0; i < measure->moments_n; i++) {
            uint32_t *n = seen_of(measure->names, measure->moments[i].event);
            if (n != NULL)
                ++*n;
        }
    }
    uint32_t *n = seen_of(measure->names, event);
    return n != NULL && ++*n <= UST_MOMENTS_EACH;
}

void ust_measure_left_out(struct ust_model *model)
{
    struct ust_moment_names *names = model->measure.names;
    if (names != NULL && names->left_out > 0)
        ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                      .event = "timeline_cut",
                                                      .value = (double)names->left_out});
}

void ust_measure_moment(struct ust_model *model, struct ust_moment moment)
{
    struct ust_measure *measure = &model->measure;
    if (measure->moments_n >= UST_MOMENTS_MAX && !is_rare(model, moment.event)) {
        measure->names->left_out++;
        return;
    }
    if (measure->moments_n == measure->moments_capacity) {
        measure->moments_capacity = measure->moments_capacity * 2 + 64;
        measure->moments =
            ust_realloc(measure->moments, measure->moments_capacity * sizeof *measure->moments);
    }
    measure->moments[measure->moments_n++] = moment;
}
