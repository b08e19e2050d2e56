#include "analysis/classify/mix.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/family.h"
#include "analysis/stats/stats.h"

const char *const ust_mix_state_names[] = {"few", "steady", "moved", "shifted", NULL};

/* Widths, each a multiple of the one before, so that slots can be put together. */
static const ust_time widths[] = {UST_MINUTE,  5 * UST_MINUTE, 15 * UST_MINUTE,
                                  UST_HOUR,    6 * UST_HOUR,   UST_DAY,
                                  7 * UST_DAY, 28 * UST_DAY,   364 * UST_DAY};
#define WIDTHS (sizeof widths / sizeof widths[0])
/* Slots that are kept; a month of ten minutes. */
#define SLOTS_MAX 4096
/* Windows that are shown when their width is not said: as many as a page can compare. */
#define WINDOWS_MAX   32
#define WINDOWS_LEAST 4
/* A cell of chi-square that lets expect fewer is put together with others (Cochran 1954). */
#define EXPECTED_MIN 5.0

struct slot {
    int64_t number; /* of widths since 1970 */
    uint64_t *count;
};

struct ust_mix {
    uint32_t answers;
    bool given;        /* the width */
    ust_time width;    /* of a slot */
    struct slot *slot; /* ascending */
    size_t n;
    uint64_t sessions;
    int64_t first, last;
};

struct ust_mix *ust_mix_new(uint32_t answers, ust_time width)
{
    struct ust_mix *mix = ust_malloc(sizeof *mix);
    *mix = (struct ust_mix){
        .answers = answers, .given = width > 0, .width = width > 0 ? width : widths[0]};
    mix->slot = ust_malloc((SLOTS_MAX + 1) * sizeof *mix->slot);
    mix->first = INT64_MAX;
    mix->last = INT64_MIN;
    return mix;
}

void ust_mix_free(struct ust_mix *mix)
{
    if (mix == NULL)
        return;
    for (size_t i = 0; i < mix->n; i++)
        free(mix->slot[i].count);
    free(mix->slot);
    free(mix);
}

static int64_t slot_number(int64_t at, ust_time width)
{
    return at / width - (at % width < 0);
}

/* Puts neighbours together in slots of another width. */
static void widen(struct ust_mix *mix, ust_time width)
{
    size_t left = 0;
    for (size_t i = 0; i < mix->n; i++) {
        int64_t number = slot_number(mix->slot[i].number * mix->width, width);
        if (left > 0 && mix->slot[left - 1].number == number) {
            for (uint32_t a = 0; a < mix->answers; a++)
                mix->slot[left - 1].count[a] += mix->slot[i].count[a];
            free(mix->slot[i].count);
        } else {
            mix->slot[left++] = (struct slot){number, mix->slot[i].count};
        }
    }
    mix->n = left;
    mix->width = width;
}

/* The next of the ladder; beyond it, and for a width that was given, twice as wide. */
static ust_time wider(ust_time width)
{
    for (size_t i = 0; i + 1 < WIDTHS; i++)
        if (widths[i] == width)
            return widths[i + 1];
    return 2 * width;
}

void ust_mix_add(struct ust_mix *mix, int64_t at_ns, uint32_t answer)
{
    mix->first = at_ns < mix->first ? at_ns : mix->first;
    mix->last = at_ns > mix->last ? at_ns : mix->last;
    int64_t number = slot_number(at_ns, mix->width);
    size_t at = mix->n; /* sessions come nearly in order: from the end */
    while (at > 0 && mix->slot[at - 1].number > number)
        at--;
    if (at == 0 || mix->slot[at - 1].number != number) {
        memmove(mix->slot + at + 1, mix->slot + at, (mix->n - at) * sizeof *mix->slot);
        uint64_t *count = ust_malloc(mix->answers * sizeof *count);
        memset(count, 0, mix->answers * sizeof *count);
        mix->slot[at] = (struct slot){number, count};
        mix->n++;
        at++;
    }
    mix->slot[at - 1].count[answer]++;
    mix->sessions++;
    while (mix->n > SLOTS_MAX)
        widen(mix, wider(mix->width));
}

/* ---- what it comes to ---- */

struct ending {
    const struct ust_mix *mix;
    const struct ust_mix_options *o;
    struct ust_arena *arena;
    struct ust_mix_result *out;
    double learned; /* sessions */
};

/* Two samples, of one mix? */
static void test_homogeneity(const struct ending *e, struct ust_mix_window *w)
{
    double n = (double)w->sessions, all = e->learned + n, chi2 = 0.0;
    double rest_seen = 0.0, rest_learned = 0.0;
    uint32_t cells = 0;
    for (uint32_t a = 0; a <= e->out->answers; a++) {
        bool rest = a == e->out->answers;
        double seen = rest ? rest_seen : (double)w->count[a];
        double learned = rest ? rest_learned : e->o->learned[a];
        double expected = (seen + learned) * n / all;
        if (!rest && expected < EXPECTED_MIN) {
            rest_seen += seen;
            rest_learned += learned;
            continue;
        }
        if (!(seen + learned > 0.0))
            continue;
        double theirs = (seen + learned) * e->learned / all;
        chi2 += (seen - expected) * (seen - expected) / expected +
                (learned - theirs) * (learned - theirs) / theirs;
        cells++;
    }
    w->freedom = cells > 0 ? cells - 1 : 0;
    w->chi2 = chi2;
    w->p = w->freedom > 0 ? gsl_cdf_chisq_Q(chi2, w->freedom) : 1.0;
}

