/* Expectation and maximisation of a mixture of kinds. */
#include "analysis/cluster/blend.h"

#include <math.h>
#include <string.h>

#include "sim/base/detmath.h"

#define LOG_2_PI 1.8378770664093454836
/* A part below e^-14, a millionth, of a row is none, and most rows then concern one component.
 */
#define LOST -14.0
/* Gain of the log likelihood that is not worth another iteration: of a row, and of all, by
 * which no number of components is chosen. */
#define GAIN_MIN     5e-5
#define GAIN_ALL_MIN 0.1
/* Dirichlet's parameters: an action that a kind never does; their sum where users are all
 * alike, and where they differ so much that below it short sessions of anybody would make a
 * kind. */
#define SHARE_MIN  1e-3
#define SHARES_MAX 300.0
#define SHARES_MIN 4.0
/* Steps of Minka's fixed point for them, and of the score for the length, in an iteration. */
#define SHARE_STEPS  6
#define LENGTH_STEPS 3

/* A kind's cost of an action, over the usual one: events of the usual cost that are thought of
 * beside those that were seen, and the least that is told from nothing. */
#define RATIO_EVENTS 0.1
#define RATIO_MIN    0.02

/* within / own of a variance: its likelihood is compared at these. */
static const double spreads[] = {0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0};
#define SPREADS (sizeof spreads / sizeof spreads[0])

/* Variance of what is known of a measure, beside `own`: that of a mean of so many events, in
 * units of `within`; of the length that of a number known to the next integer. */
static double known_to(const struct ust_blend_rows *rows, uint32_t measure, uint32_t events)
{
    return rows->length && measure == 0 ? rows->rounding[events] : 1.0 / events;
}

/* ---- expectation ---- */

/* Logs by numbers of events and counts, for one component. */
struct table {
    double *precision; /* measures * UST_BLEND_EVENTS */
    double *half_log;
    double *rise; /* actions * UST_BLEND_EVENTS: log of shares (shares + 1) ... to the count */
    double *rise_all;
};

static struct table new_table(const struct ust_blend_rows *rows, uint32_t k,
                              struct ust_arena *arena)
{
    size_t measures = (size_t)k * rows->measures * UST_BLEND_EVENTS;
    size_t actions = (size_t)k * rows->actions * UST_BLEND_EVENTS;
    return (struct table){ust_arena_alloc(arena, double, measures),
                          ust_arena_alloc(arena, double, measures),
                          ust_arena_alloc(arena, double, actions),
                          ust_arena_alloc(arena, double, (size_t)k *(rows->most_counts + 1))};
}

static void fill_rise(double start, uint32_t most, double *rise)
{
    rise[0] = 0.0;
    for (uint32_t c = 0; c < most; c++)
        rise[c + 1] = rise[c] + ust_log(start + c);
}

static void fill_table(const struct ust_blend *blend, const struct ust_blend_rows *rows,
                       struct table *t)
{
    for (uint32_t k = 0; k < blend->k; k++) {
        double all = 0.0;
        for (uint32_t j = 0; j < rows->measures; j++) {
            size_t at = (size_t)k * rows->measures + j;
            for (uint32_t s = 0; s < rows->seen_n; s++) {
                uint32_t e = rows->seen[s];
                double variance = blend->own[at] + blend->within[at] * known_to(rows, j, e);
                t->precision[at * UST_BLEND_EVENTS + e] = 0.5 / variance;
                t->half_log[at * UST_BLEND_EVENTS + e] = 0.5 * (LOG_2_PI + ust_log(variance));
            }
        }
        for (uint32_t a = 0; a < rows->actions; a++) {
            size_t at = (size_t)k * rows->actions + a;
            fill_rise(blend->shares[at], rows->most[a], t->rise + at * UST_BLEND_EVENTS);
            all += blend->shares[at];
        }
        fill_rise(all, rows->most_counts, t->rise_all + (size_t)k * (rows->most_counts + 1));
    }
}

