/* Random scenarios, and what must hold in every one of them.
 *
 *   seed ─▶ base (regions, services, users) ─▶ pieces out of the language's own tables
 *                                                │ each one is kept if the scenario stays valid
 *                                                ▼
 *                            a child process runs and checks it; a crash or a hang is a finding
 *                                                │ fails
 *                                                ▼
 *                            pieces that it fails without are left out; the rest is printed
 *
 * A new kind, key or section takes part as soon as it has a row in a field table: nothing here
 * knows their names but for the few that the base is made of. A case is its seed.
 */
#ifndef UST_TESTS_SWARM_H
#define UST_TESTS_SWARM_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/text.h"
#include "sim/rand/rng.h"
#include "sim/spec/spec.h"

#define SWARM_PIECES_MAX 64

/* Where in the file a line belongs. */
enum swarm_part {
    SWARM_TOP,
    SWARM_ROUTING,
    SWARM_FAULTS, /* elements of the list */
    SWARM_INJECTIONS,
    SWARM_PERSONA,  /* of the users: two of them */
    SWARM_SERVICE,  /* two of them */
    SWARM_INSTANCE, /* of the resource persona of a service */
    SWARM_PARTS
};

struct swarm_piece {
    enum swarm_part part;
    uint32_t owner; /* of PERSONA, SERVICE, INSTANCE */
    char *text;     /* "balancer: {kind: random}" */
    bool out;       /* left out */
};

struct swarm_case {
    uint64_t seed;
    uint32_t regions, zones, services, users, instances[2][3], min[2][3], max[2][3];
    double rate[2], work_ms[2];
    unsigned minutes;
    bool drains; /* nobody comes in the last minutes, and everybody has a deadline */
    struct swarm_piece piece[SWARM_PIECES_MAX];
    uint32_t pieces;
};

/* generate.c */
void swarm_generate(struct swarm_case *swarm, uint64_t seed);
void swarm_yaml(const struct swarm_case *swarm, struct ust_text *out);
void swarm_free(struct swarm_case *swarm);

/* value.c: a random value of a row, as YAML; false: none can be made up. */
struct swarm_names {
    uint32_t regions, zones, services, users;
};
bool swarm_value(struct ust_rng *rng, const struct swarm_names *names,
                 const struct ust_field *field, unsigned depth, struct ust_text *out);
bool swarm_mapping(struct ust_rng *rng, const struct swarm_names *names,
                   const struct ust_field *fields, const char *kind, unsigned depth,
                   struct ust_text *out);

/* check.c: in a process of its own, so that whatever happens is a finding. `finding` stays
 * empty where all is well. */
void swarm_check(const struct swarm_case *swarm, struct ust_text *finding);

/* judge.c: runs it into a database and asks for the verdict. */
struct ust_scenario;
void swarm_judge(struct ust_scenario *scenario, struct ust_text *finding);

#endif