static double psi_of(const struct ending *e, const struct ust_mix_window *w)
{
    double psi = 0.0, k = e->out->answers;
    for (uint32_t a = 0; a < e->out->answers; a++) {
        double seen = ((double)w->count[a] + 0.5) / ((double)w->sessions + 0.5 * k);
        double learned = (e->o->learned[a] + 0.5) / (e->learned + 0.5 * k);
        psi += (seen - learned) * log(seen / learned);
    }
    return psi;
}

static void end_window(const struct ending *e, struct ust_mix_window *w)
{
    uint32_t k = e->out->answers;
    w->share = ust_arena_alloc(e->arena, double, k);
    w->low = ust_arena_alloc(e->arena, double, k);
    w->high = ust_arena_alloc(e->arena, double, k);
    for (uint32_t a = 0; a < k; a++)
        w->sessions += w->count[a];
    for (uint32_t a = 0; a < k && w->sessions > 0; a++) {
        struct ust_interval it = ust_stats_wilson(w->count[a], w->sessions, e->o->confidence);
        w->share[a] = it.value;
        w->low[a] = it.low;
        w->high[a] = it.high;
    }
    w->psi = psi_of(e, w);
    w->chi2 = w->p = w->adjusted = (double)NAN;
    if (w->sessions >= e->o->sessions_least)
        test_homogeneity(e, w);
}

static void set_state(const struct ending *e, struct ust_mix_window *w)
{
    bool sure = w->adjusted <= e->o->significance;
    w->state = isnan(w->p)                       ? UST_MIX_FEW
               : sure && w->psi >= e->o->shifted ? UST_MIX_SHIFTED
               : sure && w->psi >= e->o->moved   ? UST_MIX_MOVED
                                                 : UST_MIX_STEADY;
}

static int64_t windows_of(const struct ust_mix *mix, ust_time width)
{
    return slot_number(mix->last, width) - slot_number(mix->first, width) + 1;
}

/* Few enough to be compared, and wide enough that they can be judged, if that leaves some. */
static ust_time width_of(const struct ust_mix *mix, uint64_t sessions, uint64_t least)
{
    ust_time width = mix->width;
    while (!mix->given && windows_of(mix, width) > WINDOWS_MAX)
        width = wider(width);
    while (!mix->given && sessions / (uint64_t)windows_of(mix, width) < least &&
           windows_of(mix, wider(width)) >= WINDOWS_LEAST)
        width = wider(width);
    return width;
}

static void gather(const struct ending *e)
{
    const struct ust_mix *mix = e->mix;
    struct ust_mix_result *out = e->out;
    out->window = ust_arena_alloc(e->arena, struct ust_mix_window, mix->n + 1);
    out->all.count = ust_arena_alloc(e->arena, uint64_t, out->answers);
    out->all.begin = mix->first;
    out->all.end = mix->last;
    for (size_t i = 0; i < mix->n; i++) {
        int64_t begin = slot_number(mix->slot[i].number * mix->width, out->width) * out->width;
        struct ust_mix_window *w = out->n > 0 ? &out->window[out->n - 1] : NULL;
        if (w == NULL || w->begin != begin) {
            w = &out->window[out->n++];
            w->begin = begin;
            w->end = begin + out->width;
            w->count = ust_arena_alloc(e->arena, uint64_t, out->answers);
        }
        for (uint32_t a = 0; a < out->answers; a++) {
            w->count[a] += mix->slot[i].count[a];
            out->all.count[a] += mix->slot[i].count[a];
        }
    }
}

void ust_mix_end(const struct ust_mix *mix, const struct ust_mix_options *options,
                 struct ust_arena *arena, struct ust_mix_result *out)
{
    struct ending e = {mix, options, arena, out, 0.0};
    *out = (struct ust_mix_result){.answers = mix->answers};
    out->learned = ust_arena_alloc(arena, double, mix->answers);
    for (uint32_t a = 0; a < mix->answers; a++)
        e.learned += options->learned[a];
    for (uint32_t a = 0; a < mix->answers; a++)
        out->learned[a] = options->learned[a] / e.learned;
    if (mix->n == 0)
        return;
    out->width = width_of(mix, mix->sessions, options->sessions_least);
    gather(&e);
    if (options->untimed)
        out->n = 0;
    double *p = ust_arena_alloc(arena, double, out->n),
           *adjusted = ust_arena_alloc(arena, double, out->n);
    for (uint32_t i = 0; i < out->n; i++) {
        end_window(&e, &out->window[i]);
        p[i] = out->window[i].p;
    }
    ust_stats_holm(p, out->n, adjusted);
    end_window(&e, &out->all);
    out->all.adjusted = out->all.p;
    set_state(&e, &out->all);
    for (uint32_t i = 0; i < out->n; i++) {
        out->window[i].adjusted = adjusted[i];
        set_state(&e, &out->window[i]);
        out->moved += out->window[i].state == UST_MIX_MOVED;
        out->shifted += out->window[i].state == UST_MIX_SHIFTED;
    }
}
