/* What the files of `understudy persona` know of each other. */
#ifndef UST_ANALYSIS_LIBRARY_PERSONA_PARTS_H
#define UST_ANALYSIS_LIBRARY_PERSONA_PARTS_H

#include "analysis/library/library.h"
#include "sim/spec/spec.h"

struct ust_persona_options {
    const char *library, *author, *message, *kind, *tag;
    bool json, remove;
};

struct ust_persona_call {
    const struct ust_persona_options *options;
    struct ust_library *library;
    int operands;
    char **operand;
};

/* ---- persona_facts.c ---- */

struct ust_persona_facts {
    struct ust_arena *arena;
    const char *description; /* "" */
    const char *name;        /* NULL */
    const struct ust_node *tags, *kind;
    bool readable;
};

/* Of a file, or of `text` as if it were in the file. No messages: checking is another matter.
 */
struct ust_persona_facts ust_persona_facts_of(const char *path, struct ust_text *text);
void ust_persona_facts_free(struct ust_persona_facts *facts);
bool ust_persona_has_tag(const struct ust_persona_facts *facts, const char *tag);

/* ---- persona_change.c: verbs, which return exit codes ---- */

int ust_persona_create(const struct ust_persona_call *call);
int ust_persona_update(const struct ust_persona_call *call);
int ust_persona_delete(const struct ust_persona_call *call);
int ust_persona_rename(const struct ust_persona_call *call);
int ust_persona_tag(const struct ust_persona_call *call);

#endif
