/* Paths: which region a user's next attempt goes to.
 *
 * Routing answers by what the checks believe. Whenever that changes, a new answer begins;
 * clients keep the one that their caches hold. A user's own draw u says how old: where
 * moved(age) is the share of caches younger than age, he has the newest answer once u <
 * moved(now - its beginning), else the one before, and so on. So a user who has moved stays
 * moved, and one draw serves all his attempts.
 */
#include <string.h>

#include "models/entity/pool.h"
#include "sim/base/detmath.h"

/* Answers of the past are forgotten once no cache can hold them: after that many mean lives of
 * the slow tail the share of caches left, exp(-64), is below the grain of the draw. */
#define TAIL_LIVES 64

static uint64_t believed(const struct ust_model *model)
{
    uint64_t mask = 0;
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        mask |= (uint64_t)model->regions[r].healthy << r;
    return mask;
}

static void fill_answer(struct ust_model *model, struct ust_answer *answer)
{
    const struct ust_config *config = model->config;
    const struct ust_variant *kind = &config->routing.kind;
    uint32_t n = config->regions_n;
    uint32_t *region = ust_arena_alloc(model->arena, uint32_t, config->places_n);
    double *share = ust_arena_alloc(model->arena, double, (size_t)config->places_n *n);
    for (uint32_t place = 0; place < config->places_n; place++) {
        double *mine = share + (size_t)place * n;
        struct ust_route_view view = {
            .regions_n = n, .healthy = answer->healthy, .rtt_ms = config->places[place].rtt_ms};
        if (kind->kind != NULL)
            ust_route_of(kind->kind)->answer(kind->params, &view, mine);
        else
            mine[0] = 1;
        region[place] = UST_NONE;
        double sum = 0;
        for (uint32_t r = 0; r < n; r++) {
            if (mine[r] >= 1)
                region[place] = r;
            sum += mine[r];
            mine[r] = sum;
        }
    }
    answer->region = region;
    answer->share = share;
}

/* The same state of knowledge needs its tables only once. */
static const struct ust_answer *with_same_health(const struct ust_model *model,
                                                 uint64_t healthy)
{
    for (uint32_t i = model->answers_n; i > 0; i--)
        if (model->answers[i - 1].healthy == healthy)
            return &model->answers[i - 1];
    return NULL;
}

static void add_answer(struct ust_model *model)
{
    if (model->answers_n == model->answers_capacity) {
        model->answers_capacity = model->answers_capacity * 2 + 8;
        model->answers =
            ust_realloc(model->answers, model->answers_capacity * sizeof *model->answers);
    }
    struct ust_answer answer = {.since = model->engine.now, .healthy = believed(model)};
    const struct ust_answer *same = with_same_health(model, answer.healthy);
    if (same != NULL) {
        answer.region = same->region;
        answer.share = same->share;
    } else {
        fill_answer(model, &answer);
    }
    model->answers[model->answers_n++] = answer;
}

/* The share of users at a place who are still sent to `region` once their caches are fresh. */
static double share_of(const struct ust_model *model, const struct ust_answer *answer,
                       uint32_t place, uint32_t region)
{
    const double *share = answer->share + (size_t)place * model->config->regions_n;
    return share[region] - (region == 0 ? 0 : share[region - 1]);
}

static bool routes_to(const struct ust_model *model, const struct ust_answer *answer,
                      uint32_t region)
{
    for (uint32_t place = 0; place < model->config->places_n; place++)
        if (share_of(model, answer, place, region) > 0)
            return true;
    return false;
}

/* When the share of fresh caches passes q, after `since`; by bisection on the nanosecond. */
static ust_time moved_after(const struct ust_dns *dns, double q)
{
    ust_time low = 0, high = dns->ttl + TAIL_LIVES * (dns->stale_mean + 1);
    if (dns->ttl == 0)
        return 0;
    while (low < high) {
        ust_time middle = low + (high - low) / 2;
        if (ust_dns_moved(dns, middle) >= q)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static const struct {
    double share;
    const char *event;
} moved_steps[] = {{0.5, "moved_50"}, {0.9, "moved_90"}, {0.99, "moved_99"}};

/* Argument: region, step and the answer that the plan was made for; an overtaken plan is
 * dropped. */
static void on_moved(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t region = argument & 0xff, step = argument >> 8 & 0xff;
    uint32_t epoch = (uint32_t)(argument >> 16);
    if (epoch != model->answers_n)
        return;
    ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                  .event = moved_steps[step].event,
                                                  .region = region + 1,
                                                  .value = moved_steps[step].share});
}

static void plan_moved(struct ust_model *model)
{
    if (model->answers_n < 2)
        return;
    const struct ust_answer *now = &model->answers[model->answers_n - 1], *before = now - 1;
    for (uint32_t region = 0; region < model->config->regions_n; region++) {
        if (!routes_to(model, before, region) || routes_to(model, now, region))
            continue;
        for (uint32_t step = 0; step < 3; step++)
            ust_schedule(&model->engine,
                         model->engine.now +
                             moved_after(&model->config->routing.dns, moved_steps[step].share),
                         UST_LANE_OBSERVE, model->on.moved,
                         (uint64_t)model->answers_n << 16 | step << 8 | region);
    }
}

void ust_path_changed(struct ust_model *model)
{
    if (model->answers[model->answers_n - 1].healthy == believed(model))
        return;
    add_answer(model);
    plan_moved(model);
}

/* The answer that the user's cache holds. */
static const struct ust_answer *cached(const struct ust_model *model, uint64_t draw)
{
    const struct ust_answer *answer = &model->answers[model->answers_n - 1];
    const struct ust_dns *dns = &model->config->routing.dns;
    double u = (double)(draw >> 11) * 0x1p-53;
    while (answer > model->answers) {
        ust_time age = model->engine.now - answer->since;
        if (age > model->dns_horizon || u < ust_dns_moved(dns, age))
            break;
        answer--;
    }
    return answer;
}

uint32_t ust_path_region(struct ust_model *model, const struct ust_request *request)
{
    const struct ust_answer *answer = cached(model, request->dns);
    uint32_t region = answer->region[request->place];
    if (region != UST_NONE)
        return region;
    /* Another part of the same draw, so that he meets the same region at every attempt. */
    double u = (double)(ust_mix64(request->dns) >> 11) * 0x1p-53;
    const double *share = answer->share + (size_t)request->place * model->config->regions_n;
    region = 0;
    while (region + 1 < model->config->regions_n && u >= share[region])
        region++;
    return region;
}

void ust_path_start(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    model->on.moved = ust_engine_handler(&model->engine, on_moved, model);
    model->dns_horizon = config->routing.dns.ttl + TAIL_LIVES * config->routing.dns.stale_mean;
    model->places_matter = config->routing.kind.kind != NULL;
    for (uint32_t i = 0; i < config->traffic_n; i++)
        model->places_matter |= config->traffic[i].network || config->traffic[i].places_n > 1;
    add_answer(model);
    model->only_region = model->answers[0].region[0];
    UST_ASSERT(model->places_matter || model->only_region != UST_NONE);
}
