/* All kinds of launcher, in the order of kinds.def, and what they share. */
#include "models/launch/launcher.h"

#define UST_KIND(name) extern const struct ust_launcher_type ust_launcher_##name;
#include "models/launch/kinds.def"
#undef UST_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name) &ust_launcher_##name.kind,
#include "models/launch/kinds.def"
#undef UST_KIND
    NULL,
};

const struct ust_registry ust_launcher_registry = {
    .family = "launcher",
    .help = "Where a pool asks for its next machine, and what it does when there is none.",
    .kinds = kinds,
};

ust_time ust_launch_backoff(ust_time base, ust_time most, uint32_t refusals)
{
    ust_time pause = base;
    for (uint32_t i = 1; i < refusals && pause < most; i++)
        pause *= 2;
    return pause < most ? pause : most;
}

/* The open type of a zone: the first, or the cheapest, the first of equals; `types`: none. */
static uint32_t open_type(const struct ust_launch_view *view, uint32_t zone, bool cheapest)
{
    uint32_t best = view->types;
    for (uint32_t type = 0; type < view->types; type++) {
        if (view->open_at[zone * view->types + type] > view->now)
            continue;
        if (best == view->types || (cheapest && view->price[type] < view->price[best]))
            best = type;
    }
    return best;
}

static uint32_t least(const struct ust_launch_view *view)
{
    uint32_t count = view->count[0];
    for (uint32_t zone = 1; zone < view->zones; zone++)
        count = view->count[zone] < count ? view->count[zone] : count;
    return count;
}

struct ust_launch_choice ust_launch_choose(const struct ust_launch_view *view,
                                           enum ust_zone_rule rule, bool cheapest)
{
    struct ust_launch_choice best = {0};
    uint32_t fewest = least(view);
    for (uint32_t zone = 0; zone < view->zones; zone++) {
        uint32_t type = open_type(view, zone, cheapest);
        if (type == view->types || (rule == UST_ZONES_EVEN && view->count[zone] > fewest))
            continue;
        if (!best.launch ||
            (rule == UST_ZONES_EMPTIEST && view->count[zone] < view->count[best.zone]))
            best = (struct ust_launch_choice){true, zone, type};
    }
    return best;
}
