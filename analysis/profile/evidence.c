#include "analysis/profile/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/cluster/pca.h"
#include "sim/base/sort.h"

/* ---- making ---- */

static int descending(const void *a, const void *b)
{
    return ust_ascending(b, a);
}

static void add_ranges(const struct ust_features *features, struct ust_arena *arena,
                       struct ust_evidence *out)
{
    size_t n = features->points.n;
    double *value = ust_malloc((n + 1) * sizeof *value);
    out->low = ust_arena_alloc(arena, double, out->d);
    out->middle = ust_arena_alloc(arena, double, out->d);
    out->high = ust_arena_alloc(arena, double, out->d);
    for (uint32_t j = 0; j < out->d; j++) {
        double mean = 0.0;
        for (size_t i = 0; i < n; i++) {
            value[i] = ust_features_shown(features, i, j);
            mean += (value[i] - mean) / (double)(i + 1);
        }
        qsort(value, n, sizeof *value, ust_ascending);
        bool share = features->plan->column[j].how == UST_SCALE_TOGETHER;
        out->low[j] = value[n / 20];
        out->middle[j] = share ? mean : value[n / 2];
        out->high[j] = value[n - 1 - n / 20];
    }
    free(value);
}

/* Every so many of a persona's, from the best to the worst. */
static void add_silhouettes(const struct ust_silhouette *all, uint32_t persona,
                            struct ust_arena *arena, struct ust_evidence_persona *out)
{
    double *value = ust_malloc((all->measured + 1) * sizeof *value);
    size_t n = 0;
    for (size_t i = 0; i < all->measured; i++)
        if (all->labels[i] == persona)
            value[n++] = all->value[i];
    qsort(value, n, sizeof *value, descending);
    uint32_t kept = n < UST_EVIDENCE_SILHOUETTES ? (uint32_t)n : UST_EVIDENCE_SILHOUETTES;
    out->value = ust_arena_alloc(arena, double, kept);
    out->silhouettes = kept;
    for (uint32_t i = 0; i < kept; i++)
        out->value[i] = value[kept > 1 ? i * (n - 1) / (kept - 1) : 0];
    free(value);
}

static void add_weeks(const struct ust_session_list *sessions,
                      const struct ust_learned *learned, struct ust_evidence *out)
{
    for (size_t i = 0; i < sessions->n; i++) {
        const struct ust_session *s = &sessions->at[i];
        if (learned->labels[i] != UST_NOISE)
            out->persona[learned->labels[i]]
                .week[ust_second_of_week(s->first, s->zone_min) / 3600]++;
    }
}

static void add_plane(const struct ust_learned *learned, struct ust_arena *arena,
                      struct ust_evidence *out)
{
    struct ust_pca pca;
    uint32_t parts = out->d < 2 ? 1 : 2;
    size_t n = learned->scaled.n, step = n / UST_EVIDENCE_POINTS + 1;
    out->axes = ust_arena_alloc(arena, double, 2 * out->d);
    out->point = ust_arena_alloc(arena, struct ust_evidence_point, n / step + 1);
    if (ust_pca_fit(&learned->scaled, parts, arena, &pca) != UST_CLUSTER_OK)
        return;
    memcpy(out->axes, pca.axes, (size_t)parts * out->d * sizeof *pca.axes);
    memcpy(out->share, pca.share, parts * sizeof *pca.share);
    for (size_t i = 0; i < n; i += step) {
        double at[2] = {0.0, 0.0};
        ust_pca_project(&pca, ust_point(&learned->scaled, i), 1, at);
        out->point[out->points++] =
            (struct ust_evidence_point){learned->labels[i], at[0], at[1]};
    }
}

void ust_evidence_make(const struct ust_features *features,
                       const struct ust_session_list *sessions,
                       const struct ust_learned *learned, uint64_t events, const char *method,
                       struct ust_arena *arena, struct ust_evidence *out)
{
    *out = (struct ust_evidence){.method = method,
                                 .sessions = sessions->all,
                                 .events = events,
                                 .alone = learned->alone,
                                 .choice = learned->choice,
                                 .personas = learned->n,
                                 .d = features->points.d};
    out->persona = ust_arena_alloc(arena, struct ust_evidence_persona, learned->n);
    for (uint32_t p = 0; p < learned->n; p++) {
        out->persona[p].silhouette = learned->persona[p].silhouette;
        out->persona[p].confidence = learned->persona[p].confidence;
        if (learned->n > 1)
            add_silhouettes(&learned->silhouette, p, arena, &out->persona[p]);
    }
    add_ranges(features, arena, out);
    add_weeks(sessions, learned, out);
    add_plane(learned, arena, out);
}

/* ---- writing ---- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *numbers(const double *x, size_t n)
{
    json_t *all = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(all, number(x[i]));
    return all;
}

/* Pictures have pixels; six digits are a tenth of the file. */
static double rounded(double value)
{
    return round(value * 1e4) / 1e4;
}

