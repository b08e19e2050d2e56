#include "models/route/regions.h"

enum ust_status ust_route_regions_add(struct ust_route_regions *regions, struct ust_spec *spec,
                                      struct ust_place place, const char *name,
                                      const char *const *known, uint32_t known_n)
{
    UST_ASSERT(known_n <= UST_REGIONS_MAX);
    for (uint32_t r = 0; r < known_n; r++) {
        if (!ust_text_equal(name, known[r]))
            continue;
        if (regions->mask & ust_route_bit(r))
            return ust_diag_error(spec->diag, place, "region '%s' is named twice", name);
        regions->at[regions->n++] = (uint8_t)r;
        regions->mask |= ust_route_bit(r);
        return UST_OK;
    }
    return ust_spec_unknown(spec, place, "region", name, known, known_n);
}

enum ust_status ust_route_regions_list(struct ust_route_regions *regions, struct ust_spec *spec,
                                       const struct ust_items *names, const char *const *known,
                                       uint32_t known_n)
{
    enum ust_status status = UST_OK;
    const char *const *name = names->at;
    const struct ust_node *element = ust_items_first(names);
    for (uint32_t i = 0; i < names->n; i++) {
        struct ust_place place = {0};
        if (element) {
            place = element->place;
            element = element->next;
        }
        if (ust_route_regions_add(regions, spec, place, name[i], known, known_n) != UST_OK)
            status = UST_INVALID;
    }
    return status;
}

void ust_route_regions_every(struct ust_route_regions *regions, uint32_t known_n)
{
    for (uint32_t r = 0; r < known_n; r++)
        regions->at[r] = (uint8_t)r;
    regions->n = known_n;
    regions->mask = ust_route_all(known_n);
}

enum ust_status ust_route_regions_some(struct ust_route_regions *regions, struct ust_spec *spec,
                                       const struct ust_items *names, const char *const *known,
                                       uint32_t known_n)
{
    if (names->n > 0)
        return ust_route_regions_list(regions, spec, names, known, known_n);
    ust_route_regions_every(regions, known_n);
    return UST_OK;
}

uint32_t ust_route_by_distance(const struct ust_route_view *view, uint64_t among,
                               uint8_t *order)
{
    uint32_t n = 0;
    for (uint32_t r = 0; r < view->regions_n; r++) {
        if (!(among & ust_route_bit(r)))
            continue;
        uint32_t at = n++;
        for (; at > 0 && view->rtt_ms[order[at - 1]] > view->rtt_ms[r]; at--)
            order[at] = order[at - 1];
        order[at] = (uint8_t)r;
    }
    return n;
}

uint32_t ust_route_nearest_of(const struct ust_route_view *view, uint64_t among)
{
    uint8_t order[UST_REGIONS_MAX];
    uint32_t n = ust_route_by_distance(view, among, order);
    UST_ASSERT(n > 0);
    return order[0];
}
