/* Tables and registries that are reachable from one table, each with a name and once: what
 * schema.c and reference.c walk. */
#ifndef UST_SPEC_PAGES_H
#define UST_SPEC_PAGES_H

#include "sim/spec/spec.h"

struct ust_page {
    const char *name;               /* "services.pools", or the family of a registry; unique */
    const struct ust_field *fields; /* a table, or */
    const struct ust_registry *registry; /* a registry */
};

/* Start with .arena set; the rest zero. Pages are in the order in which they were asked for. */
struct ust_pages {
    struct ust_arena *arena;
    struct ust_page *at;
    uint32_t n, capacity;
};

/* The page of a table (`name`: what to call it if it is new) or of a registry. */
const char *ust_pages_table(struct ust_pages *pages, const struct ust_field *fields,
                            const char *parent, const char *key);
const char *ust_pages_registry(struct ust_pages *pages, const struct ust_registry *registry);

#endif
