/* The emptiest zone and the first type, whatever has failed before. */
#include "models/launch/launcher.h"

static struct ust_launch_choice choose(const void *params, const struct ust_launch_view *view)
{
    (void)params;
    return ust_launch_choose(view, UST_ZONES_EMPTIEST, false);
}

/* What failed is asked for again at once: only the persona's own `retry` is waited for. */
static ust_time pause(const void *params, uint32_t refusals)
{
    (void)params;
    (void)refusals;
    return 0;
}

static uint32_t margin(const void *params, uint32_t max)
{
    (void)params;
    (void)max;
    return 0;
}

const struct ust_launcher_type ust_launcher_plain = {
    .kind = {.name = "plain",
             .help =
                 "The zone with the fewest instances; a launch that failed is tried again "
                 "after the persona's 'launch: retry', with no other zone or type in mind."},
    .plain = true,
    .choose = choose,
    .pause = pause,
    .margin = margin,
};
