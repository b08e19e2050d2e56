#include "analysis/profile/intensity.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "sim/base/time.h"

#define CELL_S     900 /* local clocks are ahead by quarters of an hour */
#define ROUNDS     50
#define DAY_S      86400
#define WEEK_S     (7 * DAY_S)
#define MONDAY_S   (4 * DAY_S) /* 1970 began on a Thursday */
#define ARRIVALS_N 50          /* with fewer, nothing is said of their dispersion */
#define INTERVALS  20
#define LEVEL      0.01
/* Whole days and weeks lose their first sessions' time, and may lack a little at the end. */
#define DAY_MIN  (22 * UST_HOUR)
#define WEEK_MIN (156 * UST_HOUR)

struct fitting {
    const struct ust_intensity_input *in;
    double *exposure; /* [place * 168 + hour]: s under watch */
    double *count;    /* [place * 168 + hour] */
    double rate[UST_WEEK_HOURS], weekend, *share;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Hour of the local week. */
static uint32_t hour_of(const struct ust_place_facts *place, int64_t at_s)
{
    int64_t local = at_s + 60 * (int64_t)ust_place_offset_min(place, at_s) - MONDAY_S;
    return (uint32_t)((local - floor_div(local, WEEK_S) * WEEK_S) / 3600);
}

static bool is_weekend(uint32_t hour)
{
    return hour >= 5 * 24;
}

static void watch(struct fitting *f)
{
    const struct ust_intensity_input *in = f->in;
    const int64_t cell = CELL_S * UST_S;
    for (int64_t at = floor_div(in->from, cell) * cell; at < in->to; at += cell) {
        int64_t begin = at > in->from ? at : in->from;
        int64_t end = at + cell < in->to ? at + cell : in->to;
        for (uint32_t p = 0; p < in->places; p++)
            f->exposure[p * UST_WEEK_HOURS + hour_of(&in->place[p], at / UST_S)] +=
                (double)(end - begin) / 1e9;
    }
    for (size_t i = 0; i < in->n; i++) {
        uint32_t p = in->arrived[i].place;
        f->count[p * UST_WEEK_HOURS + hour_of(&in->place[p], in->arrived[i].at / UST_S)]++;
    }
}

/* ---- margins in turn ---- */

/* One rate for all bins that `group` puts together, given what `other` multiplies it with. */
struct margin {
    double count[UST_WEEK_HOURS], exposure[UST_WEEK_HOURS];
};

typedef uint32_t bin_of(uint32_t hour);
static uint32_t week_bin(uint32_t hour)
{
    return hour;
}
static uint32_t day_bin(uint32_t hour)
{
    return hour % 24;
}
static uint32_t one_bin(uint32_t hour)
{
    (void)hour;
    return 0;
}

/* Counts of hours, and the exposure that a rate of 1 would have had. */
static void gather(const struct fitting *f, bin_of *bin, bool weekend, struct margin *out)
{
    memset(out, 0, sizeof *out);
    for (uint32_t p = 0; p < f->in->places; p++)
        for (uint32_t h = 0; h < UST_WEEK_HOURS; h++) {
            double factor = weekend && is_weekend(h) ? f->weekend : 1.0;
            out->count[bin(h)] += f->count[p * UST_WEEK_HOURS + h];
            out->exposure[bin(h)] += f->exposure[p * UST_WEEK_HOURS + h] * f->share[p] * factor;
        }
}

static void fit_shares(struct fitting *f)
{
    double sum = 0;
    for (uint32_t p = 0; p < f->in->places; p++) {
        double count = 0, expected = 0;
        for (uint32_t h = 0; h < UST_WEEK_HOURS; h++) {
            count += f->count[p * UST_WEEK_HOURS + h];
            expected += f->exposure[p * UST_WEEK_HOURS + h] * f->rate[h];
        }
        /* A place whose busy hours were not seen keeps what it has. */
        f->share[p] = expected > 0 ? count / expected : f->share[p];
        sum += f->share[p];
    }
    for (uint32_t p = 0; p < f->in->places; p++)
        f->share[p] /= sum;
}

/* `prior` NULL: none. Hours that were not watched get the prior, or the mean of the others. */
static void fit_rates(struct fitting *f, bin_of *bin, bool weekend, const double *prior)
{
    struct margin margin;
    double counts = 0, seconds = 0, rate[UST_WEEK_HOURS];
    gather(f, bin, weekend, &margin);
    for (uint32_t b = 0; b < UST_WEEK_HOURS; b++) {
        counts += margin.count[b];
        seconds += margin.exposure[b];
    }
    for (uint32_t b = 0; b < UST_WEEK_HOURS; b++) {
        double more = prior != NULL && prior[b] > 0 ? UST_INTENSITY_PRIOR : 0;
        double longer = more > 0 ? more / prior[b] : 0;
        double under = margin.exposure[b] + longer;
        rate[b] = under > 0 ? (margin.count[b] + more) / under : counts / seconds;
    }
    for (uint32_t h = 0; h < UST_WEEK_HOURS; h++)
        f->rate[h] = rate[bin(h)] * (weekend && is_weekend(h) ? f->weekend : 1.0);
}

static void fit_weekend(struct fitting *f)
{
    double count[2] = {0}, expected[2] = {0};
    for (uint32_t p = 0; p < f->in->places; p++)
        for (uint32_t h = 0; h < UST_WEEK_HOURS; h++) {
            size_t at = p * UST_WEEK_HOURS + h;
            double rate = f->rate[h] / (is_weekend(h) ? f->weekend : 1.0);
            count[is_weekend(h)] += f->count[at];
            expected[is_weekend(h)] += f->exposure[at] * f->share[p] * rate;
        }
    double week = count[0] / expected[0], end = count[1] / expected[1];
    f->weekend = week > 0 && isfinite(end / week) ? end / week : 1.0;
}

/* A day of the weekend, and a day of the rest? */
static bool saw_both(const struct fitting *f)
{
    double seconds[2] = {0};
    for (uint32_t h = 0; h < UST_WEEK_HOURS; h++)
        seconds[is_weekend(h)] += f->exposure[h];
    return seconds[0] >= DAY_S - 1 && seconds[1] >= DAY_S - 1;
}

static void fit_all(struct fitting *f, bin_of *bin, bool weekend, const double *prior)
{
    f->weekend = 1;
    for (uint32_t p = 0; p < f->in->places; p++)
        f->share[p] = 1.0 / f->in->places;
    for (int round = 0; round < ROUNDS; round++) {
        fit_rates(f, bin, weekend, prior);
        fit_shares(f);
        if (weekend)
            fit_weekend(f);
    }
    fit_rates(f, bin, weekend, prior);
}

/* ---- more than chance ---- */

static double expected_in(const struct fitting *f, int64_t at, double seconds)
{
    double sum = 0;
    for (uint32_t p = 0; p < f->in->places; p++)
        sum += f->share[p] * f->rate[hour_of(&f->in->place[p], at / UST_S)];
    return sum * seconds;
}

static void disperse(const struct fitting *f, double parameters, struct ust_intensity *out)
{
    const struct ust_intensity_input *in = f->in;
    int64_t length = (in->to - in->from >= 10 * UST_HOUR ? 15 : 5) * UST_MINUTE;
    int64_t first = floor_div(in->from + length - 1, length), end = in->to / length;
    out->index = (double)NAN;
    if (end - first < INTERVALS || (double)(end - first) < 1.5 * parameters ||
        in->n < ARRIVALS_N)
        return;
    size_t n = (size_t)(end - first);
    double *count = ust_malloc(n * sizeof *count);
    memset(count, 0, n * sizeof *count);
    for (size_t i = 0; i < in->n; i++) {
        int64_t at = floor_div(in->arrived[i].at, length) - first;
        if (at >= 0 && at < (int64_t)n)
            count[at]++;
    }
    double counts = 0, squares = 0, expected = 0, expected2 = 0, chi2 = 0;
    for (size_t i = 0; i < n; i++) {
        double m = expected_in(f, (first + (int64_t)i) * length, (double)length / 1e9);
        double gap = count[i] - m;
        counts += count[i];
        squares += gap * gap;
        expected += m;
        expected2 += m * m;
        chi2 += m > 0 ? gap * gap / m : 0;
    }
    free(count);
    double freedom = (double)n - parameters, variance = squares * (double)n / freedom;
    double cv2 = (variance - counts) / expected2;
    out->intervals = (uint32_t)n;
    out->index = expected > 0 ? 1 + cv2 * expected2 / expected : (double)NAN;
    if (cv2 > 0 && gsl_cdf_chisq_Q(chi2, freedom) < LEVEL) {
        out->cv = sqrt(cv2);
        out->interval_s = (double)length / 1e9;
    }
}

void ust_intensity_fit(const struct ust_intensity_input *input, struct ust_arena *arena,
                       struct ust_intensity *out)
{
    struct fitting f = {.in = input};
    size_t cells = (size_t)input->places * UST_WEEK_HOURS;
    f.exposure = ust_malloc(cells * sizeof(double));
    f.count = ust_malloc(cells * sizeof(double));
    memset(f.exposure, 0, cells * sizeof(double));
    memset(f.count, 0, cells * sizeof(double));
    *out = (struct ust_intensity){.share = ust_arena_alloc(arena, double, input->places)};
    f.share = out->share;
    watch(&f);
    int64_t length = input->to - input->from;
    bool day = !input->flat && length >= DAY_MIN;
    bool week = !input->flat && length >= WEEK_MIN, both = day && saw_both(&f);
    double prior[UST_WEEK_HOURS];
    fit_all(&f, one_bin, both, NULL);
    if (day) {
        for (uint32_t h = 0; h < UST_WEEK_HOURS; h++)
            prior[h] = f.rate[h] / (is_weekend(h) ? f.weekend : 1.0);
        fit_all(&f, day_bin, both, prior);
    }
    out->weekend = week ? 1 : f.weekend;
    if (week) {
        memcpy(prior, f.rate, sizeof prior);
        fit_all(&f, week_bin, false, prior);
    }
    out->hours = week ? UST_WEEK_HOURS : day ? 24 : 1;
    for (uint32_t h = 0; h < UST_WEEK_HOURS; h++) {
        out->mean += f.rate[h] / UST_WEEK_HOURS;
        out->peak = f.rate[h] > f.rate[out->peak] ? h : out->peak;
    }
    double level = 0;
    for (uint32_t h = 0; h < out->hours; h++)
        level += f.rate[h] / out->hours;
    for (uint32_t h = 0; h < out->hours; h++)
        out->rate[h] = f.rate[h] / level;
    out->index = (double)NAN;
    if (!input->flat)
        disperse(&f, (double)out->hours + both + input->places - 1, out);
    free(f.exposure);
    free(f.count);
}