/* A value as a component sees it: a cost is held against what the kind's own costs let expect.
 */
static double value_of(const struct ust_blend *blend, const struct ust_blend_rows *rows,
                       size_t i, uint32_t k, uint32_t measure)
{
    double value = rows->value[i * rows->measures + measure];
    uint32_t plain = rows->measures - rows->costs;
    return measure < plain
               ? value
               : value - blend->expected[(i * blend->k + k) * rows->costs + measure - plain];
}

static double log_density(const struct ust_blend *blend, const struct ust_blend_rows *rows,
                          const struct table *t, size_t i, uint32_t k)
{
    uint32_t m = rows->measures, actions = rows->actions;
    double sum = 0.0;
    for (uint32_t j = 0; j < m; j++) {
        uint32_t events = rows->events[i * m + j];
        if (events == 0)
            continue;
        size_t at = (size_t)k * m + j;
        double gap = value_of(blend, rows, i, k, j) - blend->means[at];
        sum -= t->half_log[at * UST_BLEND_EVENTS + events] +
               gap * gap * t->precision[at * UST_BLEND_EVENTS + events];
    }
    if (rows->counts[i] > 0)
        sum -= t->rise_all[(size_t)k * (rows->most_counts + 1) + rows->counts[i]];
    for (uint32_t a = 0; a < actions; a++) {
        uint32_t count = rows->count[i * actions + a];
        if (count > 0)
            sum += t->rise[((size_t)k * actions + a) * UST_BLEND_EVENTS + count];
    }
    return sum;
}

static double expect(const struct ust_blend *blend, const struct ust_blend_rows *rows,
                     struct table *t, double *posteriors)
{
    double likelihood = 0.0, log_weight[UST_KINDS_MAX];
    uint32_t k = blend->k;
    fill_table(blend, rows, t);
    for (uint32_t c = 0; c < k; c++)
        log_weight[c] = ust_log(blend->weights[c]);
    for (size_t i = 0; i < rows->n; i++) {
        double *part = posteriors + i * k, largest = -(double)INFINITY, sum = 0.0;
        for (uint32_t c = 0; c < k; c++) {
            part[c] = log_weight[c] + log_density(blend, rows, t, i, c);
            largest = part[c] > largest ? part[c] : largest;
        }
        for (uint32_t c = 0; c < k; c++) {
            part[c] = part[c] - largest < LOST ? 0.0 : ust_exp(part[c] - largest);
            sum += part[c];
        }
        for (uint32_t c = 0; c < k; c++)
            part[c] /= sum;
        likelihood += largest + ust_log(sum);
    }
    return likelihood;
}

/* ---- maximisation ---- */

/* Of one measure in one component: sums of 1, x and x^2 by the number of events. */
struct sums {
    double one[UST_BLEND_EVENTS], x[UST_BLEND_EVENTS], xx[UST_BLEND_EVENTS];
};

static void add_up(const struct ust_blend *blend, const struct ust_blend_rows *rows, uint32_t k,
                   uint32_t measure, struct sums *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < rows->n; i++) {
        double part = blend->posteriors[i * blend->k + k];
        if (part == 0.0)
            continue;
        uint32_t events = rows->events[i * rows->measures + measure];
        double x = value_of(blend, rows, i, k, measure);
        out->one[events] += part;
        out->x[events] += part * x;
        out->xx[events] += part * x * x;
    }
}

/* The length's variance is own + that of rounding, which is known: Fisher's scoring. */
static void set_length(const struct ust_blend_rows *rows, const struct sums *sums, double floor,
                       double *mean, double *own)
{
    for (int step = 0; step < LENGTH_STEPS; step++) {
        double one = 0.0, x = 0.0, rest = 0.0, weight = 0.0;
        for (uint32_t s = 0; s < rows->seen_n; s++) {
            uint32_t e = rows->seen[s];
            double variance = *own + known_to(rows, 0, e);
            one += sums->one[e] / variance;
            x += sums->x[e] / variance;
        }
        if (!(one > 0.0))
            return;
        *mean = x / one;
        for (uint32_t s = 0; s < rows->seen_n; s++) {
            uint32_t e = rows->seen[s];
            double known = known_to(rows, 0, e), w = 1.0 / ((*own + known) * (*own + known));
            double squares =
                sums->xx[e] - 2.0 * *mean * sums->x[e] + *mean * *mean * sums->one[e];
            rest += w * (squares - known * sums->one[e]);
            weight += w * sums->one[e];
        }
        *own = fmax(rest / weight, floor);
    }
}

