/* The basin of a metastable failure: which triggers, how long, at which load, keep the system
 * down after they have gone? And which mitigation shrinks it?
 *
 *     mitigation x load x duration x size ─▶ a cell: n replications, how many stay down
 *
 * A replication stays down when the judgement of readiness calls it metastable (m): for the
 * last stretch of the judged time all faults are over, capacity is there, and yet fewer than 90
 * % are answered well. Cells meet the same users. Each is kept as soon as it is known, so that
 * a study that was stopped goes on where it ended.
 */
#ifndef UST_ANALYSIS_STUDY_BASIN_H
#define UST_ANALYSIS_STUDY_BASIN_H

#include <stdio.h>

#include "analysis/study/trial.h"
#include "models/world/scenario.h"

#define UST_BASIN_VALUES_MAX 64

/* Values of one path, ascending by number: "faults.0.factor=1.5..6/4" or "=2,3,5". */
struct ust_basin_axis {
    const char *path; /* NULL: of the load, which has none */
    const char *value[UST_BASIN_VALUES_MAX];
    uint32_t n;
};

struct ust_mitigation {
    const char *name; /* "none" has no assignments */
    const char **sets;
    uint32_t n;
};

struct ust_basin_cell {
    uint32_t n, stuck;
    double low, high, good, sends;
    bool known;
};

struct ust_basin {
    struct ust_arena *arena;
    struct ust_store *store;
    struct ust_trial trial;
    const struct ust_scenario *scenario;
    struct ust_basin_axis size, duration, load;
    struct ust_mitigation *mitigation; /* the first is "none" */
    uint32_t mitigations;
    const char *asked;
    struct ust_basin_cell *cell; /* [mitigation][load][duration][size] */
    struct ust_progress progress;
};

/* "PATH=A..B/N", "PATH=A,B,C"; without a path where `bare`. Values between A and B, which have
 * the same unit, stand evenly. UST_INVALID after a message. */
enum ust_status ust_basin_axis_parse(struct ust_arena *arena, const char *option,
                                     const char *text, bool bare, struct ust_basin_axis *axis);

/* "NAME:PATH=VALUE" of each; those of one name go together. */
enum ust_status ust_basin_mitigations(struct ust_basin *basin, const struct ust_texts *with);

/* Reads the scenario with each size, duration and mitigation, and runs nothing: UST_INVALID
 * after the messages of the first that is wrong. */
enum ust_status ust_basin_check(const struct ust_basin *basin, const struct ust_trial *trial);

/* UST_INVALID after a message where triggers last so long that nothing can be told. */
enum ust_status ust_basin_map(struct ust_basin *basin, bool quiet);

struct ust_basin_cell *ust_basin_at(const struct ust_basin *basin, uint32_t mitigation,
                                    uint32_t load, uint32_t duration, uint32_t size);

enum ust_status ust_basin_print(const struct ust_basin *basin, FILE *out);
enum ust_status ust_basin_json(const struct ust_basin *basin, FILE *out);

#endif
