/* A change to a library: all of it or nothing. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/library/library.h"
#include "sim/cli/cli.h"

/* ---- would it be valid? ---- */

/* The folder as it would be afterwards. */
struct after {
    const struct ust_library_change *change;
    bool asked; /* for a file that changes */
};

static bool same_file(const char *a, const char *b)
{
    char x[PATH_MAX], y[PATH_MAX];
    if (!a || !b)
        return false;
    return strcmp(a, b) == 0 || (realpath(a, x) && realpath(b, y) && strcmp(x, y) == 0);
}

static int open_after(void *owner, struct ust_spec *spec, const char *path,
                      struct ust_place from)
{
    struct after *after = owner;
    const struct ust_library_change *change = after->change;
    if (same_file(path, change->new)) {
        after->asked = true;
        return ust_spec_memory(spec, path, from, ust_text_string(change->text),
                               change->text->length);
    }
    if (!same_file(path, change->old))
        return UST_SPEC_OPEN_PLAIN;
    after->asked = true;
    ust_diag_error(spec->diag, from, "'%s' would be gone", path);
    return -1;
}

/* The name that a persona's file says, or NULL. */
static const char *name_in(struct ust_spec *spec, const char *path)
{
    const struct ust_node *root = ust_spec_read(spec, path);
    const struct ust_node *name = root ? ust_node_get(root, "name") : NULL;
    return name && name->kind == UST_NODE_SCALAR ? name->text : NULL;
}

static enum ust_status check_new(const struct ust_library_change *change)
{
    struct after after = {.change = change};
    struct ust_spec_opener opener = {.open = open_after, .owner = &after};
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    spec.opener = &opener;
    enum ust_status status = ust_persona_check(&spec, change->new);
    ust_diag_print(spec.diag, stderr, "nothing was changed");
    if (status == UST_OK) {
        const char *name = name_in(&spec, change->new);
        if (!ust_text_equal(name ? name : "", change->name)) {
            (void)ust_cli_refused("the persona's 'name' is '%s', its file is for '%s'; "
                                  "`understudy persona rename` changes both",
                                  name ? name : "", change->name);
            status = UST_INVALID;
        }
    }
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return status;
}

/* A persona that extends what changes must stay valid. */
static enum ust_status check_other(const struct ust_library_change *change,
                                   const struct ust_library_item *item)
{
    struct after after = {.change = change};
    struct ust_spec_opener opener = {.open = open_after, .owner = &after};
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    spec.opener = &opener;
    enum ust_status status = ust_persona_check(&spec, item->path);
    if (status != UST_OK && after.asked) {
        ust_diag_print(spec.diag, stderr, "nothing was changed");
        (void)ust_cli_refused("'%s' builds on '%s' and would not be valid any more", item->name,
                              change->old ? change->old : change->new);
    }
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return after.asked ? status : UST_OK; /* what was wrong before is no reason to refuse */
}

static enum ust_status check(struct ust_library *library,
                             const struct ust_library_change *change)
{
    if (change->new)
        UST_TRY(check_new(change));
    size_t n;
    struct ust_library_item *items = ust_library_items(library, &n);
    enum ust_status status = UST_OK;
    for (size_t i = 0; i < n && status == UST_OK && change->old; i++)
        if (!same_file(items[i].path, change->old) && !same_file(items[i].path, change->new))
            status = check_other(change, &items[i]);
    free(items);
    return status;
}

/* ---- files ---- */

