#include "models/world/study.h"

#include <string.h>

#include "models/entity/model.h"
#include "sim/base/hash.h"

/* ---- messages ---- */

static bool same_place(struct ust_place a, struct ust_place b)
{
    return a.line == b.line && a.column == b.column && a.file != NULL && b.file != NULL &&
           strcmp(a.file, b.file) == 0;
}

static bool is_there(const struct ust_diag *diag, const struct ust_diag_message *message)
{
    const struct ust_diag_message *other;
    for (unsigned i = 0; (other = ust_diag_at(diag, i)) != NULL; i++)
        if (same_place(other->place, message->place) && strcmp(other->text, message->text) == 0)
            return true;
    return false;
}

/* A message that several units have is one mistake. Places outlive the unit in the arena. */
static void take_messages(struct ust_spec *spec, const struct ust_diag *from,
                          const struct ust_unit *unit)
{
    const struct ust_diag_message *message;
    for (unsigned i = 0; (message = ust_diag_at(from, i)) != NULL; i++) {
        if (is_there(spec->diag, message))
            continue;
        struct ust_place place = message->place;
        place.file = ust_arena_text(spec->arena, place.file == NULL ? "" : place.file);
        if (message->severity == UST_WARNING)
            ust_diag_warning(spec->diag, place, "%s", message->text);
        else
            (void)ust_diag_error(spec->diag, place, "%s", message->text);
        for (const char *at = message->notes; *at != '\0';) {
            size_t length = strcspn(at, "\n");
            if (length > 0)
                ust_diag_note(spec->diag, "%.*s", (int)length, at);
            at += length + (at[length] == '\n');
        }
        ust_diag_note(spec->diag, "in unit %u: %s", unit->number, unit->name);
    }
}

/* ---- planning ---- */

static void read_unit(struct ust_spec *spec, struct ust_study *study, uint32_t index,
                      uint32_t replications)
{
    struct ust_study_unit *unit = &study->unit[index];
    struct ust_spec own = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    const struct ust_scenario *scenario =
        ust_scenario_read_unit(&own, study->path, study->sets, study->sets_n, unit->is);
    take_messages(spec, own.diag, unit->is);
    if (scenario != NULL) {
        unit->hash = scenario->hash;
        unit->replications =
            replications > 0 ? replications : (uint32_t)scenario->replications.max;
        unit->asks = replications == 0 && scenario->replications.until_node != NULL;
    }
    ust_diag_free(own.diag);
    ust_arena_free(own.arena);
}

static uint64_t hash_of(const struct ust_study *study)
{
    uint64_t hash = ust_hash_bytes(0, &study->seed, sizeof study->seed);
    hash = ust_hash_text(hash, study->base->name);
    for (uint32_t i = 0; i < study->n; i++) {
        hash = ust_hash_text(hash, study->unit[i].is->name);
        hash = ust_hash_bytes(hash, &study->unit[i].hash, sizeof study->unit[i].hash);
    }
    return hash;
}

enum ust_status ust_study_plan(struct ust_spec *spec, const struct ust_study_options *options,
                               struct ust_study *out)
{
    const struct ust_scenario *base =
        ust_scenario_read(spec, options->path, options->sets, options->sets_n);
    if (base == NULL)
        return UST_INVALID;
    *out = (struct ust_study){.path = options->path,
                              .sets = options->sets,
                              .sets_n = options->sets_n,
                              .seed = options->seed_given ? options->seed : base->config->seed,
                              .base = base,
                              .n = base->units.units_n};
    if (out->n == 0) {
        struct ust_place whole = {.file = options->path};
        (void)ust_diag_error(spec->diag, whole,
                             "the scenario has no 'design', so there is "
                             "nothing to plan or to sweep");
        ust_diag_note(spec->diag,
                      "understudy run %s runs it as it is; understudy schema "
                      "--markdown scenario tells of 'design'",
                      options->path);
        return UST_INVALID;
    }
    out->unit = ust_arena_alloc(spec->arena, struct ust_study_unit, out->n);
    for (uint32_t i = 0; i < out->n; i++) {
        out->unit[i].is = &base->units.unit[i];
        read_unit(spec, out, i, options->replications);
    }
    out->hash = hash_of(out);
    return ust_diag_status(spec->diag);
}

/* ---- running ---- */

struct ust_scenario *ust_study_read(struct ust_spec *spec, const struct ust_study *study,
                                    uint32_t index)
{
    const struct ust_study_unit *unit = &study->unit[index];
    struct ust_scenario *scenario =
        ust_scenario_read_unit(spec, study->path, study->sets, study->sets_n, unit->is);
    if (scenario == NULL)
        return NULL;
    if (scenario->hash != unit->hash) {
        struct ust_place whole = {.file = study->path};
        (void)ust_diag_error(spec->diag, whole,
                             "the scenario has changed since this command began");
        return NULL;
    }
    scenario->config->seed = study->seed;
    return scenario;
}

const char *ust_study_overrides(struct ust_arena *arena, const struct ust_study *study,
                                uint32_t index)
{
    struct ust_text text = {0};
    for (size_t i = 0; i < study->sets_n; i++)
        ust_text_printf(&text, "%s\n", study->sets[i]);
    ust_text_add(&text, study->unit[index].is->overrides);
    const char *kept = ust_arena_text(arena, ust_text_string(&text));
    ust_text_free(&text);
    return kept;
}
