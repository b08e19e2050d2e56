/* The table of what a client does beyond sending, and the checks between its rows. */
#include "models/client/client.h"

#include <math.h>

#include "sim/base/limits.h"

static const char *const pers[] = {"service", "region", NULL};
static const char *const works[] = {"same", "independent", NULL};

static const struct ust_field throttle_fields[] = {
    {.key = "k",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_throttle, k),
     .low = 1,
     .high = 1000,
     .fallback = "2",
     .help =
         "Attempts are refused by chance when there are more than `k` times as many of them "
         "as good answers. The SRE book's 2 lets a service that refuses half of what it gets "
         "work on."},
    {.key = "window",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_throttle, window),
     .low = 0.001,
     .high = 86400,
     .fallback = "2 min",
     .help = "How long attempts and answers count. The SRE book's."},
    {.key = NULL},
};

#define CAP(name, least, envoy, text)                                                          \
    {                                                                                          \
        .key = #name, .kind = UST_FIELD_INT, .offset = offsetof(struct ust_limits, name),      \
        .low = least, .high = 1e9, .word = "unlimited", .word_value = -1, .fallback = envoy,   \
        .help = text " Envoy's default."                                                       \
    }

static const struct ust_field limits_fields[] = {
    CAP(connections, 1, "1024",
        "Attempts that a client has sent and that are not over; more of them wait until one "
        "is (one request to a connection, as in HTTP/1.1; `unlimited` for HTTP/2, where "
        "`requests` limits)."),
    CAP(pending, 0, "1024", "Attempts that wait for a connection; more are refused at once."),
    CAP(requests, 1, "1024",
        "Attempts that a client has sent and that are not over; more are refused at once."),
    CAP(retries, 0, "3",
        "Retries that a client has decided on and that are not over; more are not made."),
    {.key = NULL},
};

const struct ust_field ust_hedge_fields[] = {
    {.key = "delay",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_hedge, delay),
     .low = 0,
     .high = 3600,
     .flags = UST_FIELD_LOW_OPEN | UST_FIELD_SHORT,
     .given = offsetof(struct ust_hedge, delay_node) + 1,
     .help = "A copy is sent when there is no answer after so long; the next one again so long "
             "after it. Either this or `quantile`."},
    {.key = "quantile",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_hedge, quantile),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN | UST_FIELD_HIGH_OPEN,
     .given = offsetof(struct ust_hedge, quantile_node) + 1,
     .help =
         "The same, after the time within which this share of the attempts so far was "
         "answered, warm-up included: with 95 %, about 5 % of the requests are copied (Dean "
         "and Barroso, The tail at scale, 2013)."},
    {.key = "samples",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_hedge, samples),
     .low = 1,
     .high = 1e9,
     .flags = UST_FIELD_UNWRITTEN,
     .fallback = "100",
     .given = offsetof(struct ust_hedge, samples_node) + 1,
     .help = "Nothing is copied before so many attempts were answered that `quantile` can be "
             "known. Assumed default."},
    {.key = "copies",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_hedge, copies),
     .low = 2,
     .high = UST_COPIES_MAX,
     .fallback = "2",
     .help = "Sends in all of one attempt, the first one included."},
    {.key = "work",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_hedge, work),
     .choices = works,
     .fallback = "same",
     .help =
         "What a copy asks of its server. same: the draw of the request, so that copies help "
         "against slow servers and long queues only; independent: a draw of its own, where "
         "the work is the server's chance and not the request's."},
    {.key = "budget",
     .kind = UST_FIELD_VARIANT,
     .offset = offsetof(struct ust_hedge, budget),
     .registry = &ust_budget_registry,
     .help =
         "How many copies a client affords; without it, any number. (Copies count as retries "
         "do in a retry budget.)"},
    {.key = NULL},
};

const struct ust_field ust_client_fields[] = {
    {.key = "processes",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_client_rules, processes),
     .low = 1,
     .high = UST_CLIENTS_MAX,
     .fallback = "1",
     .help = "Client processes that the requests go through, in equal shares, a session always "
             "through the same: each has its own breaker, throttle, limits, hedges and retry "
             "budget, and knows only what it has seen itself. 1: all users share one."},
    {.key = "per",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_client_rules, per),
     .choices = pers,
     .fallback = "service",
     .help =
         "What a process keeps one state for. service: one for all of the service, by its "
         "name, so that what it has seen in a lost region still counts in the next; region: "
         "one for each region of it, as Envoy's upstream clusters."},
    {.key = "breaker",
     .kind = UST_FIELD_VARIANT,
     .offset = offsetof(struct ust_client_rules, breaker),
     .registry = &ust_breaker_registry,
     .help = "When it stops asking for a while."},
    {.key = "throttle",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_client_rules, throttle),
     .fields = throttle_fields,
     .given = offsetof(struct ust_client_rules, throttle.node) + 1,
     .help =
         "Adaptive throttling: with r attempts and a good answers in the window, an attempt "
         "is refused with probability max(0, (r - k a) / (r + 1)) and not sent (Google, "
         "Site Reliability Engineering, 2016)."},
    {.key = "limits",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_client_rules, limits),
     .fields = limits_fields,
     .given = offsetof(struct ust_client_rules, limits.node) + 1,
     .help = "What may be under way at once: what Envoy calls the circuit breakers of an "
             "upstream cluster. `limits: {}` has Envoy's defaults."},
    {.key = "hedge",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_client_rules, hedge),
     .fields = ust_hedge_fields,
     .given = offsetof(struct ust_client_rules, hedge.node) + 1,
     .help = "A copy of an attempt that is late; the first answer counts, and the server sees "
             "the others' clients leave (`cancel` says what it makes of that). A failed copy "
             "waits for the others; when all have failed, so has the attempt."},
    {.key = NULL},
};

void ust_hedge_check(struct ust_spec *spec, const struct ust_hedge *hedge)
{
    if (hedge->delay_node != NULL && hedge->quantile_node != NULL)
        ust_diag_error(spec->diag, hedge->quantile_node->key_place,
                       "'quantile' and 'delay' both say when a copy is sent; give one of them");
    if (hedge->delay_node == NULL && hedge->quantile_node == NULL)
        ust_diag_error(spec->diag, hedge->node->place,
                       "'hedge' needs a 'delay' or a 'quantile', after which a copy is sent");
    if (hedge->samples_node != NULL && hedge->quantile_node == NULL)
        ust_diag_error(spec->diag, hedge->samples_node->key_place,
                       "'samples' says nothing without 'quantile'");
}

void ust_client_check(struct ust_spec *spec, const struct ust_client_rules *rules)
{
    if (rules->hedge.node != NULL)
        ust_hedge_check(spec, &rules->hedge);
}

double ust_throttle_refuses(const struct ust_throttle *throttle, double requests,
                            double accepts)
{
    double over = requests - throttle->k * accepts;
    return over > 0 ? over / (requests + 1) : 0;
}
