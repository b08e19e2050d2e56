/* Paths: which region a user's next attempt goes to.
 *
 * Routing answers by what the checks believe. Whenever that changes, a new answer begins;
 * clients keep the one that their caches, or the routers on their way, hold. A user's own draw
 * u says how old: where moved(age) is the share that follows within age, he has the newest
 * answer once u < moved(now - its beginning), else the one before, and so on. So a user who has
 * moved stays moved, and one draw serves all his attempts. Who keeps a connection stays where
 * it leads (connection.c).
 */
#include <string.h>

#include "models/entity/pool.h"
#include "sim/base/detmath.h"

static uint64_t used_as(const struct ust_model *model, enum ust_region_use use)
{
    uint64_t mask = 0;
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        mask |= (uint64_t)(model->regions[r].use == use) << r;
    return mask;
}

/* The regions that routing takes for healthy: not those that wait for their failback, unless
 * there is no other that it could choose. */
static uint64_t believed(const struct ust_model *model)
{
    uint64_t mask = used_as(model, UST_IN_USE) | used_as(model, UST_RETURNING);
    return (mask & model->routable) != 0 ? mask : mask | used_as(model, UST_WAITING_FOR_USE);
}

/* The share of users who have returned, where some regions get theirs back little by little;
 * all, where there is nowhere else to be meanwhile. */
static double returned(const struct ust_model *model)
{
    double least = 1;
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        if (model->regions[r].use == UST_RETURNING && model->regions[r].returned < least)
            least = model->regions[r].returned;
    return (used_as(model, UST_IN_USE) & model->routable) == 0 ? 1 : least;
}

/* ... to regions that no plan owns. */
static double returned_to_others(const struct ust_model *model)
{
    double least = 1;
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        if (r != model->failover->config->from && model->regions[r].use == UST_RETURNING &&
            model->regions[r].returned < least)
            least = model->regions[r].returned;
    return least;
}

static uint64_t plan_changes(const struct ust_model *model)
{
    return model->failover == NULL ? 0 : model->failover->changes;
}

static const struct ust_route_type *route_of(const struct ust_model *model)
{
    const struct ust_kind *kind = model->config->routing.kind.kind;
    return kind == NULL ? NULL : ust_route_of(kind);
}

/* ---- what routing knows ---- */

/* Of the services with a pool here, the one with the smallest share of healthy instances. */
static void take_census(struct ust_model *model, uint32_t region)
{
    uint32_t up = 0, well = 0;
    bool any = false;
    for (uint32_t service = 0; service < model->config->services_n; service++) {
        const struct ust_pool *pool = ust_pool_of(model, service, region);
        if (!pool->config->exists)
            continue;
        if (any && (uint64_t)pool->healthy * up >= (uint64_t)well * pool->up)
            continue;
        any = true;
        up = pool->up;
        well = pool->healthy;
    }
    model->census_up[region] = up;
    model->census_well[region] = well;
}

static struct ust_route_view view_of(const struct ust_model *model, uint64_t healthy,
                                     uint32_t place)
{
    return (struct ust_route_view){.regions_n = model->config->regions_n,
                                   .healthy = healthy,
                                   .rtt_ms = model->config->places[place].rtt_ms,
                                   .up = model->census_up,
                                   .well = model->census_well};
}

/* ---- answers ---- */

static void make_tables(struct ust_model *model, struct ust_answer *answer)
{
    const struct ust_config *config = model->config;
    answer->region = ust_arena_alloc(model->arena, uint32_t, config->places_n);
    answer->share =
        ust_arena_alloc(model->arena, double, (size_t)config->places_n * config->regions_n);
}

/* What is sent away from the region of a plan goes to the plan's standby, wherever the policy
 * would send it; only a standby that is lost gets nobody. */
static bool redirects(const struct ust_model *model, uint64_t healthy)
{
    const struct ust_failover *failover = model->failover;
    return failover != NULL && !(healthy >> failover->config->from & 1) &&
           (healthy >> failover->config->to & 1);
}

static void ask_route(const struct ust_model *model, uint64_t healthy, uint32_t place,
                      double *share)
{
    bool redirected = redirects(model, healthy);
    if (redirected)
        healthy |= UINT64_C(1) << model->failover->config->from;
    struct ust_route_view view = view_of(model, healthy, place);
    route_of(model)->answer(model->config->routing.kind.params, &view, share);
    if (redirected) {
        share[model->failover->config->to] += share[model->failover->config->from];
        share[model->failover->config->from] = 0;
    }
}

static void fill_answer(struct ust_model *model, const struct ust_answer *answer)
{
    const struct ust_config *config = model->config;
    const struct ust_route_type *route = route_of(model);
    uint32_t n = config->regions_n;
    for (uint32_t place = 0; place < config->places_n; place++) {
        double *mine = answer->share + (size_t)place * n;
        if (route != NULL)
            ask_route(model, answer->healthy, place, mine);
        else
            mine[0] = 1;
        answer->region[place] = UST_NONE;
        double sum = 0;
        for (uint32_t r = 0; r < n; r++) {
            if (mine[r] >= 1)
                answer->region[place] = r;
            sum += mine[r];
            mine[r] = sum;
        }
    }
}

