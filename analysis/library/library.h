/* A library of personas: a folder with users/NAME.yaml and resources/NAME.yaml.
 *
 *   lock ─▶ is it clean? ─▶ would all be valid? ─▶ write beside, rename ─▶ commit
 *                                                         └── put back ◀── failed
 *
 * Promise: one writer at a time; a change is there wholly or not at all; a reader never sees
 * half a file. Without a repository it is the same without the commit. Messages go to stderr.
 */
#ifndef UST_LIBRARY_LIBRARY_H
#define UST_LIBRARY_LIBRARY_H

#include "analysis/library/repository.h"
#include "models/persona/persona.h"

struct ust_library {
    const char *folder;
    struct ust_arena *arena;           /* texts that are handed out */
    struct ust_repository *repository; /* NULL: a plain folder */
    int lock;                          /* -1: not locked */
};

struct ust_library_item {
    const char *name, *path;
    bool resource;
};

enum ust_status ust_library_open(struct ust_library *library, const char *folder);
void ust_library_close(struct ust_library *library);

/* All persona files, by kind, then name. */
struct ust_library_item *ust_library_items(const struct ust_library *library, size_t *n);
/* Where a name is or would be; refuses what cannot be a name. `there`: does it exist. */
enum ust_status ust_library_place(const struct ust_library *library, const char *name,
                                  bool resource, struct ust_library_item *out);
/* The one of this name, of either kind: "did you mean", if none. A deleted one is found too
 * where `gone` says so. */
enum ust_status ust_library_find(const struct ust_library *library, const char *name, bool gone,
                                 struct ust_library_item *out);

/* A file of the folder, all of it. */
enum ust_status ust_library_read(const char *path, struct ust_text *out);

/* A file that a persona reads, such as a table of values. */
struct ust_library_file {
    const char *path;
    const struct ust_text *text;
};

/* A change: `old` goes, `new` comes with `text`. Both the same path: an update. */
struct ust_library_change {
    const char *old, *new;       /* paths; NULL: none */
    const struct ust_text *text; /* of new */
    const char *name;            /* that the new text must have */
    const char *message;
    const char *author;                    /* NULL: git's user */
    const struct ust_library_file *beside; /* come with it, over what is there of that name */
    size_t beside_n;
};
/* The lock, and what must hold before anything is read for a change. */
enum ust_status ust_library_lock(struct ust_library *library);
/* `id`: the commit; "" in a plain folder. */
enum ust_status ust_library_apply(struct ust_library *library,
                                  const struct ust_library_change *change,
                                  char id[UST_REVISION_TEXT_MAX]);

#endif
