/* A base that is always valid, and pieces that the language takes. */
#include <stdlib.h>
#include <string.h>

#include "models/world/scenario.h"
#include "tests/swarm/swarm.h"

static uint32_t below(struct ust_rng *rng, uint32_t n)
{
    return (uint32_t)(ust_rng_unit(rng) * n);
}

/* ---- as text ---- */

static void add_pieces(const struct swarm_case *swarm, enum swarm_part part, uint32_t owner,
                       const char *before, struct ust_text *out)
{
    for (uint32_t i = 0; i < swarm->pieces; i++) {
        const struct swarm_piece *piece = &swarm->piece[i];
        if (!piece->out && piece->part == part && piece->owner == owner)
            ust_text_printf(out, "%s%s\n", before, piece->text);
    }
}

static bool any(const struct swarm_case *swarm, enum swarm_part part)
{
    for (uint32_t i = 0; i < swarm->pieces; i++)
        if (!swarm->piece[i].out && swarm->piece[i].part == part)
            return true;
    return false;
}

static bool has(const struct swarm_case *swarm, enum swarm_part part, uint32_t owner,
                const char *key)
{
    size_t length = strlen(key);
    for (uint32_t i = 0; i < swarm->pieces; i++) {
        const struct swarm_piece *piece = &swarm->piece[i];
        if (!piece->out && piece->part == part && piece->owner == owner &&
            strncmp(piece->text, key, length) == 0 && piece->text[length] == ':')
            return true;
    }
    return false;
}

static void add_users(const struct swarm_case *swarm, struct ust_text *out)
{
    ust_text_add(out, "personas:\n");
    for (uint32_t u = 0; u < swarm->users; u++) {
        ust_text_printf(out, "  - name: u%u\n", u);
        ust_text_printf(out, "    actions: {ask: {work: exponential(mean %.1f ms)}}\n",
                        swarm->work_ms[u]);
        if (!has(swarm, SWARM_PERSONA, u, "tolerance") || swarm->drains)
            ust_text_printf(out, "    tolerance: {latency: 1 s, timeout: 2 s, errors: 5 %%, "
                                 "deadline: 20 s, retries: {kind: backoff, attempts: 3}}\n");
        ust_text_add(out, "    session: {requests: geometric(mean 3), think: 2 s}\n");
        add_pieces(swarm, SWARM_PERSONA, u, "    ", out);
    }
}

static void add_services(const struct swarm_case *swarm, struct ust_text *out)
{
    ust_text_add(out, "services:\n");
    for (uint32_t s = 0; s < swarm->services; s++) {
        ust_text_printf(out, "  s%u:\n    instance:\n      name: i%u\n      price: 1 USD/h\n",
                        s, s);
        if (!has(swarm, SWARM_INSTANCE, s, "tuning"))
            ust_text_add(out, "      tuning: {slots: 2, queue: 30}\n");
        add_pieces(swarm, SWARM_INSTANCE, s, "      ", out);
        add_pieces(swarm, SWARM_SERVICE, s, "    ", out);
        ust_text_add(out, "    pools:\n");
        for (uint32_t r = 0; r < swarm->regions; r++)
            ust_text_printf(out, "      r%u: {instances: %u, min: %u, max: %u}\n", r,
                            swarm->instances[s][r], swarm->min[s][r], swarm->max[s][r]);
    }
}

static void add_traffic(const struct swarm_case *swarm, struct ust_text *out)
{
    ust_text_add(out, "traffic:\n");
    for (uint32_t u = 0; u < swarm->users; u++) {
        ust_text_printf(out, "  - persona: u%u\n    service: s%u\n    arrivals: ", u,
                        u % swarm->services);
        if (swarm->drains)
            ust_text_printf(out,
                            "{kind: piecewise, points: [{at: 0 s, rate: %.2f /s}, {at: %u min, "
                            "rate: 0 /s}]}\n",
                            swarm->rate[u], swarm->minutes);
        else
            ust_text_printf(out, "{kind: poisson, rate: %.2f /s}\n", swarm->rate[u]);
        if (!swarm->drains && swarm->seed % 3 == 0)
            ust_text_add(out, "    mode: sessions\n");
    }
}