/* For each ratio of within to own the best mean and variance are known; the best ratio stays.
 */
static void set_measure(const struct ust_blend_rows *rows, uint32_t measure,
                        const struct sums *sums, double floor, double *mean, double *own,
                        double *within)
{
    double best = -(double)INFINITY;
    for (size_t r = 0; r < SPREADS; r++) {
        double one = 0.0, weight = 0.0, x = 0.0, xx = 0.0, logs = 0.0;
        for (uint32_t s = 0; s < rows->seen_n; s++) {
            uint32_t e = rows->seen[s];
            if (sums->one[e] == 0.0)
                continue;
            double factor = 1.0 + spreads[r] * known_to(rows, measure, e);
            one += sums->one[e];
            weight += sums->one[e] / factor;
            x += sums->x[e] / factor;
            xx += sums->xx[e] / factor;
            logs += sums->one[e] * ust_log(factor);
        }
        if (!(one > 1e-6))
            return;
        double squares = xx - x * x / weight, variance = fmax(squares / one, floor);
        double likelihood = -0.5 * (one * ust_log(variance) + logs + squares / variance);
        if (likelihood <= best)
            continue;
        best = likelihood;
        *mean = x / weight;
        *own = variance;
        *within = variance * spreads[r];
    }
}

/* How many rows, weighed, have more than c of an action (UINT32_MAX: of all). */
static void tails_of(const struct ust_blend *blend, const struct ust_blend_rows *rows,
                     uint32_t k, uint32_t action, uint32_t most, double *tail)
{
    memset(tail, 0, (most + 1) * sizeof *tail);
    for (size_t i = 0; i < rows->n; i++)
        tail[action == UINT32_MAX ? rows->counts[i]
                                  : rows->count[i * rows->actions + action]] +=
            blend->posteriors[i * blend->k + k];
    double above = 0.0;
    for (uint32_t c = most + 1; c-- > 0;) {
        double here = tail[c];
        tail[c] = above;
        above += here;
    }
}

/* Sum over the rows of digamma(start + count) - digamma(start). */
static double digammas(double start, uint32_t most, const double *tail)
{
    double sum = 0.0;
    for (uint32_t c = 0; c < most; c++)
        sum += tail[c] / (start + c);
    return sum;
}

/* Minka 2000, eq. 55. */
static void set_shares(struct ust_blend *blend, const struct ust_blend_rows *rows, uint32_t k,
                       double *tail, double *tail_all)
{
    double *share = blend->shares + (size_t)k * rows->actions;
    tails_of(blend, rows, k, UINT32_MAX, rows->most_counts, tail_all);
    for (uint32_t a = 0; a < rows->actions; a++)
        tails_of(blend, rows, k, a, rows->most[a], tail + (size_t)a * UST_BLEND_EVENTS);
    for (int step = 0; step < SHARE_STEPS; step++) {
        double all = 0.0, sum = 0.0;
        for (uint32_t a = 0; a < rows->actions; a++)
            all += share[a];
        double below = digammas(all, rows->most_counts, tail_all);
        if (!(below > 0.0))
            return;
        for (uint32_t a = 0; a < rows->actions; a++) {
            share[a] *=
                digammas(share[a], rows->most[a], tail + (size_t)a * UST_BLEND_EVENTS) / below;
            share[a] = fmax(share[a], SHARE_MIN);
            sum += share[a];
        }
        double scale = fmin(fmax(sum, SHARES_MIN), SHARES_MAX) / sum;
        for (uint32_t a = 0; a < rows->actions; a++)
            share[a] = fmax(share[a] * scale, SHARE_MIN);
    }
}

