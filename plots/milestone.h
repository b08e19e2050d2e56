/* The course of a failover, as moments after the fault, over replications.
 *
 *   fault ─▶ detected ─▶ 50/90/99 % moved ─▶ capacity caught up ─▶ objectives met
 *
 * detected            the timeline's event of the lost region
 * x % moved           share of the lost region's first-attempt work that other regions got,
 * held against the five minutes before the fault; between two intervals the crossing is
 * interpolated capacity caught up  the regions that are left hold, for a minute, as much vCPU
 * as the whole first-attempt work asks for objectives met      the last persona's recovery
 * time, as readiness defines it
 *
 * A moment that a replication does not reach within the run is INFINITY there.
 */
#ifndef UST_PLOTS_MILESTONE_H
#define UST_PLOTS_MILESTONE_H

#include <stdint.h>

#include "plots/data.h"

enum ust_milestone_id {
    UST_MILESTONE_DETECTED,
    UST_MILESTONE_MOVED_50,
    UST_MILESTONE_MOVED_90,
    UST_MILESTONE_MOVED_99,
    UST_MILESTONE_CAPACITY,
    UST_MILESTONE_OBJECTIVES,
    UST_MILESTONES
};

struct ust_milestone {
    const char *name;  /* "detected" */
    const char *about; /* a sentence for the reader */
    double *after_s;   /* [replications_n]; NAN: nothing is known */
    double median, low, high;
    uint32_t known, reached; /* replications */
    bool shown;              /* makes sense for this run */
};

/* All of them, in order; without a fault, `shown` is false everywhere. */
enum ust_status ust_plot_milestones(const struct ust_plot_run *run,
                                    struct ust_milestone milestone[UST_MILESTONES]);

#endif
