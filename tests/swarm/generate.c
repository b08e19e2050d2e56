/* A base that is always valid, and pieces that the language takes. */
#include <stdlib.h>
#include <string.h>

#include "models/world/scenario.h"
#include "tests/swarm/swarm.h"

static uint32_t below(struct ust_rng *rng, uint32_t n)
{
    return (uint32_t)(ust_rng_unit(rng) * n);
}

void swarm_free(struct swarm_case *swarm)
{
    for (uint32_t i = 0; i < swarm->pieces; i++)
        free(swarm->piece[i].text);
    swarm->pieces = 0;
}

/* ---- pieces ---- */

static bool valid(const struct swarm_case *swarm)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_text yaml = {0};
    swarm_yaml(swarm, &yaml);
    struct ust_node *root = ust_spec_read_text(&spec, SWARM_FOLDER "/swarm.yaml",
                                               ust_text_string(&yaml), yaml.length);
    bool is = root != NULL &&
              ust_scenario_decode(&spec, SWARM_FOLDER "/swarm.yaml", root) != NULL &&
              ust_diag_errors(spec.diag) == 0;
    ust_text_free(&yaml);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return is;
}

static const struct ust_field *row(const struct ust_field *fields, const char *key)
{
    for (; fields->key != NULL; fields++)
        if (strcmp(fields->key, key) == 0)
            return fields;
    abort(); /* the language has lost a key that the base is made of */
}

/* What the base gives, or what a run has no use for. */
static bool is_base(const struct swarm_case *swarm, enum swarm_part part, const char *key)
{
    static const char *const top[] = {"understudy", "name",    "seed",       "duration",
                                      "personas",   "regions", "services",   "traffic",
                                      "routing",    "faults",  "injections", NULL};
    static const char *const person[] = {"persona", "kind", "name", NULL};
    static const char *const service[] = {"instance", "pools", NULL};
    static const char *const instance[] = {"persona", "kind", "name", "price", NULL};
    static const char *const traffic[] = {"persona", "service", NULL};
    static const char *const region[] = {"zones", "role", "latitude", "longitude", NULL};
    static const char *const pool[] = {"instances", "min", "max", NULL};
    static const char *const none[] = {NULL};
    const char *const *words = part == SWARM_TOP        ? top
                               : part == SWARM_PERSONA  ? person
                               : part == SWARM_SERVICE  ? service
                               : part == SWARM_INSTANCE ? instance
                               : part == SWARM_TRAFFIC  ? traffic
                               : part == SWARM_REGION   ? region
                               : part == SWARM_POOL     ? pool
                                                        : none;
    if (swarm->plain && part == SWARM_PERSONA &&
        (strcmp(key, "tolerance") == 0 || strcmp(key, "session") == 0 ||
         strcmp(key, "client") == 0 || strcmp(key, "devices") == 0 ||
         strcmp(key, "geography") == 0))
        return true;
    if (swarm->drains && ((part == SWARM_PERSONA && strcmp(key, "tolerance") == 0) ||
                          (part == SWARM_TRAFFIC && strcmp(key, "factor") != 0)))
        return true;
    for (; *words != NULL; words++)
        if (strcmp(*words, key) == 0)
            return true;
    return false;
}

/* With the kind given, the piece gets the same one in each try, or else those that ask for much
 * would seldom be there. */
static bool make_up(const struct swarm_case *swarm, struct ust_rng *rng, enum swarm_part part,
                    uint32_t owner, const struct ust_field *field, const struct ust_kind *kind,
                    struct ust_text *text)
{
    static const double dense[] = {0.1, 0.3, 0.5, 0.8};
    struct swarm_names names = {.regions = swarm->regions,
                                .zones = swarm->zones,
                                .services = swarm->services,
                                .users = swarm->users,
                                .end_s = 60.0 * swarm_minutes(swarm),
                                .dense = dense[below(rng, 4)],
                                .service = part == SWARM_SERVICE &&
                                                   strcmp(field->key, "calls") == 0 &&
                                                   owner + 1 < swarm->services
                                               ? owner + 1
                                               : 0,
                                .first = kind};
    struct ust_field one = *field;
    if (part == SWARM_FAULTS)
        one.kind = UST_FIELD_VARIANT;
    else if (part == SWARM_INJECTIONS)
        one.kind = UST_FIELD_GROUP;
    else
        ust_text_printf(text, "%s: ", field->key);
    return swarm_value(rng, &names, &one, 0, text);
}

