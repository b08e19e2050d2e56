#include "tests/swarm/cover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/world/scenario.h"

/* A group of faults holds faults. */
#define DEPTH_MAX 12

static struct swarm_covered *find(struct swarm_cover *cover, const char *name)
{
    for (uint32_t i = 0; i < cover->n; i++)
        if (strcmp(cover->at[i].name, name) == 0)
            return &cover->at[i];
    return NULL;
}

static bool enter(struct swarm_cover *cover, const char *name)
{
    if (find(cover, name) != NULL)
        return false;
    if (cover->n == SWARM_COVER_MAX)
        abort();
    struct swarm_covered *it = &cover->at[cover->n++];
    snprintf(it->name, sizeof it->name, "%s", name);
    return true;
}

static void tick(struct swarm_cover *cover, const char *name)
{
    struct swarm_covered *it = find(cover, name);
    if (it != NULL)
        it->seen++;
}

/* ---- what there is ---- */

static void enter_table(struct swarm_cover *cover, const char *owner,
                        const struct ust_field *fields, unsigned depth);

static void enter_registry(struct swarm_cover *cover, const struct ust_registry *registry,
                           unsigned depth)
{
    char name[100];
    for (const struct ust_kind *const *kind = registry->kinds; *kind != NULL; kind++) {
        snprintf(name, sizeof name, "%s %s", registry->family, (*kind)->name);
        if (enter(cover, name))
            enter_table(cover, name, (*kind)->fields, depth + 1);
    }
}

static void enter_table(struct swarm_cover *cover, const char *owner,
                        const struct ust_field *fields, unsigned depth)
{
    char name[100];
    if (depth > DEPTH_MAX)
        return;
    for (; fields != NULL && fields->key != NULL; fields++) {
        snprintf(name, sizeof name, "%s.%s", owner, fields->key);
        enter(cover, name);
        if (fields->registry != NULL)
            enter_registry(cover, fields->registry, depth);
        if (fields->fields != NULL)
            enter_table(cover, name, fields->fields, depth + 1);
    }
}

void swarm_cover_start(struct swarm_cover *cover)
{
    char name[100];
    cover->n = 0;
    enter_table(cover, "scenario", ust_scenario_fields, 0);
    enter_table(cover, "user", ust_user_persona_fields, 0);
    enter_table(cover, "resource", ust_resource_persona_fields, 0);
    for (uint32_t i = 0; ust_dist_types[i] != NULL; i++) {
        snprintf(name, sizeof name, "distribution %s", ust_dist_types[i]->name);
        enter(cover, name);
    }
    for (uint32_t i = 0; i < cover->n; i++)
        cover->at[i].seen = 0;
}

/* ---- what a case has ---- */

static void walk(struct swarm_cover *cover, const char *owner, const struct ust_field *fields,
                 const struct ust_node *map);

static void walk_distribution(struct swarm_cover *cover, const struct ust_node *node)
{
    char name[100];
    size_t length = node->text == NULL ? 0 : strcspn(node->text, "(");
    if (length > 0 && node->text[length] == '(') {
        snprintf(name, sizeof name, "distribution %.*s", (int)length, node->text);
        tick(cover, name);
    }
}

static void walk_variant(struct swarm_cover *cover, const struct ust_registry *registry,
                         const struct ust_node *node)
{
    char name[100];
    const struct ust_node *kind =
        node->kind == UST_NODE_MAP ? ust_node_get(node, "kind") : node;
    for (uint32_t i = 0; kind != NULL && registry->kinds[i] != NULL; i++) {
        if (kind->text == NULL || strcmp(kind->text, registry->kinds[i]->name) != 0)
            continue;
        snprintf(name, sizeof name, "%s %s", registry->family, kind->text);
        tick(cover, name);
        if (node->kind == UST_NODE_MAP)
            walk(cover, name, registry->kinds[i]->fields, node);
    }
}

static const struct ust_field *document_of(const struct ust_field *field)
{
    return field->kind == UST_FIELD_PLACE || field->unit == UST_FIELD_PLACE ? field->document
                                                                            : NULL;
}

static void walk_value(struct swarm_cover *cover, const char *name,
                       const struct ust_field *field, const struct ust_node *node)
{
    const struct ust_field *document = document_of(field);
    if (node->kind == UST_NODE_LIST ||
        (field->kind == UST_FIELD_MAP && node->kind == UST_NODE_MAP)) {
        struct ust_field element = *field;
        element.kind = UST_FIELD_GROUP;
        for (const struct ust_node *it = node->first; it != NULL; it = it->next)
            walk_value(cover, name, &element, it);
    } else if (document != NULL && node->kind == UST_NODE_MAP) {
        walk(cover, document == ust_user_persona_fields ? "user" : "resource", document, node);
    } else if (field->registry != NULL) {
        walk_variant(cover, field->registry, node);
    } else if (field->fields != NULL && node->kind == UST_NODE_MAP) {
        walk(cover, name, field->fields, node);
    } else if (field->kind == UST_FIELD_DIST) {
        walk_distribution(cover, node);
    }
}

static void walk(struct swarm_cover *cover, const char *owner, const struct ust_field *fields,
                 const struct ust_node *map)
{
    char name[100];
    for (; fields != NULL && fields->key != NULL; fields++) {
        const struct ust_node *node = ust_node_get(map, fields->key);
        if (node == NULL)
            continue;
        snprintf(name, sizeof name, "%s.%s", owner, fields->key);
        tick(cover, name);
        walk_value(cover, name, fields, node);
    }
}

void swarm_cover_case(struct swarm_cover *cover, const struct swarm_case *swarm)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_text yaml = {0};
    swarm_yaml(swarm, &yaml);
    const struct ust_node *root =
        ust_spec_read_text(&spec, "swarm.yaml", ust_text_string(&yaml), yaml.length);
    if (root != NULL)
        walk(cover, "scenario", ust_scenario_fields, root);
    ust_text_free(&yaml);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
}

uint64_t swarm_cover_seen(const struct swarm_cover *cover, const char *name)
{
    for (uint32_t i = 0; i < cover->n; i++)
        if (strcmp(cover->at[i].name, name) == 0)
            return cover->at[i].seen;
    return 0;
}