static bool write_all(int fd, const struct ust_text *text)
{
    for (size_t done = 0; done < text->length;) {
        ssize_t n = write(fd, ust_text_string(text) + done, text->length - done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return fsync(fd) == 0;
}

/* Beside its place, then into it. Where `fresh`, never over a file that is there. */
static enum ust_status put(struct ust_library *library, const char *path,
                           const struct ust_text *text, bool fresh)
{
    const char *slash = strrchr(path, '/');
    char *folder = ust_arena_text_n(library->arena, path, (size_t)(slash - path));
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return ust_cli_refused("cannot make '%s': %s", folder, strerror(errno));
    char *beside = ust_arena_printf(library->arena, "%s/.understudy-XXXXXX", folder);
    struct stat facts;
    mode_t mode = stat(path, &facts) == 0 ? facts.st_mode & 0777 : 0644;
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return ust_cli_refused("cannot write into '%s': %s", folder, strerror(errno));
    bool fine = write_all(fd, text) && fchmod(fd, mode) == 0;
    fine = close(fd) == 0 && fine;
    if (fine)
        fine = fresh ? link(beside, path) == 0 : rename(beside, path) == 0;
    int why = errno;
    if (!fine || fresh)
        unlink(beside);
    if (!fine && why == EEXIST)
        return ust_cli_refused("'%s' is there already", path);
    return fine ? UST_OK : ust_cli_refused("cannot write '%s': %s", path, strerror(why));
}

static enum ust_status take_away(const char *path)
{
    if (unlink(path) == 0)
        return UST_OK;
    return ust_cli_refused("cannot delete '%s': %s", path, strerror(errno));
}

static enum ust_status change_files(struct ust_library *library,
                                    const struct ust_library_change *change)
{
    bool update = change->old && change->new &&strcmp(change->old, change->new) == 0;
    if (change->new)
        UST_TRY(put(library, change->new, change->text, !update));
    enum ust_status status = change->old && !update ? take_away(change->old) : UST_OK;
    if (status != UST_OK && change->new)
        (void)take_away(change->new);
    return status;
}

static void change_back(struct ust_library *library, const struct ust_library_change *change,
                        const struct ust_text *before)
{
    bool update = change->old && change->new &&strcmp(change->old, change->new) == 0;
    enum ust_status status = UST_OK;
    if (change->old)
        status = put(library, change->old, before, false);
    if (change->new && !update && status == UST_OK)
        status = take_away(change->new);
    fprintf(stderr, "understudy: %s\n",
            status == UST_OK ? "the files are as they were"
                             : "the old file could not be put "
                               "back");
}

/* ---- files beside it ---- */

/* Writes the first files, up to the one that fails; `before` gets what was there, NULL:
 * nothing.
 */
static enum ust_status put_beside(struct ust_library *library,
                                  const struct ust_library_change *change,
                                  struct ust_text **before, size_t *done)
{
    enum ust_status status = UST_OK;
    for (*done = 0; *done < change->beside_n && status == UST_OK; ++*done) {
        const struct ust_library_file *file = &change->beside[*done];
        bool there = access(file->path, F_OK) == 0;
        before[*done] = there ? ust_arena_alloc(library->arena, struct ust_text, 1) : NULL;
        if (there)
            status = ust_library_read(file->path, before[*done]);
        if (status == UST_OK)
            status = put(library, file->path, file->text, false);
    }
    return status;
}

static void take_beside_back(struct ust_library *library,
                             const struct ust_library_change *change,
                             struct ust_text *const *before, size_t done)
{
    for (size_t i = 0; i < done; i++)
        if (before[i] != NULL)
            (void)put(library, change->beside[i].path, before[i], false);
        else
            (void)unlink(change->beside[i].path);
}

enum ust_status ust_library_apply(struct ust_library *library,
                                  const struct ust_library_change *change,
                                  char id[UST_REVISION_TEXT_MAX])
{
    const char **paths = ust_arena_alloc(library->arena, const char *, 2 + change->beside_n);
    struct ust_text **replaced =
        ust_arena_alloc(library->arena, struct ust_text *, change->beside_n + 1);
    size_t n = 0, beside = 0;
    *id = '\0';
    if (change->old)
        paths[n++] = change->old;
    if (change->new && !ust_text_equal(change->old ? change->old : "", change->new))
        paths[n++] = change->new;
    for (size_t i = 0; i < change->beside_n; i++)
        paths[n++] = change->beside[i].path;
    for (size_t i = 0; i < n && library->repository; i++)
        UST_TRY(ust_repository_clean(library->repository, paths[i]));
    if (library->repository)
        UST_TRY(ust_repository_author(library->repository, change->author));

    bool staged = false;
    struct ust_text before = {0};
    enum ust_status status = put_beside(library, change, replaced, &beside);
    if (status == UST_OK)
        status = check(library, change);
    if (status == UST_OK && change->old)
        status = ust_library_read(change->old, &before);
    if (status == UST_OK)
        status = change_files(library, change);
    if (status == UST_OK && library->repository) {
        status = ust_repository_commit(library->repository, paths, n, change->message, id);
        staged = status != UST_OK;
        if (staged)
            change_back(library, change, &before);
    }
    if (status != UST_OK)
        take_beside_back(library, change, replaced, beside);
    if (staged)
        ust_repository_restage(library->repository, paths, n);
    for (size_t i = 0; i < beside; i++)
        if (replaced[i] != NULL)
            ust_text_free(replaced[i]);
    ust_text_free(&before);
    return status;
}
