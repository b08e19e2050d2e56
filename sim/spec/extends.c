/* Files that build on files.
 *
 *   prod.yaml ──extends──▶ base.yaml ──extends──▶ common.yaml      at most UST_SPEC_EXTENDS_MAX
 *       └── wins over ────────┘ └── wins over ───────┘             deep, and never in a circle
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/limits.h"
#include "sim/spec/parts.h"

/* The files that are being read, innermost first. */
struct chain {
    const char *real; /* the same file under two names is the same file */
    const struct chain *outer;
    unsigned depth;
};

static struct ust_node *load(struct ust_spec *spec, const char *path, struct ust_place from,
                             const struct chain *outer);

static bool same_kind(const struct ust_node *a, const struct ust_node *b)
{
    const struct ust_node *x = ust_node_get(a, "kind"), *y = ust_node_get(b, "kind");
    return x == NULL || y == NULL || x->kind != UST_NODE_SCALAR || y->kind != UST_NODE_SCALAR ||
           strcmp(x->text, y->text) == 0;
}

static void replace(struct ust_node *old, const struct ust_node *with)
{
    struct ust_node *next = old->next;
    *old = *with;
    old->next = next;
}

struct ust_node *ust_spec_merge(struct ust_spec *spec, struct ust_node *base,
                                struct ust_node *over, bool root)
{
    /* Another kind has other keys: what the old one left would only be unknown keys. */
    bool deep = base->kind == UST_NODE_MAP && over->kind == UST_NODE_MAP &&
                (root || same_kind(base, over));
    if (!deep) {
        replace(base, over);
        return base;
    }
    struct ust_keys keys = {0};
    for (struct ust_node *child = base->first; child != NULL; child = child->next)
        ust_keys_add(&keys, child);
    for (struct ust_node *child = over->first, *after; child != NULL; child = after) {
        after = child->next;
        struct ust_node *old = ust_keys_find(&keys, child->key);
        if (old != NULL)
            ust_spec_merge(spec, old, child, false);
        else
            ust_node_append(base, child);
    }
    ust_keys_free(&keys);
    base->place = over->place; /* what is missing is missing in the file that extends */
    base->key_place = over->key_place;
    return base;
}

void ust_spec_prune(struct ust_node *node)
{
    struct ust_node *child = node->first;
    node->first = node->last = NULL;
    node->children = 0;
    for (struct ust_node *after; child != NULL; child = after) {
        after = child->next;
        /* "key:" with nothing behind it is a slip of the pen, and decoding says so. */
        if (node->kind == UST_NODE_MAP && ust_node_is_null(child) && *child->text != '\0')
            continue;
        ust_spec_prune(child);
        ust_node_append(node, child);
    }
}

/* Takes `key` out of a map. */
static struct ust_node *take(struct ust_node *map, const char *key)
{
    struct ust_node *taken = NULL, *child = map->first;
    map->first = map->last = NULL;
    map->children = 0;
    for (struct ust_node *after; child != NULL; child = after) {
        after = child->next;
        if (taken == NULL && strcmp(child->key, key) == 0)
            taken = child;
        else
            ust_node_append(map, child);
    }
    return taken;
}

static struct ust_node *load_base(struct ust_spec *spec, const struct ust_node *name,
                                  const struct chain *chain)
{
    if (name->kind != UST_NODE_SCALAR || *name->text == '\0') {
        ust_diag_error(spec->diag, name->place,
                       "'extends' needs the path of a file, or a list of paths");
        return NULL;
    }
    return load(spec, ust_spec_path(spec, name->place, name->text), name->place, chain);
}

/* All bases, each over the one before, then the file itself over them. */
static struct ust_node *apply(struct ust_spec *spec, struct ust_node *root,
                              const struct chain *chain)
{
    const struct ust_node *extends = take(root, "extends");
    if (extends == NULL || (ust_node_is_null(extends) && *extends->text != '\0'))
        return root;
    struct ust_node *merged = NULL;
    bool fine = true;
    bool list = extends->kind == UST_NODE_LIST;
    for (const struct ust_node *name = list ? extends->first : extends; name != NULL;
         name = list ? name->next : NULL) {
        struct ust_node *base = load_base(spec, name, chain);
        if (base == NULL)
            fine = false;
        else
            merged = merged == NULL ? base : ust_spec_merge(spec, merged, base, true);
    }
    if (!fine)
        return NULL;
    return merged == NULL ? root : ust_spec_merge(spec, merged, root, true);
}

static struct ust_node *parse(struct ust_spec *spec, const char *name, const char *text,
                              size_t length, const struct chain *chain)
{
    uint32_t order = spec->files++;
    ust_diag_source(spec->diag, name, text, length);
    struct ust_node *root = ust_spec_parse(spec, name, order, 0, text, length);
    if (root == NULL)
        return NULL;
    if (root->kind != UST_NODE_MAP) {
        if (root->kind == UST_NODE_SCALAR && *root->text == '\0')
            ust_diag_error(spec->diag, (struct ust_place){name, 1, 1, 1, order},
                           "nothing is written here");
        else
            ust_diag_error(spec->diag, root->place,
                           "the file is %s, needs keys with values, such as 'name: first-try'",
                           ust_node_kind_text(root));
        return NULL;
    }
    return apply(spec, root, chain);
}

static struct ust_node *load(struct ust_spec *spec, const char *path, struct ust_place from,
                             const struct chain *outer)
{
    char real[PATH_MAX];
    struct chain chain = {.real = realpath(path, real) == NULL ? path : real,
                          .outer = outer,
                          .depth = outer == NULL ? 1 : outer->depth + 1};
    for (const struct chain *at = outer; at != NULL; at = at->outer) {
        if (strcmp(at->real, chain.real) != 0)
            continue;
        ust_diag_error(spec->diag, from, "'%s' extends itself", ust_spec_shown(spec, path));
        return NULL;
    }
    if (chain.depth > UST_SPEC_EXTENDS_MAX) {
        ust_diag_error(spec->diag, from, "more than %d files extend each other",
                       UST_SPEC_EXTENDS_MAX);
        return NULL;
    }
    struct ust_text bytes = {0};
    struct ust_node *root = NULL;
    if (ust_spec_bytes(spec, path, from, &bytes) == UST_OK)
        root = parse(spec, ust_arena_text(spec->arena, path), ust_text_string(&bytes),
                     bytes.length, &chain);
    ust_text_free(&bytes);
    return root;
}

static struct ust_node *finish(struct ust_node *root)
{
    if (root != NULL)
        ust_spec_prune(root);
    return root;
}

struct ust_node *ust_spec_read_at(struct ust_spec *spec, const char *path,
                                  struct ust_place from)
{
    return finish(load(spec, path, from, NULL));
}

struct ust_node *ust_spec_read(struct ust_spec *spec, const char *path)
{
    struct ust_place whole = {.file = ust_arena_text(spec->arena, path), .order = spec->files};
    return ust_spec_read_at(spec, path, whole);
}

struct ust_node *ust_spec_read_text(struct ust_spec *spec, const char *name, const char *text,
                                    size_t length)
{
    struct ust_place whole = {.file = ust_arena_text(spec->arena, name), .order = spec->files};
    if (length > UST_SPEC_BYTES_MAX) {
        ust_diag_error(spec->diag, whole, "'%s' has more than %u bytes",
                       ust_spec_shown(spec, name), UST_SPEC_BYTES_MAX);
        return NULL;
    }
    if (ust_spec_count(spec, whole, length) != UST_OK)
        return NULL;
    struct chain chain = {.real = whole.file, .depth = 1};
    return finish(parse(spec, whole.file, text, length, &chain));
}
