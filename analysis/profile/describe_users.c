/* Who a persona's users are, where, and when they come. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/profile/describing.h"
#include "analysis/profile/words.h"

#define PLACES_MAX  64
#define DEVICES_MAX 16
/* A place that hardly anybody comes from. */
#define PLACE_SHARE_MIN 0.002

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

const char *ust_describe_name(struct ust_arena *arena, const char *word)
{
    return ust_plain_name(word, ust_arena_alloc(arena, char, strlen(word) + sizeof "action"));
}

void ust_describe_devices(struct ust_describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    double count[UST_PROFILE_DEVICES_MAX + 1] = {0};
    for (size_t i = 0; i < all->n; i++)
        if (ust_ith_is_mine(d, i))
            count[all->at[i].device]++;
    d->out->device =
        ust_arena_alloc(d->arena, struct ust_described_share, d->in->devices->n + 1);
    uint32_t n = 0;
    for (uint32_t k = 1; k < d->in->devices->n; k++)
        if (count[k] > 0)
            d->out->device[n++] = (struct ust_described_share){
                ust_describe_name(d->arena, d->in->devices->at[k]), count[k]};
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

static void find_clocks(struct ust_describing *d, struct clocks *clocks)
{
    const struct ust_session_list *all = d->in->sessions;
    uint32_t places = d->in->places->n;
    double *count = ust_arena_alloc(d->arena, double, places + 1), mine = 0, unknown = 0;
    for (size_t i = 0; i < all->n; i++)
        if (ust_ith_is_mine(d, i)) {
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
static int common_zone(const struct ust_describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    uint64_t count[2 * 24 * 4 + 1] = {0};
    uint32_t best = 24 * 4;
    for (size_t i = 0; i < all->n; i++)
        if (ust_ith_is_mine(d, i) && all->at[i].zone_min != UST_NO_ZONE &&
            abs(all->at[i].zone_min) <= 24 * 60)
            count[all->at[i].zone_min / 15 + 24 * 4]++;
    for (uint32_t k = 0; k <= 2 * 24 * 4; k++)
        best = count[k] > count[best] ? k : best;
    return ((int)best - 24 * 4) * 15;
}

/* ---- when ---- */

void ust_describe_week(struct ust_describing *d)
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
        if (!ust_ith_is_mine(d, i) || s->first < d->settled_from || s->first > d->to)
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
                                              .flat = d->in->untimed,
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
