#include "analysis/cluster/temper.h"

#include <math.h>
#include <string.h>

#include "analysis/cluster/points.h"

void ust_temper(double *posterior, uint32_t n, double temperature)
{
    double most = 0.0, sum = 0.0;
    for (uint32_t c = 0; c < n; c++)
        most = fmax(most, posterior[c]);
    for (uint32_t c = 0; c < n; c++) {
        posterior[c] = pow(posterior[c] / most, 1.0 / temperature);
        sum += posterior[c];
    }
    for (uint32_t c = 0; c < n; c++)
        posterior[c] /= sum;
}

/* Brier's score (1950), summed over the points: the squared distance of what was said from what
 * is believed. The logarithm of what was said would listen to the few points that it had taken
 * for impossible, and to nobody else. */
static double score(const struct ust_held_posteriors *held, double temperature)
{
    uint32_t k = held->clusters;
    double said[UST_CLUSTERS_MAX], all = 0.0;
    for (size_t i = 0; i < held->n; i++) {
        double sure = (double)held->sure[i];
        memcpy(said, held->posterior + i * k, k * sizeof *said);
        ust_temper(said, k, temperature);
        said[held->label[i]] -= sure;
        if (held->next[i] != UST_NOISE)
            said[held->next[i]] -= 1.0 - sure;
        for (uint32_t c = 0; c < k; c++)
            all += said[c] * said[c];
    }
    return all;
}

/* Steps of the logarithm of the temperature, then golden sections about the best of them. */
#define STEPS 16

double ust_temper_find(const struct ust_held_posteriors *held)
{
    const double golden = (sqrt(5.0) - 1.0) / 2.0;
    const double first = log(UST_TEMPER_LEAST), step = (log(UST_TEMPER_MOST) - first) / STEPS;
    double low = first, least = (double)INFINITY;
    if (held->clusters < 2 || held->n < UST_TEMPER_POINTS)
        return 1.0;
    for (int i = 1; i < STEPS; i++) {
        double at = score(held, exp(first + i * step));
        if (at < least) {
            least = at;
            low = first + (i - 1) * step;
        }
    }
    double high = low + 2.0 * step;
    while (high - low > 1e-3) {
        double a = high - golden * (high - low), b = low + golden * (high - low);
        if (score(held, exp(a)) < score(held, exp(b)))
            high = b;
        else
            low = a;
    }
    return exp((low + high) / 2.0);
}