void swarm_yaml(const struct swarm_case *swarm, struct ust_text *out)
{
    ust_text_printf(out, "understudy: 1\nname: swarm\nseed: %llu\nwarmup: 30 s\n",
                    (unsigned long long)(swarm->seed >> 12));
    /* A drain: users come for so many minutes of the whole run; the rest is for their fates. */
    ust_text_printf(out, "duration: %u min\ninterval: 10 s\nreplications: 2\n",
                    swarm->minutes + (swarm->drains ? 2 : 0));
    ust_text_add(out, "regions:\n");
    for (uint32_t r = 0; r < swarm->regions; r++)
        ust_text_printf(out, "  r%u: {zones: %u, role: %s, latitude: %u, longitude: %u}\n", r,
                        swarm->zones, r == 0 ? "primary" : "standby", 10 * r, 20 * r);
    add_users(swarm, out);
    add_services(swarm, out);
    add_traffic(swarm, out);
    if (swarm->regions > 1) {
        ust_text_add(out, "routing:\n");
        if (!has(swarm, SWARM_ROUTING, 0, "policy"))
            ust_text_add(out, "  policy: {kind: nearest}\n");
        add_pieces(swarm, SWARM_ROUTING, 0, "  ", out);
    }
    if (any(swarm, SWARM_FAULTS))
        ust_text_add(out, "faults:\n");
    add_pieces(swarm, SWARM_FAULTS, 0, "  - ", out);
    if (any(swarm, SWARM_INJECTIONS))
        ust_text_add(out, "injections:\n");
    add_pieces(swarm, SWARM_INJECTIONS, 0, "  - ", out);
    add_pieces(swarm, SWARM_TOP, 0, "", out);
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
    struct ust_node *root =
        ust_spec_read_text(&spec, "swarm.yaml", ust_text_string(&yaml), yaml.length);
    bool is = root != NULL && ust_scenario_decode(&spec, "swarm.yaml", root) != NULL &&
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

/* What the base gives, or what a short run has no use for. */
static bool is_base(enum swarm_part part, const char *key)
{
    static const char *const top[] = {
        "understudy", "name",         "seed",       "start",       "warmup",     "duration",
        "interval",   "replications", "personas",   "regions",     "services",   "traffic",
        "routing",    "faults",       "injections", "description", "objectives", NULL};
    static const char *const person[] = {"persona", "kind",    "name",   "description", "tags",
                                         "actions", "session", "source", "geography",   NULL};
    static const char *const service[] = {"instance", "pools", NULL};
    static const char *const instance[] = {"persona", "kind",  "name",   "description",
                                           "tags",    "price", "policy", "software",
                                           "source",  NULL};
    static const char *const none[] = {NULL};
    const char *const *words = part == SWARM_TOP        ? top
                               : part == SWARM_PERSONA  ? person
                               : part == SWARM_SERVICE  ? service
                               : part == SWARM_INSTANCE ? instance
                                                        : none;
    for (; *words != NULL; words++)
        if (strcmp(*words, key) == 0)
            return true;
    return false;
}

/* Tries a few times to make up a value of the row that the language takes. */
static void propose(struct swarm_case *swarm, struct ust_rng *rng, enum swarm_part part,
                    uint32_t owner, const struct ust_field *field)
{
    const struct swarm_names names = {swarm->regions, swarm->zones, swarm->services,
                                      swarm->users};
    bool element = part == SWARM_FAULTS || part == SWARM_INJECTIONS;
    for (int i = 0; i < 4 && swarm->pieces < SWARM_PIECES_MAX; i++) {
        struct ust_text text = {0};
        struct ust_field one = *field;
        if (!element)
            ust_text_printf(&text, "%s: ", field->key);
        else if (part == SWARM_FAULTS)
            one.kind = UST_FIELD_VARIANT;
        else
            one.kind = UST_FIELD_GROUP;
        if (swarm_value(rng, &names, &one, 0, &text)) {
            swarm->piece[swarm->pieces++] =
                (struct swarm_piece){.part = part, .owner = owner, .text = text.data};
            if (valid(swarm))
                return;
            swarm->pieces--;
        }
        ust_text_free(&text);
    }
}

static void propose_table(struct swarm_case *swarm, struct ust_rng *rng, enum swarm_part part,
                          uint32_t owner, const struct ust_field *fields, double chance)
{
    for (; fields->key != NULL; fields++)
        if (!is_base(part, fields->key) && ust_rng_unit(rng) < chance)
            propose(swarm, rng, part, owner, fields);
}

static void make_base(struct swarm_case *swarm, struct ust_rng *rng)
{
    swarm->regions = 1 + below(rng, 3);
    swarm->zones = 1 + below(rng, 3);
    swarm->services = 1 + below(rng, 2);
    swarm->users = 1 + below(rng, 2);
    if (swarm->services > swarm->users)
        swarm->services = swarm->users;
    swarm->minutes = 4 + below(rng, 6);
    swarm->drains = below(rng, 2) == 0;
    for (uint32_t s = 0; s < 2; s++)
        for (uint32_t r = 0; r < 3; r++) {
            swarm->instances[s][r] = 1 + below(rng, 6);
            swarm->min[s][r] = 1 + below(rng, swarm->instances[s][r]);
            swarm->max[s][r] = swarm->instances[s][r] + below(rng, 6);
        }
    for (uint32_t u = 0; u < 2; u++) {
        swarm->rate[u] = 1 + 40 * ust_rng_unit(rng);
        swarm->work_ms[u] = 5 + 200 * ust_rng_unit(rng);
    }
}

void swarm_generate(struct swarm_case *swarm, uint64_t seed)
{
    struct ust_rng rng = ust_rng_derive(seed, 0, "swarm");
    *swarm = (struct swarm_case){.seed = seed};
    make_base(swarm, &rng);
    if (!valid(swarm))
        abort(); /* the base is always valid */
    const struct ust_field *top = ust_scenario_fields;
    for (uint32_t s = 0; s < swarm->services; s++) {
        propose_table(swarm, &rng, SWARM_INSTANCE, s, ust_resource_persona_fields, 0.4);
        propose_table(swarm, &rng, SWARM_SERVICE, s, row(top, "services")->fields, 0.4);
    }
    for (uint32_t u = 0; u < swarm->users; u++)
        if (!swarm->drains)
            propose_table(swarm, &rng, SWARM_PERSONA, u, ust_user_persona_fields, 0.3);
    if (swarm->regions > 1)
        propose_table(swarm, &rng, SWARM_ROUTING, 0, row(top, "routing")->fields, 0.5);
    for (uint32_t i = below(&rng, 5); i > 0; i--)
        propose(swarm, &rng, SWARM_FAULTS, 0, row(top, "faults"));
    if (below(&rng, 4) == 0 && !swarm->drains)
        propose(swarm, &rng, SWARM_INJECTIONS, 0, row(top, "injections"));
    propose_table(swarm, &rng, SWARM_TOP, 0, top, 0.3);
}
