#include "analysis/profile/model.h"

#include <stdarg.h>
#include <string.h>

#include "sim/base/text.h"

static const char *const kinds[] = {"none", "z", "robust"};
static const char *const hows[] = {"alone", "log", "together", "as_is"};

/* ---- writing ---- */

static json_t *numbers(const double *x, size_t n)
{
    json_t *all = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(all, json_real(x[i]));
    return all;
}

static json_t *feature_json(const struct ust_profile_model *model, uint32_t j)
{
    const struct ust_feature_column *column = &model->plan.column[j];
    const struct ust_scaled_feature *scaled = &model->scaling.feature[j];
    return json_pack("{s:s, s:b, s:s, s:f, s:f, s:f, s:f}", "name", column->name, "action",
                     (int)column->action, "how", hows[scaled->how], "usual", column->usual,
                     "fill", column->fill, "centre", scaled->centre, "spread", scaled->spread);
}

static json_t *persona_json(const struct ust_profile_model *model, uint32_t c)
{
    uint32_t d = model->mixture.d;
    json_t *rows = json_array();
    for (uint32_t i = 0; i < d; i++)
        json_array_append_new(rows,
                              numbers(model->mixture.covariances + ((size_t)c * d + i) * d, d));
    return json_pack("{s:s, s:I, s:f, s:f, s:o, s:o}", "name", model->personas[c], "sessions",
                     (json_int_t)model->sessions[c], "confidence", model->confidence[c],
                     "weight", model->mixture.weights[c], "mean",
                     numbers(model->mixture.means + (size_t)c * d, d), "covariance", rows);
}

json_t *ust_profile_model_json(const struct ust_profile_model *model)
{
    json_t *features = json_array(), *personas = json_array();
    for (uint32_t j = 0; j < model->plan.n; j++)
        json_array_append_new(features, feature_json(model, j));
    for (uint32_t c = 0; c < model->mixture.clusters; c++)
        json_array_append_new(personas, persona_json(model, c));
    return json_pack("{s:i, s:f, s:s, s:o, s:o}", "understudy_model", UST_PROFILE_MODEL_FORMAT,
                     "gap_s", ust_time_seconds(model->gap), "scale", kinds[model->scaling.kind],
                     "features", features, "personas", personas);
}

/* ---- reading ---- */

struct reading {
    struct ust_arena *arena;
    struct ust_profile_model *model;
    const char *error;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct reading *r, const char *format,
                                                       ...)
{
    va_list arguments;
    struct ust_text text = {0};
    va_start(arguments, format);
    ust_text_vprintf(&text, format, arguments);
    va_end(arguments);
    r->error = ust_arena_text(r->arena, ust_text_string(&text));
    ust_text_free(&text);
    return false;
}

static bool number(struct reading *r, const json_t *object, const char *key, double *out)
{
    const json_t *value = json_object_get(object, key);
    *out = json_number_value(value);
    return json_is_number(value) ? true : fail(r, "'%s' is no number", key);
}

/* The index of a word among `known`. */
static bool word(struct reading *r, const json_t *object, const char *key,
                 const char *const *known, size_t n, int *out)
{
    const char *text = json_string_value(json_object_get(object, key));
    for (size_t i = 0; text != NULL && i < n; i++) {
        if (strcmp(text, known[i]) == 0) {
            *out = (int)i;
            return true;
        }
    }
    return fail(r, "'%s' is none of those known", key);
}

static bool row(struct reading *r, const json_t *array, const char *key, double *out, size_t n)
{
    if (!json_is_array(array) || json_array_size(array) != n)
        return fail(r, "'%s' has not %zu numbers", key, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(array, i);
        if (!json_is_number(value))
            return fail(r, "'%s' has not %zu numbers", key, n);
        out[i] = json_number_value(value);
    }
    return true;
}

static bool read_feature(struct reading *r, const json_t *value, uint32_t j)
{
    struct ust_feature_column *column = &r->model->plan.column[j];
    struct ust_scaled_feature *scaled = &r->model->scaling.feature[j];
    const char *name = json_string_value(json_object_get(value, "name"));
    int how = 0;
    if (name == NULL)
        return fail(r, "a feature has no name");
    column->name = ust_arena_text(r->arena, name);
    column->action = json_is_true(json_object_get(value, "action"));
    if (!column->action && !ust_feature_known(name))
        return fail(r, "there is no feature '%s'", name);
    if (!word(r, value, "how", hows, 4, &how) || !number(r, value, "usual", &column->usual) ||
        !number(r, value, "fill", &column->fill) ||
        !number(r, value, "centre", &scaled->centre) ||
        !number(r, value, "spread", &scaled->spread))
        return false;
    column->how = scaled->how = (enum ust_scale_how)how;
    return scaled->spread > 0.0 ? true : fail(r, "the spread of '%s' is not above 0", name);
}

