/* The supply of a region: the control plane that takes launch requests, the account's quota,
 * and the machines that the provider has left.
 *
 *   request ──▶ backlog ──token──▶ API ──answer──▶ quota? spare? ──▶ provision …
 *               (rate, burst)     (latency)         └─ refused: the launcher decides
 *
 * The region's pools share it all. Other tenants share the spare machines: when another region
 * or zone is lost they come here too, and take a part of what is left along a curve.
 *
 * Promise: a region without `capacity` in the scenario grants everything at once and costs
 * nothing; the backlog is first come first served. Cost: O(lines of spare) per launch.
 */
#ifndef UST_MODELS_ENTITY_SUPPLY_H
#define UST_MODELS_ENTITY_SUPPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/time.h"
#include "sim/core/engine.h"
#include "sim/rand/dist.h"
#include "sim/rand/rng.h"

/* Machines that are left, in vCPU: of a type or any, in a zone or anywhere in the region. */
struct ust_spare_config {
    int32_t zone, type; /* -1: any */
    struct ust_dist vcpu;
    const char *path; /* "region/eu/spare/1": names its stream */
};

/* The part that other tenants take:   0 ──delay──╱over╲──hold──╲recovery╱── 0   */
struct ust_others_config {
    double share;
    ust_time delay, over, hold, recovery; /* hold may be UST_NEVER */
    uint64_t from;                        /* regions whose loss sends them here; bit mask */
};

struct ust_supply_config {
    ust_time token; /* time in which one is added; 0: no limit of rate */
    uint32_t burst;
    double quota; /* vCPU; 0: none */
    const struct ust_spare_config *spare;
    uint32_t spare_n;
    struct ust_others_config others;
};

enum ust_refusal {
    UST_GRANTED,
    UST_NO_QUOTA,
    UST_NO_CAPACITY,
    UST_ZONE_LOST, /* a fault has it */
    UST_REFUSALS,
};

struct ust_ask {
    uint32_t handler;
    uint64_t ticket;
};

struct ust_spare {
    double size;
    double ours; /* of it, vCPU; below 0 when we gave back what we began with */
};

struct ust_supply {
    const struct ust_supply_config *config; /* NULL: without limits */
    ust_time full_at;      /* when the token bucket would be full if nobody asked again */
    struct ust_ask *queue; /* a ring */
    uint32_t queue_first, queue_n, queue_capacity;
    struct ust_timer next; /* token */
    double vcpu;           /* that count against the quota */
    ust_time elsewhere;    /* when others began to come; UST_NEVER: they do not */
    struct ust_spare *spare;
};

struct ust_model;

void ust_supply_start(struct ust_model *model);
void ust_supply_free(struct ust_model *model);

/* A request to the region's API. True: taken at once. False: it waits, and `handler` will be
 * called with `ticket` when it has been taken. */
bool ust_supply_request(struct ust_model *model, uint32_t region, uint32_t handler,
                        uint64_t ticket);

/* A request that was taken after it had been called off gives its place to the next. */
void ust_supply_refund(struct ust_model *model, uint32_t region);

/* Asks for a machine of a type in a zone; what is granted counts until it is given back. */
enum ust_refusal ust_supply_take(struct ust_model *model, uint32_t region, uint32_t zone,
                                 uint32_t type, double vcpu);

/* `alive`: the machine itself goes back to the provider; a dead one frees the quota alone. */
void ust_supply_give_back(struct ust_model *model, uint32_t region, uint32_t zone,
                          uint32_t type, double vcpu, bool alive);

/* Machines that run from the beginning; quota alone. */
void ust_supply_holds(struct ust_model *model, uint32_t region, double vcpu);

/* What is left for us of one line of spare, in vCPU. */
double ust_supply_left(const struct ust_model *model, uint32_t region, uint32_t line);

/* The share that others have taken by now. */
double ust_others_share(const struct ust_others_config *others, ust_time since);

/* Region `lost`, or zones of it, has just been lost: others fail over too. */
void ust_supply_elsewhere(struct ust_model *model, uint32_t lost, bool whole);

#endif
