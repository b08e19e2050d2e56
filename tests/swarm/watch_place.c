/* The watch, of instances and zones. */
#include <stddef.h>
#include <stdlib.h>

#include "tests/swarm/watch_parts.h"

/* ---- what is known ---- */

/* Dead, or ejected. */
static bool is_bad(const struct swarm_watch *watch, const struct ust_pool *pool, uint32_t i)
{
    if (pool->outliers != NULL && pool->outliers[i].ejected)
        return true;
    return swarm_is_cut(watch) ? !pool->instances[i].believed : watch->dead[pool->number][i];
}

static bool is_out(const struct swarm_watch *watch, const struct ust_pool *pool, uint32_t i)
{
    const struct ust_instance *it = &pool->instances[i];
    return it->state != UST_UP || it->leaving || (!pool->view.panic && is_bad(watch, pool, i));
}

bool swarm_place_any(const struct swarm_watch *watch, const struct ust_pool *pool)
{
    for (uint32_t i = 0; pool->config->exists && i < pool->instances_max; i++)
        if (!is_out(watch, pool, i))
            return true;
    return false;
}

/* An instance alone, or its zone with it. */
static const char *how_far(const struct swarm_watch *watch, const struct ust_pool *pool,
                           uint32_t instance)
{
    uint8_t zone = pool->instances[instance].zone;
    uint32_t up = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        if (pool->instances[i].zone != zone || pool->instances[i].state != UST_UP)
            continue;
        if (!is_out(watch, pool, i))
            return "";
        up++;
    }
    return up > 1 ? ", as its zone is" : "";
}

static void tell(struct swarm_watch *watch, const struct ust_pool *pool, uint32_t i,
                 const char *who)
{
    swarm_watch_find(watch, who,
                     "instance %u of service %u in region %u, zone %u, which is known to be "
                     "out of service%s",
                     i + 1, pool->config->service + 1, pool->config->region + 1,
                     pool->instances[i].zone + 1u, how_far(watch, pool, i));
}

/* ---- the balancer's choice ---- */

static uint32_t watched_pick(const void *params, void *state,
                             const struct ust_balance_view *view, struct ust_rng *rng)
{
    const struct ust_pool *pool =
        (const void *)((const char *)view - offsetof(struct ust_pool, view));
    const struct ust_balance_type *type = ust_balance_of(pool->config->balancer.kind);
    uint32_t i = type->pick(params, state, view, rng);
    /* The view is of the only model that is watched. */
    struct swarm_watch *watch = swarm_watching(NULL);
    bool listed = false;
    for (uint32_t k = 0; k < view->ready_n; k++)
        listed |= view->ready[k] == i;
    if (!listed) {
        swarm_watch_find(watch, "a balancer", "picked instance %u, which is not on its list",
                         i + 1);
        return i;
    }
    watch->saw.picked++;
    swarm_read_timeline(watch);
    if (is_out(watch, pool, i))
        tell(watch, pool, i, "a balancer picked");
    return i;
}

/* ---- between events ---- */

static void look_at_list(struct swarm_watch *watch, const struct ust_pool *pool)
{
    for (uint32_t k = 0; k < pool->view.ready_n; k++)
        if (is_out(watch, pool, pool->ready[k]))
            tell(watch, pool, pool->ready[k], "a balancer's list has");
}

/* A panic excuses much: is there a reason for it? */
static void look_at_panic(struct swarm_watch *watch, const struct ust_pool *pool)
{
    uint32_t up = 0, well = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        const struct ust_instance *it = &pool->instances[i];
        if (it->state != UST_UP || it->leaving)
            continue;
        up++;
        well += !is_bad(watch, pool, i);
    }
    bool panic = up > 0 && (double)well / up < pool->config->panic_threshold;
    if (watch->model->route_panics)
        panic = (watch->model->route_panic >> pool->config->region & 1) != 0;
    if (panic != pool->view.panic)
        swarm_watch_find(watch, "a pool", "(%u) is %s a panic, with %u of %u instances well",
                         pool->number + 1, panic ? "not in" : "in", well, up);
}

static void look_at_pool(struct swarm_watch *watch, const struct ust_pool *pool, bool before)
{
    uint32_t p = pool->number;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        bool out = is_out(watch, pool, i);
        uint32_t now = pool->outstanding[i], then = watch->outstanding[p][i];
        if (!before && now > then) {
            watch->saw.admitted++;
            if (out && watch->out[p][i])
                tell(watch, pool, i, "an attempt came to");
        }
        watch->out[p][i] = out;
        watch->outstanding[p][i] = now;
    }
}

void swarm_place_look(struct swarm_watch *watch, bool before)
{
    for (uint32_t p = 0; p < swarm_pools_of(watch); p++) {
        const struct ust_pool *pool = &watch->model->pools[p];
        if (!pool->config->exists)
            continue;
        look_at_pool(watch, pool, before);
        if (before)
            continue;
        look_at_list(watch, pool);
        look_at_panic(watch, pool);
    }
}

/* ---- making it ---- */

void swarm_place_begin(struct swarm_watch *watch)
{
    uint32_t n = swarm_pools_of(watch);
    watch->dead = swarm_zeroed(n, sizeof *watch->dead);
    watch->out = swarm_zeroed(n, sizeof *watch->out);
    watch->outstanding = swarm_zeroed(n, sizeof *watch->outstanding);
    watch->balancer = swarm_zeroed(n, sizeof *watch->balancer);
    for (uint32_t p = 0; p < n; p++) {
        struct ust_pool *pool = &watch->model->pools[p];
        watch->dead[p] = swarm_zeroed(pool->instances_max, sizeof **watch->dead);
        watch->out[p] = swarm_zeroed(pool->instances_max, sizeof **watch->out);
        watch->outstanding[p] = swarm_zeroed(pool->instances_max, sizeof **watch->outstanding);
        if (!pool->config->exists)
            continue;
        watch->balancer[p] = *pool->balancer;
        watch->balancer[p].pick = watched_pick;
        pool->balancer = &watch->balancer[p];
    }
}

void swarm_place_end(struct swarm_watch *watch)
{
    for (uint32_t p = 0; p < swarm_pools_of(watch); p++) {
        struct ust_pool *pool = &watch->model->pools[p];
        if (pool->config->exists)
            pool->balancer = ust_balance_of(pool->config->balancer.kind);
        free(watch->dead[p]);
        free(watch->out[p]);
        free(watch->outstanding[p]);
    }
    free(watch->dead);
    free(watch->out);
    free(watch->outstanding);
    free(watch->balancer);
}
