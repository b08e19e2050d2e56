/* The course of a failover, as moments after the fault, replication by replication.
 *
 *   fault ─▶ detected ─▶ 50/90/99 % moved ─▶ capacity caught up ─▶ objectives met
 *
 * The moments are those of analysis/readiness, which knows them as medians; a picture wants
 * their spread too, so they are taken here for each replication, by the same definitions:
 * detection and the drain from the timeline, capacity by ust_readiness_caught_up, objectives
 * from the stored recovery times. A moment that a replication does not reach is INFINITY there.
 */
#ifndef UST_PLOTS_MILESTONE_H
#define UST_PLOTS_MILESTONE_H

#include "analysis/readiness/readiness.h"
#include "plots/data.h"

struct ust_milestone {
    const char *name;         /* "detected" */
    const char *about;        /* a sentence for the reader */
    const char *none;         /* in place of a time of 0 */
    double *after_s;          /* [replications_n]; NAN: nothing is known */
    double median, low, high; /* low and high: 5 % and 95 % of replications */
    uint32_t known, reached;  /* replications */
    bool shown;               /* makes sense for this run */
};

/* All of them, in the order of enum ust_moment; without a fault none is shown. */
enum ust_status ust_plot_milestones(const struct ust_plot_run *run,
                                    const struct ust_readiness_settings *settings,
                                    struct ust_milestone milestone[UST_MOMENTS]);

/* Indices of those to show, the earliest median first: a slow cache may drain long after
 * capacity has caught up, and a waterfall that runs backwards says nothing. Returns how many.
 */
uint32_t ust_plot_milestone_order(const struct ust_milestone milestone[UST_MOMENTS],
                                  int order[UST_MOMENTS]);

/* The settings that the run was judged by. */
enum ust_status ust_plot_settings(const struct ust_plot_run *run,
                                  struct ust_readiness_settings *settings);

#endif
