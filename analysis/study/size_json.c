/* What a study of sizes says to programs. */
#include <jansson.h>
#include <math.h>

#include "analysis/study/size.h"
#include "sim/cli/output.h"

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *values_json(const struct ust_size *size, const uint32_t *level)
{
    json_t *out = json_object();
    for (uint32_t i = 0; i < size->varied.n; i++) {
        double value = ust_vary_value(&size->varied.vary[i], level[i]);
        json_object_set_new(out, size->varied.vary[i].path,
                            value == rint(value) ? json_integer((json_int_t)value)
                                                 : json_real(value));
    }
    return out;
}

static json_t *point_json(const struct ust_size *size, const struct ust_size_point *point)
{
    if (point == NULL)
        return json_null();
    json_t *one = json_object();
    json_object_set_new(one, "values", values_json(size, point->level));
    json_object_set_new(one, "attempt", json_integer(point->attempt));
    json_object_set_new(one, "verdict", json_string(ust_verdict_name(point->verdict)));
    json_object_set_new(one, "replications", json_integer(point->n));
    json_object_set_new(one, "ready", json_integer(point->ready));
    json_object_set_new(one, "confidence", json_real(point->confidence));
    json_object_set_new(one, "readiness", ust_readiness_bound_json(&point->readiness));
    json_object_set_new(one, "p_ready", ust_readiness_bound_json(&point->p_ready));
    json_object_set_new(one, "cost_hour", real(point->cost_hour));
    json_object_set_new(one, "cost_month", real(point->cost_hour * UST_SIZE_HOURS_A_MONTH));
    json_object_set_new(one, "cost_run", real(point->cost));
    json_object_set_new(one, "sends", real(point->sends));
    json_object_set_new(one, "why", json_string(point->why));
    return one;
}

static json_t *naive_json(const struct ust_size *size, bool erlang)
{
    bool fits = erlang ? size->erlang_c_fits : size->n_plus_k_fits;
    const uint32_t *level = erlang ? size->erlang_c : size->n_plus_k;
    json_t *out = json_object(), *each = json_object();
    for (uint32_t i = 0; i < size->varied.n; i++) {
        uint32_t n = erlang ? size->naive[i].erlang_c : size->naive[i].n_plus_k;
        json_object_set_new(each, size->varied.vary[i].path,
                            n > 0 ? json_integer(n) : json_null());
    }
    json_object_set_new(out, "values", each);
    json_object_set_new(out, "tried",
                        fits ? point_json(size, ust_size_at(size, level, 0)) : json_null());
    return out;
}

static json_t *load_json(const struct ust_size *size)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < size->varied.n; i++) {
        const struct ust_naive *naive = &size->naive[i];
        json_t *one = json_object();
        json_object_set_new(one, "path", json_string(size->varied.vary[i].path));
        json_object_set_new(one, "rate", real(naive->rate));
        json_object_set_new(one, "service_s", real(naive->service_s));
        json_object_set_new(one, "cv2", real(naive->cv2));
        json_object_set_new(one, "load", real(naive->load));
        json_object_set_new(one, "servers_an_instance", json_integer(naive->servers));
        json_object_set_new(one, "latency_s", real(naive->latency_s));
        json_object_set_new(one, "attainment", real(naive->attainment));
        json_array_append_new(out, one);
    }
    return out;
}

static json_t *all_json(const struct ust_size *size)
{
    static const char *const outcomes[] = {[UST_SIZE_FOUND] = "found",
                                           [UST_SIZE_LEAST] = "lowest suffices",
                                           [UST_SIZE_NONE] = "none",
                                           [UST_SIZE_UNCONFIRMED] = "not confirmed"};
    json_t *root = json_object(), *curve = json_array(), *fewer = json_array();
    bool any = size->outcome != UST_SIZE_NONE;
    for (uint32_t i = 0; i < size->points_n; i++)
        json_array_append_new(curve, point_json(size, size->point[i]));
    for (uint32_t i = 0; i < size->varied.n && any; i++)
        if (size->fewer[i] != NULL)
            json_array_append_new(fewer, point_json(size, size->fewer[i]));
    json_object_set_new(root, "scenario", json_string(size->scenario->name));
    json_object_set_new(root, "region", json_string(size->region));
    json_object_set_new(root, "confidence", json_real(size->settings.confidence));
    json_object_set_new(root, "outcome", json_string(outcomes[size->outcome]));
    json_object_set_new(root, "answer", any ? values_json(size, size->answer) : json_null());
    json_object_set_new(root, "proof", point_json(size, any ? size->proof : NULL));
    json_object_set_new(root, "fewer", fewer);
    json_object_set_new(root, "monotone", json_boolean(size->monotone));
    json_object_set_new(root, "reversed", json_integer(size->reversed));
    json_object_set_new(root, "compared", json_integer(size->compared));
    json_object_set_new(root, "points", curve);
    if (size->has_naive) {
        json_object_set_new(root, "load", load_json(size));
        json_object_set_new(root, "erlang_c", naive_json(size, true));
        json_object_set_new(root, "n_plus_k", naive_json(size, false));
    }
    return root;
}

enum ust_status ust_size_json(const struct ust_size *size, FILE *out)
{
    json_t *root = all_json(size);
    return ust_output_json(out, root, 12);
}
