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

static json_t *tail_json(const struct ust_tail *tail)
{
    json_t *ranks = json_array();
    for (uint32_t i = 0; i < tail->points; i++)
        json_array_append_new(
            ranks, json_pack("[f, I]", tail->distance2[i], (json_int_t)tail->beyond[i]));
    return json_pack("{s:I, s:o}", "n", (json_int_t)tail->n, "distance2_and_beyond", ranks);
}

static void add_range(const struct ust_profile_model *model, uint32_t c, json_t *it)
{
    uint32_t d = model->mixture.d;
    if (model->low == NULL || model->low[c] == NULL)
        return;
    json_object_set_new(it, "low", numbers(model->low[c], d));
    json_object_set_new(it, "middle", numbers(model->middle[c], d));
    json_object_set_new(it, "high", numbers(model->high[c], d));
}

/* Models of before it was counted have none. */
static bool has_given(const struct ust_profile_model *model)
{
    uint64_t all = 0;
    for (uint32_t c = 0; c < model->mixture.clusters && model->tail != NULL; c++)
        all += model->tail[c].given;
    return all > 0;
}

static json_t *persona_json(const struct ust_profile_model *model, uint32_t c)
{
    uint32_t d = model->mixture.d;
    json_t *rows = json_array();
    for (uint32_t i = 0; i < d; i++)
        json_array_append_new(rows,
                              numbers(model->mixture.covariances + ((size_t)c * d + i) * d, d));
    json_t *it =
        json_pack("{s:s, s:I, s:f, s:f, s:o, s:o}", "name", model->personas[c], "sessions",
                  (json_int_t)model->sessions[c], "confidence", model->confidence[c], "weight",
                  model->mixture.weights[c], "mean",
                  numbers(model->mixture.means + (size_t)c * d, d), "covariance", rows);
    add_range(model, c, it);
    if (model->tail != NULL && model->tail[c].n > 0)
        json_object_set_new(it, "held_out", tail_json(&model->tail[c]));
    if (has_given(model))
        json_object_set_new(it, "given", json_integer((json_int_t)model->tail[c].given));
    return it;
}

