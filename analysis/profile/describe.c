#include "analysis/profile/describe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"

/* Rarer actions of a persona are put together: a cluster has strays, and a file wants readers.
 */
#define ACTION_SHARE_MIN 0.002
#define PLACES_MAX       64
/* Part of the sessions, at either end, that may lie far from all others by mistake. */
#define STRAYS      0.002
#define DEVICES_MAX 16
/* A place that hardly anybody comes from. */
#define PLACE_SHARE_MIN 0.002
/* A persona of which fewer sessions have a second request has none to speak of. */
#define SESSIONS_MIN 0.02
/* A law of pauses may have so much beyond the gap that ends a session. */
#define BEYOND_GAP 0.01
/* Timeouts show as answers that all took as long. */
#define TIMEOUTS_MIN   20
#define TIMEOUT_SPREAD 0.05
#define ABANDONS_MIN   30
#define RETRIES_MIN    30
#define RETRIED_MIN    0.3
#define ATTEMPTS_MAX   20
#define ATTEMPTS_SEEN  3

const char *const ust_law_names[] = {"requests", "think",  "work", "request",
                                     "response", "memory", "io",   NULL};

struct describing {
    const struct ust_describe_input *in;
    struct ust_arena *arena;
    uint32_t *label; /* by number of a session; UST_NOISE: of none, or not kept */
    uint64_t numbers;
    uint32_t persona;
    struct ust_described *out;
    double *value; /* room for all of one quantity */
    size_t n;
    int64_t from, to;                 /* of the recording, without stray times */
    int64_t settled_from, settled_to; /* sessions that begin in between are whole */
};

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static bool is_mine(const struct describing *d, uint64_t session)
{
    return session < d->numbers && d->label[session] == d->persona;
}

static bool of_mine(const struct describing *d, size_t i)
{
    return d->in->learned->labels[i] == d->persona;
}

/* ---- laws ---- */

static double digits(double x, int n)
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
            arg[i] = digits(arg[i], fitted->law == UST_FIT_HYPEREXPONENTIAL ? 7 : 4);
    *out = dist;
    return dist.type->prepare == NULL || dist.type->prepare(out) == NULL;
}

/* What is in d->value becomes a law. */
static void find_law(struct describing *d, enum ust_law_of of, const char *part,
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
        out->dist = ust_dist_constant(digits(out->fit.mean, 9));
    else if (!(out->fit.fits && readable(ust_fit_best(&out->fit), &out->dist)))
        out->dist.type = NULL;
    /* The language wants a request in a session on average, also before they are rounded up. */
    if (of == UST_LAW_REQUESTS && out->dist.type != NULL && ust_dist_mean(&out->dist) < 1)
        out->dist.type = NULL;
    if (out->dist.type == NULL)
        ust_fit_thin(d->value, n, UST_EMPIRICAL_MAX, d->arena, &out->values);
}

/* ---- sessions ---- */

/* Nine of ten sessions are over after so long. */
static void find_settled(struct describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    d->n = 0;
    for (size_t i = 0; i < all->n; i++)
        if (of_mine(d, i))
            d->value[d->n++] = (double)(all->at[i].last - all->at[i].first);
    qsort(d->value, d->n, sizeof *d->value, ascending);
    double length = d->n > 0 ? d->value[d->n - 1 - d->n / 100] : 0;
    double most = (double)(d->to - d->from) / 10;
    int64_t edge = (int64_t)(length < most ? length : most);
    d->settled_from = d->from + edge;
    d->settled_to = d->to - edge;
}

/* A few wrong clocks must not make a week a year: what lies far outside of where nearly all
 * sessions begin is no part of the recording. */
static void find_window(struct describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    d->n = 0;
    for (size_t i = 0; i < all->n; i++)
        d->value[d->n++] = (double)all->at[i].first;
    qsort(d->value, d->n, sizeof *d->value, ascending);
    size_t strays = (size_t)((double)d->n * STRAYS);
    int64_t low = (int64_t)d->value[strays], high = (int64_t)d->value[d->n - 1 - strays];
    int64_t slack = (high - low) / 20 + d->in->gap;
    d->from = d->in->from > low - slack ? d->in->from : low;
    d->to = d->in->to < high + slack ? d->in->to : high;
}

static bool is_settled(const struct describing *d, const struct ust_session *session)
{
    return session->first >= d->settled_from && session->first <= d->settled_to;
}

