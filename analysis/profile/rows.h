/* Sessions as rows of which each says how much it knows, for kinds of users
 * (analysis/cluster/kinds.h).
 *
 *   requests   logarithm of their number
 *   think      mean logarithm of the pauses
 *   cpu, memory, bytes, io, latency   logarithm of what the session took, over what as many
 *              events of the same actions usually take: what was done is said by the actions,
 *              and counts once
 *   errors     share of failed events
 *   hour_sin, hour_cos, weekend   of the session's beginning
 *   actions    how often each was done, of those with a thousandth of all events
 *
 * Which of them, the feature groups say; a measure of which fewer than half of the sessions
 * speak, or which is the same in all, is left out.
 */
#ifndef UST_PROFILE_ROWS_H
#define UST_PROFILE_ROWS_H

#include "analysis/cluster/kinds.h"
#include "analysis/profile/feature.h"

struct ust_rows {
    struct ust_points points; /* no columns where nothing differs */
    struct ust_kinds_layout layout;
};

/* groups: of ust_feature_group, 0: the default. `usual` NULL: all actions take alike. Lives in
 * the arena. */
void ust_rows_make(const struct ust_session_list *sessions, const struct ust_names *actions,
                   unsigned groups, struct ust_arena *arena, struct ust_rows *out);

#endif
