#include "analysis/profile/personas.h"

#include <math.h>
#include <string.h>

#include "analysis/profile/name.h"
#include "sim/spec/spec.h"

static const char *without_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(path, "-") == 0 ? "standard input" : slash != NULL ? slash + 1 : path;
}

enum ust_status ust_personas_write(const struct ust_personas_input *input,
                                   struct ust_arena *arena, struct ust_personas *out)
{
    uint32_t n = input->describe.learned->n;
    struct ust_profile_model *before;
    *out = (struct ust_personas){.n = n, .folder = input->keep.folder};
    UST_TRY(ust_keep_before(input->keep.folder, arena, &before));
    out->at = ust_describe(&input->describe, arena);
    out->kept = ust_arena_alloc(arena, struct ust_kept, n + 1);
    ust_profile_name(out->at, n, before, input->model, arena);
    const char **files = ust_arena_alloc(arena, const char *, input->files_n + 1);
    for (uint32_t i = 0; i < input->files_n; i++)
        files[i] = without_folder(input->files[i]);
    for (uint32_t i = 0; i < n; i++) {
        const struct ust_confidence *trust = &input->describe.learned->persona[i].confidence;
        const struct ust_provenance from = {files, input->files_n, input->age, trust,
                                            input->describe.untimed};
        out->kept[i] = (struct ust_kept){
            .name = out->at[i].name, .persona = &out->at[i], .confidence = trust};
        ust_persona_compose(&out->at[i], &from, arena, &out->kept[i].text);
        if (input->model != NULL)
            input->model->personas[i] = out->at[i].name;
    }
    return ust_keep_personas(&input->keep, out->kept, n, input->model, arena);
}

void ust_personas_free(struct ust_personas *personas)
{
    for (uint32_t i = 0; i < personas->n && personas->kept != NULL; i++)
        ust_persona_text_free(&personas->kept[i].text);
}

/* ---- for people ---- */

static void add_rate(const struct ust_described *it, struct ust_text *out)
{
    bool often = it->week.mean >= 1;
    ust_text_printf(out, "  %9.4g %s", often ? it->week.mean : 3600 * it->week.mean,
                    often ? "/s" : "/h");
}

static void add_cell(const struct ust_described_law *law, int width, struct ust_text *out)
{
    struct ust_text text = {0};
    if (law->said)
        ust_law_write(law, &text);
    ust_text_printf(out, "  %-*s", width, ust_text_string(&text));
    ust_text_free(&text);
}

void ust_personas_text(const struct ust_personas *personas, struct ust_text *out)
{
    uint32_t tables = 0;
    size_t width = 24;
    for (uint32_t i = 0; i < personas->n; i++) {
        size_t columns = ust_text_columns(personas->at[i].name);
        width = columns > width ? columns : width;
    }
    ust_text_add(out, "\n  persona  ");
    ust_text_pad(out, "name", width, false);
    ust_text_printf(out, "     arrivals  %-34s  think\n", "requests");
    for (uint32_t i = 0; i < personas->n; i++) {
        const struct ust_described *it = &personas->at[i];
        ust_text_printf(out, "  %-7u  ", i + 1);
        ust_text_pad(out, it->name, width, false);
        add_rate(it, out);
        add_cell(&it->requests, 34, out);
        add_cell(&it->think, 0, out);
        ust_text_add(out, "\n");
        tables += personas->kept[i].text.tables;
    }
    ust_text_printf(out, "  %u persona%s in %s", personas->n, personas->n == 1 ? "" : "s",
                    personas->folder);
    if (tables > 0)
        ust_text_printf(out, ", with %u table%s of values where no law fits", tables,
                        tables == 1 ? "" : "s");
    ust_text_add(out, "\n");
}

/* ---- for programs ---- */

