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
    const struct ust_node *element = names->node ? names->node->first : NULL;
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
