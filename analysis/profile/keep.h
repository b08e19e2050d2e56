/* Learned personas go into a folder: NAME.yaml and its tables, and the model that knows their
 * sessions (UST_PROFILE_MODEL_FILE).
 *
 *   folder has users/ ─▶ it is a library: NAME goes to users/, one commit each
 *   else              ─▶ files in the folder itself
 *
 * Promise: nothing is written unless every persona is valid by the simulator's own reader; each
 * file is there whole or not at all; a persona that a person has written is not replaced unless
 * told so. Messages go to stderr.
 */
#ifndef UST_PROFILE_KEEP_H
#define UST_PROFILE_KEEP_H

#include "analysis/profile/compose.h"
#include "analysis/profile/model.h"
#include "sim/base/status.h"

struct ust_keep {
    const char *folder;
    bool replace;       /* also what was not profiled */
    const char *author; /* of commits; NULL: git's user */
};

struct ust_kept {
    const char *name, *file; /* path, in the folder */
    const struct ust_described *persona;
    const struct ust_confidence *confidence;
    struct ust_persona_text text;
};

/* The model of an earlier profile in the folder; *out is NULL where there is none. */
enum ust_status ust_keep_before(const char *folder, struct ust_arena *arena,
                                struct ust_profile_model **out);

/* Writes all n and the model (NULL: none). `kept` says which names and texts. */
enum ust_status ust_keep_personas(const struct ust_keep *how, struct ust_kept *kept, uint32_t n,
                                  const struct ust_profile_model *model,
                                  struct ust_arena *arena);

#endif
