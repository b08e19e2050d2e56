/* Clients: what stands between users and a service, beyond a timeout and a retry policy.
 *
 * A persona's requests go through one or more client processes (a proxy, an application server,
 * an SDK in a phone). Each process has a state of its own, which it shares among all requests
 * that go through it, for each service that it calls, or for each of the service's regions. In
 * this order, an attempt meets
 *   throttle   refuses by chance when the service refuses too much (SRE book)
 *   breaker    refuses everything for a while after too many failures
 *   limits     refuses, or lets wait, what would be too much at once (Envoy)
 * and, once sent, a hedge: a copy that goes out when the answer is late.
 */
#ifndef UST_MODELS_CLIENT_CLIENT_H
#define UST_MODELS_CLIENT_CLIENT_H

#include "models/client/breaker.h"
#include "models/client/budget.h"
#include "models/client/recent.h"

/* Adaptive throttling (Google, Site Reliability Engineering, 2016, "Handling overload"): an
 * attempt is refused by the client itself with probability
 *   max(0, (requests - k accepts) / (requests + 1))
 * over the window, where requests counts all attempts that were made, refused ones included,
 * and accepts those that the service answered without error. */
struct ust_throttle {
    double k;
    ust_time window;
    const struct ust_node *node; /* NULL: none */
};

/* What may be under way at once; -1: any number. */
struct ust_limits {
    int64_t connections;         /* attempts sent; more of them wait for one to end */
    int64_t pending;             /* attempts that wait so; more are refused */
    int64_t requests;            /* attempts sent; more are refused */
    int64_t retries;             /* retries; more are not made */
    const struct ust_node *node; /* NULL: none */
};

enum ust_hedge_work { UST_HEDGE_SAME, UST_HEDGE_INDEPENDENT };

struct ust_hedge {
    ust_time delay;  /* fixed; 0: by quantile */
    double quantile; /* of latencies of attempts so far; 0: by delay */
    int64_t samples; /* that the quantile needs */
    int64_t copies;  /* most at once, the first included */
    int work;        /* enum ust_hedge_work */
    struct ust_variant budget;
    const struct ust_node *node, *delay_node, *quantile_node, *samples_node;
};

enum ust_client_per { UST_PER_SERVICE, UST_PER_REGION };

struct ust_client_rules {
    int64_t processes;
    int per; /* enum ust_client_per */
    struct ust_variant breaker;
    struct ust_throttle throttle;
    struct ust_limits limits;
    struct ust_hedge hedge;
    const struct ust_node *node; /* NULL: not given */
};

extern const struct ust_field ust_client_fields[];
extern const struct ust_field ust_hedge_fields[];

/* Checks between rows; messages go to spec->diag. */
void ust_client_check(struct ust_spec *spec, const struct ust_client_rules *rules);
void ust_hedge_check(struct ust_spec *spec, const struct ust_hedge *hedge);

/* The probability with which it refuses, so many requests and accepts being in the window. */
double ust_throttle_refuses(const struct ust_throttle *throttle, double requests,
                            double accepts);

#endif
