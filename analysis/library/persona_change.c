/* understudy persona: the verbs that change a library. */
#include <stdlib.h>

#include "analysis/library/edit.h"
#include "analysis/library/persona_parts.h"
#include "models/persona/versions.h"
#include "sim/cli/cli.h"

static int apply(const struct ust_persona_call *call, const char *what,
                 struct ust_library_change *change)
{
    char id[UST_REVISION_TEXT_MAX];
    char *message = ust_arena_printf(call->library->arena, "personas: %s", what);
    change->message = call->options->message ? call->options->message : message;
    change->author = call->options->author;
    enum ust_status status = ust_library_apply(call->library, change, id);
    if (status == UST_OK)
        fprintf(stderr, "%s%s%.12s\n", what, *id ? ", revision " : "", id);
    return ust_exit_code(status);
}

static enum ust_status refuse_known(const struct ust_persona_call *call, const char *name)
{
    size_t n;
    struct ust_library_item *items = ust_library_items(call->library, &n);
    enum ust_status status = UST_OK;
    for (size_t i = 0; i < n && status == UST_OK; i++)
        if (ust_text_equal(items[i].name, name)) {
            (void)ust_cli_refused("persona '%s' is there already, in '%s'; `understudy persona "
                                  "update` changes it",
                                  name, items[i].path);
            status = UST_INVALID;
        }
    free(items);
    return status;
}

int ust_persona_create(const struct ust_persona_call *call)
{
    struct ust_text text = {0};
    struct ust_library_item item;
    enum ust_status status = ust_library_read(call->operand[0], &text);
    if (status != UST_OK) {
        ust_text_free(&text);
        return ust_exit_code(status);
    }
    /* As if it were in the library already, so that what it extends is found from there. */
    const char *probe =
        ust_arena_printf(call->library->arena, "%s/users/x.yaml", call->library->folder);
    struct ust_persona_facts facts = ust_persona_facts_of(probe, &text);
    bool resource = facts.kind && facts.kind->kind == UST_NODE_SCALAR &&
                    ust_text_equal(facts.kind->text, "resource");
    if (!facts.name) {
        (void)ust_cli_refused("'%s' holds no persona with a 'name'; `understudy validate` says "
                              "what is wrong",
                              call->operand[0]);
        status = UST_INVALID;
    }
    if (status == UST_OK)
        status = ust_library_place(call->library, facts.name, resource, &item);
    if (status == UST_OK)
        status = refuse_known(call, item.name);
    int code = ust_exit_code(status);
    if (status == UST_OK) {
        struct ust_library_change change = {.new = item.path, .text = &text, .name = item.name};
        code = apply(call, ust_arena_printf(call->library->arena, "create %s", item.name),
                     &change);
    }
    ust_persona_facts_free(&facts);
    ust_text_free(&text);
    return code;
}

int ust_persona_update(const struct ust_persona_call *call)
{
    struct ust_text text = {0};
    struct ust_library_item item;
    enum ust_status status = ust_library_find(call->library, call->operand[0], false, &item);
    if (status == UST_OK)
        status = ust_library_read(call->operand[1], &text);
    int code = ust_exit_code(status);
    if (status == UST_OK) {
        struct ust_library_change change = {
            .old = item.path, .new = item.path, .text = &text, .name = item.name};
        code = apply(call, ust_arena_printf(call->library->arena, "update %s", item.name),
                     &change);
    }
    ust_text_free(&text);
    return code;
}

int ust_persona_delete(const struct ust_persona_call *call)
{
    struct ust_library_item item;
    enum ust_status status = ust_library_find(call->library, call->operand[0], false, &item);
    if (status != UST_OK)
        return ust_exit_code(status);
    struct ust_library_change change = {.old = item.path};
    return apply(call, ust_arena_printf(call->library->arena, "delete %s", item.name), &change);
}

/* Rewrites one key and applies it; the new text stands where `to` says. */
static int edit(const struct ust_persona_call *call, const struct ust_library_item *item,
                const struct ust_library_item *to, const char *key, const char *value,
                const char *what)
{
    struct ust_text old = {0}, new = {0};
    enum ust_status status = ust_library_read(item->path, &old);
    if (status == UST_OK && !ust_edit_key(&old, key, value, &new))
        status = ust_cli_refused("'%s' is not written one key a line; change it by hand, then "
                                 "`understudy persona update`",
                                 item->path);
    int code = ust_exit_code(status);
    if (status == UST_OK) {
        struct ust_library_change change = {
            .old = item->path, .new = to->path, .text = &new, .name = to->name};
        code = apply(call, what, &change);
    }
    ust_text_free(&old);
    ust_text_free(&new);
    return code;
}

int ust_persona_rename(const struct ust_persona_call *call)
{
    struct ust_library_item item, to;
    const char *name = call->operand[1];
    enum ust_status status = ust_library_find(call->library, call->operand[0], false, &item);
    if (status == UST_OK)
        status = ust_library_place(call->library, name, item.resource, &to);
    if (status == UST_OK)
        status = refuse_known(call, name);
    if (status != UST_OK)
        return ust_exit_code(status);
    return edit(call, &item, &to, "name", name,
                ust_arena_printf(call->library->arena, "rename %s to %s", item.name, to.name));
}

static bool is_among(const char *word, char **words, int n)
{
    for (int i = 0; i < n; i++)
        if (ust_text_equal(word, words[i]))
            return true;
    return false;
}

static enum ust_status check_tags(char **tags, int n)
{
    for (int i = 0; i < n; i++)
        if (ust_persona_name_wrong(tags[i])) {
            (void)ust_cli_refused("the tag '%s' %s", tags[i], ust_persona_name_wrong(tags[i]));
            return UST_INVALID;
        }
    return UST_OK;
}

int ust_persona_tag(const struct ust_persona_call *call)
{
    struct ust_library_item item;
    char **tags = call->operand + 1;
    int n = call->operands - 1;
    enum ust_status status = ust_library_find(call->library, call->operand[0], false, &item);
    if (status == UST_OK)
        status = check_tags(tags, n);
    if (status != UST_OK)
        return ust_exit_code(status);
    struct ust_persona_facts facts = ust_persona_facts_of(item.path, NULL);
    struct ust_text list = {0};
    ust_text_add(&list, "[");
    const struct ust_node *tag =
        facts.tags && facts.tags->kind == UST_NODE_LIST ? facts.tags->first : NULL;
    bool changed = false;
    for (; tag; tag = tag->next) {
        bool goes = call->options->remove && is_among(tag->text ? tag->text : "", tags, n);
        changed |= goes;
        if (!goes)
            ust_text_printf(&list, "%s%s", list.length > 1 ? ", " : "", tag->text);
    }
    for (int i = 0; i < n && !call->options->remove; i++)
        if (!ust_persona_has_tag(&facts, tags[i]) && !is_among(tags[i], tags, i)) {
            ust_text_printf(&list, "%s%s", list.length > 1 ? ", " : "", tags[i]);
            changed = true;
        }
    ust_text_add(&list, "]");
    int code = UST_EXIT_OK;
    if (changed)
        code = edit(call, &item, &item, "tags", ust_text_string(&list),
                    ust_arena_printf(call->library->arena, "tag %s %s", item.name,
                                     ust_text_string(&list)));
    else
        fprintf(stderr, "%s: nothing to change, its tags are %s\n", item.name,
                ust_text_string(&list));
    ust_text_free(&list);
    ust_persona_facts_free(&facts);
    return code;
}
