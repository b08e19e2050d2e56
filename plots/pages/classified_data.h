/* What the page of a classification asks of its database. */
#ifndef UST_PLOTS_PAGES_CLASSIFIED_DATA_H
#define UST_PLOTS_PAGES_CLASSIFIED_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/status.h"

#define UST_DISTANCE_BINS   48  /* of distance in gates, 0 to UST_DISTANCE_GATES */
#define UST_DISTANCE_GATES  3.0 /* what lies farther is counted in the last bin */
#define UST_STRANGERS_MAX   100
#define UST_MIX_WINDOWS_MAX 2000

struct ust_class_persona {
    const char *name; /* NULL: none */
    uint64_t sessions;
    double confidence, gate; /* NAN for none */
    const char *gate_from;
    uint64_t bin[UST_DISTANCE_BINS]; /* of the sessions that it is nearest to */
};

struct ust_class_window {
    double begin, end; /* unix s */
    uint64_t sessions;
    double psi, adjusted; /* NAN: not judged */
    const char *state;
    double *share, *low, *high; /* of each persona, last none */
};

struct ust_class_stranger {
    const char *file, *nearest;
    uint64_t line, events, session;
    double begin, gates;
    const char **why;
    uint32_t why_n;
};

struct ust_class_label {
    const char *name, *means; /* NULL: a stranger */
    uint64_t *given;          /* to each persona, last to none */
};

struct ust_class_data {
    const char *path, *model, *gate;
    double level, gap_s, window_s, first, last, moved, shifted, significance;
    uint64_t events, malformed, programs, copies, sessions, none;
    bool complete;
    struct ust_class_persona *persona; /* answers; the last is none */
    uint32_t answers;
    double *learned; /* of each answer, as in the mix */
    struct ust_class_window *window;
    uint32_t windows;
    struct ust_class_stranger *stranger;
    uint32_t strangers;
    struct ust_class_label *label;
    uint32_t labels;
};

/* Texts live in the arena. UST_REFUSED after a message. */
enum ust_status ust_class_data_load(const char *path, struct ust_arena *arena,
                                    struct ust_class_data *out);

#endif
