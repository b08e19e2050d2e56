/* What both kinds of persona document share: the head, the provenance, shares that must add up.
 * For the files of this folder. */
#ifndef UST_MODELS_PERSONA_DOCUMENT_H
#define UST_MODELS_PERSONA_DOCUMENT_H

#include "models/persona/persona.h"

enum ust_persona_kind { UST_PERSONA_USER, UST_PERSONA_RESOURCE };

extern const struct ust_field ust_source_fields[]; /* of struct ust_source */

/* Reads a file and looks at its head alone, so that a file of another kind gets one message
 * instead of one for each of its keys. NULL with messages. */
struct ust_node *ust_persona_open(struct ust_spec *spec, const char *path,
                                  struct ust_place from, enum ust_persona_kind kind);
enum ust_status ust_persona_kind_check(struct ust_spec *spec, const struct ust_node *node,
                                       enum ust_persona_kind kind);

/* A file, unlike a node inside a scenario, says where its numbers come from. */
enum ust_status ust_persona_source_check(struct ust_spec *spec, const struct ust_node *node);

/* Shares, `n` of them `stride` bytes apart, must add up to 100 %; then they are made to add up
 * exactly. */
enum ust_status ust_persona_shares(struct ust_spec *spec, const char *key,
                                   const struct ust_node *node, double *share, size_t stride,
                                   uint32_t n);

#endif
