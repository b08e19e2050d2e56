#include "models/persona/place.h"

#include "sim/base/assert.h"
#include "sim/base/detmath.h"
#include "sim/base/text.h"

#define EARTH_RADIUS_KM 6371.0088
#define RADIANS         0.017453292519943295 /* pi / 180 */

static const struct ust_place_facts catalogue[] = {
#define UST_PLACE(name, latitude, longitude, offset, summer)                                   \
    {name, latitude, longitude, offset, UST_SUMMER_##summer},
#include "models/persona/place.def"
#undef UST_PLACE
};

#define CATALOGUE_N ((uint32_t)(sizeof(catalogue) / sizeof(catalogue[0])))

const char *const ust_summer_names[] = {"none",  "eu",     "us",    "australia", "nz",
                                        "chile", "israel", "egypt", NULL};

const struct ust_place_facts *ust_place_catalogue(uint32_t *n)
{
    *n = CATALOGUE_N;
    return catalogue;
}

const struct ust_place_facts *ust_place_find(const char *name)
{
    for (uint32_t i = 0; i < CATALOGUE_N; i++)
        if (ust_text_equal(catalogue[i].name, name))
            return &catalogue[i];
    return NULL;
}

/* The haversine formula: unlike the cosine law it keeps its digits for near places. */
double ust_place_distance_km(const struct ust_place_facts *a, const struct ust_place_facts *b)
{
    double up = ust_sin((b->latitude - a->latitude) * RADIANS / 2.0);
    double across = ust_sin((b->longitude - a->longitude) * RADIANS / 2.0);
    double h = up * up + ust_cos(a->latitude * RADIANS) * ust_cos(b->latitude * RADIANS) *
                             across * across;
    /* Rounding may put antipodes a hair beyond 1, where asin has no value. */
    return 2.0 * EARTH_RADIUS_KM * ust_asin(h >= 1.0 ? 1.0 : ust_sqrt(h));
}

enum { SUNDAY = 0, THURSDAY = 4, FRIDAY = 5 };

/* One of the two turns of a year: the first such weekday on or after a day of a month, and how
 * many minutes after its midnight. `utc` says by which clock: Greenwich's, or the place's
 * standard time. A law that speaks of summer time is an hour earlier in standard time. */
struct turn {
    int month, day, weekday, minute, utc;
};

static const struct {
    struct turn begin, end;
} rules[] = {
    [UST_SUMMER_EU] = {{3, 25, SUNDAY, 60, 1}, {10, 25, SUNDAY, 60, 1}},
    [UST_SUMMER_US] = {{3, 8, SUNDAY, 120, 0}, {11, 1, SUNDAY, 60, 0}},
    [UST_SUMMER_AUSTRALIA] = {{10, 1, SUNDAY, 120, 0}, {4, 1, SUNDAY, 120, 0}},
    [UST_SUMMER_NZ] = {{9, 24, SUNDAY, 120, 0}, {4, 1, SUNDAY, 120, 0}},
    [UST_SUMMER_CHILE] = {{9, 2, SUNDAY, 240, 1}, {4, 2, SUNDAY, 180, 1}},
    [UST_SUMMER_ISRAEL] = {{3, 23, FRIDAY, 120, 0}, {10, 25, SUNDAY, 60, 0}},
    [UST_SUMMER_EGYPT] = {{4, 24, FRIDAY, 0, 0}, {10, 25, THURSDAY, 23 * 60, 0}},
};

static int64_t turn_instant(const struct turn *turn, int year, int offset_min)
{
    int64_t day = ust_days_from_civil(year, turn->month, turn->day);
    int weekday = (int)(((day + THURSDAY) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    day += (turn->weekday - weekday + 7) % 7;
    return day * 86400 + (turn->minute - (turn->utc ? 0 : offset_min)) * 60;
}

static int64_t days_of(int64_t unix_seconds)
{
    return unix_seconds / 86400 - (unix_seconds % 86400 < 0);
}

int ust_place_offset_min(const struct ust_place_facts *place, int64_t unix_seconds)
{
    if (place->summer == UST_SUMMER_NONE)
        return place->utc_offset_min;
    UST_ASSERT((size_t)place->summer < sizeof(rules) / sizeof(rules[0]));

    /* No turn lies near New Year, so Greenwich's year is good enough. */
    int year, month, day;
    ust_civil_from_days(days_of(unix_seconds), &year, &month, &day);
    int64_t begin = turn_instant(&rules[place->summer].begin, year, place->utc_offset_min);
    int64_t end = turn_instant(&rules[place->summer].end, year, place->utc_offset_min);
    int summer = begin < end ? unix_seconds >= begin && unix_seconds < end
                             : unix_seconds >= begin || unix_seconds < end;
    return place->utc_offset_min + (summer ? 60 : 0);
}
