/* What the units of a study answered, replication by replication: a table that statistics can
 * work on. Values come out of the units' own databases; the index has only their means.
 */
#ifndef UST_ANALYSIS_STUDY_VALUES_H
#define UST_ANALYSIS_STUDY_VALUES_H

#include "analysis/study/outcome.h"
#include "models/metric/metric.h"

/* A metric as --kpi names it (outcome.h), or "readiness": each replication's score. */
struct ust_asked {
    const char *text, *unit;
    enum ust_better better;
    bool readiness;
    struct ust_kpi kpi; /* where it is not readiness */
};
/* All mistakes are told on stderr: UST_INVALID. */
enum ust_status ust_asked_read(struct ust_arena *arena, const char *const *texts, size_t n,
                               struct ust_asked **out);

/* Are there such regions and services in the scenario? Mistakes are told: UST_INVALID. */
struct ust_scenario;
enum ust_status ust_asked_check(const struct ust_asked *asked, size_t n,
                                const struct ust_scenario *scenario);

struct ust_values {
    uint32_t units, replications; /* the highest number that any unit has */
    double *y;                    /* units x replications, from unit 1; NAN: not there */
    uint32_t *stored;             /* by unit: replications there, all from the first on */
};
/* A table of each answer, in the arena. A region or service that no unit has is a mistake that
 * is told: UST_INVALID. */
enum ust_status ust_values_read(struct ust_index *index, const struct ust_asked *answer,
                                size_t n, struct ust_arena *arena, struct ust_values *out);

/* Without the replications that some unit has no value of; y may be shared. Returns how many
 * are left. */
uint32_t ust_values_complete(struct ust_values *values);

/* "12.3 ms", "98.4 %", "71.2 points"; "-" for NAN. Returns `out`. */
#define UST_ASKED_MAX 48
const char *ust_asked_shown(double value, const char *unit, char out[UST_ASKED_MAX]);

#endif