json_t *ust_profile_model_json(const struct ust_profile_model *model)
{
    json_t *features = json_array(), *personas = json_array();
    for (uint32_t j = 0; j < model->plan.n; j++)
        json_array_append_new(features, feature_json(model, j));
    for (uint32_t c = 0; c < model->mixture.clusters; c++)
        json_array_append_new(personas, persona_json(model, c));
    json_t *root =
        json_pack("{s:i, s:f, s:s, s:o, s:o}", "understudy_model", UST_PROFILE_MODEL_FORMAT,
                  "gap_s", ust_time_seconds(model->gap), "scale", kinds[model->scaling.kind],
                  "features", features, "personas", personas);
    if (model->temperature > 0.0)
        json_object_set_new(root, "temperature", json_real(model->temperature));
    const struct ust_tail *all =
        model->tail != NULL ? &model->tail[model->mixture.clusters] : NULL;
    if (all != NULL && all->n > 0)
        json_object_set_new(root, "held_out", tail_json(all));
    if (model->first != 0 || model->last != 0) {
        json_object_set_new(root, "first_ns", json_integer(model->first));
        json_object_set_new(root, "last_ns", json_integer(model->last));
    }
    if (model->half_life_s > 0.0)
        json_object_set_new(root, "half_life_s", json_real(model->half_life_s));
    if (model->evidence != NULL)
        json_object_set_new(root, "evidence", ust_evidence_json(model->evidence));
    return root;
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

/* What is left out stays NULL; what is there must be whole. */
static bool read_range(struct reading *r, const json_t *persona, const char *key,
                       const double **out)
{
    const json_t *array = json_object_get(persona, key);
    uint32_t d = r->model->plan.n;
    if (array == NULL)
        return true;
    double *x = ust_arena_alloc(r->arena, double, d);
    *out = x;
    return row(r, array, key, x, d);
}

static bool read_tail(struct reading *r, const json_t *object, struct ust_tail *out)
{
    const json_t *held = json_object_get(object, "held_out"), *ranks;
    if (held == NULL)
        return true;
    json_int_t n = json_integer_value(json_object_get(held, "n"));
    ranks = json_object_get(held, "distance2_and_beyond");
    size_t points = json_array_size(ranks);
    if (n <= 0 || points == 0 || points > UST_TAIL_POINTS)
        return fail(r, "'held_out' has no distances, or too many");
    out->distance2 = ust_arena_alloc(r->arena, double, points);
    out->beyond = ust_arena_alloc(r->arena, uint64_t, points);
    for (size_t i = 0; i < points; i++) {
        const json_t *rank = json_array_get(ranks, i);
        double distance2 = json_number_value(json_array_get(rank, 0));
        json_int_t beyond = json_integer_value(json_array_get(rank, 1));
        bool first = i == 0;
        if (!(distance2 >= 0.0) || beyond < 1 || beyond > n ||
            (!first &&
             (distance2 < out->distance2[i - 1] || (uint64_t)beyond >= out->beyond[i - 1])))
            return fail(r, "'held_out' is not in order");
        out->distance2[i] = distance2;
        out->beyond[i] = (uint64_t)beyond;
    }
    out->points = (uint32_t)points;
    out->n = (uint64_t)n;
    return true;
}

static bool read_given(struct reading *r, const json_t *value, uint64_t *out)
{
    const json_t *given = json_object_get(value, "given");
    if (given == NULL)
        return true;
    if (!json_is_integer(given) || json_integer_value(given) < 0)
        return fail(r, "'given' is no number of sessions");
    *out = (uint64_t)json_integer_value(given);
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
    if (!(model->mixture.weights[c] > 0.0) || model->mixture.weights[c] > 1.0 ||
        json_array_size(rows) != d)
        return fail(r, "the persona '%s' has no weight or no whole covariance", name);
    for (uint32_t i = 0; i < d; i++)
        if (!row(r, json_array_get(rows, i), "covariance",
                 model->mixture.covariances + ((size_t)c * d + i) * d, d))
            return false;
    return read_range(r, value, "low", &model->low[c]) &&
           read_range(r, value, "middle", &model->middle[c]) &&
           read_range(r, value, "high", &model->high[c]) &&
           read_tail(r, value, &model->tail[c]) && read_given(r, value, &model->tail[c].given);
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
    model->low = ust_arena_alloc(r->arena, const double *, n);
    model->middle = ust_arena_alloc(r->arena, const double *, n);
    model->high = ust_arena_alloc(r->arena, const double *, n);
    model->tail = ust_arena_alloc(r->arena, struct ust_tail, n + 1);
    for (uint32_t c = 0; c < n; c++)
        if (!read_persona(r, json_array_get(personas, c), c))
            return false;
    return ust_mixture_prepare(&model->mixture) == UST_CLUSTER_OK
               ? true
               : fail(r, "a covariance has no inverse");
}

static void read_evidence(struct reading *r, const json_t *root)
{
    const json_t *value = json_object_get(root, "evidence");
    if (value == NULL)
        return;
    struct ust_evidence *evidence = ust_arena_alloc(r->arena, struct ust_evidence, 1);
    r->model->evidence = evidence;
    r->error = ust_evidence_read(value, r->model->mixture.clusters, r->model->plan.n, r->arena,
                                 evidence);
}

/* Models of before it was measured have none. */
static bool read_temperature(struct reading *r, const json_t *root)
{
    if (json_object_get(root, "temperature") == NULL)
        return true;
    if (!number(r, root, "temperature", &r->model->temperature))
        return false;
    return r->model->temperature > 0.0 ? true : fail(r, "'temperature' is not above 0");
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
    if (r.error == NULL && read_features(&r, root) && read_personas(&r, root) &&
        read_tail(&r, root, &out->tail[out->mixture.clusters]) && read_temperature(&r, root))
        read_evidence(&r, root);
    out->first = json_integer_value(json_object_get(root, "first_ns"));
    out->last = json_integer_value(json_object_get(root, "last_ns"));
    out->half_life_s = json_number_value(json_object_get(root, "half_life_s"));
    return r.error;
}