static void describe_sessions(struct describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    double *cut = ust_malloc((all->n + 1) * sizeof *cut);
    size_t more = 0, cuts = 0;
    d->n = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct ust_session *s = &all->at[i];
        if (!of_mine(d, i) || !is_settled(d, s))
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
    find_law(d, UST_LAW_REQUESTS, "session", counts, &d->out->requests);
    free(cut);

    const struct ust_details *details = d->in->details;
    double step = details->fine ? 0 : 1e9;
    d->n = 0;
    for (uint32_t i = 0; i < details->pauses; i++)
        if (is_mine(d, details->pause[i].session)) {
            double ns = details->pause[i].s * 1e9;
            d->value[d->n++] = step > 0 ? floor(ns / step + 0.5) * step : ns;
        }
    size_t n = d->n;
    double *kept = ust_malloc((n + 1) * sizeof *kept);
    memcpy(kept, d->value, n * sizeof *kept);
    struct ust_fit_options pauses = {.step = step, .beyond = (double)d->in->gap};
    struct ust_described_law *think = &d->out->think;
    find_law(d, UST_LAW_THINK, "session", pauses, think);
    if (think->dist.type != NULL && !think->fit.constant &&
        think->dist.type->cdf(&think->dist, pauses.beyond) < 1 - BEYOND_GAP) {
        /* It would make pauses that end sessions: as if none could be longer, then. */
        memcpy(d->value, kept, n * sizeof *kept);
        d->n = n;
        pauses.beyond = 0;
        find_law(d, UST_LAW_THINK, "session", pauses, think);
    }
    free(kept);
}

/* ---- places and devices ---- */

static int by_share(const void *left, const void *right)
{
    const struct ust_described_share *a = left, *b = right;
    if (a->share != b->share)
        return a->share < b->share ? 1 : -1;
    return strcmp(a->name, b->name);
}

static void make_whole(struct ust_described_share *share, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += share[i].share;
    for (uint32_t i = 0; i < n; i++)
        share[i].share /= sum;
}

/* A word of a recording as a name of the language: letters, digits, - _ . */
static const char *name_of(struct ust_arena *arena, const char *word)
{
    char *name = ust_arena_text(arena, word);
    size_t n = 0;
    for (const char *c = word; *c != '\0'; c++) {
        bool fine = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                    (*c >= '0' && *c <= '9') || (n > 0 && (*c == '_' || *c == '.'));
        if (fine)
            name[n++] = *c;
        else if (n > 0 && name[n - 1] != '-')
            name[n++] = '-';
    }
    while (n > 0 && name[n - 1] == '-')
        n--;
    name[n] = '\0';
    return n > 0 ? name : "action";
}

static void describe_devices(struct describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    double count[UST_PROFILE_DEVICES_MAX + 1] = {0};
    for (size_t i = 0; i < all->n; i++)
        if (of_mine(d, i))
            count[all->at[i].device]++;
    d->out->device =
        ust_arena_alloc(d->arena, struct ust_described_share, d->in->devices->n + 1);
    uint32_t n = 0;
    for (uint32_t k = 1; k < d->in->devices->n; k++)
        if (count[k] > 0)
            d->out->device[n++] = (struct ust_described_share){
                name_of(d->arena, d->in->devices->at[k]), count[k]};
    qsort(d->out->device, n, sizeof *d->out->device, by_share);
    d->out->devices = n < DEVICES_MAX ? n : DEVICES_MAX;
    make_whole(d->out->device, d->out->devices);
}

/* Which places count, as indices into a list of clocks; UINT32_MAX: it has none of its own. */
struct clocks {
    struct ust_place_facts *facts;
    const char **name;
    uint32_t *of; /* by number of the place */
    uint32_t n;
};

