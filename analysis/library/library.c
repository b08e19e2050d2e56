/* What is in the folder, and by what name. */
#include "analysis/library/library.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/persona/versions.h"
#include "sim/base/limits.h"
#include "sim/cli/cli.h"

static const char *const folders[] = {"users", "resources"};

enum ust_status ust_library_open(struct ust_library *library, const char *folder)
{
    struct stat facts;
    size_t n = strlen(folder);
    *library = (struct ust_library){.arena = ust_arena_new(), .lock = -1};
    while (n > 1 && folder[n - 1] == '/')
        n--;
    library->folder = ust_arena_text_n(library->arena, folder, n);
    if (stat(folder, &facts) != 0 || !S_ISDIR(facts.st_mode))
        return ust_cli_refused("no library at '%s'; `mkdir -p %s`, with `git init` for a "
                               "history, or --library DIR",
                               folder, folder);
    return ust_repository_open(library->folder, &library->repository);
}

void ust_library_close(struct ust_library *library)
{
    if (library->lock >= 0)
        close(library->lock);
    ust_repository_close(library->repository);
    ust_arena_free(library->arena);
}

enum ust_status ust_library_lock(struct ust_library *library)
{
    /* Of the folder itself: nothing is left behind by a process that dies. */
    library->lock = open(library->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (library->lock < 0)
        return ust_cli_refused("cannot open '%s': %s", library->folder, strerror(errno));
    if (flock(library->lock, LOCK_EX | LOCK_NB) != 0)
        return ust_cli_refused(errno == EWOULDBLOCK
                                   ? "somebody else is changing '%s'; nothing was done, try "
                                     "again"
                                   : "cannot lock '%s'",
                               library->folder);
    return library->repository ? ust_repository_ready(library->repository) : UST_OK;
}

/* ---- names ---- */

static int by_kind_and_name(const void *a, const void *b)
{
    const struct ust_library_item *x = a, *y = b;
    if (x->resource != y->resource)
        return x->resource ? 1 : -1;
    return strcmp(x->name, y->name);
}

struct ust_library_item *ust_library_items(const struct ust_library *library, size_t *n)
{
    struct ust_library_item *items = NULL;
    size_t room = 0;
    *n = 0;
    for (int kind = 0; kind < 2; kind++) {
        char *folder =
            ust_arena_printf(library->arena, "%s/%s", library->folder, folders[kind]);
        DIR *open = opendir(folder);
        for (struct dirent *entry; open && (entry = readdir(open)) != NULL;) {
            size_t length = strlen(entry->d_name);
            if (length <= 5 || strcmp(entry->d_name + length - 5, ".yaml") != 0)
                continue;
            char *name = ust_arena_text_n(library->arena, entry->d_name, length - 5);
            if (ust_persona_name_wrong(name))
                continue;
            if (*n == room)
                items = ust_realloc(items, (room = room ? 2 * room : 32) * sizeof *items);
            items[(*n)++] = (struct ust_library_item){
                .name = name,
                .path = ust_arena_printf(library->arena, "%s/%s", folder, entry->d_name),
                .resource = kind == 1};
        }
        if (open)
            closedir(open);
    }
    if (*n > 1)
        qsort(items, *n, sizeof *items, by_kind_and_name);
    return items;
}

static enum ust_status check_name(const char *name)
{
    const char *wrong = ust_persona_name_wrong(name);
    if (!wrong)
        return UST_OK;
    (void)ust_cli_refused("the name '%s' %s", name, wrong);
    return UST_INVALID;
}

enum ust_status ust_library_place(const struct ust_library *library, const char *name,
                                  bool resource, struct ust_library_item *out)
{
    UST_TRY(check_name(name));
    char *folder =
        ust_arena_printf(library->arena, "%s/%s", library->folder, folders[resource ? 1 : 0]);
    *out = (struct ust_library_item){
        .name = ust_arena_text(library->arena, name),
        .path = ust_arena_printf(library->arena, "%s/%s.yaml", folder, name),
        .resource = resource};
    struct stat facts;
    const char *link = lstat(folder, &facts) == 0 && S_ISLNK(facts.st_mode)      ? folder
                       : lstat(out->path, &facts) == 0 && S_ISLNK(facts.st_mode) ? out->path
                                                                                 : NULL;
    if (link)
        return ust_cli_refused("'%s' is a link and may lead out of the library; put what it "
                               "points to in its place",
                               link);
    return UST_OK;
}

static enum ust_status unknown(const struct ust_library *library, const char *name)
{
    size_t n;
    struct ust_library_item *items = ust_library_items(library, &n);
    const char **names = ust_arena_alloc(library->arena, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        names[i] = items[i].name;
    const char *near = ust_text_nearest(name, names, n);
    (void)ust_cli_refused("no persona '%s' in '%s'%s%s%s", name, library->folder,
                          near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    free(items);
    return UST_INVALID;
}

enum ust_status ust_library_find(const struct ust_library *library, const char *name, bool gone,
                                 struct ust_library_item *out)
{
    struct ust_library_item user, resource;
    UST_TRY(ust_library_place(library, name, false, &user));
    UST_TRY(ust_library_place(library, name, true, &resource));
    bool is_user = access(user.path, F_OK) == 0, is_resource = access(resource.path, F_OK) == 0;
    if (is_user && is_resource)
        return ust_cli_refused("'%s' is a user and a resource; rename one of the files", name);
    *out = is_resource ? resource : user;
    if (is_user || is_resource)
        return UST_OK;
    if (gone && library->repository)
        for (int kind = 0; kind < 2; kind++) {
            /* Was it ever there? The history will tell. */
            const struct ust_library_item *item = kind ? &resource : &user;
            if (ust_repository_ever(library->repository, item->path)) {
                *out = *item;
                return UST_OK;
            }
        }
    return unknown(library, name);
}

enum ust_status ust_library_read(const char *path, struct ust_text *out)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "re");
    if (!file)
        return ust_cli_refused("cannot open '%s': %s", path, strerror(errno));
    char buffer[1 << 14];
    size_t n;
    errno = 0;
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0 && out->length <= UST_SPEC_BYTES_MAX)
        ust_text_add_n(out, buffer, n);
    bool failed = ferror(file);
    if (!standard)
        fclose(file);
    if (failed)
        return ust_cli_refused("cannot read '%s': %s", path, strerror(errno));
    if (out->length > UST_SPEC_BYTES_MAX)
        return ust_cli_refused("'%s' has more than %u bytes", path, UST_SPEC_BYTES_MAX);
    return UST_OK;
}