/* The same state of knowledge needs its tables only once, where it is all there is to know. */
static bool take_same(const struct ust_model *model, struct ust_answer *answer)
{
    for (uint32_t i = model->answers_n; i > 0; i--) {
        const struct ust_answer *other = &model->answers[i - 1];
        if (other->healthy != answer->healthy)
            continue;
        answer->region = other->region;
        answer->share = other->share;
        return true;
    }
    return false;
}

static const struct ust_dns *law_of(const struct ust_model *model, uint64_t healthy)
{
    const struct ust_route_type *route = route_of(model);
    if (route == NULL || route->follow == NULL)
        return &model->config->routing.dns;
    bool lost =
        model->answers_n > 0 && (model->answers[model->answers_n - 1].healthy & ~healthy) != 0;
    return route->follow(model->config->routing.kind.params, lost);
}

/* The oldest answer is of the past once nobody can hold it: everybody has the one behind it,
 * and no connection is as old. Its tables serve again. */
static bool take_oldest(struct ust_model *model, struct ust_answer *answer)
{
    if (model->answers_n < 2 ||
        model->answers[1].settled + model->config->connection_age >= model->engine.now)
        return false;
    answer->region = model->answers[0].region;
    answer->share = model->answers[0].share;
    model->answers_n--;
    memmove(model->answers, model->answers + 1, model->answers_n * sizeof *model->answers);
    return true;
}

/* What those are answered who have not returned yet. */
static void add_before(struct ust_model *model, struct ust_answer *answer)
{
    struct ust_answer before = {.healthy = used_as(model, UST_IN_USE)};
    if (model->route_counts || !take_same(model, &before)) {
        make_tables(model, &before);
        fill_answer(model, &before);
    }
    answer->region_before = before.region;
    answer->share_before = before.share;
    if (model->failover != NULL)
        answer->stays = ust_failover_stays(model, returned_to_others(model));
}

static void add_answer(struct ust_model *model)
{
    struct ust_answer answer = {.since = model->engine.now,
                                .healthy = believed(model),
                                .returned = returned(model),
                                .plan = plan_changes(model)};
    answer.law = law_of(model, answer.healthy);
    answer.settled = answer.since + ust_dns_horizon(answer.law);
    bool filled = !model->route_counts && take_same(model, &answer);
    if (!filled) {
        if (!model->route_counts || !take_oldest(model, &answer))
            make_tables(model, &answer);
        fill_answer(model, &answer);
    }
    if (answer.returned < 1)
        add_before(model, &answer);
    if (model->answers_n == model->answers_capacity) {
        model->answers_capacity = model->answers_capacity * 2 + 8;
        model->answers =
            ust_realloc(model->answers, model->answers_capacity * sizeof *model->answers);
    }
    model->answers[model->answers_n++] = answer;
    model->answers_made++;
}

/* Balancers whose panic the route decides. */
static void tell_panic(struct ust_model *model)
{
    const struct ust_route_type *route = route_of(model);
    if (route == NULL || route->panic == NULL)
        return;
    struct ust_route_view view = view_of(model, believed(model), 0);
    uint64_t before = model->route_panic;
    model->route_panic = route->panic(model->config->routing.kind.params, &view);
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (pool->config->exists && (before ^ model->route_panic) >> pool->config->region & 1)
            ust_roster_relist(model, pool);
    }
}

void ust_path_changed(struct ust_model *model)
{
    const struct ust_answer *latest = &model->answers[model->answers_n - 1];
    if (latest->healthy == believed(model) && latest->returned == returned(model) &&
        latest->plan == plan_changes(model) && !model->route_counts)
        return;
    add_answer(model);
    ust_drain_plan(model);
    tell_panic(model);
}

/* ---- who counts instances ---- */

void ust_path_census(struct ust_model *model, const struct ust_pool *pool)
{
    uint32_t region = pool->config->region;
    uint32_t up = model->census_up[region], well = model->census_well[region];
    take_census(model, region);
    if (up == model->census_up[region] && well == model->census_well[region])
        return;
    ust_path_changed(model);
}

/* ---- a user's way ---- */

/* The answer that the user's caches held at a time. */
static const struct ust_answer *cached(const struct ust_model *model, uint64_t draw,
                                       ust_time when)
{
    const struct ust_answer *answer = &model->answers[model->answers_n - 1];
    double u = (double)(draw >> 11) * 0x1p-53;
    for (; answer > model->answers; answer--) {
        ust_time age = when - answer->since;
        if (when >= answer->settled || (age >= 0 && u < ust_dns_moved(answer->law, age)))
            break;
    }
    return answer;
}

