/* The effective scenario, as a run is remembered: what was asked and all that it meant. */
#include <string.h>

#include "models/world/scenario.h"

/* ---- the question ---- */

#define MARK "# Question:"

/* One line of the comment that a file opens with, without its mark; NULL where that ends. */
static const char *comment_line(const char **at, size_t *length)
{
    const char *line = *at;
    size_t all = strcspn(line, "\r\n");
    if (line[0] != '#')
        return NULL;
    *at =
        line + all + strspn(line + all, "\r") + (line[all + strspn(line + all, "\r")] == '\n');
    line++;
    all--;
    while (all > 0 && (*line == ' ' || *line == '\t'))
        line++, all--;
    while (all > 0 && (line[all - 1] == ' ' || line[all - 1] == '\t'))
        all--;
    *length = all;
    return line;
}

/* Up to the first question mark that ends a sentence; without one, the paragraph. */
static const char *first_question(struct ust_arena *arena, const struct ust_text *paragraph)
{
    const char *text = ust_text_string(paragraph);
    for (const char *at = strchr(text, '?'); at != NULL; at = strchr(at + 1, '?'))
        if (at[1] == ' ' || at[1] == '\0')
            return ust_arena_text_n(arena, text, (size_t)(at + 1 - text));
    return ust_arena_text(arena, text);
}

const char *ust_scenario_question(struct ust_arena *arena, const char *file)
{
    const char *at = file, *line;
    size_t length;
    while (at != NULL && strncmp(at, MARK, strlen(MARK)) != 0)
        if (comment_line(&at, &length) == NULL)
            return NULL;
    if (at == NULL)
        return NULL;
    struct ust_text paragraph = {0};
    const char *from = at + strlen(MARK); /* of the first line; the others count as they are */
    while ((line = comment_line(&at, &length)) != NULL && length > 0) {
        size_t mark = from > line ? (size_t)(from - line) : 0;
        mark += from > line ? strspn(from, " \t") : 0;
        if (mark >= length)
            continue;
        if (paragraph.length > 0)
            ust_text_add(&paragraph, " ");
        ust_text_add_n(&paragraph, line + mark, length - mark);
    }
    const char *question = first_question(arena, &paragraph);
    ust_text_free(&paragraph);
    return *question == '\0' ? NULL : question;
}

/* ---- the scenario ---- */

static struct ust_node *copy_of(struct ust_arena *arena, const struct ust_node *node)
{
    struct ust_node *copy = ust_arena_alloc(arena, struct ust_node, 1);
    *copy = *node;
    copy->first = copy->last = NULL;
    for (const struct ust_node *child = node->first; child != NULL; child = child->next) {
        struct ust_node *twin = copy_of(arena, child);
        twin->next = NULL;
        if (copy->first == NULL)
            copy->first = twin;
        else
            copy->last->next = twin;
        copy->last = twin;
    }
    return copy;
}

/* In place of a path the document behind it. */
static void put_document(struct ust_spec *spec, struct ust_node *node,
                         const struct ust_node *document)
{
    struct ust_node there = *node;
    *node = *copy_of(spec->arena, document);
    node->key = there.key;
    node->key_place = there.key_place;
    node->next = there.next;
}

static void put_machines(struct ust_spec *spec, const struct ust_scenario *scenario,
                         struct ust_node *root)
{
    const struct ust_service_spec *service = scenario->services.at;
    struct ust_node *services = ust_node_find(root, "services");
    for (uint32_t i = 0; services != NULL && i < scenario->services.n; i++) {
        struct ust_node *one = ust_node_find(services, service[i].id.name);
        struct ust_node *instance = one != NULL ? ust_node_find(one, "instance") : NULL;
        if (instance != NULL && service[i].persona->node != NULL)
            put_document(spec, instance, service[i].persona->node);
    }
}

void ust_scenario_effective(const struct ust_scenario *scenario, struct ust_text *out)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_node *root = copy_of(spec.arena, scenario->root);
    put_machines(&spec, scenario, root);
    ust_spec_resolve(&spec, root, ust_scenario_fields);
    if (scenario->question != NULL)
        ust_text_printf(out, MARK " %s\n", scenario->question);
    ust_spec_write(root, false, out);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
}

void ust_persona_effective(const struct ust_user_persona *persona, const char *home,
                           struct ust_text *out)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_node *root = copy_of(spec.arena, persona->node);
    root->place.file = home; /* the tables that it names are seen from there */
    ust_spec_resolve(&spec, root, ust_user_persona_fields);
    ust_spec_write(root, false, out);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
}
