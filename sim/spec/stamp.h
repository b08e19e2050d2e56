/* Instants as recordings write them: in traces, logs and lists of incidents. */
#ifndef UST_SPEC_STAMP_H
#define UST_SPEC_STAMP_H

#include <stdbool.h>
#include <stdint.h>

enum ust_stamp {
    UST_STAMP_AUTO,
    UST_STAMP_ISO,
    UST_STAMP_S,
    UST_STAMP_MS,
    UST_STAMP_US,
    UST_STAMP_NS
};
extern const char *const ust_stamp_names[];

/* "2023-11-16 18:15:46.6805900", with T or a blank and with or without a zone (none: UTC; a
 * blank may stand before it), or a decimal number in the unit; to nanoseconds, exactly, further
 * digits cut off. AUTO takes a text that begins like a date as one, everything else as seconds.
 *
 * Instants lie between UST_STAMP_FIRST_YEAR and UST_STAMP_LAST_YEAR, so that 64 bits hold how
 * far any two are apart, as they do for those of scenarios; others are refused. */
#define UST_STAMP_FIRST_YEAR 1925
#define UST_STAMP_LAST_YEAR  2200
bool ust_stamp_parse(const char *text, enum ust_stamp unit, int64_t *ns);

/* The zone that a text names which ust_stamp_parse takes as a date; NULL: none. */
const char *ust_stamp_zone(const char *text);

/* "Z", "UTC", "GMT", "+05:30", "-0800": seconds east of Greenwich. */
bool ust_zone_parse(const char *text, int64_t *seconds);

#endif
