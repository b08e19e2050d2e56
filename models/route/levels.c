#include "models/route/levels.h"

/* In integers, as the proxy computes it: 1.4 is 140 there. */
static uint32_t health_of(const struct ust_priority_level *level, uint64_t percent)
{
    if (level->hosts == 0)
        return 0;
    uint64_t health = percent * level->healthy / level->hosts;
    return health < 100 ? (uint32_t)health : 100;
}

static void share_out(struct ust_priority_level *level, uint32_t n, uint32_t total)
{
    uint32_t left = 100, first = n;
    for (uint32_t i = 0; i < n; i++) {
        if (first == n && level[i].health > 0)
            first = i;
        uint32_t load = level[i].health * 100 / total;
        level[i].load = load < left ? load : left;
        left -= level[i].load;
    }
    level[first].load += left;
}

static bool in_panic(const struct ust_priority_level *level, double threshold)
{
    double share = level->hosts == 0 ? 0 : (double)level->healthy / level->hosts;
    return share < threshold;
}

static void share_by_hosts(struct ust_priority_level *level, uint32_t n)
{
    uint64_t hosts = 0;
    uint32_t left = 100, first = n;
    for (uint32_t i = 0; i < n; i++)
        hosts += level[i].hosts;
    for (uint32_t i = 0; i < n; i++) {
        level[i].load = hosts == 0 ? 0 : (uint32_t)(100 * (uint64_t)level[i].hosts / hosts);
        left -= level[i].load;
        if (first == n && level[i].hosts > 0)
            first = i;
    }
    level[first == n ? 0 : first].load += left;
}

void ust_priority_load(struct ust_priority_level *level, uint32_t n, double overprovisioning,
                       double panic_threshold)
{
    uint64_t percent = (uint64_t)(overprovisioning * 100 + 0.5);
    uint32_t total = 0;
    for (uint32_t i = 0; i < n; i++) {
        level[i].health = health_of(&level[i], percent);
        level[i].load = 0;
        level[i].panic = false;
        total += level[i].health;
    }
    total = total < 100 ? total : 100;
    if (total > 0)
        share_out(level, n, total);
    if (total == 0 && !(panic_threshold > 0)) {
        level[0].load = 100; /* nobody is well and nobody may panic: they fail there */
        return;
    }
    bool all = total < 100;
    for (uint32_t i = 0; i < n; i++) {
        level[i].panic = total < 100 && in_panic(&level[i], panic_threshold);
        all &= level[i].panic;
    }
    if (all)
        share_by_hosts(level, n);
}
