/* Which of many ranges moves an answer most? Three ways to ask, from the points that
 * models/world/design_screen.c lays:
 *
 *   effect  the mean change of the answer from the low end of a range to its high end, over the
 *           ends of all others (Box, Hunter and Hunter 1978, 10)
 *   morris  elementary effects: what a step along one range changes, as if the step went all
 *           the way, from many places (Morris 1991). mu* is the mean of their sizes
 * (Campolongo, Cariboni and Saltelli 2007), mu their mean, sigma their deviation: large where
 * the range bends the answer or acts together with others sobol   shares of the answer's
 * variance over the box: `first` by the range alone (Saltelli and others 2010), `total` by it
 * alone and together with others (Jansen 1999)
 *
 *       first_i = mean(f(B) (f(A_B^i) - f(A))) / V      total_i = mean((f(A) - f(A_B^i))^2) /
 * 2V
 *
 * Answers come from replications, and replication r of every point meets the same users. So the
 * answer of a point is the mean over its replications, and what chance does to all points alike
 * is no noise here. The rest is told as `noise`: in the two-way table of points and
 * replications, the residual mean square over the number of replications, as a share of the
 * variance between points. An index as small as that may be chance.
 *
 * Intervals. Of an effect: Student's t of the effects within each replication. Of the others:
 * percentiles of a bootstrap that draws trajectories (base points) and, apart from them,
 * replications, both with replacement (Owen's pigeonhole, 2007: on the safe side), expanded for
 * few trajectories as t is beside the normal law (Hesterberg 2015). With one replication they
 * say nothing of chance, and noise is NAN.
 */
#ifndef UST_ANALYSIS_STATS_SENSITIVITY_H
#define UST_ANALYSIS_STATS_SENSITIVITY_H

#include "analysis/stats/stats.h"

struct ust_answers {
    uint32_t points, factors, replications; /* each at least 1 */
    const double *x;                        /* points x factors, 0 to 1 */
    const double *y;                        /* points x replications, all finite */
    double confidence;
};

/* Effect of each factor, over all points with x 0 or 1. With one replication low and high are
 * NAN. */
void ust_sensitivity_effects(const struct ust_answers *answers, struct ust_interval *effect);

struct ust_morris {
    struct ust_interval star, mean, deviation;
};
/* Points are trajectories of factors + 1, in each of which one factor moves at a time; a move
 * of nothing (two levels of a whole number that are one) counts for no effect. Effects are of
 * the whole range. Intervals need 2 trajectories. */
void ust_sensitivity_morris(const struct ust_answers *answers, struct ust_rng *rng,
                            struct ust_morris *out);

struct ust_sobol {
    struct ust_interval first, total;
};
/* Points are sets of factors + 2: A, A with one factor each out of B, B. x is not read. All NAN
 * where the answer does not vary. */
void ust_sensitivity_sobol(const struct ust_answers *answers, struct ust_rng *rng,
                           struct ust_sobol *out);

/* As above; NAN with one replication or where nothing varies between points. */
double ust_sensitivity_noise(const struct ust_answers *answers);

/* What both bootstraps stand on (sensitivity.c): intervals of n statistics of the points'
 * answers, over draws of rows (blocks of `block` points) and replications. `statistic` gets one
 * mean per point of the drawn rows and their numbers, and fills n values; NAN in a draw is left
 * out. */
typedef void ust_sensitivity_statistic(const struct ust_answers *answers, const double *mean,
                                       const uint32_t *row, double *value);
void ust_sensitivity_bootstrap(const struct ust_answers *answers, uint32_t block, uint32_t n,
                               ust_sensitivity_statistic *statistic, struct ust_rng *rng,
                               struct ust_interval *out);

#endif
