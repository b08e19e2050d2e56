/* From measured values to a law of the scenario language, or to none.
 *
 * Each law that the language knows is fitted by maximum likelihood, and the least AIC names the
 * best (Akaike 1974; of those within 2 of it, which the data hardly tell apart, the one with
 * the fewest parameters). Then it has to fit: its distance from the data (Kolmogorov and
 * Smirnov's) is small enough not to matter, or chance explains it (parametric bootstrap with a
 * fit of its own for each sample: Stute, Gonzalez Manteiga and Presedo Quindimil 1993); and its
 * mean is the data's. Where none fits, the data themselves are the law: ust_fit_thin.
 *
 * What recording does to values is part of the likelihood:
 *
 *   step      values were rounded to its multiples, as times in whole seconds are: a value
 *             stands for all that round to it, and the law's cumulative function for the
 * density least     what would be less was recorded as this: sessions have at least one request
 *   beyond    larger values could not be seen: a pause longer than the gap ends a session
 *   cut       values that are known only to be at least this: a session whose user went away
 *             before the answer that might have been its last; the distance is then from Kaplan
 *             and Meier's estimate (1958)
 *
 * A function of values, options and seed; nothing is printed.
 */
#ifndef UST_FIT_FIT_H
#define UST_FIT_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/rand/dist.h"

enum ust_fit_law {
    UST_FIT_EXPONENTIAL,
    UST_FIT_GEOMETRIC,
    UST_FIT_UNIFORM,
    UST_FIT_ERLANG,
    UST_FIT_LOGNORMAL,
    UST_FIT_GAMMA,
    UST_FIT_WEIBULL,
    UST_FIT_PARETO,
    UST_FIT_HYPEREXPONENTIAL,
    UST_FIT_LAWS,
};
#define UST_FIT_COUNTS   ((1u << UST_FIT_LAWS) - 1u - (1u << UST_FIT_UNIFORM))
#define UST_FIT_MEASURES ((1u << UST_FIT_LAWS) - 1u - (1u << UST_FIT_GEOMETRIC))

/* With fewer values than this nothing is called a law. */
#define UST_FIT_VALUES_MIN 20
/* A law as near as this is good enough, however many values tell it apart. */
#define UST_FIT_NEAR 0.03
/* Values on which the bootstrap is made; the distance itself is of all. */
#define UST_FIT_BOOTSTRAP_N 1000
#define UST_FIT_BOOTSTRAP_B 99

struct ust_fit_options {
    unsigned laws;     /* bits of enum ust_fit_law; 0: UST_FIT_MEASURES */
    double step;       /* 0: as measured */
    double least;      /* with a step; 0: none */
    double beyond;     /* 0: none */
    double near;       /* 0: UST_FIT_NEAR */
    const double *cut; /* with a step; others than the values themselves */
    size_t cuts;
    uint64_t seed;
    const char *name; /* of the random stream: what is fitted */
};

struct ust_fitted {
    enum ust_fit_law law;
    struct ust_dist dist; /* ready to be sampled, in the values' unit */
    uint32_t parameters;
    double log_likelihood, aic;
};

struct ust_fit {
    size_t n;
    double mean, cv, low, high; /* of the values */
    bool constant;              /* all are the same (within half a step); nothing else is set */
    struct ust_fitted law[UST_FIT_LAWS]; /* by AIC, the least first */
    uint32_t laws;
    uint32_t best; /* which of them, see ust_fit_best */
    bool fits;
    double distance; /* of the best */
    double p;        /* that chance makes such a distance; with `p_below` it is smaller still */
    bool p_below;
};

/* The law that the data name, whether it fits or not; NULL: too few values, or none is
 * possible.
 */
static inline const struct ust_fitted *ust_fit_best(const struct ust_fit *fit)
{
    return fit->best < fit->laws ? &fit->law[fit->best] : NULL;
}

/* n values, not negative, in any order; the first UST_FIT_BOOTSTRAP_N or so spread over them
 * are taken to be as good as any others. */
void ust_fit(const double *x, size_t n, const struct ust_fit_options *options,
             struct ust_fit *out);

/* One law alone: false where it cannot have made these values. */
bool ust_fit_law(enum ust_fit_law law, const double *x, size_t n,
                 const struct ust_fit_options *options, struct ust_fitted *out);

/* Largest distance between the values and a law, by the recording of the options. */
double ust_fit_distance(const struct ust_dist *dist, const double *x, size_t n,
                        const struct ust_fit_options *options);

/* The largest of `steps` (falling, 0 ends them) of which all values are multiples, within a
 * thousandth; 0 where there is none, or where it is so fine against the spread of the values
 * that it does not matter. */
double ust_fit_step(const double *x, size_t n, const double *steps);

/* Values that stand for all: at most `most`, the mean of each of as many equal parts, or each
 * distinct value with its weight where these are few enough. So the mean stays what it is. */
struct ust_thinned {
    double *value, *weight; /* weight NULL: all the same */
    size_t n;
};
void ust_fit_thin(const double *x, size_t n, size_t most, struct ust_arena *arena,
                  struct ust_thinned *out);

/* Mean of an exponential law of which `seen` ends were seen in `total` time under watch, all
 * others being cut off before: total / seen (Epstein and Sobel 1953). NAN for none. */
double ust_fit_censored_mean(double total, uint64_t seen);

#endif
