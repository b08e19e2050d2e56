/* Why the score is what it is: the points that each persona and component cost.
 *
 * In one replication persona p loses w_p 100 (1 - R_p) points, and R_p is a weighted geometric
 * mean of six components, so its loss splits exactly by log-share
 *   omega_k ln s_k / sum of omega_j ln s_j
 * or, where components are zero, equally among those. Points are means over replications; all
 * losses together are 100 less the mean score.
 */
#ifndef UST_PLOTS_LOSS_H
#define UST_PLOTS_LOSS_H

#include "plots/data.h"

#define UST_COMPONENTS 6

struct ust_component {
    const char *key, *name, *about; /* "s1", "Objective", a sentence */
    const char *setting;            /* of its weight */
    double weight;                  /* where no setting was stored */
};
extern const struct ust_component ust_components[UST_COMPONENTS];

/* One persona: medians over replications of what readiness holds. */
struct ust_persona_score {
    uint32_t persona;
    double score; /* mean of R_p, 0..1 */
    double s[UST_COMPONENTS], points[UST_COMPONENTS];
    double attainment, budget_burn, recovery_s, shortfall, headroom, loss_window_s;
    double metastable, ready; /* share of replications */
};

struct ust_loss {
    uint32_t persona; /* index into personas of the run */
    int component;
    double points, share; /* share of the persona's own loss */
};

struct ust_why {
    struct ust_persona_score *persona; /* [personas_n] of the run, by index */
    struct ust_loss *loss;             /* largest first, none below `least` points */
    uint32_t losses_n, replications;
    double lost_points; /* all of them */
};

/* replications is 0 when readiness was not computed. */
enum ust_status ust_plot_why(const struct ust_plot_run *run, struct ust_why *why);

#endif
