#include "analysis/profile/describe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/profile/describing.h"

/* Part of the sessions, at either end, that may lie far from all others by mistake. */
#define STRAYS 0.002
/* A persona of which fewer sessions have a second request has none to speak of. */
#define SESSIONS_MIN 0.02
/* A law of pauses may have so much beyond the gap that ends a session. */
#define BEYOND_GAP 0.01

const char *const ust_law_names[] = {"requests", "think",  "work", "request",
                                     "response", "memory", "io",   NULL};

int ust_by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* ---- laws ---- */

double ust_digits(double x, int n)
{
    char text[40];
    snprintf(text, sizeof text, "%.*g", n, x);
    return strtod(text, NULL);
}

/* As a person would write it: means rather than scales, four digits. */
static bool readable(const struct ust_fitted *fitted, struct ust_dist *out)
{
    struct ust_dist dist = fitted->dist;
    double *arg = dist.arg, shape = arg[2], sigma2 = arg[3] * arg[3];
    if (fitted->law == UST_FIT_LOGNORMAL && sigma2 < 6) {
        arg[0] = arg[2] * exp(sigma2 / 2);
        arg[1] = sqrt(expm1(sigma2));
        arg[2] = arg[3] = UST_DIST_ABSENT;
    } else if (fitted->law == UST_FIT_GAMMA && shape > 1e-3) {
        arg[1] = 1 / sqrt(shape);
        arg[2] = UST_DIST_ABSENT;
    }
    for (int i = 0; i < UST_DIST_ARGS_MAX; i++)
        if (ust_dist_given(arg[i]))
            arg[i] = ust_digits(arg[i], fitted->law == UST_FIT_HYPEREXPONENTIAL ? 7 : 4);
    *out = dist;
    return dist.type->prepare == NULL || dist.type->prepare(out) == NULL;
}

/* What is in d->value becomes a law. */
void ust_describe_law(struct ust_describing *d, enum ust_law_of of, const char *part,
                      struct ust_fit_options options, struct ust_described_law *out)
{
    *out = (struct ust_described_law){.of = of, .said = d->n > 0};
    if (d->n == 0)
        return;
    size_t stride = d->n > UST_FITTED_MAX ? d->n / UST_FITTED_MAX : 1, n = 0;
    for (size_t i = 0; i < d->n; i += stride)
        d->value[n++] = d->value[i];
    options.seed = d->in->seed;
    options.name =
        ust_arena_printf(d->arena, "profile/%u/%s/%s", d->persona, part, ust_law_names[of]);
    ust_fit(d->value, n, &options, &out->fit);
    if (out->fit.constant)
        out->dist = ust_dist_constant(ust_digits(out->fit.mean, 9));
    else if (!(out->fit.fits && readable(ust_fit_best(&out->fit), &out->dist)))
        out->dist.type = NULL;
    /* The language wants a request in a session on average, also before they are rounded up. */
    if (of == UST_LAW_REQUESTS && out->dist.type != NULL && ust_dist_mean(&out->dist) < 1)
        out->dist.type = NULL;
    if (out->dist.type == NULL)
        ust_fit_thin(d->value, n, UST_EMPIRICAL_MAX, d->arena, &out->values);
}

/* ---- sessions ---- */

/* All but one in a hundred sessions are over after so long. */
static void find_settled(struct ust_describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    d->n = 0;
    for (size_t i = 0; i < all->n; i++)
        if (ust_ith_is_mine(d, i))
            d->value[d->n++] = (double)(all->at[i].last - all->at[i].first);
    qsort(d->value, d->n, sizeof *d->value, ust_by_value);
    double length = d->n > 0 ? d->value[d->n - 1 - d->n / 100] : 0;
    double most = (double)(d->to - d->from) / 10;
    int64_t edge = (int64_t)(length < most ? length : most);
    d->settled_from = d->from + edge;
    d->settled_to = d->to - edge;
}

/* A few wrong clocks must not make a week a year: what lies far outside of where nearly all
 * sessions begin is no part of the recording. */
static void find_window(struct ust_describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    d->n = 0;
    for (size_t i = 0; i < all->n; i++)
        d->value[d->n++] = (double)all->at[i].first;
    qsort(d->value, d->n, sizeof *d->value, ust_by_value);
    size_t strays = (size_t)((double)d->n * STRAYS);
    int64_t low = (int64_t)d->value[strays], high = (int64_t)d->value[d->n - 1 - strays];
    int64_t slack = (high - low) / 20 + d->in->gap;
    d->from = d->in->from > low - slack ? d->in->from : low;
    d->to = d->in->to < high + slack ? d->in->to : high;
}

static bool is_settled(const struct ust_describing *d, const struct ust_session *session)
{
    return session->first >= d->settled_from && session->first <= d->settled_to;
}