static json_t *choice_json(const struct ust_choice_of_k *choice)
{
    json_t *all = json_array(), *kinds = json_array();
    for (uint32_t i = 0; i < choice->n; i++) {
        const struct ust_k_evidence *at = &choice->at[i];
        json_array_append_new(kinds,
                              json_pack("[o, o]", number(at->kinds_bic), number(at->overlap)));
        json_array_append_new(all, json_pack("[i, o, o, o, o]", (int)at->k,
                                             number(at->silhouette), number(at->gap),
                                             number(at->gap_error), number(at->bic)));
    }
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:o, s:o}", "k", (int)choice->k, "by_kinds",
                     (int)choice->by_kinds, "by_silhouette", (int)choice->by_silhouette,
                     "by_gap", (int)choice->by_gap, "by_bic", (int)choice->by_bic,
                     "k_silhouette_gap_error_bic", all, "kinds_bic_overlap", kinds);
}

static json_t *persona_json(const struct ust_evidence_persona *persona)
{
    const struct ust_confidence *c = &persona->confidence;
    json_t *it = json_object(), *week = json_array(), *values = json_array();
    for (int i = 0; i < UST_EVIDENCE_HOURS; i++)
        json_array_append_new(week, json_integer((json_int_t)persona->week[i]));
    for (uint32_t i = 0; i < persona->silhouettes; i++)
        json_array_append_new(values, json_real(rounded(persona->value[i])));
    json_object_set_new(it, "silhouette", number(persona->silhouette));
    json_object_set_new(
        it, "size_stability_separation_age",
        json_pack("[f, f, f, f]", c->size, c->stability, c->separation, c->age));
    json_object_set_new(it, "confidence", json_real(c->value));
    json_object_set_new(it, "week", week);
    json_object_set_new(it, "silhouettes", values);
    return it;
}

static json_t *plane_json(const struct ust_evidence *e)
{
    json_t *points = json_array();
    for (uint32_t i = 0; i < e->points; i++) {
        const struct ust_evidence_point *at = &e->point[i];
        json_int_t persona = at->persona == UST_NOISE ? 0 : (json_int_t)at->persona + 1;
        json_array_append_new(points,
                              json_pack("[I, f, f]", persona, rounded(at->x), rounded(at->y)));
    }
    return json_pack("{s:o, s:o, s:o}", "share", numbers(e->share, 2), "axes",
                     numbers(e->axes, 2 * (size_t)e->d), "persona_x_y", points);
}

json_t *ust_evidence_json(const struct ust_evidence *e)
{
    json_t *root = json_object(), *personas = json_array();
    for (uint32_t p = 0; p < e->personas; p++)
        json_array_append_new(personas, persona_json(&e->persona[p]));
    json_object_set_new(root, "method", json_string(e->method));
    json_object_set_new(root, "sessions", json_integer((json_int_t)e->sessions));
    json_object_set_new(root, "events", json_integer((json_int_t)e->events));
    json_object_set_new(root, "alone", json_integer((json_int_t)e->alone));
    if (e->choice.n > 0)
        json_object_set_new(root, "choice", choice_json(&e->choice));
    json_object_set_new(root, "low", numbers(e->low, e->d));
    json_object_set_new(root, "middle", numbers(e->middle, e->d));
    json_object_set_new(root, "high", numbers(e->high, e->d));
    json_object_set_new(root, "personas", personas);
    json_object_set_new(root, "plane", plane_json(e));
    return root;
}

/* ---- reading ---- */

/* Beyond this nothing that was measured lies, and pictures would lose their numbers. */
#define VALUE_MAX 1e15

/* n numbers; null is NAN, where that may be. */
static bool read_some(const json_t *array, double *out, size_t n, bool nulls)
{
    if (json_array_size(array) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(array, i);
        if (!json_is_number(value) && !(nulls && json_is_null(value)))
            return false;
        out[i] = json_is_number(value) ? json_number_value(value) : (double)NAN;
        if (fabs(out[i]) > VALUE_MAX)
            return false;
    }
    return true;
}

static bool read_numbers(const json_t *array, double *out, size_t n)
{
    return read_some(array, out, n, false);
}

static bool read_range(const json_t *root, const char *key, uint32_t d, struct ust_arena *arena,
                       double **out)
{
    *out = ust_arena_alloc(arena, double, d);
    return read_numbers(json_object_get(root, key), *out, d);
}

