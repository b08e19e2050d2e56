/* How sure a classifier may be: posteriors that say as much as they are worth.
 *
 * Where clusters are no Gaussians, the posterior of a mixture of Gaussians says too much: of
 * the points for which it says 95 %, fewer than 95 % are of that cluster. It is right about
 * which cluster is the likeliest, so one number mends it: posteriors are raised to the power
 * 1 / temperature and made to sum to 1 again, above 1 less sure (temperature scaling; Guo,
 * Pleiss, Sun and Weinberger, ICML 2017). The temperature is the one that suits points best
 * which the classifier has not seen.
 *
 * What cluster a point is of is itself not sure where clusters overlap. Labels that are taken
 * for sure would make a classifier as sure as the rule that made them, not as it deserves; so
 * a point counts by how much its label is believed.
 */
#ifndef UST_CLUSTER_TEMPER_H
#define UST_CLUSTER_TEMPER_H

#include <stddef.h>
#include <stdint.h>

/* How much labels are worth. */
struct ust_beliefs {
    float *sure;    /* of each point: the probability of its label, 0 .. 1 */
    uint32_t *next; /* the label that has most of the rest; UST_NOISE: none has */
};

/* In place: n posteriors that sum to 1, the largest not 0. temperature > 0. */
void ust_temper(double *posterior, uint32_t n, double temperature);

/* The points that a classifier was held against without having seen them. */
struct ust_held_posteriors {
    double *posterior; /* n * clusters */
    uint32_t *label, *next;
    float *sure;
    size_t n;
    uint32_t clusters;
};

/* Between UST_TEMPER_LEAST and UST_TEMPER_MOST; 1 for less than two clusters or too few
 * points. */
#define UST_TEMPER_LEAST  0.5
#define UST_TEMPER_MOST   8.0
#define UST_TEMPER_POINTS 30
double ust_temper_find(const struct ust_held_posteriors *held);

#endif