static void find_clocks(struct describing *d, struct clocks *clocks)
{
    const struct ust_session_list *all = d->in->sessions;
    uint32_t places = d->in->places->n;
    double *count = ust_arena_alloc(d->arena, double, places + 1), mine = 0, unknown = 0;
    for (size_t i = 0; i < all->n; i++)
        if (of_mine(d, i)) {
            count[all->at[i].place]++;
            mine++;
        }
    *clocks = (struct clocks){ust_arena_alloc(d->arena, struct ust_place_facts, PLACES_MAX + 1),
                              ust_arena_alloc(d->arena, const char *, PLACES_MAX + 1),
                              ust_arena_alloc(d->arena, uint32_t, places + 1), 0};
    struct ust_described_share *known =
        ust_arena_alloc(d->arena, struct ust_described_share, places + 1);
    uint32_t n = 0;
    for (uint32_t k = 0; k < places; k++) {
        clocks->of[k] = UINT32_MAX;
        if (k > 0 && ust_place_find(d->in->places->at[k]) == NULL)
            unknown += count[k];
        else if (k > 0 && count[k] > 0)
            known[n++] = (struct ust_described_share){d->in->places->at[k], count[k]};
    }
    d->out->places_unknown = mine > 0 ? unknown / mine : 0;
    qsort(known, n, sizeof *known, by_share);
    for (uint32_t i = 0; i < n && i < PLACES_MAX; i++) {
        if (known[i].share < PLACE_SHARE_MIN * mine)
            break;
        clocks->name[clocks->n] = known[i].name;
        clocks->facts[clocks->n] = *ust_place_find(known[i].name);
        clocks->of[ust_names_find(d->in->places, known[i].name)] = clocks->n++;
    }
}

/* The zone that most sessions name where no place is known. */
static int common_zone(const struct describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    uint64_t count[2 * 24 * 4 + 1] = {0};
    uint32_t best = 24 * 4;
    for (size_t i = 0; i < all->n; i++)
        if (of_mine(d, i) && all->at[i].zone_min != UST_NO_ZONE &&
            abs(all->at[i].zone_min) <= 24 * 60)
            count[all->at[i].zone_min / 15 + 24 * 4]++;
    for (uint32_t k = 0; k <= 2 * 24 * 4; k++)
        best = count[k] > count[best] ? k : best;
    return ((int)best - 24 * 4) * 15;
}

/* ---- when ---- */

static void describe_week(struct describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    struct clocks clocks;
    find_clocks(d, &clocks);
    bool placed = clocks.n > 0;
    if (!placed)
        clocks.facts[clocks.n++] = (struct ust_place_facts){.utc_offset_min = common_zone(d)};
    struct ust_arrived *arrived = ust_malloc((all->n + 1) * sizeof *arrived);
    size_t n = 0, from = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct ust_session *s = &all->at[i];
        if (!of_mine(d, i) || s->first < d->settled_from || s->first > d->to)
            continue;
        from++;
        uint32_t clock = placed ? clocks.of[s->place] : 0;
        if (clock != UINT32_MAX)
            arrived[n++] = (struct ust_arrived){s->first, clock};
    }
    const struct ust_intensity_input input = {.arrived = arrived,
                                              .n = n,
                                              .place = clocks.facts,
                                              .places = clocks.n,
                                              .from = d->settled_from,
                                              .to = d->to + 1};
    if (n > 0)
        ust_intensity_fit(&input, d->arena, &d->out->week);
    else /* nobody whose clock is known came in that time */
        d->out->week = (struct ust_intensity){.hours = 1,
                                              .rate = {1},
                                              .weekend = 1,
                                              .mean = (double)d->out->sessions /
                                                      ((double)(d->to - d->from + 1) / 1e9),
                                              .index = (double)NAN};
    placed = placed && n > 0;
    /* Those at other places come as these do; those that were not kept as those that were. */
    d->out->week.mean *=
        (n > 0 ? (double)from / (double)n : 1) * (double)all->all / (double)all->n;
    if (!d->out->has_sessions) /* each of its few further requests is one more */
        d->out->week.mean *= (double)d->out->events / (double)d->out->sessions;
    if (placed) {
        d->out->places = clocks.n;
        d->out->place = ust_arena_alloc(d->arena, struct ust_described_share, clocks.n);
        for (uint32_t p = 0; p < clocks.n; p++)
            d->out->place[p] =
                (struct ust_described_share){clocks.name[p], d->out->week.share[p]};
        qsort(d->out->place, clocks.n, sizeof *d->out->place, by_share);
    }
    free(arrived);
}

/* ---- actions ---- */

