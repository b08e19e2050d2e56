#include <math.h>

#include "models/persona/document.h"
#include "models/persona/versions.h"

/* Two decimals of a percent: what people round shares to. */
#define SHARES_SLACK 1e-4

static const char *const kind_names[] = {
    [UST_PERSONA_USER] = "user", [UST_PERSONA_RESOURCE] = "resource"};

static const char *const hows[] = {"assumed", "profiled", "measured", NULL};

#define PART(name, text)                                                                       \
    {                                                                                          \
        .key = #name, .kind = UST_FIELD_RATIO,                                                 \
        .offset = offsetof(struct ust_source_parts, name), .low = 0, .high = 1, .help = text   \
    }

static const struct ust_field parts_fields[] = {
    PART(size, "n / (n + 30) of its n sessions."),
    PART(stable, "How much of it comes back when sessions are drawn anew."),
    PART(apart, "How far its sessions lie from all others."),
    PART(age, "What age has left of it."),
    {.key = NULL},
};

const struct ust_field ust_source_fields[] = {
    {.key = "how",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_source, how),
     .choices = hows,
     .flags = UST_FIELD_REQUIRED,
     .help = "assumed: put together by a person; profiled: clustered from observed events; "
             "measured: taken from measurements of this very thing."},
    {.key = "note",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct ust_source, note),
     .flags = UST_FIELD_REQUIRED,
     .help = "Which number comes from where, in words."},
    {.key = "events",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_source, events),
     .low = 1,
     .high = 1e15,
     .help = "How many events it was made from."},
    {.key = "window",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct ust_source, window),
     .help = "When they happened, such as 2026-10-01/2026-10-31."},
    {.key = "confidence",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_source, confidence),
     .low = 0,
     .high = 1,
     .help = "How far its maker trusts it; for people, no computation uses it."},
    {.key = "sessions",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_source, sessions),
     .low = 1,
     .high = 1e15,
     .help = "How many sessions of them."},
    {.key = "files",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_source, files),
     .unit = UST_FIELD_TEXT,
     .size = sizeof(const char *),
     .low = 0,
     .high = 1000,
     .help = "Names of the recordings, without their folders."},
    {.key = "age",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_source, age),
     .low = 0,
     .high = HUGE_VAL,
     .help = "How old the last event was when the persona was made."},
    {.key = "parts",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_source, parts),
     .fields = parts_fields,
     .given = offsetof(struct ust_source, parts_node) + 1,
     .help = "What the confidence is the product of."},
    {.key = NULL},
};

static bool is(const struct ust_node *node, const char *text)
{
    return node && node->kind == UST_NODE_SCALAR && ust_text_equal(node->text, text);
}

enum ust_status ust_persona_kind_check(struct ust_spec *spec, const struct ust_node *node,
                                       enum ust_persona_kind kind)
{
    const struct ust_node *said = ust_node_get(node, "kind");
    const char *wanted = kind_names[kind], *other = kind_names[!kind];
    if (!is(said, other))
        return UST_OK; /* absent, right, or nonsense that its field row will report */
    return ust_diag_error(spec->diag, said->place,
                          "this is a %s persona; a %s persona is needed", other, wanted);
}

bool ust_persona_is(const struct ust_node *root)
{
    return ust_node_get(root, "persona") && !ust_node_get(root, "understudy");
}

enum ust_status ust_persona_check(struct ust_spec *spec, const char *path)
{
    struct ust_place whole = {.file = ust_arena_text(spec->arena, path), .order = spec->files};
    struct ust_node *root = ust_spec_read_at(spec, path, whole);
    if (!root)
        return UST_INVALID;
    const struct ust_node *kind = ust_node_get(root, "kind");
    bool resource = is(kind, kind_names[UST_PERSONA_RESOURCE]);
    if (!kind || kind->kind != UST_NODE_SCALAR)
        return ust_diag_error(spec->diag, whole,
                              "'kind' is missing; a persona says 'kind: user' or "
                              "'kind: resource'");
    if (!resource && !is(kind, kind_names[UST_PERSONA_USER]))
        return ust_spec_unknown(spec, kind->place, "kind of persona", kind->text, kind_names,
                                2);
    bool fine = resource ? ust_resource_persona_read(spec, path, whole) != NULL
                         : ust_user_persona_read(spec, path, whole, NULL) != NULL;
    return fine ? UST_OK : UST_INVALID;
}

struct ust_node *ust_persona_open(struct ust_spec *spec, const char *path,
                                  struct ust_place from, enum ust_persona_kind kind)
{
    path = ust_persona_pinned(spec, path, from, kind_names[kind]);
    struct ust_node *node = path ? ust_spec_read_at(spec, path, from) : NULL;
    if (!node)
        return NULL;
    struct ust_place whole = {.file = node->place.file, .order = node->place.order};
    if (!ust_node_get(node, "persona")) {
        ust_diag_error(spec->diag, whole, "this is no persona: the key 'persona' is missing");
        ust_diag_note(spec->diag, "a persona file begins with 'persona: 1' and 'kind: %s'",
                      kind_names[kind]);
        return NULL;
    }
    if (!ust_node_get(node, "kind")) {
        ust_diag_error(spec->diag, whole, "'kind' is missing; a %s persona says 'kind: %s'",
                       kind_names[kind], kind_names[kind]);
        return NULL;
    }
    return ust_persona_kind_check(spec, node, kind) == UST_OK ? node : NULL;
}

enum ust_status ust_persona_source_check(struct ust_spec *spec, const struct ust_node *node)
{
    if (ust_node_get(node, "source"))
        return UST_OK;
    struct ust_place whole = {.file = node->place.file, .order = node->place.order};
    ust_diag_error(spec->diag, whole, "'source' is missing: where do the numbers come from");
    ust_diag_note(spec->diag, "such as: source: {how: assumed, note: \"...\"}");
    return UST_INVALID;
}

enum ust_status ust_persona_shares(struct ust_spec *spec, const char *key,
                                   const struct ust_node *node, double *share, size_t stride,
                                   uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += *(double *)(void *)((char *)share + i * stride);
    if (!(sum > 1 - SHARES_SLACK && sum < 1 + SHARES_SLACK))
        return ust_diag_error(spec->diag, node->key ? node->key_place : node->place,
                              "shares of '%s' add up to %.6g %%, must add up to 100 %%", key,
                              100 * sum);
    for (uint32_t i = 0; i < n; i++)
        *(double *)(void *)((char *)share + i * stride) /= sum;
    return UST_OK;
}