static double expected_of(const struct ust_blend *blend, const struct ust_blend_rows *rows,
                          size_t i, uint32_t k, uint32_t cost)
{
    const float *part = rows->part + (i * rows->costs + cost) * rows->actions;
    const double *ratio = blend->ratios + ((size_t)k * rows->costs + cost) * rows->actions;
    double sum = 0.0;
    for (uint32_t a = 0; a < rows->actions; a++)
        sum += (double)part[a] * ratio[a];
    return sum;
}

static void expect_costs(struct ust_blend *blend, const struct ust_blend_rows *rows)
{
    double *expected = blend->expected, *sums = blend->sums;
    for (size_t i = 0; i < rows->n; i++)
        for (uint32_t k = 0; k < blend->k; k++)
            for (uint32_t q = 0; q < rows->costs; q++) {
                double sum = expected_of(blend, rows, i, k, q);
                *sums++ = sum > 0.0 ? sum : 1.0;
                *expected++ = sum > 0.0 ? ust_log(sum) : 0.0;
            }
}

/* What a session took more or less than expected is laid to its actions by their parts (the
 * update of Lee and Seung 2001 for Kullback and Leibler's distance). */
static void set_ratios(struct ust_blend *blend, const struct ust_blend_rows *rows, uint32_t k,
                       uint32_t cost)
{
    double *ratio = blend->ratios + ((size_t)k * rows->costs + cost) * rows->actions;
    double above[UST_FEATURES_MAX] = {0.0}, below[UST_FEATURES_MAX] = {0.0};
    uint32_t measure = rows->measures - rows->costs + cost;
    for (size_t i = 0; i < rows->n; i++) {
        uint32_t events = rows->events[i * rows->measures + measure];
        double weight = blend->posteriors[i * blend->k + k] * events;
        if (weight == 0.0)
            continue;
        const float *part = rows->part + (i * rows->costs + cost) * rows->actions;
        double more = rows->level[i * rows->costs + cost] /
                      blend->sums[(i * blend->k + k) * rows->costs + cost];
        for (uint32_t a = 0; a < rows->actions; a++) {
            above[a] += weight * (double)part[a] * more;
            below[a] += weight * (double)part[a];
        }
    }
    for (uint32_t a = 0; a < rows->actions; a++) {
        double next = (ratio[a] * above[a] + RATIO_EVENTS) / (below[a] + RATIO_EVENTS);
        ratio[a] = fmax(next, RATIO_MIN);
    }
}

static void maximise(struct ust_blend *blend, const struct ust_blend_rows *rows, double *tail)
{
    for (uint32_t k = 0; k < blend->k; k++)
        for (uint32_t q = 0; q < rows->costs; q++)
            set_ratios(blend, rows, k, q);
    expect_costs(blend, rows);
    for (uint32_t k = 0; k < blend->k; k++) {
        double weight = 1e-10;
        struct sums sums;
        for (size_t i = 0; i < rows->n; i++)
            weight += blend->posteriors[i * blend->k + k];
        blend->weights[k] = weight / (double)rows->n;
        for (uint32_t j = 0; j < rows->measures; j++) {
            size_t at = (size_t)k * rows->measures + j;
            double floor = rows->least[j] * rows->least[j];
            add_up(blend, rows, k, j, &sums);
            if (rows->length && j == 0)
                set_length(rows, &sums, floor, &blend->means[at], &blend->own[at]);
            else
                set_measure(rows, j, &sums, floor, &blend->means[at], &blend->own[at],
                            &blend->within[at]);
        }
        if (rows->actions > 0)
            set_shares(blend, rows, k, tail, tail + (size_t)rows->actions * UST_BLEND_EVENTS);
    }
}

/* ---- a fit ---- */