static const struct quantity {
    enum ust_law_of of;
    enum ust_quantity quantity;
    double scale; /* to the unit of laws */
    double steps[4];
} quantities[] = {
    {UST_LAW_WORK, UST_QUANTITY_CPU, 1e6, {1e9, 1e8, 1e7, 1e6}},
    {UST_LAW_REQUEST, UST_QUANTITY_REQUEST, 1, {1024, 1000, 1, 0}},
    {UST_LAW_RESPONSE, UST_QUANTITY_BYTES, 1, {1024, 1000, 1, 0}},
    {UST_LAW_MEMORY, UST_QUANTITY_MEMORY, 1, {1048576, 1024, 1, 0}},
    {UST_LAW_IO, UST_QUANTITY_IO, 1, {1, 0, 0, 0}},
};

static void describe_quantity(struct describing *d, const struct quantity *quantity,
                              const uint16_t *numbers, uint32_t n,
                              struct ust_described_action *out)
{
    const struct ust_details *details = d->in->details;
    const double steps[5] = {quantity->steps[0], quantity->steps[1], quantity->steps[2],
                             quantity->steps[3], 0};
    d->n = 0;
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t i = 0; i < details->events[numbers[a]]; i++) {
            const struct ust_detail *it = &details->event[numbers[a]][i];
            double x = (double)it->quantity[quantity->quantity] * quantity->scale;
            if (is_mine(d, it->session) && !isnan(x))
                d->value[d->n++] = x;
        }
    const struct ust_fit_options options = {.step = ust_fit_step(d->value, d->n, steps)};
    find_law(d, quantity->of, out->name, options, &out->law[quantity->of]);
    struct ust_described_law *law = &out->law[quantity->of];
    if (quantity->of == UST_LAW_WORK && !law->said)
        *law = (struct ust_described_law){
            .of = UST_LAW_WORK, .said = true, .assumed = true, .dist = d->in->work};
}

static int more_events_first(const void *left, const void *right)
{
    const struct ust_described_action *a = left, *b = right;
    if (a->events != b->events)
        return a->events < b->events ? 1 : -1;
    return strcmp(a->name, b->name);
}

/* Two words may become one name. */
static const char *unique(struct describing *d, const char *name)
{
    const char *trial = name;
    for (uint32_t k = 2, i = 0; i < d->out->actions; i++)
        if (strcmp(d->out->action[i].name, trial) == 0) {
            trial = ust_arena_printf(d->arena, "%s-%u", name, k++);
            i = UINT32_MAX; /* from the beginning */
        }
    return trial;
}

static void add_action(struct describing *d, const char *word, const uint16_t *numbers,
                       uint32_t n, uint64_t events)
{
    struct ust_described_action *it = &d->out->action[d->out->actions];
    it->name = unique(d, name_of(d->arena, word));
    it->events = events;
    for (size_t q = 0; q < sizeof quantities / sizeof quantities[0]; q++)
        describe_quantity(d, &quantities[q], numbers, n, it);
    d->out->actions++;
}

static void describe_actions(struct describing *d)
{
    const struct ust_names *actions = d->in->actions;
    const struct ust_session_list *all = d->in->sessions;
    uint64_t count[UST_PROFILE_ACTIONS_MAX + 1] = {0}, sum = 0, rest = 0;
    uint16_t rare[UST_PROFILE_ACTIONS_MAX + 1];
    uint32_t rares = 0;
    for (size_t i = 0; i < all->n; i++)
        for (uint32_t a = 0; of_mine(d, i) && a < actions->n; a++)
            count[a] += all->at[i].actions[a];
    for (uint32_t a = 0; a < actions->n; a++)
        sum += count[a];
    d->out->action =
        ust_arena_alloc(d->arena, struct ust_described_action, UST_PROFILE_ACTIONS_MAX + 2);
    for (uint16_t a = 0; a < actions->n; a++) {
        if (count[a] > 0 && (double)count[a] >= ACTION_SHARE_MIN * (double)sum) {
            add_action(d, a > 0 ? actions->at[a] : "request", &a, 1, count[a]);
        } else if (count[a] > 0) {
            rare[rares++] = a;
            rest += count[a];
        }
    }
    if (rest > 0 && (double)rest >= ACTION_SHARE_MIN * (double)sum)
        add_action(d, UST_NAMES_OTHER, rare, rares, rest);
    uint64_t kept = 0;
    for (uint32_t i = 0; i < d->out->actions; i++)
        kept += d->out->action[i].events;
    for (uint32_t i = 0; i < d->out->actions; i++)
        d->out->action[i].share = (double)d->out->action[i].events / (double)kept;
    qsort(d->out->action, d->out->actions, sizeof *d->out->action, more_events_first);
}