static void describe_sessions(struct ust_describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    double *cut = ust_malloc((all->n + 1) * sizeof *cut);
    size_t more = 0, cuts = 0;
    d->n = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct ust_session *s = &all->at[i];
        if (!ust_ith_is_mine(d, i) || !is_settled(d, s))
            continue;
        /* What is sent again by a policy is no request more. */
        double requests = (double)s->events - (d->out->retried > 0 ? s->again_after_bad : 0);
        if (s->last_abandoned && d->out->patience_ns > 0)
            cut[cuts++] = requests;
        else
            d->value[d->n++] = requests;
        more += requests > 1;
    }
    if (d->n < UST_FIT_VALUES_MIN) { /* hardly anybody stayed: leaving is what ends sessions */
        memcpy(d->value + d->n, cut, cuts * sizeof *cut);
        d->n += cuts;
        cuts = 0;
        d->out->patience_ns = 0;
    }
    d->out->has_sessions = (double)more >= SESSIONS_MIN * (double)(d->n + cuts) && more > 0;
    size_t stride = d->n > UST_FITTED_MAX ? d->n / UST_FITTED_MAX : 1;
    for (size_t i = 0; i * stride < cuts; i++)
        cut[i] = cut[i * stride];
    const struct ust_fit_options counts = {.laws = UST_FIT_COUNTS,
                                           .step = 1,
                                           .least = 1,
                                           .cut = cut,
                                           .cuts = (cuts + stride - 1) / stride};
    ust_describe_law(d, UST_LAW_REQUESTS, "session", counts, &d->out->requests);
    free(cut);

    const struct ust_details *details = d->in->details;
    double step = details->fine ? 0 : 1e9;
    d->n = 0;
    for (uint32_t i = 0; i < details->pauses; i++)
        if (ust_is_mine(d, details->pause[i].session)) {
            double ns = details->pause[i].s * 1e9;
            d->value[d->n++] = step > 0 ? floor(ns / step + 0.5) * step : ns;
        }
    size_t n = d->n;
    double *kept = ust_malloc((n + 1) * sizeof *kept);
    memcpy(kept, d->value, n * sizeof *kept);
    struct ust_fit_options pauses = {.step = step, .beyond = (double)d->in->gap};
    struct ust_described_law *think = &d->out->think;
    ust_describe_law(d, UST_LAW_THINK, "session", pauses, think);
    if (think->dist.type != NULL && !think->fit.constant &&
        think->dist.type->cdf(&think->dist, pauses.beyond) < 1 - BEYOND_GAP) {
        /* It would make pauses that end sessions: as if none could be longer, then. */
        memcpy(d->value, kept, n * sizeof *kept);
        d->n = n;
        pauses.beyond = 0;
        ust_describe_law(d, UST_LAW_THINK, "session", pauses, think);
    }
    free(kept);
}

/* ---- all ---- */

static void describe_one(struct ust_describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    struct ust_described *out = d->out;
    out->first = INT64_MAX;
    out->last = INT64_MIN;
    for (size_t i = 0; i < all->n; i++) {
        const struct ust_session *s = &all->at[i];
        if (!ust_ith_is_mine(d, i))
            continue;
        out->sessions++;
        out->events += s->events;
        out->first = s->first < out->first ? s->first : out->first;
        out->last = s->last > out->last ? s->last : out->last;
    }
    out->share = (double)out->sessions / (double)all->n;
    find_settled(d);
    ust_describe_tolerance(d);
    describe_sessions(d);
    ust_describe_devices(d);
    ust_describe_week(d);
    ust_describe_actions(d);
}

static size_t room(const struct ust_describe_input *in)
{
    size_t events =
        in->details->pauses > in->sessions->n ? in->details->pauses : in->sessions->n;
    size_t all = 0;
    for (uint32_t a = 0; a <= UST_PROFILE_ACTIONS_MAX; a++)
        all += in->details->events[a];
    return (events > all ? events : all) + 1;
}

struct ust_described *ust_describe(const struct ust_describe_input *input,
                                   struct ust_arena *arena)
{
    const struct ust_session_list *all = input->sessions;
    struct ust_describing d = {.in = input, .arena = arena};
    struct ust_described *out =
        ust_arena_alloc(arena, struct ust_described, input->learned->n + 1);
    for (size_t i = 0; i < all->n; i++)
        d.numbers = all->at[i].number >= d.numbers ? all->at[i].number + 1 : d.numbers;
    d.label = ust_malloc((d.numbers + 1) * sizeof *d.label);
    for (uint64_t k = 0; k <= d.numbers; k++)
        d.label[k] = UST_NOISE;
    for (size_t i = 0; i < all->n; i++)
        d.label[all->at[i].number] = input->learned->labels[i];
    d.value = ust_malloc(room(input) * sizeof *d.value);
    find_window(&d);
    for (d.persona = 0; d.persona < input->learned->n; d.persona++) {
        d.out = &out[d.persona];
        describe_one(&d);
    }
    free(d.value);
    free(d.label);
    return out;
}
