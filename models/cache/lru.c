/* A cache that holds the objects used last, of many whose popularity follows Zipf's law. The
 * hit ratio is what comes of it (Che, Tung and Wang, IEEE JSAC 2002, approximate it well).
 *
 * Objects are known by their rank; a list from the newest to the oldest use runs through an
 * array of all of them. Cost: a few draws and O(1) per look-up; 8 bytes an object, 16 with a
 * time to live.
 */
#include "models/cache/cache.h"
#include "sim/base/limits.h"

#define NOBODY UINT32_MAX

struct params {
    int64_t objects, size;
    double exponent;
    ust_time ttl;
    const struct ust_node *size_node;
};

struct link {
    uint32_t newer, older; /* newer == itself: it is not in the cache */
};

struct state {
    uint32_t newest, oldest, n;
    struct link link[]; /* [objects]; behind it, with a time to live, when each was filled */
};

static const struct ust_field fields[] = {
    {.key = "objects",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, objects),
     .low = 1,
     .high = UST_CACHE_OBJECTS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "How many different objects users ask for."},
    {.key = "size",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, size),
     .low = 1,
     .high = UST_CACHE_OBJECTS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct params, size_node) + 1,
     .help = "How many of them it holds: those used last."},
    {.key = "exponent",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, exponent),
     .low = 0,
     .high = 5,
     .fallback = "0.8",
     .help = "Of Zipf's law: the kth most popular object is asked for in proportion to "
             "k^-exponent. Breslau and others (INFOCOM 1999) saw 0.64 to 0.83 in web traffic."},
    {.key = "ttl",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, ttl),
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_LOW_OPEN,
     .word = "endless",
     .word_value = 0,
     .fallback = "endless",
     .help = "An object that was filled longer ago than this is not found."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    const struct ust_node *blamed = params->size_node != NULL ? params->size_node : node;
    if (params->size > params->objects)
        (void)ust_diag_error(
            spec->diag, blamed->place,
            "'size' is %lld, over 'objects', %lld: nothing would ever leave it",
            (long long)params->size, (long long)params->objects);
}

static size_t state_size(const void *from)
{
    const struct params *params = from;
    size_t each = sizeof(struct link) + (params->ttl > 0 ? sizeof(ust_time) : 0);
    return sizeof(struct state) + (size_t)params->objects * each + sizeof(ust_time);
}

static ust_time *filled_at(const struct params *params, struct state *state)
{
    uintptr_t end = (uintptr_t)&state->link[params->objects];
    return (ust_time *)((end + sizeof(ust_time) - 1) & ~(uintptr_t)(sizeof(ust_time) - 1));
}

static bool is_in(const struct state *state, uint32_t object)
{
    return state->link[object].newer != object;
}

static void take_out(struct state *state, uint32_t object)
{
    struct link it = state->link[object];
    if (it.newer == NOBODY)
        state->newest = it.older;
    else
        state->link[it.newer].older = it.older;
    if (it.older == NOBODY)
        state->oldest = it.newer;
    else
        state->link[it.older].newer = it.newer;
    state->link[object].newer = object;
    state->n--;
}

static void put_in(struct state *state, uint32_t object)
{
    state->link[object] = (struct link){NOBODY, state->newest};
    if (state->newest == NOBODY)
        state->oldest = object;
    else
        state->link[state->newest].newer = object;
    state->newest = object;
    state->n++;
}

static void start(const void *from, void *at, bool full)
{
    const struct params *params = from;
    struct state *state = at;
    state->newest = state->oldest = NOBODY;
    state->n = 0;
    for (uint32_t i = 0; i < params->objects; i++)
        state->link[i].newer = i;
    for (uint32_t i = (uint32_t)params->size; full && i-- > 0;)
        put_in(state, i); /* the most popular, as if used last */
    for (uint32_t i = 0; params->ttl > 0 && i < params->objects; i++)
        filled_at(params, state)[i] = 0;
}

static bool look(const void *from, void *at, ust_time now, struct ust_rng *rng, uint32_t *key)
{
    const struct params *params = from;
    struct state *state = at;
    *key = ust_cache_zipf((uint32_t)params->objects, params->exponent, rng) - 1;
    if (!is_in(state, *key))
        return false;
    take_out(state, *key);
    if (params->ttl > 0 && now - filled_at(params, state)[*key] > params->ttl)
        return false;
    put_in(state, *key);
    return true;
}

static void fill(const void *from, void *at, ust_time now, uint32_t key)
{
    const struct params *params = from;
    struct state *state = at;
    if (is_in(state, key)) /* another miss was answered first */
        take_out(state, key);
    else if (state->n == (uint32_t)params->size)
        take_out(state, state->oldest);
    put_in(state, key);
    if (params->ttl > 0)
        filled_at(params, state)[key] = now;
}

static void lose(const void *unused, void *at, double share)
{
    struct state *state = at;
    (void)unused;
    uint32_t gone = (uint32_t)(share * state->n + 0.5);
    for (uint32_t i = 0; i < gone; i++)
        take_out(state, state->oldest);
}

const struct ust_cache_type ust_cache_lru = {
    .kind = {.name = "lru",
             .help = "Holds the objects used last; some are far more popular than others.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .start = start,
    .look = look,
    .fill = fill,
    .lose = lose,
};