/* What decides between several regions of one answer: the user, or his connection. */
static uint64_t choice_of(const struct ust_model *model, const struct ust_request *request,
                          ust_time when)
{
    if (!model->route_by_connection)
        return ust_mix64(request->dns);
    return ust_mix64(ust_mix64(request->dns ^ (uint64_t)when) + request->attempt);
}

/* A third part of the draw: who is back stays. */
static bool has_returned(const struct ust_answer *answer, const struct ust_request *request)
{
    uint64_t draw = ust_mix64(ust_mix64(request->dns));
    double share = answer->stays != NULL ? answer->stays[request->traffic] : answer->returned;
    return (double)(draw >> 11) * 0x1p-53 < share;
}

/* What the user's caches told him at a time: one region, or shares to choose by. */
struct told {
    uint32_t region; /* UST_NONE: choose */
    const double *share;
};

static inline struct told told_at(const struct ust_model *model,
                                  const struct ust_request *request, ust_time when)
{
    const struct ust_answer *answer = cached(model, request->dns, when);
    bool before = UST_RARE(answer->returned < 1) && !has_returned(answer, request);
    return (struct told){(before ? answer->region_before : answer->region)[request->place],
                         (before ? answer->share_before : answer->share) +
                             (size_t)request->place * model->config->regions_n};
}

uint32_t ust_path_lookup(const struct ust_model *model, const struct ust_request *request,
                         ust_time when)
{
    const struct told told = told_at(model, request, when);
    if (told.region != UST_NONE)
        return told.region;
    /* Another part of the same draw, so that he meets the same region at every attempt. */
    double u = (double)(choice_of(model, request, when) >> 11) * 0x1p-53;
    uint32_t region = 0;
    while (region + 1 < model->config->regions_n && u >= told.share[region])
        region++;
    return region;
}

uint32_t ust_path_region(struct ust_model *model, struct ust_request *request)
{
    if (UST_RARE(model->data != NULL) && ust_data_is_write(model, request))
        return model->data[model->traffic[request->traffic].config->service]->primary;
    if (UST_RARE(model->config->connections))
        return ust_connection_region(model, request);
    return ust_path_lookup(model, request, model->engine.now);
}

/* Who is still told of the region among others has no reason to choose again. */
uint32_t ust_path_later(const struct ust_model *model, const struct ust_request *request,
                        uint32_t region)
{
    const struct told told = told_at(model, request, model->engine.now);
    if (UST_RARE(model->data != NULL) && ust_data_is_write(model, request))
        return model->data[model->traffic[request->traffic].config->service]->primary;
    if (UST_RARE(model->config->connections) && ust_connection_leads(model, request, region))
        return region;
    if (told.region != UST_NONE)
        return told.region;
    if (told.share[region] > (region == 0 ? 0 : told.share[region - 1]))
        return region;
    return ust_path_lookup(model, request, model->engine.now);
}

/* Regions that anybody is ever sent to: those that the policy chooses when only they are
 * healthy, and a plan's standby. */
static uint64_t routable(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    const struct ust_route_type *route = route_of(model);
    uint32_t *well = ust_arena_alloc(model->arena, uint32_t, config->regions_n);
    double *share = ust_arena_alloc(model->arena, double, config->regions_n);
    uint64_t mask = 0;
    if (route == NULL)
        return UINT64_MAX;
    for (uint32_t r = 0; r < config->regions_n; r++)
        well[r] = 1;
    for (uint32_t r = 0; r < config->regions_n; r++) {
        struct ust_route_view view = view_of(model, UINT64_C(1) << r, 0);
        view.up = view.well = well;
        route->answer(config->routing.kind.params, &view, share);
        mask |= (uint64_t)(share[r] > 0) << r;
    }
    if (config->failover != NULL)
        mask |= UINT64_C(1) << config->failover->to;
    return mask;
}

void ust_path_start(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    const struct ust_route_type *route = route_of(model);
    ust_drain_start(model);
    model->places_matter = route != NULL || config->cuts;
    for (uint32_t i = 0; i < config->traffic_n; i++)
        model->places_matter |= config->traffic[i].network || config->traffic[i].places_n > 1;
    model->route_counts = route != NULL && route->counts;
    model->route_panics = route != NULL && route->panic != NULL;
    model->route_by_connection = route != NULL && route->by_connection != NULL &&
                                 route->by_connection(config->routing.kind.params);
    model->census_up = ust_arena_alloc(model->arena, uint32_t, config->regions_n);
    model->census_well = ust_arena_alloc(model->arena, uint32_t, config->regions_n);
    for (uint32_t r = 0; r < config->regions_n; r++)
        take_census(model, r);
    model->routable = routable(model);
    add_answer(model);
    tell_panic(model);
    model->only_region = model->answers[0].region[0];
    UST_ASSERT(model->places_matter || model->only_region != UST_NONE);
}
