/* Region names in parameters: found by name once, then known by number. */
#ifndef UST_MODELS_ROUTE_REGIONS_H
#define UST_MODELS_ROUTE_REGIONS_H

#include "models/route/route.h"
#include "sim/base/assert.h"
#include "sim/base/limits.h"
#include "sim/spec/spec.h"

/* Some of the regions, in an order. */
struct ust_route_regions {
    uint8_t at[UST_REGIONS_MAX];
    uint32_t n;
    uint64_t mask;
};
_Static_assert(UST_REGIONS_MAX <= 64, "health is a 64-bit mask");

static inline uint64_t ust_route_bit(uint32_t region)
{
    return UINT64_C(1) << region;
}

static inline uint64_t ust_route_all(uint32_t regions_n)
{
    return regions_n < 64 ? ust_route_bit(regions_n) - 1 : UINT64_MAX;
}

/* Appends the region called `name`; unknown ones and repeated ones are messages at `place`. */
enum ust_status ust_route_regions_add(struct ust_route_regions *regions, struct ust_spec *spec,
                                      struct ust_place place, const char *name,
                                      const char *const *known, uint32_t known_n);

/* All names of a LIST of names. */
enum ust_status ust_route_regions_list(struct ust_route_regions *regions, struct ust_spec *spec,
                                       const struct ust_items *names, const char *const *known,
                                       uint32_t known_n);

/* The same, where no names mean all regions. */
enum ust_status ust_route_regions_some(struct ust_route_regions *regions, struct ust_spec *spec,
                                       const struct ust_items *names, const char *const *known,
                                       uint32_t known_n);
void ust_route_regions_every(struct ust_route_regions *regions, uint32_t known_n);

/* Those of `among`, the nearest first, of equals the one defined first. Returns how many. */
uint32_t ust_route_by_distance(const struct ust_route_view *view, uint64_t among,
                               uint8_t *order);

/* The first of these; there is at least one. */
uint32_t ust_route_nearest_of(const struct ust_route_view *view, uint64_t among);

#endif
