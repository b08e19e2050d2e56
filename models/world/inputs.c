#include "models/world/inputs.h"

#include <string.h>

static const struct ust_user_persona *user_of(const struct ust_scenario *scenario,
                                              const struct ust_traffic_spec *traffic)
{
    for (uint32_t i = 0; i < scenario->personas.n && traffic->persona != NULL; i++)
        if (strcmp(scenario->user_names[i], traffic->persona) == 0)
            return scenario->users[i];
    return NULL;
}

bool ust_span_known(const struct ust_spec *spec, const struct ust_scenario *scenario)
{
    return scenario->duration > 0 && !ust_spec_blamed(spec, scenario->duration_node) &&
           !ust_spec_blamed(spec, scenario->warmup_node) &&
           !ust_spec_blamed(spec, ust_node_get(scenario->root, "start"));
}

enum ust_status ust_traffic_plan(struct ust_spec *spec, const struct ust_scenario *scenario,
                                 const struct ust_traffic_spec *traffic,
                                 const struct ust_user_persona *persona,
                                 struct ust_arrival_plan *out)
{
    const struct ust_arrival_context context = {.spec = spec,
                                                .persona = persona,
                                                .start_unix_ns = scenario->start.unix_ns,
                                                .offset_minutes =
                                                    scenario->start.offset_minutes,
                                                .warmup = scenario->warmup,
                                                .end = scenario->warmup + scenario->duration,
                                                .sessions = traffic->mode == 1};
    const struct ust_arrival_type *type =
        (const struct ust_arrival_type *)traffic->arrivals.kind;
    UST_TRY(type->plan(traffic->arrivals.params, &context, traffic->arrivals.node, out));
    if (traffic->factor_node == NULL)
        return UST_OK;
    return ust_arrival_scale(out, traffic->factor, spec, traffic->factor_node);
}

void ust_network_check(struct ust_spec *spec, const struct ust_scenario *scenario,
                       struct ust_matrix *matrix)
{
    const struct ust_region_spec *region = scenario->regions.at;
    const struct ust_traffic_spec *traffic = scenario->traffic.at;
    uint32_t n = scenario->regions.n;
    bool *told = ust_arena_alloc(spec->arena, bool, n + 1);
    double *rtt_ms = ust_arena_alloc(spec->arena, double, n + 1);
    for (uint32_t i = 0; i < scenario->traffic.n; i++) {
        const struct ust_user_persona *user = user_of(scenario, &traffic[i]);
        const struct ust_origin *origin = user == NULL ? NULL : user->geography.at;
        for (uint32_t k = 0; user != NULL && k < user->geography.n; k++) {
            ust_network_rtt(scenario, matrix, &origin[k], rtt_ms);
            for (uint32_t r = 0; r < n; r++) {
                if (rtt_ms[r] >= 0 || told[r] || ust_spec_blamed(spec, region[r].id.node))
                    continue;
                told[r] = true;
                (void)ust_diag_error(spec->diag, region[r].id.node->key_place,
                                     "region '%s' is in no catalogue; give it a 'place', or "
                                     "latitude and longitude, because persona '%s' has a "
                                     "geography",
                                     region[r].id.name, user->name);
            }
        }
    }
}

void ust_scenario_look(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_node *network = ust_node_get(scenario->root, "network");
    if (!ust_spec_blamed(spec, network)) {
        unsigned errors = ust_diag_errors(spec->diag);
        struct ust_matrix *matrix = ust_matrix_read(spec, &scenario->network);
        if (ust_diag_errors(spec->diag) == errors)
            ust_network_check(spec, scenario, matrix);
    }
    const struct ust_traffic_spec *traffic = scenario->traffic.at;
    if (!ust_span_known(spec, scenario))
        return;
    for (uint32_t i = 0; i < scenario->traffic.n; i++) {
        struct ust_arrival_plan plan = {0};
        const struct ust_user_persona *user = user_of(scenario, &traffic[i]);
        if (user != NULL && traffic[i].arrivals.kind != NULL &&
            !ust_spec_blamed(spec, traffic[i].arrivals.node) &&
            !ust_spec_blamed(spec, traffic[i].factor_node))
            (void)ust_traffic_plan(spec, scenario, &traffic[i], user, &plan);
    }
}
