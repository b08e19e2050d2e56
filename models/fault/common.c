/* What all faults share: their course in time. */
#include "models/fault/common.h"

#include <string.h>

#include "sim/base/assert.h"

const char *const ust_in_flight_names[] = {"fail",         "silent", "requeue_head",
                                           "requeue_tail", "resume", NULL};

const char *const ust_returns_names[] = {"warm", "cold", NULL};

struct ust_fault_scope ust_fault_scope_whole(const struct ust_fault_common *common,
                                             const char *service,
                                             const struct ust_node *service_node)
{
    return (struct ust_fault_scope){.region = common->region,
                                    .region_node = common->region_node,
                                    .service = service,
                                    .service_node = service_node,
                                    .zones = UINT64_MAX};
}

/* ---- zones ---- */

int ust_fault_zone(const char *name, const char *region)
{
    size_t skip = region ? strlen(region) : 0;
    if (skip && strncmp(name, region, skip) == 0 && name[skip] && !name[skip + 1])
        name += skip;
    if (name[0] >= 'a' && name[0] <= 'z' && !name[1])
        return name[0] - 'a';
    int number = 0;
    for (const char *c = name; *c; c++) {
        if (*c < '0' || *c > '9' || number > UST_ZONES_MAX)
            return -1;
        number = number * 10 + (*c - '0');
    }
    return number <= UST_ZONES_MAX ? number - 1 : -1;
}

void ust_fault_check_zones(struct ust_spec *spec, const struct ust_items *zones,
                           const char *region)
{
    const char *const *name = zones->at;
    const struct ust_node *element = ust_items_first(zones);
    uint64_t seen = 0;
    if (zones->n > 0 && region == NULL)
        ust_diag_error(spec->diag, zones->node->place,
                       "'zones' needs a 'region', whose zones they are");
    for (uint32_t i = 0; i < zones->n; i++) {
        struct ust_place place = element ? element->place : (struct ust_place){0};
        int zone = ust_fault_zone(name[i], region);
        if (zone < 0)
            ust_diag_error(spec->diag, place,
                           "'%s' is no zone; write a number from 1 to %d or a letter from a",
                           name[i], UST_ZONES_MAX);
        else if (seen & UINT64_C(1) << zone)
            ust_diag_error(spec->diag, place, "zone '%s' is named twice", name[i]);
        else
            seen |= UINT64_C(1) << zone;
        element = element ? element->next : NULL;
    }
}

struct ust_fault_scope ust_fault_scope_zones(const struct ust_fault_common *common,
                                             const char *service,
                                             const struct ust_node *service_node,
                                             const struct ust_items *zones)
{
    struct ust_fault_scope scope = ust_fault_scope_whole(common, service, service_node);
    const char *const *name = zones->at;
    if (zones->n == 0)
        return scope;
    scope.zones = 0;
    scope.zones_node = zones->node;
    for (uint32_t i = 0; i < zones->n; i++) {
        int zone = ust_fault_zone(name[i], common->region);
        if (zone >= 0) /* else there is a message already */
            scope.zones |= UINT64_C(1) << zone;
    }
    return scope;
}

int32_t ust_fault_find(const char *const *names, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n && name != NULL; i++)
        if (ust_text_equal(names[i], name))
            return (int32_t)i;
    return -1;
}

/* ---- checks ---- */

struct ust_place ust_fault_place(const struct ust_node *node)
{
    return node ? node->place : (struct ust_place){0};
}

static struct ust_place place_of(const struct ust_node *given, const struct ust_node *node)
{
    if (given)
        return given->place;
    return node ? node->place : (struct ust_place){0};
}

void ust_fault_check(struct ust_spec *spec, const void *params, const struct ust_node *node)
{
    const struct ust_fault_common *common = params;
    char sum[UST_TIME_TEXT_MAX], duration[UST_TIME_TEXT_MAX];
    if (common->duration.type == NULL) {
        if (common->recovery)
            ust_diag_error(spec->diag, place_of(common->recovery_node, node),
                           "'recovery' needs a 'duration', at whose end it lies");
    } else if (ust_dist_is_constant(&common->duration) &&
               (double)(common->ramp + common->recovery) > ust_dist_mean(&common->duration)) {
        const struct ust_node *blamed =
            common->recovery ? common->recovery_node : common->ramp_node;
        ust_diag_error(
            spec->diag, place_of(blamed, node),
            "'ramp' and 'recovery' take %s together, must fit into 'duration', %s",
            ust_time_text(common->ramp + common->recovery, sum),
            ust_time_text(ust_time_round(ust_dist_mean(&common->duration)), duration));
    }
}