static bool read_choice(const json_t *choice, struct ust_arena *arena,
                        struct ust_choice_of_k *out)
{
    const json_t *all = json_object_get(choice, "k_silhouette_gap_error_bic");
    const json_t *of_kinds = json_object_get(choice, "kinds_bic_overlap");
    size_t n = json_array_size(all);
    if (choice == NULL)
        return true;
    if (n == 0 || n > UST_CLUSTERS_MAX)
        return false;
    out->at = ust_arena_alloc(arena, struct ust_k_evidence, n);
    out->n = (uint32_t)n;
    out->k = (uint32_t)json_integer_value(json_object_get(choice, "k"));
    out->by_silhouette = (uint32_t)json_integer_value(json_object_get(choice, "by_silhouette"));
    out->by_gap = (uint32_t)json_integer_value(json_object_get(choice, "by_gap"));
    out->by_bic = (uint32_t)json_integer_value(json_object_get(choice, "by_bic"));
    out->by_kinds = (uint32_t)json_integer_value(json_object_get(choice, "by_kinds"));
    for (size_t i = 0; i < n; i++) {
        double value[5], kinds[2] = {(double)NAN, (double)NAN};
        if (!read_some(json_array_get(all, i), value, 5, true) || !(value[0] >= 1) ||
            !(value[0] <= UST_CLUSTERS_MAX))
            return false;
        /* Models of before kinds were looked for have none. */
        if (of_kinds != NULL && !read_some(json_array_get(of_kinds, i), kinds, 2, true))
            return false;
        out->at[i] = (struct ust_k_evidence){.k = (uint32_t)value[0],
                                             .silhouette = value[1],
                                             .gap = value[2],
                                             .gap_error = value[3],
                                             .bic = value[4],
                                             .kinds_bic = kinds[0],
                                             .overlap = kinds[1]};
    }
    return true;
}

static bool read_persona(const json_t *value, struct ust_arena *arena,
                         struct ust_evidence_persona *out)
{
    const json_t *values = json_object_get(value, "silhouettes");
    double parts[4], week[UST_EVIDENCE_HOURS];
    size_t n = json_array_size(values);
    if (n > UST_EVIDENCE_SILHOUETTES ||
        !read_numbers(json_object_get(value, "size_stability_separation_age"), parts, 4) ||
        !read_numbers(json_object_get(value, "week"), week, UST_EVIDENCE_HOURS))
        return false;
    const json_t *silhouette = json_object_get(value, "silhouette");
    out->silhouette = json_is_number(silhouette) ? json_number_value(silhouette) : (double)NAN;
    out->confidence =
        (struct ust_confidence){parts[0], parts[1], parts[2], parts[3],
                                json_number_value(json_object_get(value, "confidence"))};
    for (int i = 0; i < UST_EVIDENCE_HOURS; i++)
        out->week[i] = week[i] >= 0.0 ? (uint64_t)week[i] : 0;
    out->silhouettes = (uint32_t)n;
    out->value = ust_arena_alloc(arena, double, n);
    return read_numbers(values, out->value, n);
}

static bool read_plane(const json_t *plane, struct ust_arena *arena, struct ust_evidence *out)
{
    const json_t *points = json_object_get(plane, "persona_x_y");
    size_t n = json_array_size(points);
    out->axes = ust_arena_alloc(arena, double, 2 * (size_t)out->d);
    if (!read_numbers(json_object_get(plane, "share"), out->share, 2) ||
        !read_numbers(json_object_get(plane, "axes"), out->axes, 2 * (size_t)out->d) ||
        n > 10 * UST_EVIDENCE_POINTS)
        return false;
    out->point = ust_arena_alloc(arena, struct ust_evidence_point, n);
    out->points = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        double value[3];
        if (!read_numbers(json_array_get(points, i), value, 3) || !(value[0] >= 0) ||
            !(value[0] <= out->personas))
            return false;
        out->point[i] = (struct ust_evidence_point){
            value[0] >= 1.0 ? (uint32_t)value[0] - 1 : UST_NOISE, value[1], value[2]};
    }
    return true;
}

const char *ust_evidence_read(const json_t *root, uint32_t personas, uint32_t d,
                              struct ust_arena *arena, struct ust_evidence *out)
{
    const json_t *all = json_object_get(root, "personas");
    const char *method = json_string_value(json_object_get(root, "method"));
    *out = (struct ust_evidence){.personas = personas, .d = d};
    if (method == NULL || json_array_size(all) != personas)
        return "'evidence' has no method, or not as many personas as the model";
    out->method = ust_arena_text(arena, method);
    out->sessions = (uint64_t)json_integer_value(json_object_get(root, "sessions"));
    out->events = (uint64_t)json_integer_value(json_object_get(root, "events"));
    out->alone = (uint64_t)json_integer_value(json_object_get(root, "alone"));
    if (!read_choice(json_object_get(root, "choice"), arena, &out->choice))
        return "'evidence' has a choice that is none";
    if (!read_range(root, "low", d, arena, &out->low) ||
        !read_range(root, "middle", d, arena, &out->middle) ||
        !read_range(root, "high", d, arena, &out->high))
        return "'evidence' has not as many features as the model";
    out->persona = ust_arena_alloc(arena, struct ust_evidence_persona, personas);
    for (uint32_t p = 0; p < personas; p++)
        if (!read_persona(json_array_get(all, p), arena, &out->persona[p]))
            return "'evidence' has a persona that is not whole";
    return read_plane(json_object_get(root, "plane"), arena, out)
               ? NULL
               : "'evidence' has a plane that is not whole";
}
