#include "analysis/study/smallest.h"

#include <math.h>
#include <string.h>

/* Places 0 .. n - 1 on the way through the lattice: along one count, or along all of them. */
struct line {
    uint32_t n;
    uint32_t count; /* the one that moves; UINT32_MAX: all, in proportion */
    uint32_t base[UST_SMALLEST_COUNTS_MAX];
};

static void place(const struct ust_smallest *s, const struct line *line, uint32_t at,
                  uint32_t *level)
{
    memcpy(level, line->base, sizeof line->base);
    if (line->count != UINT32_MAX) {
        level[line->count] = at;
        return;
    }
    for (uint32_t i = 0; i < s->counts; i++)
        level[i] = line->n < 2
                       ? 0
                       : (uint32_t)(((uint64_t)at * (s->levels[i] - 1) + (line->n - 2)) /
                                    (line->n - 1));
}

static enum ust_status ask(struct ust_smallest *s, const struct line *line, uint32_t at,
                           bool *enough)
{
    uint32_t level[UST_SMALLEST_COUNTS_MAX];
    place(s, line, at, level);
    return s->ask(s->context, level, enough);
}

/* From `low`, which is not enough: ever longer steps. *high = n: nothing is. */
static enum ust_status climb(struct ust_smallest *s, const struct line *line, uint32_t *low,
                             uint32_t *high)
{
    bool enough = false;
    for (uint32_t step = 1; !enough; step *= 2) {
        if (*low + 1 >= line->n) {
            *high = line->n;
            return UST_OK;
        }
        uint32_t next = line->n - 1 - *low > step ? *low + step : line->n - 1;
        UST_TRY(ask(s, line, next, &enough));
        if (enough)
            *high = next;
        else
            *low = next;
    }
    return UST_OK;
}

/* From `high`, which is enough. *none: the least place is enough too. */
static enum ust_status descend(struct ust_smallest *s, const struct line *line, uint32_t *low,
                               uint32_t *high, bool *none)
{
    bool enough = true;
    for (uint32_t step = 1; enough && *high > 0; step *= 2) {
        uint32_t next = *high > step ? *high - step : 0;
        UST_TRY(ask(s, line, next, &enough));
        if (enough)
            *high = next;
        else
            *low = next;
    }
    *none = enough;
    return UST_OK;
}

/* The least place that is enough; n: none is. */
static enum ust_status least(struct ust_smallest *s, const struct line *line, uint32_t from,
                             uint32_t *found)
{
    uint32_t low = from, high = from;
    bool enough, all = false;
    UST_TRY(ask(s, line, from, &enough));
    UST_TRY(enough ? descend(s, line, &low, &high, &all) : climb(s, line, &low, &high));
    while (!all && high < line->n && high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        UST_TRY(ask(s, line, middle, &enough));
        if (enough)
            high = middle;
        else
            low = middle;
    }
    *found = high;
    return UST_OK;
}

/* ---- several ---- */

static enum ust_status together(struct ust_smallest *s)
{
    struct line line = {.n = 1, .count = UINT32_MAX};
    uint32_t longest = 0, from, found;
    for (uint32_t i = 0; i < s->counts; i++)
        if (s->levels[i] > line.n) {
            line.n = s->levels[i];
            longest = i;
        }
    from = s->start[longest] < line.n ? s->start[longest] : line.n - 1;
    UST_TRY(least(s, &line, from, &found));
    s->any = found < line.n;
    place(s, &line, s->any ? found : line.n - 1, s->level);
    return UST_OK;
}

/* The counts, the dearest first; of equal ones, as given. */
static void by_price(const struct ust_smallest *s, uint32_t *order)
{
    for (uint32_t i = 0; i < s->counts; i++) {
        uint32_t at = i;
        while (at > 0 && s->price[order[at - 1]] < s->price[i]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

static enum ust_status step_down_alone(struct ust_smallest *s)
{
    uint32_t order[UST_SMALLEST_COUNTS_MAX];
    by_price(s, order);
    for (uint32_t i = 0; i < s->counts; i++) {
        struct line line = {.n = s->level[order[i]] + 1, .count = order[i]};
        memcpy(line.base, s->level, sizeof line.base);
        UST_TRY(least(s, &line, line.n - 1, &s->level[order[i]]));
    }
    return UST_OK;
}

static double price_of(const struct ust_smallest *s, const uint32_t *level)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < s->counts; i++)
        sum += s->price[i] * level[i];
    return sum;
}

/* From many of the first and few of the second: down while it is enough, right while it is not.
 * What costs no less than what is known needs no answer: whatever lies beyond it in its row
 * costs more still. */
static enum ust_status walk_frontier(struct ust_smallest *s)
{
    uint32_t at[UST_SMALLEST_COUNTS_MAX] = {s->levels[0] - 1, 0};
    while (at[1] < s->levels[1]) {
        bool enough = true, dear = price_of(s, at) >= price_of(s, s->level);
        if (!dear)
            UST_TRY(s->ask(s->context, at, &enough));
        if (enough && !dear)
            memcpy(s->level, at, sizeof at);
        if (!enough)
            at[1]++;
        else if (at[0]-- == 0)
            break;
    }
    return UST_OK;
}

enum ust_status ust_smallest_run(struct ust_smallest *s)
{
    memset(s->level, 0, sizeof s->level);
    UST_TRY(together(s));
    if (!s->any || s->counts == 1)
        return UST_OK;
    UST_TRY(step_down_alone(s));
    return s->counts == 2 ? walk_frontier(s) : UST_OK;
}
