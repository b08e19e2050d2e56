/* The verdict for programs. What is not finite is null. */
#include "analysis/readiness/internal.h"

#include <jansson.h>
#include <math.h>

#include "analysis/stats/stats.h"

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *ust_readiness_bound_json(const struct ust_readiness_bound *bound)
{
    json_t *out = json_object();
    json_object_set_new(out, "value", real(bound->value));
    json_object_set_new(out, "low", real(bound->low));
    json_object_set_new(out, "high", real(bound->high));
    return out;
}

static json_t *persona_json(const struct ust_readiness_persona *persona)
{
    const struct ust_readiness_objective *o = &persona->objective;
    json_t *out = json_object(), *components = json_object(), *points = json_object();
    json_object_set_new(out, "persona", json_string(o->persona));
    json_object_set_new(out, "weight", real(o->weight));
    json_object_set_new(out, "score", real(persona->score));
    json_object_set_new(out, "worst", real(persona->worst));
    json_object_set_new(out, "ready", json_integer(persona->ready));
    json_object_set_new(out, "points_lost", real(persona->points));
    for (int k = 0; k < UST_COMPONENTS; k++) {
        json_object_set_new(components, ust_component_names[k], real(persona->component[k]));
        json_object_set_new(points, ust_component_names[k],
                            real(persona->share[k] * persona->points));
    }
    json_object_set_new(out, "components", components);
    json_object_set_new(out, "points_lost_by", points);
    json_object_set_new(out, "offered", real(persona->offered));
    json_object_set_new(out, "attainment", real(persona->attainment));
    json_object_set_new(out, "attainment_objective", real(o->attainment));
    json_object_set_new(out, "budget_burn", real(persona->budget_burn));
    json_object_set_new(out, "recovery_s", real(persona->recovery_s));
    json_object_set_new(out, "rto_s", real(o->rto_s));
    json_object_set_new(out, "shortfall", real(persona->shortfall));
    json_object_set_new(out, "headroom", real(persona->headroom));
    json_object_set_new(out, "static_share", real(persona->static_share));
    json_object_set_new(out, "loss_window_s", real(persona->loss_window_s));
    json_object_set_new(out, "rpo_s", real(o->rpo_s));
    json_object_set_new(out, "metastable", json_integer(persona->metastable));
    return out;
}

static json_t *moments_json(const struct ust_readiness_result *result)
{
    json_t *out = json_object();
    for (int m = 0; m < UST_MOMENTS; m++) {
        const struct ust_readiness_moment *moment = &result->moments[m];
        if (!moment->known)
            continue;
        json_t *one = json_object();
        json_object_set_new(one, "median_s", real(moment->median));
        json_object_set_new(one, "low_s", real(moment->low));
        json_object_set_new(one, "high_s", real(moment->high));
        json_object_set_new(one, "replications", json_integer(moment->n));
        json_object_set_new(one, "after_0_s", json_integer(moment->none));
        json_object_set_new(out, ust_moment_names[m], one);
    }
    return out;
}

static json_t *settings_json(const struct ust_readiness_settings *settings)
{
    json_t *out = json_object();
#define UST_READINESS(id, key, value, text, low, high, kind, help)                             \
    json_object_set_new(out, #id, real(settings->id));
#include "models/metric/readiness.def"
#undef UST_READINESS
    return out;
}

/* Of an undecided verdict, what would decide it. */
static json_t *next_json(const struct ust_readiness_result *result)
{
    struct ust_text sentence = {0}, command = {0};
    ust_readiness_next(result, &sentence, &command);
    struct ust_readiness_wanted wanted =
        ust_readiness_wanted(&result->settings, result->n, result->readiness, result->p_ready);
    json_t *out = json_null();
    if (sentence.length > 0) {
        out = json_object();
        json_object_set_new(out, "text", json_string(ust_text_string(&sentence)));
        json_object_set_new(out, "replications",
                            wanted.replications > 0 ? json_integer(wanted.replications)
                                                    : json_null());
        json_object_set_new(out, "command",
                            command.length > 0 ? json_string(command.data) : json_null());
    }
    ust_text_free(&sentence);
    ust_text_free(&command);
    return out;
}

json_t *ust_readiness_json(const struct ust_readiness_result *result)
{
    json_t *out = json_object(), *personas = json_array();
    json_object_set_new(out, "verdict", json_string(ust_verdict_name(result->verdict)));
    json_object_set_new(out, "region", json_string(result->region));
    json_object_set_new(out, "lost", json_string(result->lost));
    json_object_set_new(out, "replications", json_integer(result->n));
    json_object_set_new(out, "onset_s", result->fault ? real(result->onset_s) : json_null());
    json_object_set_new(out, "horizon_s", real(result->horizon_s));
    json_object_set_new(out, "readiness", ust_readiness_bound_json(&result->readiness));
    json_object_set_new(out, "method", json_string(result->method));
    json_object_set_new(out, "p_ready", ust_readiness_bound_json(&result->p_ready));
    json_object_set_new(out, "percentile5", real(result->percentile5));
    json_object_set_new(out, "weakest",
                        json_string(result->personas[result->weakest].objective.persona));
    for (uint32_t p = 0; p < result->personas_n; p++)
        json_array_append_new(personas, persona_json(&result->personas[p]));
    json_object_set_new(out, "personas", personas);
    json_object_set_new(out, "moments", moments_json(result));
    json_object_set_new(out, "next", next_json(result));
    json_object_set_new(out, "settings", settings_json(&result->settings));
    return out;
}
