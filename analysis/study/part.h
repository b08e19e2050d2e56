/* What a command says when it has run one shard: a shard has no verdict, for that is of all of
 * them; so it tells where it is and what comes next. */
#ifndef UST_ANALYSIS_STUDY_PART_H
#define UST_ANALYSIS_STUDY_PART_H

#include <stdio.h>

#include "sim/store/store.h"

struct ust_part_facts {
    const char *name, *results; /* of the scenario; file or folder */
    struct ust_shard shard;
    uint32_t pieces, ran; /* replications that belong to it, that ran now */
    uint64_t requests;
    double seconds;
};

void ust_part_print(const struct ust_part_facts *facts, FILE *out);
enum ust_status ust_part_json(const struct ust_part_facts *facts, FILE *out);

#endif