static const struct ust_kind *choose_kind(struct ust_rng *rng, const struct ust_field *field)
{
    uint32_t n = 0;
    if (field->registry == NULL)
        return NULL;
    while (field->registry->kinds[n] != NULL)
        n++;
    return field->registry->kinds[below(rng, n)];
}

/* Tries some times to make up a value of the row that the language takes. */
#define TRIES 20

static void propose_kind(struct swarm_case *swarm, struct ust_rng *rng, enum swarm_part part,
                         uint32_t owner, const struct ust_field *field,
                         const struct ust_kind *kind)
{
    for (int i = 0; i < TRIES && swarm->pieces < SWARM_PIECES_MAX; i++) {
        struct ust_text text = {0};
        if (make_up(swarm, rng, part, owner, field, kind, &text)) {
            swarm->piece[swarm->pieces++] =
                (struct swarm_piece){.part = part, .owner = owner, .text = text.data};
            if (valid(swarm))
                return;
            swarm->pieces--;
        }
        ust_text_free(&text);
    }
}

static void propose(struct swarm_case *swarm, struct ust_rng *rng, enum swarm_part part,
                    uint32_t owner, const struct ust_field *field)
{
    propose_kind(swarm, rng, part, owner, field, choose_kind(rng, field));
}

static void propose_table(struct swarm_case *swarm, struct ust_rng *rng, enum swarm_part part,
                          uint32_t owner, const struct ust_field *fields, double chance)
{
    for (; fields->key != NULL; fields++)
        if (!is_base(swarm, part, fields->key) && ust_rng_unit(rng) < chance &&
            !swarm_has(swarm, part, owner, fields->key))
            propose(swarm, rng, part, owner, fields);
}

static void make_base(struct swarm_case *swarm, struct ust_rng *rng)
{
    swarm->rich = below(rng, 3) == 0;
    swarm->regions = 1 + below(rng, SWARM_REGIONS_MAX);
    swarm->zones = 1 + below(rng, 3);
    swarm->services = 1 + below(rng, SWARM_SERVICES_MAX);
    swarm->users = 1 + below(rng, SWARM_USERS_MAX);
    swarm->minutes = 4 + below(rng, 6);
    swarm->drains = below(rng, 2) == 0;
    swarm->cold = below(rng, 2) == 0;
    if (swarm->rich) {
        swarm->regions = 2 + below(rng, SWARM_REGIONS_MAX - 1);
        swarm->services = 2 + below(rng, SWARM_SERVICES_MAX - 1);
    }
    swarm->plain = swarm->regions == 1 && !swarm->drains && below(rng, 3) == 0;
    for (uint32_t s = 0; s < SWARM_SERVICES_MAX; s++)
        for (uint32_t r = 0; r < SWARM_REGIONS_MAX; r++) {
            swarm->instances[s][r] = 1 + below(rng, 6);
            swarm->min[s][r] = 1 + below(rng, swarm->instances[s][r]);
            swarm->max[s][r] = swarm->instances[s][r] + below(rng, 6);
        }
    for (uint32_t u = 0; u < SWARM_USERS_MAX; u++) {
        swarm->rate[u] = 1 + 40 * ust_rng_unit(rng);
        swarm->work_ms[u] = 5 + 200 * ust_rng_unit(rng);
    }
}

static void propose_row(struct swarm_case *swarm, struct ust_rng *rng, enum swarm_part part,
                        uint32_t owner, const struct ust_field *fields, const char *key,
                        double chance)
{
    if (ust_rng_unit(rng) < chance && !swarm_has(swarm, part, owner, key))
        propose(swarm, rng, part, owner, row(fields, key));
}

/* The last service has data, the others call, clients remember: what is seldom there by chance,
 * and never all at once. Writes come only where there is data. */
