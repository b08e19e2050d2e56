/* Commits: what must hold before, and how one is made without touching anything else. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/library/repository_parts.h"
#include "sim/base/arena.h"
#include "sim/cli/cli.h"

enum ust_status ust_repository_failed(const char *what)
{
    const git_error *error = git_error_last();
    return ust_cli_refused("%s: %s", what,
                           error && error->message ? error->message : "git does not say why");
}

static char *text_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(ust_malloc(size), text, size);
}

enum ust_status ust_repository_inside(const struct ust_repository *repository, const char *path,
                                      struct ust_text *out)
{
    /* The file may be gone, and its folder: the nearest folder that is there decides. */
    char folder[PATH_MAX], real[PATH_MAX];
    size_t top = strlen(repository->top);
    if (strlen(path) >= sizeof folder)
        return ust_cli_refused("'%s' is too long for a path", path);
    memcpy(folder, path, strlen(path) + 1);
    const char *rest = path, *at = folder;
    do {
        char *slash = strrchr(folder, '/');
        rest = slash ? path + (slash - folder) + 1 : path;
        at = !slash ? "." : slash == folder ? "/" : folder;
        if (slash)
            *slash = '\0';
    } while (!realpath(at, real) && strcmp(at, ".") != 0 && strcmp(at, "/") != 0);
    if (strncmp(real, repository->top, top) != 0 || (real[top] != '/' && real[top] != '\0'))
        return ust_cli_refused("'%s' is outside of the repository '%s'", path, repository->top);
    ust_text_clear(out);
    if (real[top] == '/')
        ust_text_printf(out, "%s/", real + top + 1);
    ust_text_add(out, rest);
    return UST_OK;
}

enum ust_status ust_repository_open(const char *folder, struct ust_repository **out)
{
    *out = NULL;
    git_libgit2_init();
    git_repository *git = NULL;
    int code = git_repository_open_ext(&git, folder, 0, NULL);
    if (code == GIT_ENOTFOUND) {
        git_libgit2_shutdown();
        return UST_OK;
    }
    char real[PATH_MAX];
    const char *work = code == 0 ? git_repository_workdir(git) : NULL;
    if (code != 0 || !work || !realpath(work, real)) {
        enum ust_status status =
            code != 0 ? ust_repository_failed("cannot open the library's repository")
                      : ust_cli_refused("the repository of '%s' has no working tree", folder);
        git_repository_free(git);
        git_libgit2_shutdown();
        return status;
    }
    struct ust_repository *repository = ust_malloc(sizeof *repository);
    *repository = (struct ust_repository){.git = git, .top = text_copy(real)};
    struct ust_text inside = {0};
    ust_text_printf(&inside, "%s/x", folder);
    char *probe = text_copy(ust_text_string(&inside));
    int ignored = 0;
    enum ust_status status = ust_repository_inside(repository, probe, &inside);
    if (status == UST_OK)
        (void)git_ignore_path_is_ignored(&ignored, git, ust_text_string(&inside));
    free(probe);
    ust_text_free(&inside);
    if (status == UST_OK && !ignored)
        *out = repository;
    else
        ust_repository_close(repository);
    return status;
}

void ust_repository_close(struct ust_repository *repository)
{
    if (!repository)
        return;
    git_signature_free(repository->author);
    git_repository_free(repository->git);
    free(repository->top);
    free(repository);
    git_libgit2_shutdown();
}

enum ust_status ust_repository_ready(struct ust_repository *repository)
{
    if (git_repository_head_detached(repository->git) == 1)
        return ust_cli_refused("the head of '%s' is detached: a commit would belong to no "
                               "branch; `git switch BRANCH` first",
                               repository->top);
    if (git_repository_state(repository->git) != GIT_REPOSITORY_STATE_NONE)
        return ust_cli_refused("a merge, rebase or the like is half done in '%s'; end it first",
                               repository->top);
    struct ust_text lock = {0};
    ust_text_printf(&lock, "%sindex.lock", git_repository_path(repository->git));
    enum ust_status status = UST_OK;
    if (access(ust_text_string(&lock), F_OK) == 0)
        status = ust_cli_refused("git is at work in '%s': '%s' is there; try again when it is "
                                 "done",
                                 repository->top, ust_text_string(&lock));
    ust_text_free(&lock);
    return status;
}

enum ust_status ust_repository_clean(struct ust_repository *repository, const char *path)
{
    struct ust_text inside = {0};
    enum ust_status status = ust_repository_inside(repository, path, &inside);
    unsigned flags = 0;
    int code = status == UST_OK
                   ? git_status_file(&flags, repository->git, ust_text_string(&inside))
                   : 0;
    ust_text_free(&inside);
    if (status != UST_OK || code == GIT_ENOTFOUND) /* neither committed nor there */
        return status;
    if (code != 0)
        return ust_repository_failed("cannot tell whether the file was changed");
    if (flags == GIT_STATUS_CURRENT)
        return UST_OK;
    bool gone = flags & (GIT_STATUS_WT_DELETED | GIT_STATUS_INDEX_DELETED);
    bool fresh = flags & (GIT_STATUS_WT_NEW | GIT_STATUS_INDEX_NEW);
    return ust_cli_refused("'%s' was %s outside of this library and not committed; "
                           "`git commit` or `git restore` it first",
                           path,
                           gone    ? "deleted"
                           : fresh ? "added"
                                   : "changed");
}