/* ---- courses ---- */

static struct ust_fault_course course_of(const struct ust_fault_common *common, ust_time lag,
                                         ust_time duration)
{
    struct ust_fault_course course = {.at = common->at + lag,
                                      .duration = duration,
                                      .ramp = common->ramp,
                                      .recovery = common->recovery};
    ust_time ramps = common->ramp + common->recovery;
    if (duration < ramps) {
        course.ramp = ust_time_round((double)common->ramp / (double)ramps * (double)duration);
        course.recovery = duration - course.ramp;
    }
    return course;
}

/* A mean without end, of a heavy tail, lasts to the end of the run. */
static ust_time mean_time(const struct ust_dist *dist)
{
    double mean = ust_dist_mean(dist);
    return mean < (double)UST_DIST_TIME_MAX ? ust_time_round(mean) : UST_NEVER;
}

bool ust_fault_is_certain(const struct ust_fault_common *common)
{
    return common->probability >= 1 &&
           (common->lag.type == NULL || ust_dist_is_constant(&common->lag)) &&
           (common->duration.type == NULL || ust_dist_is_constant(&common->duration));
}

struct ust_fault_course ust_fault_course_expected(const struct ust_fault_common *common)
{
    ust_time lag = common->lag.type == NULL ? 0 : mean_time(&common->lag);
    return course_of(common, lag == UST_NEVER ? 0 : lag,
                     common->duration.type == NULL ? UST_NEVER : mean_time(&common->duration));
}

struct ust_fault_course ust_fault_course_draw(const struct ust_fault_common *common,
                                              struct ust_rng *rng)
{
    if (ust_fault_is_certain(common))
        return ust_fault_course_expected(common);
    bool happens = ust_rng_unit(rng) < common->probability;
    ust_time lag = common->lag.type == NULL ? 0 : ust_dist_time(&common->lag, rng);
    ust_time duration =
        common->duration.type == NULL ? UST_NEVER : ust_dist_time(&common->duration, rng);
    struct ust_fault_course course = course_of(common, lag, duration);
    if (!happens || duration == 0)
        course.at = UST_NEVER;
    return course;
}

double ust_fault_level(const struct ust_fault_course *course, ust_time t)
{
    if (t < course->at)
        return 0;
    ust_time since = t - course->at;
    if (since < course->ramp)
        return (double)since / (double)course->ramp;
    if (course->duration == UST_NEVER)
        return 1;
    ust_time left = course->duration - since;
    if (left <= 0)
        return 0;
    if (left < course->recovery)
        return (double)left / (double)course->recovery;
    return 1;
}

/* The first of begin, begin + step, ..., end that lies after t. */
static ust_time next_within(ust_time begin, ust_time end, ust_time t, ust_time step)
{
    if (t < begin)
        return begin;
    ust_time next = begin + ((t - begin) / step + 1) * step;
    return next < end ? next : end;
}

ust_time ust_fault_next(const struct ust_fault_course *course, ust_time t, ust_time step)
{
    UST_ASSERT(step > 0);
    if (course->at == UST_NEVER)
        return UST_NEVER;
    ust_time ramp_end = course->at + course->ramp;
    if (t < course->at || t < ramp_end)
        return next_within(course->at, ramp_end, t, step);
    if (course->duration == UST_NEVER)
        return UST_NEVER;
    ust_time over = course->at + course->duration;
    if (t >= over)
        return UST_NEVER;
    return next_within(over - course->recovery, over, t, step);
}

ust_time ust_fault_end(const struct ust_fault_course *course, ust_time end)
{
    if (course->at >= end || course->duration == UST_NEVER ||
        course->at + course->duration > end)
        return end;
    return course->at + course->duration;
}

void ust_fault_effect_at(const struct ust_fault_type *type, const void *params,
                         const struct ust_fault_course *course, ust_time t,
                         struct ust_fault_effect *out)
{
    *out = (struct ust_fault_effect){.slow = 1, .hosts = 1};
    double level = ust_fault_level(course, t);
    if (level > 0)
        type->effect(params, level, out);
}
