/* What a persona's file says of itself. */
#include "analysis/library/persona_parts.h"

static int open_text(void *owner, struct ust_spec *spec, const char *path,
                     struct ust_place from)
{
    const struct ust_text *text = owner;
    if (spec->files > 0) /* what it extends is a file */
        return UST_SPEC_OPEN_PLAIN;
    return ust_spec_memory(spec, path, from, ust_text_string(text), text->length);
}

/* Of a file, or of `text` as if it were in the file. No messages: checking is another matter.
 */
struct ust_persona_facts ust_persona_facts_of(const char *path, struct ust_text *text)
{
    struct ust_persona_facts facts = {.arena = ust_arena_new(), .description = ""};
    struct ust_spec_opener opener = {.open = open_text, .owner = text};
    struct ust_spec spec = {.arena = facts.arena, .diag = ust_diag_new()};
    spec.opener = text ? &opener : NULL;
    const struct ust_node *root = ust_spec_read(&spec, path);
    if (root) {
        const struct ust_node *name = ust_node_get(root, "name");
        const struct ust_node *description = ust_node_get(root, "description");
        facts.readable = true;
        facts.kind = ust_node_get(root, "kind");
        facts.tags = ust_node_get(root, "tags");
        if (name && name->kind == UST_NODE_SCALAR)
            facts.name = name->text;
        if (description && description->kind == UST_NODE_SCALAR)
            facts.description = description->text;
    }
    ust_diag_free(spec.diag);
    return facts;
}

void ust_persona_facts_free(struct ust_persona_facts *facts)
{
    ust_arena_free(facts->arena);
}

bool ust_persona_has_tag(const struct ust_persona_facts *facts, const char *tag)
{
    const struct ust_node *node = facts->tags;
    for (node = node && node->kind == UST_NODE_LIST ? node->first : NULL; node;
         node = node->next)
        if (node->kind == UST_NODE_SCALAR && ust_text_equal(node->text, tag))
            return true;
    return false;
}
