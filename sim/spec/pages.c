#include "sim/spec/pages.h"

#include <string.h>

static bool taken(const struct ust_pages *pages, const char *name)
{
    for (uint32_t i = 0; i < pages->n; i++)
        if (strcmp(pages->at[i].name, name) == 0)
            return true;
    return false;
}

/* Names go into URIs and anchors. */
static const char *unique(struct ust_pages *pages, const char *wanted)
{
    char *name = ust_arena_text(pages->arena, wanted);
    for (char *c = name; *c != '\0'; c++)
        if (*c == ' ' || *c == '/' || *c == '~' || *c == '%')
            *c = '-';
    const char *free_name = name;
    for (unsigned i = 2; taken(pages, free_name); i++)
        free_name = ust_arena_printf(pages->arena, "%s-%u", name, i);
    return free_name;
}

static const char *add(struct ust_pages *pages, struct ust_page page, const char *wanted)
{
    if (pages->n == pages->capacity) {
        struct ust_page *old = pages->at;
        pages->capacity = pages->capacity * 2 + 32;
        pages->at = ust_arena_alloc(pages->arena, struct ust_page, pages->capacity);
        if (pages->n > 0)
            memcpy(pages->at, old, pages->n * sizeof *old);
    }
    page.name = unique(pages, wanted);
    pages->at[pages->n++] = page;
    return page.name;
}

const char *ust_pages_table(struct ust_pages *pages, const struct ust_field *fields,
                            const char *parent, const char *key)
{
    for (uint32_t i = 0; i < pages->n; i++)
        if (pages->at[i].fields == fields)
            return pages->at[i].name;
    const char *wanted =
        *parent == '\0' ? key : ust_arena_printf(pages->arena, "%s.%s", parent, key);
    return add(pages, (struct ust_page){.fields = fields}, wanted);
}

const char *ust_pages_registry(struct ust_pages *pages, const struct ust_registry *registry)
{
    for (uint32_t i = 0; i < pages->n; i++)
        if (pages->at[i].registry == registry)
            return pages->at[i].name;
    /* "routing" may be a table already, of which one key selects a kind. */
    const char *wanted = taken(pages, registry->family)
                             ? ust_arena_printf(pages->arena, "%s-kinds", registry->family)
                             : registry->family;
    return add(pages, (struct ust_page){.registry = registry}, wanted);
}