/* Labels as posteriors, and Dirichlet's laws about the mean shares of those labelled. */
static void begin(struct ust_blend *blend, const struct ust_blend_rows *rows,
                  const uint32_t *labels)
{
    uint32_t k = blend->k, actions = rows->actions;
    const double begin_with = 10.0;
    for (uint32_t c = 0; c < k * rows->measures; c++)
        blend->own[c] = blend->within[c] = 1.0;
    for (uint32_t c = 0; c < k * actions; c++)
        blend->shares[c] = 0.1;
    for (uint32_t c = 0; c < k * rows->costs * actions; c++)
        blend->ratios[c] = 1.0;
    for (size_t i = 0; i < rows->n; i++) {
        blend->posteriors[i * k + labels[i]] = 1.0;
        for (uint32_t a = 0; a < actions && rows->counts[i] > 0; a++)
            blend->shares[labels[i] * actions + a] +=
                (double)rows->count[i * actions + a] / rows->counts[i];
    }
    for (uint32_t c = 0; c < k; c++) {
        double sum = 0.0;
        for (uint32_t a = 0; a < actions; a++)
            sum += blend->shares[c * actions + a];
        for (uint32_t a = 0; a < actions; a++)
            blend->shares[c * actions + a] *= begin_with / sum;
    }
}

void ust_blend_fit(const struct ust_blend_rows *rows, const uint32_t *labels, uint32_t k,
                   uint32_t iterations, struct ust_arena *arena, struct ust_blend *out)
{
    uint32_t m = rows->measures, actions = rows->actions;
    struct ust_arena *work = ust_arena_new();
    *out = (struct ust_blend){.k = k};
    out->weights = ust_arena_alloc(arena, double, k);
    out->means = ust_arena_alloc(arena, double, (size_t)k *m);
    out->own = ust_arena_alloc(arena, double, (size_t)k *m);
    out->within = ust_arena_alloc(arena, double, (size_t)k *m);
    out->shares = ust_arena_alloc(arena, double, (size_t)k *actions);
    out->ratios = ust_arena_alloc(arena, double, (size_t)k * rows->costs * actions);
    out->expected = ust_arena_alloc(arena, double, rows->n *k * rows->costs);
    out->sums = ust_arena_alloc(arena, double, rows->n *k * rows->costs);
    out->posteriors = ust_arena_alloc(arena, double, rows->n *k);
    struct table table = new_table(rows, k, work);
    double *tail = ust_arena_alloc(work, double,
                                   (size_t)actions *UST_BLEND_EVENTS + rows->most_counts + 1);
    double before = -(double)INFINITY, least = fmax(GAIN_MIN * (double)rows->n, GAIN_ALL_MIN);
    begin(out, rows, labels);
    expect_costs(out, rows);
    for (uint32_t i = 0; i < iterations; i++) {
        maximise(out, rows, tail);
        out->log_likelihood = expect(out, rows, &table, out->posteriors);
        if (out->log_likelihood - before < least && i > 4)
            break;
        before = out->log_likelihood;
    }
    /* The cost of an action is one more, the mean then is none. */
    double of_measures = 3.0 * m - (rows->length ? 1.0 : 0.0) - rows->costs;
    double parameters = k * (of_measures + actions * (1.0 + rows->costs)) + k - 1;
    out->bic = parameters * ust_log((double)rows->n) - 2.0 * out->log_likelihood;
    ust_arena_free(work);
}

void ust_blend_posteriors(const struct ust_blend *blend, const struct ust_blend_rows *rows,
                          double *posteriors)
{
    struct ust_arena *work = ust_arena_new();
    struct table table = new_table(rows, blend->k, work);
    struct ust_blend it = *blend;
    it.expected = ust_arena_alloc(work, double, rows->n * blend->k * rows->costs);
    it.sums = ust_arena_alloc(work, double, rows->n * blend->k * rows->costs);
    expect_costs(&it, rows);
    expect(&it, rows, &table, posteriors);
    ust_arena_free(work);
}