/* The mean with its unit in the key. */
static void add_mean(const struct ust_described_law *law, json_t *it)
{
    static const struct {
        const char *key;
        double of;
    } units[UST_LAWS_OF] = {
        [UST_LAW_REQUESTS] = {"mean", 1},
        [UST_LAW_THINK] = {"mean_s", 1e9},
        [UST_LAW_WORK] = {"mean_s", 1e9},
        [UST_LAW_REQUEST] = {"mean_bytes", 1},
        [UST_LAW_RESPONSE] = {"mean_bytes", 1},
        [UST_LAW_MEMORY] = {"mean_bytes", 1},
        [UST_LAW_IO] = {"mean", 1},
    };
    json_object_set_new(it, units[law->of].key, json_real(law->fit.mean / units[law->of].of));
}

static json_t *law_json(const struct ust_described_law *law)
{
    struct ust_text text = {0};
    json_t *it = json_object();
    ust_law_write(law, &text);
    json_object_set_new(it, "law", json_string(ust_text_string(&text)));
    json_object_set_new(it, "values", json_integer((json_int_t)law->fit.n));
    if (law->fit.n > 0)
        add_mean(law, it);
    if (ust_fit_best(&law->fit) != NULL) {
        json_object_set_new(it, "fits", json_boolean(law->dist.type != NULL));
        json_object_set_new(it, "nearest",
                            json_string(ust_fit_best(&law->fit)->dist.type->name));
        json_object_set_new(it, "distance", json_real(law->fit.distance));
        json_object_set_new(it, "p", json_real(law->fit.p));
        json_object_set_new(it, "aic", json_real(ust_fit_best(&law->fit)->aic));
    }
    if (law->assumed)
        json_object_set_new(it, "assumed", json_true());
    ust_text_free(&text);
    return it;
}

static json_t *shares_json(const struct ust_described_share *share, uint32_t n)
{
    json_t *all = json_object();
    for (uint32_t i = 0; i < n; i++)
        json_object_set_new(all, share[i].name, json_real(share[i].share));
    return all;
}

static json_t *week_json(const struct ust_intensity *week)
{
    json_t *it = json_object(), *hours = json_array();
    json_object_set_new(it, "mean_per_s", json_real(week->mean));
    for (uint32_t h = 0; h < week->hours; h++)
        json_array_append_new(hours, json_real(week->rate[h]));
    json_object_set_new(it, "hours", hours);
    json_object_set_new(it, "weekend", json_real(week->weekend));
    json_object_set_new(it, "cv", json_real(week->cv));
    json_object_set_new(it, "interval_s", json_real(week->interval_s));
    json_object_set_new(it, "index_of_dispersion",
                        isnan(week->index) ? json_null() : json_real(week->index));
    return it;
}

static json_t *action_json(const struct ust_described_action *action)
{
    json_t *it = json_object();
    json_object_set_new(it, "share", json_real(action->share));
    for (int of = UST_LAW_WORK; of < UST_LAWS_OF; of++)
        if (action->law[of].said)
            json_object_set_new(it, ust_law_names[of], law_json(&action->law[of]));
    return it;
}

void ust_personas_json(const struct ust_personas *personas, json_t *array)
{
    for (uint32_t i = 0; i < personas->n; i++) {
        const struct ust_described *it = &personas->at[i];
        json_t *element = json_array_get(array, i), *actions = json_object();
        json_object_set_new(element, "name", json_string(it->name));
        json_object_set_new(element, "file", json_string(personas->kept[i].file));
        json_object_set_new(element, "week", week_json(&it->week));
        json_object_set_new(element, "places", shares_json(it->place, it->places));
        json_object_set_new(element, "devices", shares_json(it->device, it->devices));
        if (it->has_sessions) {
            json_object_set_new(element, "requests", law_json(&it->requests));
            json_object_set_new(element, "think", law_json(&it->think));
        }
        for (uint32_t a = 0; a < it->actions; a++)
            json_object_set_new(actions, it->action[a].name, action_json(&it->action[a]));
        json_object_set_new(element, "actions", actions);
    }
}
