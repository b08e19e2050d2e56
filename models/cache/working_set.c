/* A cache known by its hit ratio, and by how much of it is there.
 *
 * Full, it finds a share h of what is looked for; with n of its N entries, h n / N. Every miss
 * that is answered brings one entry. So after a cold start the misses fall as e^(-h r t / N) of
 * r look-ups per second: what lies behind gets 1 / (1 - h) times its usual load at first, and
 * has its usual load again after N / (r h) ln(1 / (1 - h)).
 */
#include "models/cache/cache.h"

struct params {
    double hit_ratio;
    double entries;
};

struct state {
    double entries;
};

static const struct ust_field fields[] = {
    {.key = "hit_ratio",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, hit_ratio),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_HIGH_OPEN | UST_FIELD_LOW_OPEN,
     .fallback = "95 %",
     .help = "Share of look-ups that it answers once it is full. Assumed default."},
    {.key = "entries",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, entries),
     .low = 1,
     .high = 1e15,
     .flags = UST_FIELD_REQUIRED,
     .help = "Its working set, in entries: full, it holds so many; every miss that is answered "
             "brings one."},
    {.key = NULL},
};

static size_t state_size(const void *unused)
{
    (void)unused;
    return sizeof(struct state);
}

static void start(const void *from, void *at, bool full)
{
    const struct params *params = from;
    ((struct state *)at)->entries = full ? params->entries : 0;
}

static bool look(const void *from, void *at, ust_time now, struct ust_rng *rng, uint32_t *key)
{
    const struct params *params = from;
    (void)now;
    *key = 0;
    double share = ((struct state *)at)->entries / params->entries;
    return ust_rng_unit(rng) < params->hit_ratio * share;
}

static void fill(const void *from, void *at, ust_time now, uint32_t key)
{
    const struct params *params = from;
    struct state *state = at;
    (void)now;
    (void)key;
    state->entries =
        state->entries + 1 < params->entries ? state->entries + 1 : params->entries;
}

static void lose(const void *unused, void *at, double share)
{
    (void)unused;
    ((struct state *)at)->entries *= 1 - share;
}

const struct ust_cache_type ust_cache_working_set = {
    .kind = {.name = "working_set",
             .help = "Known by its hit ratio when full, and by how much it holds.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .state_size = state_size,
    .start = start,
    .look = look,
    .fill = fill,
    .lose = lose,
};