static void propose_tiers(struct swarm_case *swarm, struct ust_rng *rng)
{
    const struct ust_field *services = row(ust_scenario_fields, "services")->fields;
    propose_row(swarm, rng, SWARM_SERVICE, swarm->services - 1, services, "data", 0.8);
    for (uint32_t s = 0; s + 1 < swarm->services; s++)
        propose_row(swarm, rng, SWARM_SERVICE, s, services, "calls", 0.9);
    for (uint32_t u = 0; u < swarm->users; u++) {
        propose_row(swarm, rng, SWARM_PERSONA, u, ust_user_persona_fields, "client", 0.5);
        propose_row(swarm, rng, SWARM_PERSONA, u, ust_user_persona_fields, "connection", 0.4);
    }
}

static bool says(const struct swarm_case *swarm, enum swarm_part part, const char *what)
{
    for (uint32_t i = 0; i < swarm->pieces; i++)
        if (swarm->piece[i].part == part && strstr(swarm->piece[i].text, what) != NULL)
            return true;
    return false;
}

/* Some faults need what they break: then they are there more often where it is. */
static void propose_faults(struct swarm_case *swarm, struct ust_rng *rng)
{
    const struct ust_field *faults = row(ust_scenario_fields, "faults");
    const struct ust_kind *const *kind = faults->registry->kinds;
    for (uint32_t i = below(rng, 5) + (swarm->rich ? 2 : 0); i > 0; i--)
        propose(swarm, rng, SWARM_FAULTS, 0, faults);
    for (; *kind != NULL; kind++) {
        const char *needs = strcmp((*kind)->name, "cache_wipe") == 0  ? "cache: {"
                            : strcmp((*kind)->name, "partition") == 0 ? "data: {"
                            : strcmp((*kind)->name, "region_loss") == 0 && swarm->rich
                                ? "" /* what everybody has to know, and to act on */
                                : NULL;
        if (needs != NULL && says(swarm, SWARM_SERVICE, needs) && below(rng, 3) == 0)
            propose_kind(swarm, rng, SWARM_FAULTS, 0, faults, *kind);
    }
}

static void propose_injections(struct swarm_case *swarm, struct ust_rng *rng)
{
    uint32_t n = swarm->rich ? below(rng, 3) : below(rng, 4) == 0;
    for (; n > 0 && !swarm->drains; n--)
        propose(swarm, rng, SWARM_INJECTIONS, 0, row(ust_scenario_fields, "injections"));
}

void swarm_generate(struct swarm_case *swarm, uint64_t seed)
{
    struct ust_rng rng = ust_rng_derive(seed, 0, "swarm");
    *swarm = (struct swarm_case){.seed = seed};
    make_base(swarm, &rng);
    if (!valid(swarm))
        abort(); /* the base is always valid */
    const struct ust_field *top = ust_scenario_fields, *services = row(top, "services")->fields;
    /* First what others stand on, then they. */
    if (below(&rng, 4) == 0)
        propose(swarm, &rng, SWARM_TOP, 0, row(top, "nodes"));
    if (swarm->rich)
        propose_tiers(swarm, &rng);
    for (uint32_t r = 0; r < swarm->regions; r++)
        propose_table(swarm, &rng, SWARM_REGION, r, row(top, "regions")->fields, 0.2);
    for (uint32_t s = 0; s < swarm->services; s++) {
        propose_table(swarm, &rng, SWARM_INSTANCE, s, ust_resource_persona_fields, 0.4);
        propose_table(swarm, &rng, SWARM_SERVICE, s, services, 0.4);
        for (uint32_t r = 0; r < swarm->regions; r++)
            propose_table(swarm, &rng, SWARM_POOL, s * SWARM_REGIONS_MAX + r,
                          row(services, "pools")->fields, 0.1);
    }
    for (uint32_t u = 0; u < swarm->users; u++) {
        propose_table(swarm, &rng, SWARM_PERSONA, u, ust_user_persona_fields, 0.3);
        propose_table(swarm, &rng, SWARM_TRAFFIC, u, row(top, "traffic")->fields, 0.4);
    }
    if (swarm->regions > 1)
        propose_table(swarm, &rng, SWARM_ROUTING, 0, row(top, "routing")->fields, 0.5);
    if (swarm->rich)
        propose_row(swarm, &rng, SWARM_TOP, 0, top, "failover", 0.6);
    if (swarm->rich)
        propose_row(swarm, &rng, SWARM_TOP, 0, top, "capacity", 0.6);
    propose_faults(swarm, &rng);
    propose_injections(swarm, &rng);
    propose_table(swarm, &rng, SWARM_TOP, 0, top, 0.3);
}
