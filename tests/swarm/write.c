/* A case as text: the base, and its pieces where they belong. */
#include <string.h>

#include "tests/swarm/swarm.h"

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

bool swarm_has(const struct swarm_case *swarm, enum swarm_part part, uint32_t owner,
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

static void add_regions(const struct swarm_case *swarm, struct ust_text *out)
{
    ust_text_add(out, "regions:\n");
    for (uint32_t r = 0; r < swarm->regions; r++) {
        ust_text_printf(out, "  r%u:\n    zones: %u\n    role: %s\n", r, swarm->zones,
                        r == 0 ? "primary" : "standby");
        if (!swarm_has(swarm, SWARM_REGION, r, "place"))
            ust_text_printf(out, "    latitude: %u\n    longitude: %u\n", 10 * r, 20 * r);
        add_pieces(swarm, SWARM_REGION, r, "    ", out);
    }
}

/* A case that drains keeps the tolerance of the base, by which nobody waits for ever. */
static void add_users(const struct swarm_case *swarm, struct ust_text *out)
{
    ust_text_add(out, "personas:\n");
    for (uint32_t u = 0; u < swarm->users; u++) {
        ust_text_printf(out, "  - name: u%u\n%s", u,
                        swarm->seed % 2 == 0 ? "    persona: 1\n    kind: user\n" : "");
        if (!swarm_has(swarm, SWARM_PERSONA, u, "actions"))
            ust_text_printf(out, "    actions: {ask: {work: exponential(mean %.1f ms)}}\n",
                            swarm->work_ms[u]);
        if (!swarm_has(swarm, SWARM_PERSONA, u, "tolerance") && !swarm->plain)
            ust_text_printf(out, "    tolerance: {latency: 1 s, timeout: 2 s, errors: 5 %%, "
                                 "deadline: 20 s, retries: {kind: backoff, attempts: 3}}\n");
        if (!swarm_has(swarm, SWARM_PERSONA, u, "session") && !swarm->plain)
            ust_text_add(out, "    session: {requests: geometric(mean 3), think: 2 s}\n");
        add_pieces(swarm, SWARM_PERSONA, u, "    ", out);
    }
}

static void add_pools(const struct swarm_case *swarm, uint32_t s, struct ust_text *out)
{
    ust_text_add(out, "    pools:\n");
    for (uint32_t r = 0; r < swarm->regions; r++) {
        ust_text_printf(out,
                        "      r%u:\n        instances: %u\n        min: %u\n"
                        "        max: %u\n",
                        r, swarm->instances[s][r], swarm->min[s][r], swarm->max[s][r]);
        add_pieces(swarm, SWARM_POOL, s * SWARM_REGIONS_MAX + r, "        ", out);
    }
}

static void add_services(const struct swarm_case *swarm, struct ust_text *out)
{
    ust_text_add(out, "services:\n");
    for (uint32_t s = 0; s < swarm->services; s++) {
        ust_text_printf(out, "  s%u:\n    instance:\n      name: i%u\n      price: 1 USD/h\n%s",
                        s, s,
                        swarm->seed % 2 == 0 ? "      persona: 1\n      kind: resource\n" : "");
        if (!swarm_has(swarm, SWARM_INSTANCE, s, "tuning"))
            ust_text_add(out, "      tuning: {slots: 2, queue: 30}\n");
        add_pieces(swarm, SWARM_INSTANCE, s, "      ", out);
        add_pieces(swarm, SWARM_SERVICE, s, "    ", out);
        add_pools(swarm, s, out);
    }
}

static void add_traffic(const struct swarm_case *swarm, struct ust_text *out)
{
    ust_text_add(out, "traffic:\n");
    for (uint32_t u = 0; u < swarm->users; u++) {
        ust_text_printf(out, "  - persona: u%u\n    service: s%u\n", u, u % swarm->services);
        if (swarm->drains)
            ust_text_printf(out,
                            "    arrivals: {kind: piecewise, points: [{at: 0 s, rate: "
                            "%.2f /s}, {at: %u min, rate: 0 /s}]}\n",
                            swarm->rate[u], swarm->minutes);
        else if (!swarm_has(swarm, SWARM_TRAFFIC, u, "arrivals"))
            ust_text_printf(out, "    arrivals: {kind: poisson, rate: %.2f /s}\n",
                            swarm->rate[u]);
        add_pieces(swarm, SWARM_TRAFFIC, u, "    ", out);
    }
}

/* A drain: users come for so many minutes of the whole run; the rest is for their fates. */
unsigned swarm_minutes(const struct swarm_case *swarm)
{
    return swarm->minutes + (swarm->drains ? 2 : 0);
}

void swarm_yaml(const struct swarm_case *swarm, struct ust_text *out)
{
    ust_text_printf(out, "understudy: 1\nname: swarm\nseed: %llu\n",
                    (unsigned long long)swarm->seed);
    if (!swarm_has(swarm, SWARM_TOP, 0, "warmup"))
        ust_text_printf(out, "warmup: %s\n", swarm->cold ? "0 s" : "30 s");
    if (!swarm_has(swarm, SWARM_TOP, 0, "interval"))
        ust_text_add(out, "interval: 10 s\n");
    ust_text_printf(out, "duration: %u min\n", swarm_minutes(swarm));
    if (!swarm_has(swarm, SWARM_TOP, 0, "replications"))
        ust_text_add(out, "replications: 2\n");
    add_regions(swarm, out);
    add_users(swarm, out);
    add_services(swarm, out);
    add_traffic(swarm, out);
    if (swarm->regions > 1) {
        ust_text_add(out, "routing:\n");
        if (!swarm_has(swarm, SWARM_ROUTING, 0, "policy"))
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
