/* Places: cities and cloud regions with coordinates and local time, and the distance between
 * them.
 *
 * The catalogue is a table in this folder (place.def), each row with its source. A place of the
 * user's own is a latitude, a longitude and an offset from UTC.
 */
#ifndef UST_MODELS_PERSONA_PLACE_H
#define UST_MODELS_PERSONA_PLACE_H

#include <stdint.h>

/* Rules of summer time, by their law, without a time zone data base. */
enum ust_summer {
    UST_SUMMER_NONE,
    UST_SUMMER_EU,        /* last Sunday of March to last Sunday of October, 01:00 UTC */
    UST_SUMMER_US,        /* second Sunday of March to first Sunday of November, 02:00 local */
    UST_SUMMER_AUSTRALIA, /* first Sunday of October to first Sunday of April, 02:00 standard */
    UST_SUMMER_NZ,     /* last Sunday of September to first Sunday of April, 02:00 standard */
    UST_SUMMER_CHILE,  /* first Sunday after 1 September, 04:00 UTC, to first Sunday after 1
                          April, 03:00 UTC */
    UST_SUMMER_ISRAEL, /* Friday before the last Sunday of March to last Sunday of October,
                          02:00 local */
    UST_SUMMER_EGYPT,  /* last Friday of April to last Thursday of October, midnight */
};

/* "none", "eu", "us", ..., in the order of the enum; NULL-terminated. */
extern const char *const ust_summer_names[];

struct ust_place_facts {
    const char *name; /* "London", "eu-west-2" */
    double latitude, longitude;
    int utc_offset_min; /* standard time */
    enum ust_summer summer;
};

/* NULL when the catalogue has no such place. Names are matched as written, case-sensitive. */
const struct ust_place_facts *ust_place_find(const char *name);
/* Whole catalogue, for `list` and suggestions. */
const struct ust_place_facts *ust_place_catalogue(uint32_t *n);

/* Great-circle distance on a sphere of 6371.0088 km (IUGG mean radius), by detmath. */
double ust_place_distance_km(const struct ust_place_facts *a, const struct ust_place_facts *b);

/* Minutes east of Greenwich at an instant, summer time included. */
int ust_place_offset_min(const struct ust_place_facts *place, int64_t unix_seconds);

#endif
