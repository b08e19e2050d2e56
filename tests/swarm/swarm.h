/* Random scenarios, and what must hold in every one of them.
 *
 *   seed ─▶ base (regions, services, users) ─▶ pieces out of the language's own tables
 *                                                │ each one is kept if the scenario stays valid
 *                                                ▼
 *                            a child process runs and checks it; a crash or a hang is a finding
 *                                                │ fails
 *                                                ▼
 *                            pieces that it fails without are left out; the rest is printed,
 *                            and written to tests/swarm/found
 *
 * A new kind, key or section takes part as soon as it has a row in a field table: what the base
 * is made of, what names, files and texts stand for (names.c), and which rows go together
 * (together.c) is all that has to be known here, and a test says which kind or key is never
 * generated (cover.h). A case is its seed; one that failed is kept as a file in
 * tests/swarm/cases.
 */
#ifndef UST_TESTS_SWARM_H
#define UST_TESTS_SWARM_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/text.h"
#include "sim/rand/rng.h"
#include "sim/spec/spec.h"

#define SWARM_PIECES_MAX   128
#define SWARM_REGIONS_MAX  3
#define SWARM_SERVICES_MAX 3
#define SWARM_USERS_MAX    2

/* Cases are read as if they stood here: the files that they name lie beside. */
#define SWARM_FOLDER "tests/swarm/cases"

/* Where in the file a line belongs. */
enum swarm_part {
    SWARM_TOP,
    SWARM_ROUTING,
    SWARM_FAULTS, /* elements of the list */
    SWARM_INJECTIONS,
    SWARM_PERSONA, /* of a user */
    SWARM_TRAFFIC,
    SWARM_SERVICE,
    SWARM_INSTANCE, /* of the resource persona of a service */
    SWARM_REGION,
    SWARM_POOL, /* owner: service * SWARM_REGIONS_MAX + region */
    SWARM_PARTS
};

struct swarm_piece {
    enum swarm_part part;
    uint32_t owner; /* where there are several */
    char *text;     /* "balancer: {kind: random}" */
    bool out;       /* left out */
};

struct swarm_case {
    uint64_t seed;
    uint32_t regions, zones, services, users;
    uint32_t instances[SWARM_SERVICES_MAX][SWARM_REGIONS_MAX];
    uint32_t min[SWARM_SERVICES_MAX][SWARM_REGIONS_MAX];
    uint32_t max[SWARM_SERVICES_MAX][SWARM_REGIONS_MAX];
    double rate[SWARM_USERS_MAX], work_ms[SWARM_USERS_MAX];
    unsigned minutes;
    bool drains; /* nobody comes in the last minutes, and everybody has a deadline */
    bool cold;   /* without a warm-up of the base */
    bool plain;  /* clients without clocks or sessions, in one region: the short cut */
    bool rich;   /* much at once: calls, data, injections, a plan, several faults */
    struct swarm_piece piece[SWARM_PIECES_MAX];
    uint32_t pieces;
};

/* generate.c */
void swarm_generate(struct swarm_case *swarm, uint64_t seed);
void swarm_free(struct swarm_case *swarm);

/* write.c */
void swarm_yaml(const struct swarm_case *swarm, struct ust_text *out);
/* Has it a piece of this key? */
bool swarm_has(const struct swarm_case *swarm, enum swarm_part part, uint32_t owner,
               const char *key);
/* How long its run is, warm-up not counted. */
unsigned swarm_minutes(const struct swarm_case *swarm);

/* What names can stand for, and what is being written around a value. */
struct swarm_names {
    uint32_t regions, zones, services, users;
    uint32_t service;             /* of what is made up, where it is of one; else 0 */
    double end_s;                 /* of the measured part */
    const char *kind;             /* the innermost kind around; NULL: none */
    const char *within;           /* the innermost group around, by its key; NULL: none */
    uint32_t way;                 /* which of the ways of rows that go together it takes */
    double dense;                 /* how many of the optional rows there are */
    const struct ust_kind *first; /* the kind of the first variant that can be it; or NULL */
    double share;                 /* of the mapping that comes next; 0: it has none */
    const char *steps[8];         /* of a failover plan, so far */
    uint32_t steps_n, personas;   /* personas: resource personas made up so far */
};

/* names.c: a value of a row that says nothing about what may stand there, but by its key.
 * False: none is known. */
bool swarm_name(struct ust_rng *rng, const struct swarm_names *names, const char *key,
                struct ust_text *out);
bool swarm_text(struct ust_rng *rng, const struct swarm_names *names, const char *key,
                struct ust_text *out);
bool swarm_file(const struct swarm_names *names, const char *key, struct ust_text *out);
/* The i-th key of a map, out of n; where its elements share something out, their shares. */
void swarm_key(struct ust_rng *rng, const struct swarm_names *names, const char *key,
               uint32_t i, struct ust_text *out);
uint32_t swarm_keys(struct ust_rng *rng, const struct swarm_names *names, const char *key);
/* Where values of a key mostly lie, in base units. */
void swarm_range(const struct swarm_names *names, const char *key, double *from, double *to);

/* together.c: is the row one of several of its kind that go together? Then which these are, as
 * something to compare, and all of them as text, perhaps none. NULL: it stands for itself. */
const void *swarm_together(const struct swarm_names *names, const char *key, const char **text);
/* Must the row be there, by its table or because nothing goes without it? */
bool swarm_needed(const struct swarm_names *names, const struct ust_field *field);

/* ask.c: a value of a row by which a scenario asks something of its run; false: it is none. */
bool swarm_ask(struct ust_rng *rng, const struct swarm_names *names,
               const struct ust_field *field, struct ust_text *out);

/* value.c: a random value of a row, as YAML; false: none can be made up. */
bool swarm_value(struct ust_rng *rng, struct swarm_names *names, const struct ust_field *field,
                 unsigned depth, struct ust_text *out);
bool swarm_mapping(struct ust_rng *rng, struct swarm_names *names,
                   const struct ust_field *fields, const char *kind, unsigned depth,
                   struct ust_text *out);

/* check.c: `finding` stays empty where all is well. Thorough: runs again and again, on other
 * numbers of threads, interrupted and resumed. */
void swarm_check(const char *name, const char *yaml, bool drains, struct ust_text *finding);

/* ... and this alone: what a run would remember of the scenario is one. */
void swarm_remember(const char *yaml, struct ust_text *finding);

/* judge.c: runs it into databases and asks for the verdict. */
struct ust_scenario;
void swarm_judge(struct ust_scenario *scenario, bool drains, struct ust_text *finding);

/* tables.c: the laws of a database of results. */
void swarm_tables(const char *path, bool drains, struct ust_text *finding);

/* child.c: the check in a process of its own, so that whatever happens is a finding, and what
 * takes too long is ended. True where something is wrong; `finding` says what. */
bool swarm_fails(const char *name, const char *yaml, bool drains, struct ust_text *finding);
bool swarm_hung(const struct ust_text *finding);

#endif