/* ---- tolerance ---- */

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, ascending);
    return n > 0 ? x[n / 2] : 0;
}

/* Latencies of what timed out, each send's part of them, or pauses before what was tried again,
 * in ns. */
static void gather_details(struct describing *d, bool timeouts)
{
    const struct ust_details *details = d->in->details;
    d->n = 0;
    for (uint32_t a = 0; a <= UST_PROFILE_ACTIONS_MAX; a++)
        for (uint32_t i = 0; i < details->events[a]; i++) {
            const struct ust_detail *it = &details->event[a][i];
            double sends = fmax((double)it->quantity[UST_QUANTITY_ATTEMPTS], 1);
            double x = timeouts ? (double)it->quantity[UST_QUANTITY_LATENCY] * 1e6 / sends
                                : (double)it->pause * 1e9;
            if ((timeouts ? it->timed_out : it->again) && !isnan(x) && is_mine(d, it->session))
                d->value[d->n++] = x;
        }
}

static void describe_timeout(struct describing *d)
{
    gather_details(d, true);
    double middle = median(d->value, d->n);
    if (d->n < TIMEOUTS_MIN || !(middle > 0) ||
        d->value[3 * d->n / 4] - d->value[d->n / 4] > TIMEOUT_SPREAD * middle)
        return;
    d->out->timeout_ns = digits(middle, 2);
}

/* Events that say how often they were sent. */
static void describe_attempts(struct describing *d)
{
    const struct ust_details *details = d->in->details;
    uint64_t count[ATTEMPTS_MAX + 1] = {0};
    for (uint32_t a = 0; a <= UST_PROFILE_ACTIONS_MAX; a++)
        for (uint32_t i = 0; i < details->events[a]; i++) {
            double sends = (double)details->event[a][i].quantity[UST_QUANTITY_ATTEMPTS];
            if (sends >= 2 && is_mine(d, details->event[a][i].session))
                count[sends < ATTEMPTS_MAX ? (int)sends : ATTEMPTS_MAX]++;
        }
    for (uint32_t k = 2; k <= ATTEMPTS_MAX; k++)
        if (count[k] >= ATTEMPTS_SEEN)
            d->out->attempts = k;
}

static void describe_tolerance(struct describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    double watched_ms = 0, after_bad = 0, again_bad = 0, after_good = 0, again_good = 0;
    uint32_t run = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct ust_session *s = &all->at[i];
        if (!of_mine(d, i))
            continue;
        watched_ms += s->sum[UST_QUANTITY_LATENCY];
        d->out->abandons += s->abandoned;
        d->out->timeouts += s->timed_out;
        after_bad += s->after_bad;
        again_bad += s->again_after_bad;
        after_good += s->after_good;
        again_good += s->again_after_good;
        run = s->bad_run > run ? s->bad_run : run;
    }
    if (d->out->abandons >= ABANDONS_MIN && watched_ms > 0)
        d->out->patience_ns =
            digits(ust_fit_censored_mean(watched_ms * 1e6, d->out->abandons), 4);
    describe_timeout(d);
    describe_attempts(d);
    if (d->out->attempts > 1)
        return;
    double by_chance = after_good > 0 ? again_good / after_good : 0;
    if (after_bad < RETRIES_MIN || !(by_chance < 1))
        return;
    double because = (again_bad / after_bad - by_chance) / (1 - by_chance);
    if (because < RETRIED_MIN)
        return;
    gather_details(d, false);
    d->out->retried = because;
    d->out->attempts = run + 1 < ATTEMPTS_MAX ? run + 1 : ATTEMPTS_MAX;
    d->out->retry_ns = digits(median(d->value, d->n), 2);
}

/* ---- all ---- */

static void describe_one(struct describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    struct ust_described *out = d->out;
    out->first = INT64_MAX;
    out->last = INT64_MIN;
    for (size_t i = 0; i < all->n; i++) {
        const struct ust_session *s = &all->at[i];
        if (!of_mine(d, i))
            continue;
        out->sessions++;
        out->events += s->events;
        out->first = s->first < out->first ? s->first : out->first;
        out->last = s->last > out->last ? s->last : out->last;
    }
    out->share = (double)out->sessions / (double)all->n;
    find_settled(d);
    describe_tolerance(d);
    describe_sessions(d);
    describe_devices(d);
    describe_week(d);
    describe_actions(d);
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
    struct describing d = {.in = input, .arena = arena};
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
