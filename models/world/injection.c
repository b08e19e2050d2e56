#include "models/world/injection.h"

#include <string.h>

#include "models/arrival/plan.h"
#include "models/world/scenario.h"
#include "sim/base/limits.h"

static const char *const whose[] = {"everyone", "users", "injected", NULL};

#define RULE(member) offsetof(struct ust_abort_rule, member)

/* Bounds that are not given are 0 and bind nothing. */
#define LATENCY(name, which)                                                                   \
    {                                                                                          \
        .key = name, .kind = UST_FIELD_DURATION, .offset = RULE(which), .low = 0,              \
        .high = 86400, .flags = UST_FIELD_LOW_OPEN, .word = "none", .word_value = 0,           \
        .fallback = "none",                                                                    \
        .help = "In an interval, of any stream that is watched. Where nobody is answered, of " \
                "those who have waited so long since it began."                                \
    }

static const struct ust_field abort_fields[] = {
    LATENCY("latency_p50", latency[UST_ABORT_P50]),
    LATENCY("latency_p95", latency[UST_ABORT_P95]),
    LATENCY("latency_p99", latency[UST_ABORT_P99]),
    {.key = "errors",
     .kind = UST_FIELD_RATIO,
     .offset = RULE(errors),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_HIGH_OPEN,
     .word = "none",
     .word_value = 1,
     .fallback = "none",
     .help = "Share of the requests that ended in an interval and were not answered."},
    {.key = "cpu",
     .kind = UST_FIELD_RATIO,
     .offset = RULE(cpu),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_HIGH_OPEN,
     .word = "none",
     .word_value = 1,
     .fallback = "none",
     .help = "Utilisation of the pool in an interval."},
    {.key = "of",
     .kind = UST_FIELD_CHOICE,
     .offset = RULE(of),
     .choices = whose,
     .fallback = "everyone",
     .help = "Whose requests are watched for latency and errors: those of the service, of its "
             "users alone, or of the injection alone."},
    {.key = "intervals",
     .kind = UST_FIELD_INT,
     .offset = RULE(intervals),
     .low = 1,
     .high = 1000,
     .fallback = "1",
     .help = "So many intervals of the series in a row have to break a bound."},
    {.key = NULL},
};

#define AT(member) offsetof(struct ust_injection_spec, member)

#define SPAN(name, member, otherwise, text)                                                    \
    {                                                                                          \
        .key = name, .kind = UST_FIELD_DURATION, .offset = AT(member), .low = 0,               \
        .high = UST_DURATION_MAX_S, .fallback = otherwise, .help = text                        \
    }

const struct ust_field ust_injection_fields[] = {
    {.key = "persona",
     .kind = UST_FIELD_NAME,
     .offset = AT(persona),
     .flags = UST_FIELD_REQUIRED,
     .given = AT(persona_node) + 1,
     .help = "Whose requests are imitated: a persona of `personas`."},
    {.key = "service",
     .kind = UST_FIELD_NAME,
     .offset = AT(service),
     .given = AT(service_node) + 1,
     .help = "Service that it uses; may be absent where there is only one."},
    {.key = "region",
     .kind = UST_FIELD_NAME,
     .offset = AT(region),
     .flags = UST_FIELD_REQUIRED,
     .given = AT(region_node) + 1,
     .help = "Where the load goes, and where its generators stand: neither routing nor a "
             "network lies between, but for those that write to a primary elsewhere."},
    {.key = "at",
     .kind = UST_FIELD_DURATION,
     .offset = AT(at),
     .low = 0,
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_REQUIRED,
     .given = AT(at_node) + 1,
     .help = "When it starts, from the end of the warm-up."},
    {.key = "duration",
     .kind = UST_FIELD_DURATION,
     .offset = AT(duration),
     .low = 0,
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_REQUIRED | UST_FIELD_LOW_OPEN,
     .help = "How long it lasts, ramps included."},
    {.key = "rate",
     .kind = UST_FIELD_RATE,
     .offset = AT(rate),
     .low = 0,
     .high = 1e9,
     .flags = UST_FIELD_REQUIRED | UST_FIELD_LOW_OPEN,
     .help = "Intensity between the ramps: requests, or sessions, per second."},
    {.key = "ramp_up",
     .kind = UST_FIELD_DURATION,
     .offset = AT(ramp_up),
     .low = 0,
     .high = UST_DURATION_MAX_S,
     .fallback = "0 s",
     .given = AT(ramp_node) + 1,
     .help = "From nothing to `rate` in a straight line."},
    SPAN("ramp_down", ramp_down, "0 s", "From `rate` to nothing in a straight line."),
    {.key = "mode",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(mode),
     .choices = ust_traffic_modes,
     .fallback = "requests",
     .given = AT(mode_node) + 1,
     .help = "What is injected: single requests, or sessions of the persona's length."},
    {.key = "writes",
     .kind = UST_FIELD_RATIO,
     .offset = AT(writes),
     .high = 1,
     .fallback = "0 %",
     .given = AT(writes_node) + 1,
     .help = "Share of these requests that write, where the service has `data`: they go to the "
             "region of the primary, by the network between the regions."},
    {.key = "abort",
     .kind = UST_FIELD_GROUP,
     .offset = AT(abort),
     .fields = abort_fields,
     .given = AT(abort_node) + 1,
     .help = "Bounds that stop it at once when an interval of the series breaks one."},
    {.key = NULL},
};

