/* A described persona as files: the YAML that the simulator reads, and tables of values where
 * no law fits. Behind each distribution stands how well it fits, for whoever reads the file. */
#ifndef UST_PROFILE_COMPOSE_H
#define UST_PROFILE_COMPOSE_H

#include "analysis/profile/describe.h"
#include "sim/base/text.h"

/* Where it comes from. */
struct ust_provenance {
    const char *const *files; /* names, without folders */
    uint32_t files_n;
    ust_time age;
    const struct ust_confidence *confidence;
    bool untimed; /* nobody knows when it was recorded */
};

struct ust_persona_table {
    const char *file; /* "NAME.browse-work.csv" */
    struct ust_text text;
};

struct ust_persona_text {
    struct ust_text yaml;
    struct ust_persona_table *table; /* in the arena */
    uint32_t tables;
};

/* Free with ust_persona_text_free. */
void ust_persona_compose(const struct ust_described *persona,
                         const struct ust_provenance *provenance, struct ust_arena *arena,
                         struct ust_persona_text *out);
void ust_persona_text_free(struct ust_persona_text *text);

/* "lognormal(mean 22.1 ms, cv 1.1)", "empirical", "30 KiB" */
void ust_law_write(const struct ust_described_law *law, struct ust_text *out);

#endif
