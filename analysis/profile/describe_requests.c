/* What a persona's users ask for, and what they do about answers that do not come. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/profile/describing.h"

/* Rarer actions of a persona are put together: a cluster has strays, and a file wants readers.
 */
#define ACTION_SHARE_MIN 0.002
/* Timeouts show as answers that all took as long. */
#define TIMEOUTS_MIN   20
#define TIMEOUT_SPREAD 0.05
#define ABANDONS_MIN   30
#define RETRIES_MIN    30
#define RETRIED_MIN    0.3
#define ATTEMPTS_MAX   20
#define ATTEMPTS_SEEN  3

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

static void describe_quantity(struct ust_describing *d, const struct quantity *quantity,
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
            if (ust_is_mine(d, it->session) && !isnan(x))
                d->value[d->n++] = x;
        }
    const struct ust_fit_options options = {.step = ust_fit_step(d->value, d->n, steps)};
    ust_describe_law(d, quantity->of, out->name, options, &out->law[quantity->of]);
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
static const char *unique(struct ust_describing *d, const char *name)
{
    const char *trial = name;
    for (uint32_t k = 2, i = 0; i < d->out->actions; i++)
        if (strcmp(d->out->action[i].name, trial) == 0) {
            trial = ust_arena_printf(d->arena, "%s-%u", name, k++);
            i = UINT32_MAX; /* from the beginning */
        }
    return trial;
}

static void add_action(struct ust_describing *d, const char *word, const uint16_t *numbers,
                       uint32_t n, uint64_t events)
{
    struct ust_described_action *it = &d->out->action[d->out->actions];
    it->name = unique(d, ust_describe_name(d->arena, word));
    it->events = events;
    for (size_t q = 0; q < sizeof quantities / sizeof quantities[0]; q++)
        describe_quantity(d, &quantities[q], numbers, n, it);
    d->out->actions++;
}

void ust_describe_actions(struct ust_describing *d)
{
    const struct ust_names *actions = d->in->actions;
    const struct ust_session_list *all = d->in->sessions;
    uint64_t count[UST_PROFILE_ACTIONS_MAX + 1] = {0}, sum = 0, rest = 0;
    uint16_t rare[UST_PROFILE_ACTIONS_MAX + 1];
    uint32_t rares = 0;
    for (size_t i = 0; i < all->n; i++)
        for (uint32_t a = 0; ust_ith_is_mine(d, i) && a < actions->n; a++)
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
    qsort(x, n, sizeof *x, ust_by_value);
    return n > 0 ? x[n / 2] : 0;
}

/* Latencies of what timed out, each send's part of them, or pauses before what was tried again,
 * in ns. */
static void gather_details(struct ust_describing *d, bool timeouts)
{
    const struct ust_details *details = d->in->details;
    d->n = 0;
    for (uint32_t a = 0; a <= UST_PROFILE_ACTIONS_MAX; a++)
        for (uint32_t i = 0; i < details->events[a]; i++) {
            const struct ust_detail *it = &details->event[a][i];
            double sends = fmax((double)it->quantity[UST_QUANTITY_ATTEMPTS], 1);
            double x = timeouts ? (double)it->quantity[UST_QUANTITY_LATENCY] * 1e6 / sends
                                : (double)it->pause * 1e9;
            if ((timeouts ? it->timed_out : it->again) && !isnan(x) &&
                ust_is_mine(d, it->session))
                d->value[d->n++] = x;
        }
}

static void describe_timeout(struct ust_describing *d)
{
    gather_details(d, true);
    double middle = median(d->value, d->n);
    if (d->n < TIMEOUTS_MIN || !(middle > 0) ||
        d->value[3 * d->n / 4] - d->value[d->n / 4] > TIMEOUT_SPREAD * middle)
        return;
    d->out->timeout_ns = ust_digits(middle, 2);
}

/* Events that say how often they were sent. */
static void describe_attempts(struct ust_describing *d)
{
    const struct ust_details *details = d->in->details;
    uint64_t count[ATTEMPTS_MAX + 1] = {0};
    for (uint32_t a = 0; a <= UST_PROFILE_ACTIONS_MAX; a++)
        for (uint32_t i = 0; i < details->events[a]; i++) {
            double sends = (double)details->event[a][i].quantity[UST_QUANTITY_ATTEMPTS];
            if (sends >= 2 && ust_is_mine(d, details->event[a][i].session))
                count[sends < ATTEMPTS_MAX ? (int)sends : ATTEMPTS_MAX]++;
        }
    for (uint32_t k = 2; k <= ATTEMPTS_MAX; k++)
        if (count[k] >= ATTEMPTS_SEEN)
            d->out->attempts = k;
}

void ust_describe_tolerance(struct ust_describing *d)
{
    const struct ust_session_list *all = d->in->sessions;
    double watched_ms = 0, after_bad = 0, again_bad = 0, after_good = 0, again_good = 0;
    uint32_t run = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct ust_session *s = &all->at[i];
        if (!ust_ith_is_mine(d, i))
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
            ust_digits(ust_fit_censored_mean(watched_ms * 1e6, d->out->abandons), 4);
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
    d->out->retry_ns = ust_digits(median(d->value, d->n), 2);
}
