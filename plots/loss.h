/* Why the score is what it is: the points that each persona and component cost.
 *
 * In one replication persona p loses w_p 100 (1 - R_p) points, which split among the components
 * by ust_readiness_shares; points are means over replications, and all losses together are 100
 * less the mean score. Read from table `readiness`, so the page says what the verdict was made
 * of, whatever was changed since.
 */
#ifndef UST_PLOTS_LOSS_H
#define UST_PLOTS_LOSS_H

#include "analysis/readiness/readiness.h"
#include "plots/data.h"

struct ust_component_words {
    const char *name, *about;
};
extern const struct ust_component_words ust_component_words[UST_COMPONENTS];

/* One persona over all replications. */
struct ust_persona_score {
    uint32_t n;                    /* replications that judge it; 0: injected load */
    double score;                  /* mean of R_p, 0..1 */
    double s[UST_COMPONENTS];      /* medians */
    double points[UST_COMPONENTS]; /* lost, of 100 */
    double ready;                  /* share of replications */
    /* where the component cost anything: medians over the whole would hide it */
    struct ust_readiness_cost cost[UST_COMPONENTS];
    double attainment[UST_COMPONENTS]; /* of the sums there */
};

struct ust_loss {
    uint32_t persona; /* index into personas of the run */
    int component;
    double points, share; /* share of the persona's own loss */
};

struct ust_why {
    struct ust_persona_score *persona; /* [personas_n] of the run, by index */
    struct ust_loss *loss;             /* largest first; what would print as 0.0 is left out */
    uint32_t losses_n, replications;
    double lost_points; /* all of them */
};

/* replications is 0 when readiness was not computed. */
enum ust_status ust_plot_why(const struct ust_plot_run *run,
                             const struct ust_readiness_settings *settings,
                             struct ust_why *why);

#endif
