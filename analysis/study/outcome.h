/* What a sweep says when it has ended: a row per unit, with verdict, readiness and the metrics
 * that were asked for. Everything comes out of the index. */
#ifndef UST_ANALYSIS_STUDY_OUTCOME_H
#define UST_ANALYSIS_STUDY_OUTCOME_H

#include "analysis/study/index.h"
#include "sim/cli/cli.h"

/* "METRIC", "METRIC@REGION" or "METRIC@REGION/SERVICE": a metric of users is that of all
 * together; one of pools is added up over those that the names leave where it is a sum or a
 * number of instances, else that of the worst of them. */
struct ust_kpi {
    const char *text;             /* as typed */
    int metric;                   /* enum ust_metric */
    const char *region, *service; /* NULL: all */
};
/* NULL-named defaults where none was asked for. UST_INVALID with a message on stderr. */
enum ust_status ust_kpi_read(struct ust_arena *arena, const struct ust_texts *asked,
                             struct ust_kpi **out, uint32_t *n);

/* What pools have together: `next` of a further pool; NAN is none. */
double ust_kpi_join(const struct ust_kpi *kpi, double value, double next);

/* Mean over a unit's replications; NAN where there is none. */
double ust_kpi_mean(struct ust_index *index, uint32_t unit, const struct ust_kpi *kpi);

struct ust_outcome_facts {
    double seconds;
    uint64_t requests;
    uint32_t replications, done_before; /* that ran now; that were there */
};

void ust_outcome_print(struct ust_index *index, const struct ust_kpi *kpi, uint32_t kpis_n,
                       const struct ust_outcome_facts *facts, FILE *out);
enum ust_status ust_outcome_json(struct ust_index *index, const struct ust_kpi *kpi,
                                 uint32_t kpis_n, const struct ust_outcome_facts *facts,
                                 FILE *out);

#endif
