/* Versions of persona files: names, pins, ids.
 *
 * A library is a folder with users/NAME.yaml and resources/NAME.yaml; git, where there is a
 * repository around it, has their versions. A scenario pins one by what stands behind an @:
 *
 *   ../personas/users/evening-shopper.yaml@v3     the file, as it was at a revision
 *   evening-shopper@v3                            the same, found in the library: a folder
 *                                                 `personas` beside the scenario or one above
 *
 * What is read so has the path REVISION:PATH in messages, as git writes it, and the files that
 * it extends or reads come from the same revision.
 */
#ifndef UST_MODELS_PERSONA_VERSIONS_H
#define UST_MODELS_PERSONA_VERSIONS_H

#include "models/persona/persona.h"

#define UST_PERSONA_NAME_MAX 64

/* Why a name cannot be that of a file in a library, or NULL: letters, digits, - _ and ., a
 * letter or digit first, no @ and no folders. */
const char *ust_persona_name_wrong(const char *name);

/* The path that reads a pinned persona; the path itself where nothing is pinned; NULL with a
 * message at `from`. `kind`: "user" or "resource". */
const char *ust_persona_pinned(struct ust_spec *spec, const char *path, struct ust_place from,
                               const char *kind);

/* Of a persona that a file holds. */
struct ust_persona_version ust_persona_version_of(const struct ust_spec *spec,
                                                  const struct ust_node *node);

#endif
