/* All kinds of step, in the order of kinds.def, and ramps. */
#include "models/failover/step.h"

#include <math.h>

#include "sim/base/limits.h"

#define UST_KIND(name) extern const struct ust_step_type ust_step_##name;
#include "models/failover/kinds.def"
#undef UST_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name) &ust_step_##name.kind,
#include "models/failover/kinds.def"
#undef UST_KIND
    NULL,
};

const struct ust_registry ust_step_registry = {
    .family = "failover step",
    .help = "What a failover plan does, step by step.",
    .kinds = kinds,
};

const char *const ust_on_limit_names[] = {"continue", "abort", "page", NULL};
const char *const ust_step_users_names[] = {"all", "stateless", "sticky", NULL};

/* ---- ramps ---- */

#define PARTS 20

const struct ust_field ust_ramp_point_fields[] = {
    {.key = "at",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_ramp_point, at),
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct ust_ramp_point, at_node) + 1,
     .help = "Counted from the beginning of the step."},
    {.key = "share",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_ramp_point, share),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_REQUIRED | UST_FIELD_LOW_OPEN,
     .given = offsetof(struct ust_ramp_point, share_node) + 1,
     .help = "Of its users, all together."},
    {.key = NULL},
};

void ust_ramp_check(struct ust_spec *spec, const struct ust_ramp *ramp)
{
    const struct ust_ramp_point *point = ramp->points.at;
    uint32_t n = ramp->points.n;
    char a[UST_TIME_TEXT_MAX], b[UST_TIME_TEXT_MAX];
    if (n == 0)
        return;
    if (ramp->over_node != NULL)
        (void)ust_diag_error(spec->diag, ramp->over_node->key_place,
                             "'over' and 'ramp' both say how fast; one of them is enough");
    for (uint32_t i = 0; i < n; i++)
        if (point[i].at_node == NULL || point[i].share_node == NULL)
            return; /* its own row has complained */
    for (uint32_t i = 1; i < n; i++) {
        if (point[i].at <= point[i - 1].at)
            (void)ust_diag_error(spec->diag, point[i].at_node->place,
                                 "'at' is %s, not after the point before it, %s",
                                 ust_time_text(point[i].at, a),
                                 ust_time_text(point[i - 1].at, b));
        if (point[i].share <= point[i - 1].share)
            (void)ust_diag_error(spec->diag, point[i].share_node->place,
                                 "'share' is %g %%, not over that of the point before it, "
                                 "%g %%",
                                 100 * point[i].share, 100 * point[i - 1].share);
    }
    if (point[n - 1].share < 1)
        (void)ust_diag_error(spec->diag, point[n - 1].share_node->place,
                             "the last point of a ramp is 100 %%, this one is %g %%",
                             100 * point[n - 1].share);
}

double ust_ramp_share(const struct ust_ramp *ramp, ust_time age)
{
    const struct ust_ramp_point *point = ramp->points.at;
    if (ramp->points.n > 0) {
        double share = 0;
        for (uint32_t i = 0; i < ramp->points.n && point[i].at <= age; i++)
            share = point[i].share;
        return share;
    }
    if (age >= ramp->over)
        return 1;
    /* The first part moves at once, the last one when the time is over but for one part. */
    ust_time part = ramp->over / PARTS;
    uint64_t parts = part == 0 ? PARTS : (uint64_t)(age / part) + 1;
    return parts >= PARTS ? 1 : (double)parts / PARTS;
}

ust_time ust_ramp_next(const struct ust_ramp *ramp, ust_time age)
{
    const struct ust_ramp_point *point = ramp->points.at;
    if (ramp->points.n > 0) {
        for (uint32_t i = 0; i < ramp->points.n; i++)
            if (point[i].at > age)
                return point[i].at;
        return UST_NEVER;
    }
    ust_time part = ramp->over / PARTS;
    if (part == 0 || age >= ramp->over)
        return age < ramp->over ? ramp->over : UST_NEVER;
    ust_time next = (age / part + 1) * part;
    return next < ramp->over ? next : ramp->over;
}
