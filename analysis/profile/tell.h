/* What reading and learning have found, for people and for programs. */
#ifndef UST_PROFILE_TELL_H
#define UST_PROFILE_TELL_H

#include <jansson.h>

#include "analysis/profile/learn.h"
#include "analysis/profile/reader.h"
#include "sim/base/text.h"
#include "sim/base/time.h"

/* Lines that made no event, counts, and steps of clocks: of any command that reads events.
 * actions_other: events of actions that became "other". */
void ust_read_text(const struct ust_read_report *read, uint64_t actions_other,
                   struct ust_text *out);
void ust_malformed_text(const struct ust_read_report *read, struct ust_text *out);
json_t *ust_read_json(const struct ust_read_report *read);

struct ust_profile_facts {
    const struct ust_read_report *read;
    const struct ust_session_list *sessions;
    uint64_t actions_other; /* actions that became "other" */
    ust_time gap;
    const struct ust_features *features;
    const struct ust_learned *learned; /* NULL: too little to learn from */
    const char *why;                   /* it is NULL */
};

/* Lines that made no event, then counts, then the personas as a table. */
void ust_profile_text(const struct ust_profile_facts *facts, struct ust_text *out);
/* A new reference of jansson's. */
json_t *ust_profile_json(const struct ust_profile_facts *facts);

#endif