enum ust_status ust_repository_author(struct ust_repository *repository, const char *author)
{
    if (!author) {
        int code = git_signature_default(&repository->author, repository->git);
        if (code == 0)
            return UST_OK;
        if (code != GIT_ENOTFOUND)
            return ust_repository_failed("cannot tell who you are");
        return ust_cli_refused("nobody to sign the change: `git config user.name` and "
                               "`user.email`, or --author 'NAME <MAIL>'");
    }
    const char *open = strchr(author, '<'), *close = open ? strchr(open, '>') : NULL;
    size_t name = open ? (size_t)(open - author) : 0;
    while (name > 0 && author[name - 1] == ' ')
        name--;
    if (name == 0 || !close || close[1] != '\0' || close == open + 1) {
        (void)ust_cli_refused("--author is '%s', must be like 'NAME <MAIL>'", author);
        return UST_INVALID;
    }
    char *who = text_copy(author), *mail = text_copy(open + 1);
    who[name] = '\0';
    mail[close - open - 1] = '\0';
    int code = git_signature_now(&repository->author, who, mail);
    free(who);
    free(mail);
    return code == 0 ? UST_OK : ust_repository_failed("cannot use --author");
}

/* ---- the commit ---- */

/* One path in an index: as the working tree has it, or no more. */
static int record(git_index *index, const char *path, const char *inside)
{
    if (access(path, F_OK) != 0) {
        int code = git_index_remove_bypath(index, inside);
        return code == GIT_ENOTFOUND ? 0 : code;
    }
    return git_index_add_bypath(index, inside);
}

/* The tree of the head with these paths as they now are: what is staged besides stays out. */
static int make_tree(const struct ust_repository *repository, git_commit *parent,
                     git_index *staged, const char *const *inside, size_t n, git_oid *out)
{
    git_index *index = NULL;
    git_tree *tree = NULL;
    int code = git_index_new(&index);
    if (code == 0 && parent)
        code = git_commit_tree(&tree, parent);
    if (code == 0 && tree)
        code = git_index_read_tree(index, tree);
    for (size_t i = 0; i < n && code == 0; i++) {
        const git_index_entry *entry = git_index_get_bypath(staged, inside[i], 0);
        if (entry)
            code = git_index_add(index, entry);
        else if (git_index_get_bypath(index, inside[i], 0))
            code = git_index_remove(index, inside[i], 0);
    }
    if (code == 0)
        code = git_index_write_tree_to(out, index, repository->git);
    git_tree_free(tree);
    git_index_free(index);
    return code;
}

static int commit(const struct ust_repository *repository, const char *const *paths,
                  const char *const *inside, size_t n, const char *message, git_oid *id)
{
    git_object *head = NULL;
    git_index *index = NULL;
    git_oid tree;
    int code = git_revparse_single(&head, repository->git, "HEAD^{commit}");
    if (code == GIT_ENOTFOUND) /* a repository without a commit */
        code = 0;
    if (code == 0)
        code = git_repository_index(&index, repository->git);
    for (size_t i = 0; i < n && code == 0; i++)
        code = record(index, paths[i], inside[i]);
    const git_commit *parent = (const git_commit *)head;
    if (code == 0)
        code = make_tree(repository, (git_commit *)head, index, inside, n, &tree);
    git_tree *whole = NULL;
    if (code == 0)
        code = git_tree_lookup(&whole, repository->git, &tree);
    if (code == 0)
        code = git_index_write(index); /* takes git's own lock */
    if (code == 0)
        code = git_commit_create(id, repository->git, "HEAD", repository->author,
                                 repository->author, NULL, message, whole, parent ? 1 : 0,
                                 &parent);
    git_tree_free(whole);
    git_index_free(index);
    git_object_free(head);
    return code;
}

enum ust_status ust_repository_commit(struct ust_repository *repository,
                                      const char *const *paths, size_t n, const char *message,
                                      char id[UST_REVISION_TEXT_MAX])
{
    struct ust_text *text = ust_malloc((n + 1) * sizeof *text);
    const char **inside = ust_malloc((n + 1) * sizeof *inside);
    memset(text, 0, (n + 1) * sizeof *text);
    enum ust_status status = UST_OK;
    for (size_t i = 0; i < n && status == UST_OK; i++) {
        status = ust_repository_inside(repository, paths[i], &text[i]);
        inside[i] = ust_text_string(&text[i]);
    }
    git_oid made;
    if (status == UST_OK && commit(repository, paths, inside, n, message, &made) != 0)
        status = ust_repository_failed("cannot commit");
    if (status == UST_OK)
        git_oid_tostr(id, UST_REVISION_TEXT_MAX, &made);
    for (size_t i = 0; i < n; i++)
        ust_text_free(&text[i]);
    free(text);
    free(inside);
    return status;
}

void ust_repository_restage(struct ust_repository *repository, const char *const *paths,
                            size_t n)
{
    git_index *index = NULL;
    struct ust_text inside = {0};
    if (git_repository_index(&index, repository->git) != 0)
        return;
    (void)git_index_read(index, 1);
    for (size_t i = 0; i < n; i++)
        if (ust_repository_inside(repository, paths[i], &inside) == UST_OK)
            (void)record(index, paths[i], ust_text_string(&inside));
    (void)git_index_write(index);
    git_index_free(index);
    ust_text_free(&inside);
}