static bool read_features(struct reading *r, const json_t *root)
{
    const json_t *features = json_object_get(root, "features");
    size_t d = json_array_size(features);
    int kind = 0;
    if (d == 0 || d > UST_FEATURES_MAX)
        return fail(r, "there are no features, or too many");
    if (!word(r, root, "scale", kinds, 3, &kind))
        return false;
    struct ust_profile_model *model = r->model;
    model->plan.n = model->scaling.d = (uint32_t)d;
    model->plan.column = ust_arena_alloc(r->arena, struct ust_feature_column, d);
    model->scaling.kind = (enum ust_scale_kind)kind;
    model->scaling.feature = ust_arena_alloc(r->arena, struct ust_scaled_feature, d);
    for (uint32_t j = 0; j < d; j++)
        if (!read_feature(r, json_array_get(features, j), j))
            return false;
    return true;
}

static bool read_persona(struct reading *r, const json_t *value, uint32_t c)
{
    struct ust_profile_model *model = r->model;
    uint32_t d = model->plan.n;
    const char *name = json_string_value(json_object_get(value, "name"));
    const json_t *rows = json_object_get(value, "covariance");
    json_int_t sessions = json_integer_value(json_object_get(value, "sessions"));
    if (name == NULL || sessions < 0)
        return fail(r, "a persona has no name, or less than no sessions");
    model->personas[c] = ust_arena_text(r->arena, name);
    model->sessions[c] = (uint64_t)sessions;
    if (!number(r, value, "weight", &model->mixture.weights[c]) ||
        !number(r, value, "confidence", &model->confidence[c]) ||
        !row(r, json_object_get(value, "mean"), "mean", model->mixture.means + (size_t)c * d,
             d))
        return false;
    if (!(model->mixture.weights[c] > 0.0) || json_array_size(rows) != d)
        return fail(r, "the persona '%s' has no weight or no whole covariance", name);
    for (uint32_t i = 0; i < d; i++)
        if (!row(r, json_array_get(rows, i), "covariance",
                 model->mixture.covariances + ((size_t)c * d + i) * d, d))
            return false;
    return true;
}

static bool read_personas(struct reading *r, const json_t *root)
{
    const json_t *personas = json_object_get(root, "personas");
    size_t n = json_array_size(personas);
    if (n == 0 || n > UST_CLUSTERS_MAX)
        return fail(r, "there are no personas, or too many");
    struct ust_profile_model *model = r->model;
    model->mixture = ust_mixture_new((uint32_t)n, model->plan.n, UST_MIXTURE_FULL, r->arena);
    model->personas = ust_arena_alloc(r->arena, const char *, n);
    model->sessions = ust_arena_alloc(r->arena, uint64_t, n);
    model->confidence = ust_arena_alloc(r->arena, double, n);
    for (uint32_t c = 0; c < n; c++)
        if (!read_persona(r, json_array_get(personas, c), c))
            return false;
    return ust_mixture_prepare(&model->mixture) == UST_CLUSTER_OK
               ? true
               : fail(r, "a covariance has no inverse");
}

const char *ust_profile_model_read(const json_t *root, struct ust_arena *arena,
                                   struct ust_profile_model *out)
{
    struct reading r = {.arena = arena, .model = out};
    double gap;
    memset(out, 0, sizeof *out);
    if (json_integer_value(json_object_get(root, "understudy_model")) !=
        UST_PROFILE_MODEL_FORMAT)
        return "it is no model of this version: 'understudy_model' is not 1";
    if (number(&r, root, "gap_s", &gap)) {
        if (!(gap > 0.0 && gap < 1e9))
            fail(&r, "'gap_s' is not above 0");
        else
            out->gap = ust_time_from_seconds(gap);
    }
    if (r.error == NULL && read_features(&r, root))
        read_personas(&r, root);
    return r.error;
}
