/* Which parameter moves the answers most? The study behind `understudy sensitivity`.
 *
 *   design: sensitivity ─plan─▶ units ─sweep─▶ values ─▶ effects, mu* and sigma, or indices
 *                                                        ─▶ tables sensitivity_* of the index
 *
 * The points are units like any others, so they run, resume and are stored as those of a sweep;
 * what is asked of them may be asked again, of other metrics, without running anything.
 */
#ifndef UST_ANALYSIS_STUDY_SENSITIVITY_H
#define UST_ANALYSIS_STUDY_SENSITIVITY_H

#include <stdio.h>

#include "analysis/stats/sensitivity.h"
#include "analysis/study/values.h"
#include "models/world/study.h"

struct ust_sensitivity_factor {
    uint32_t id; /* in the index */
    const char *path, *label, *low, *high;
    double low_number, high_number;
};

/* What is told of a factor; the members of the method are filled, others are NAN. */
struct ust_sensitivity_row {
    const struct ust_sensitivity_factor *factor;
    struct ust_interval effect, star, mean, deviation, first, total;
};

struct ust_sensitivity_table {
    const struct ust_asked *answer;
    uint32_t replications;
    double mean, deviation;          /* over the units */
    double noise;                    /* ust_sensitivity_noise */
    struct ust_sensitivity_row *row; /* what moves the answer most first */
};

struct ust_sensitivity {
    struct ust_index *index;
    struct ust_arena *arena;
    double confidence;
    /* read from the index */
    const char *name, *seed;
    enum ust_screen_method method;
    uint32_t n, units, factors_n;
    struct ust_sensitivity_factor *factor;
    /* a table of each answer */
    struct ust_sensitivity_table *table;
    uint32_t tables_n;
};

/* Remembers the plan's ranges in the index of its sweep. */
enum ust_status ust_sensitivity_plan(struct ust_index *index, const struct ust_design *design);

/* index, arena and confidence are filled by the caller. Answers that some unit has no value of
 * in any replication are told, and refused. Writes what it finds into the index. */
enum ust_status ust_sensitivity_make(struct ust_sensitivity *sensitivity,
                                     const struct ust_asked *answer, uint32_t n);

/* The measure that sorts: the size of the effect, mu*, the total index. */
const struct ust_interval *ust_sensitivity_main(const struct ust_sensitivity *sensitivity,
                                                const struct ust_sensitivity_row *row);
/* Can it be told from chance? An effect whose interval is clear of 0, a mu* larger than noise
 * alone would make, a total index whose interval is clear of the share of noise. */
bool ust_sensitivity_seen(const struct ust_sensitivity *sensitivity,
                          const struct ust_sensitivity_table *table,
                          const struct ust_sensitivity_row *row);

/* sensitivity_tell.c */
void ust_sensitivity_print(const struct ust_sensitivity *sensitivity, FILE *out);
enum ust_status ust_sensitivity_json(const struct ust_sensitivity *sensitivity, FILE *out);

#endif