static int find(const char *const *names, uint32_t n, const char *word)
{
    for (uint32_t i = 0; i < n; i++)
        if (word != NULL && strcmp(names[i], word) == 0)
            return (int)i;
    return -1;
}

static void check_names(struct ust_spec *spec, const struct ust_scenario *scenario,
                        const struct ust_injection_spec *injection)
{
    const char *const *users = (const char *const *)scenario->user_names;
    const char *const *services = (const char *const *)scenario->service_names;
    const char *const *regions = (const char *const *)scenario->region_names;
    int user = find(users, scenario->personas.n, injection->persona);
    int service = scenario->services.n == 1
                      ? 0
                      : find(services, scenario->services.n, injection->service);
    bool all_named = true; /* one with mistakes of its own may be the one that is meant */
    for (uint32_t i = 0; i < scenario->personas.n; i++)
        all_named &= users[i][0] != '\0';
    if (user < 0 && injection->persona != NULL && all_named)
        (void)ust_spec_unknown(spec, injection->persona_node->place, "persona",
                               injection->persona, users, scenario->personas.n);
    if (injection->service != NULL &&
        find(services, scenario->services.n, injection->service) < 0) {
        (void)ust_spec_unknown(spec, injection->service_node->place, "service",
                               injection->service, services, scenario->services.n);
        service = -1;
    } else if (service < 0 && injection->service_node == NULL && injection->persona != NULL) {
        (void)ust_diag_error(spec->diag, injection->persona_node->place,
                             "an injection needs a 'service': there are %u",
                             scenario->services.n);
    }
    if (injection->region == NULL)
        return;
    if (find(regions, scenario->regions.n, injection->region) < 0) {
        (void)ust_spec_unknown(spec, injection->region_node->place, "region", injection->region,
                               regions, scenario->regions.n);
        return;
    }
    if (service < 0)
        return;
    const struct ust_service_spec *to =
        &((const struct ust_service_spec *)scenario->services.at)[service];
    const struct ust_pool_spec *pool = to->pools.at;
    for (uint32_t i = 0; i < to->pools.n; i++)
        if (ust_text_equal(pool[i].id.name, injection->region))
            return;
    (void)ust_diag_error(spec->diag, injection->region_node->place,
                         "service '%s' has no pool in '%s'", to->id.name, injection->region);
}

static void check_times(struct ust_spec *spec, const struct ust_scenario *scenario,
                        const struct ust_injection_spec *injection)
{
    char a[UST_TIME_TEXT_MAX], b[UST_TIME_TEXT_MAX];
    if (injection->ramp_up + injection->ramp_down > injection->duration)
        (void)ust_diag_error(spec->diag,
                             injection->ramp_node != NULL ? injection->ramp_node->place
                                                          : injection->at_node->place,
                             "the ramps take %s together, longer than the injection, %s",
                             ust_time_text(injection->ramp_up + injection->ramp_down, a),
                             ust_time_text(injection->duration, b));
    if (injection->at >= scenario->duration)
        (void)ust_diag_error(spec->diag, injection->at_node->place,
                             "'at' is %s, must lie before the end of the run at %s",
                             ust_time_text(injection->at, a),
                             ust_time_text(scenario->duration, b));
}

/* Bounds that are not given are 0, or 1 for shares. */
static void check_abort(struct ust_spec *spec, const struct ust_injection_spec *injection)
{
    const struct ust_abort_rule *rule = &injection->abort;
    bool bound = rule->errors < 1 || rule->cpu < 1;
    for (int i = UST_ABORT_P50; i <= UST_ABORT_P99; i++)
        bound |= rule->latency[i] > 0;
    if (injection->abort_node != NULL && !bound)
        (void)ust_diag_error(spec->diag, injection->abort_node->place,
                             "'abort' has no bound, so nothing stops the injection; bounds are "
                             "'latency_p50', 'latency_p95', 'latency_p99', 'errors' and 'cpu'");
}

void ust_injections_check(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_injection_spec *injection = scenario->injections.at;
    for (uint32_t i = 0; i < scenario->injections.n; i++) {
        if (injection[i].persona == NULL || injection[i].at_node == NULL)
            continue; /* its own rows have complained */
        check_names(spec, scenario, &injection[i]);
        check_times(spec, scenario, &injection[i]);
        check_abort(spec, &injection[i]);
        int user = find((const char *const *)scenario->user_names, scenario->personas.n,
                        injection[i].persona);
        if (user >= 0 && scenario->users[user] != NULL && injection[i].mode == 1 &&
            scenario->users[user]->session_node == NULL)
            (void)ust_diag_error(spec->diag, injection[i].mode_node->place,
                                 "persona '%s' has no 'session', so nothing of it can come in "
                                 "sessions",
                                 injection[i].persona);
    }
}

void ust_injection_plan(struct ust_arena *arena, const struct ust_injection_spec *injection,
                        ust_time warmup, ust_time end, struct ust_arrival_plan *out)
{
    struct ust_knots knots = {0};
    double rate = injection->rate;
    ust_time start = warmup + injection->at, stop = start + injection->duration;
    ust_time full = start + injection->ramp_up, falls = stop - injection->ramp_down;
    ust_knots_line(&knots, 0, start, 0, 0);
    ust_knots_line(&knots, start, full, 0, rate);
    ust_knots_line(&knots, full, falls, rate, rate);
    ust_knots_line(&knots, falls, stop, rate, 0);
    ust_knots_line(&knots, stop, end, 0, 0);
    ust_knots_add(&knots, end > stop ? end : stop, 0, 0);
    ust_knots_finish(&knots, arena, out);
}
