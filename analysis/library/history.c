/* Versions: a file at a revision, the commits that changed it, and the difference of two. */
#include <string.h>

#include "analysis/library/repository_parts.h"
#include "sim/cli/cli.h"

git_commit *ust_repository_revision(const struct ust_repository *repository,
                                    const char *revision)
{
    git_object *object = NULL, *commit = NULL;
    if (git_revparse_single(&object, repository->git, revision) == 0)
        (void)git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
    git_object_free(object);
    return (git_commit *)commit;
}

/* The blob of a path in a commit; false where it has none. */
static bool blob_at(git_commit *commit, const char *inside, git_oid *out)
{
    git_tree *tree = NULL;
    git_tree_entry *entry = NULL;
    bool found = commit && git_commit_tree(&tree, commit) == 0 &&
                 git_tree_entry_bypath(&entry, tree, inside) == 0;
    if (found)
        *out = *git_tree_entry_id(entry);
    git_tree_entry_free(entry);
    git_tree_free(tree);
    return found;
}

enum ust_status ust_repository_read(struct ust_repository *repository, const char *path,
                                    const char *revision, struct ust_text *out)
{
    struct ust_text inside = {0};
    git_oid id;
    git_blob *blob = NULL;
    git_commit *commit = ust_repository_revision(repository, revision);
    enum ust_status status = ust_repository_inside(repository, path, &inside);
    if (status == UST_OK && !commit)
        status = ust_cli_refused("unknown revision '%s'", revision);
    if (status == UST_OK && !blob_at(commit, ust_text_string(&inside), &id))
        status =
            ust_cli_refused("revision '%s' has no '%s'", revision, ust_text_string(&inside));
    if (status == UST_OK && git_blob_lookup(&blob, repository->git, &id) != 0)
        status = ust_repository_failed("cannot read that version");
    if (status == UST_OK)
        ust_text_add_n(out, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
    git_blob_free(blob);
    git_commit_free(commit);
    ust_text_free(&inside);
    return status;
}

/* ---- history ---- */

/* What the file was called before the commit that brought it under this name, if it was. */
static bool name_before(struct ust_repository *repository, git_commit *commit,
                        git_commit *parent, struct ust_text *inside)
{
    git_tree *new = NULL, *old = NULL;
    git_diff *diff = NULL;
    bool found = false;
    git_diff_find_options options;
    git_diff_find_options_init(&options, GIT_DIFF_FIND_OPTIONS_VERSION);
    options.flags = GIT_DIFF_FIND_RENAMES;
    if (git_commit_tree(&new, commit) == 0 && git_commit_tree(&old, parent) == 0 &&
        git_diff_tree_to_tree(&diff, repository->git, old, new, NULL) == 0 &&
        git_diff_find_similar(diff, &options) == 0) {
        for (size_t i = 0; i < git_diff_num_deltas(diff) && !found; i++) {
            const git_diff_delta *delta = git_diff_get_delta(diff, i);
            if (delta->status != GIT_DELTA_RENAMED ||
                !ust_text_equal(delta->new_file.path, ust_text_string(inside)))
                continue;
            ust_text_clear(inside);
            ust_text_add(inside, delta->old_file.path);
            found = true;
        }
    }
    git_diff_free(diff);
    git_tree_free(old);
    git_tree_free(new);
    return found;
}

static void tell_change(git_commit *commit, bool there, const git_oid *blob, const char *inside,
                        ust_repository_tell *tell, void *owner)
{
    const git_signature *author = git_commit_author(commit);
    const char *summary = git_commit_summary(commit);
    struct ust_repository_change change = {.unix_s = author->when.time,
                                           .offset_min = author->when.offset,
                                           .author = author->name,
                                           .mail = author->email,
                                           .summary = summary ? summary : "",
                                           .path = inside};
    git_oid_tostr(change.id, sizeof change.id, git_commit_id(commit));
    if (there)
        git_oid_tostr(change.blob, sizeof change.blob, blob);
    tell(owner, &change);
}

/* Is the commit one that changed the file? A merge that agrees with a parent is not. */
static void visit(struct ust_repository *repository, git_commit *commit,
                  struct ust_text *inside, ust_repository_tell *tell, void *owner)
{
    git_oid mine, theirs;
    bool there = blob_at(commit, ust_text_string(inside), &mine), same = false;
    unsigned n = git_commit_parentcount(commit);
    git_commit *first = NULL;
    bool before = false;
    for (unsigned i = 0; i < n && !same; i++) {
        git_commit *parent = NULL;
        if (git_commit_parent(&parent, commit, i) != 0)
            continue;
        bool had = blob_at(parent, ust_text_string(inside), &theirs);
        before |= had;
        same = had == there && (!had || git_oid_equal(&mine, &theirs));
        if (i == 0)
            first = parent;
        else
            git_commit_free(parent);
    }
    if (!same && (there || n > 0)) {
        tell_change(commit, there, &mine, ust_text_string(inside), tell, owner);
        if (there && !before && first)
            (void)name_before(repository, commit, first, inside);
    }
    git_commit_free(first);
}

enum ust_status ust_repository_history(struct ust_repository *repository, const char *path,
                                       ust_repository_tell *tell, void *owner)
{
    struct ust_text inside = {0};
    enum ust_status status = ust_repository_inside(repository, path, &inside);
    git_revwalk *walk = NULL;
    git_oid id;
    if (status == UST_OK && git_repository_head_unborn(repository->git) != 1) {
        if (git_revwalk_new(&walk, repository->git) != 0 || git_revwalk_push_head(walk) != 0)
            status = ust_repository_failed("cannot read the history");
        else
            git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME);
    }
    while (status == UST_OK && walk && git_revwalk_next(&id, walk) == 0) {
        git_commit *commit = NULL;
        if (git_commit_lookup(&commit, repository->git, &id) != 0)
            status = ust_repository_failed("cannot read the history");
        else
            visit(repository, commit, &inside, tell, owner);
        git_commit_free(commit);
    }
    git_revwalk_free(walk);
    ust_text_free(&inside);
    return status;
}

static void count(void *owner, const struct ust_repository_change *change)
{
    (void)change;
    ++*(size_t *)owner;
}

bool ust_repository_ever(struct ust_repository *repository, const char *path)
{
    size_t n = 0;
    return ust_repository_history(repository, path, count, &n) == UST_OK && n > 0;
}

enum ust_status ust_repository_diff(const char *old_name, const struct ust_text *old,
                                    const char *new_name, const struct ust_text *new,
                                    struct ust_text *out)
{
    git_libgit2_init();
    git_patch *patch = NULL;
    git_buf text = {0};
    git_diff_options options;
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.old_prefix = options.new_prefix = "";
    enum ust_status status = UST_OK;
    if (git_patch_from_buffers(&patch, ust_text_string(old), old->length, old_name,
                               ust_text_string(new), new->length, new_name, &options) != 0 ||
        git_patch_to_buf(&text, patch) != 0)
        status = ust_repository_failed("cannot compare");
    else if (text.ptr)
        ust_text_add_n(out, text.ptr, text.size);
    git_buf_dispose(&text);
    git_patch_free(patch);
    git_libgit2_shutdown();
    return status;
}
