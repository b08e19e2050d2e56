/* Cleaning a list of incidents, as status pages and logs of operators leave them.
 *
 *   no end       dropped; or it lasts to the end of the run; or as long as the median of the
 * rest end < start  dropped end = start  dropped the same scope, start and end again   dropped
 *   overlapping or touching another of the same scope   merged into one
 *   before or after the run   dropped; partly so: cut
 *   not in order of start   sorted, and counted
 *
 * Everything is counted, so that whoever reads the result knows what it stands on.
 */
#ifndef UST_MODELS_FAULT_INCIDENTS_H
#define UST_MODELS_FAULT_INCIDENTS_H

#include "sim/base/text.h"
#include "sim/base/time.h"

struct ust_incident {
    ust_time start, end; /* since the end of the warm-up; end UST_NEVER: none is given */
    uint32_t target, row;
};

enum ust_incident_missing { UST_MISSING_DROP, UST_MISSING_ENDLESS, UST_MISSING_MEDIAN };

struct ust_incident_count {
    uint32_t rows, used; /* read; left in the end */
    /* dropped */
    uint32_t unreadable, unknown, no_end, negative, empty, duplicate, outside;
    /* changed */
    uint32_t merged, unordered, cut, closed;
};

/* Cleans list[0..n) in place, for a run of this length; sorted by target, then start. Returns
 * how many are left, and adds to the count (all but rows, unreadable, unknown). */
uint32_t ust_incidents_clean(struct ust_incident *list, uint32_t n, ust_time duration,
                             enum ust_incident_missing missing,
                             struct ust_incident_count *count);

/* Was anything dropped or changed? */
bool ust_incidents_dirty(const struct ust_incident_count *count);

/* "9 of 14 rows used; dropped: 2 without an end, 1 that ends before it begins; 2 merged". */
void ust_incidents_tell(const struct ust_incident_count *count, struct ust_text *out);

#endif
