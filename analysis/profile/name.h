/* Names for personas that were found: what they do most, and what tells them from the others.
 *
 * The first word is the action that they do more often than others do, the second the device
 * that most of them use; then, as long as two share a name, the length of their sessions, their
 * pace, the time of day.
 * A persona that an earlier profile of the same folder had keeps the name that it got then: it
 * is the one whose mean is nearest, in the earlier one's own measure (Mahalanobis).
 */
#ifndef UST_PROFILE_NAME_H
#define UST_PROFILE_NAME_H

#include "analysis/profile/describe.h"
#include "analysis/profile/model.h"

/* Sets `name` of all n, in the arena. before: the model of an earlier profile, or NULL; now:
 * the one of this, used only with it. */
void ust_profile_name(struct ust_described *persona, uint32_t n,
                      const struct ust_profile_model *before,
                      const struct ust_profile_model *now, struct ust_arena *arena);

#endif
