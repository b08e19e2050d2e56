/* Pinned personas: from PATH@REVISION to the bytes that git has. */
#include "models/persona/versions.h"

#include <git2.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/sha1.h"

/* Digits of a commit's id that a path shows: those of git's own long listings. */
#define SHOWN 12

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *ust_persona_name_wrong(const char *name)
{
    size_t length = strlen(name), stem = length;
    if (length == 0)
        return "is empty";
    if (strchr(name, '/'))
        return "leads out of the library; a name has no folders";
    if (length > UST_PERSONA_NAME_MAX)
        return "is too long; at most 64 letters";
    for (size_t i = 0; i < length; i++)
        if (!is_letter_or_digit(name[i]) && !strchr("-_.", name[i]))
            return "must be of letters, digits, - _ and .";
    if (!is_letter_or_digit(name[0]))
        return "must begin with a letter or a digit";
    if (stem > 5 && strcmp(name + stem - 5, ".yaml") == 0)
        return "is a file's; the name goes without .yaml";
    return NULL;
}

/* ---- bytes of a revision ---- */

static const char *git_said(void)
{
    const git_error *error = git_error_last();
    return error && error->message ? error->message : "git does not say why";
}

/* The repository around a path, and the path inside it. The folder may be gone by now: the
 * nearest one that is there decides. */
static git_repository *around(const char *path, struct ust_text *inside)
{
    char real[PATH_MAX], top[PATH_MAX];
    char folder[PATH_MAX];
    if (strlen(path) >= sizeof folder)
        return NULL;
    memcpy(folder, path, strlen(path) + 1);
    const char *rest = path;
    for (;;) {
        char *slash = strrchr(folder, '/');
        rest = slash ? path + (slash - folder) + 1 : path;
        if (slash)
            *slash = '\0';
        const char *at = !slash ? "." : *folder == '\0' ? "/" : folder;
        if (realpath(at, real))
            break;
        if (!slash)
            return NULL;
    }
    git_repository *repository = NULL;
    if (strstr(rest, "../") || git_repository_open_ext(&repository, real, 0, NULL) != 0)
        return NULL;
    const char *work = git_repository_workdir(repository);
    size_t n = 0;
    if (!work || !realpath(work, top) || strncmp(real, top, n = strlen(top)) != 0) {
        git_repository_free(repository);
        return NULL;
    }
    if (real[n] == '/')
        n++;
    ust_text_printf(inside, "%s%s%s", real + n, real[n] ? "/" : "", rest);
    return repository;
}

static git_commit *commit_of(git_repository *repository, const char *revision)
{
    git_object *object = NULL, *commit = NULL;
    if (git_revparse_single(&object, repository, revision) == 0)
        (void)git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
    git_object_free(object);
    return (git_commit *)commit;
}

static git_blob *blob_of(git_repository *repository, git_commit *commit, const char *inside)
{
    git_tree *tree = NULL;
    git_tree_entry *entry = NULL;
    git_blob *blob = NULL;
    if (git_commit_tree(&tree, commit) == 0 && git_tree_entry_bypath(&entry, tree, inside) == 0)
        (void)git_blob_lookup(&blob, repository, git_tree_entry_id(entry));
    git_tree_entry_free(entry);
    git_tree_free(tree);
    return blob;
}

/* "0123456789ab:./personas/users/x.yaml": what is behind the colon, or NULL. */
static const char *behind_revision(const char *path)
{
    for (int i = 0; i < SHOWN; i++)
        if (!((path[i] >= '0' && path[i] <= '9') || (path[i] >= 'a' && path[i] <= 'f')))
            return NULL;
    return path[SHOWN] == ':' ? path + SHOWN + 1 : NULL;
}

static int open_version(void *owner, struct ust_spec *spec, const char *path,
                        struct ust_place from)
{
    (void)owner;
    const char *file = behind_revision(path);
    if (!file)
        return UST_SPEC_OPEN_PLAIN;
    git_libgit2_init();
    char revision[SHOWN + 1] = {0};
    memcpy(revision, path, SHOWN);
    struct ust_text inside = {0};
    git_repository *repository = around(file, &inside);
    git_commit *commit = repository ? commit_of(repository, revision) : NULL;
    git_blob *blob = commit ? blob_of(repository, commit, ust_text_string(&inside)) : NULL;
    int fd = -1;
    if (blob)
        fd = ust_spec_memory(spec, path, from, git_blob_rawcontent(blob),
                             (size_t)git_blob_rawsize(blob));
    else
        ust_diag_error(spec->diag, from, "'%s' cannot be read: %s", path,
                       repository ? git_said() : "it is in no git repository");
    git_blob_free(blob);
    git_commit_free(commit);
    git_repository_free(repository);
    ust_text_free(&inside);
    git_libgit2_shutdown();
    return fd;
}

static const struct ust_spec_opener opener = {.open = open_version};

/* ---- pins ---- */

struct pin {
    const char *file; /* without the revision; a bare name where `name` */
    const char *revision;
    const char *folder; /* of the file that pins, with its slash; "" */
    bool name;
};

static bool find_pin(struct ust_spec *spec, const char *path, struct ust_place from,
                     struct pin *pin)
{
    if (!strchr(path, '@') || access(path, F_OK) == 0)
        return false;
    const char *slash = from.file ? strrchr(from.file, '/') : NULL;
    size_t folder = slash ? (size_t)(slash + 1 - from.file) : 0;
    if (strncmp(path, from.file ? from.file : "", folder) != 0)
        folder = 0;
    const char *at = strstr(path, ".yaml@");
    at = at ? at + strlen(".yaml") : strchr(path + folder, '@');
    if (!at)
        return false;
    *pin = (struct pin){.folder = ust_arena_text_n(spec->arena, path, folder),
                        .file = ust_arena_text_n(spec->arena, path, (size_t)(at - path)),
                        .revision = at + 1};
    if (!ust_persona_name_wrong(pin->file + folder)) {
        pin->name = true;
        pin->file += folder;
    }
    return true;
}

/* Does the revision have the file? Then the path that reads it. */
static const char *at_revision(struct ust_spec *spec, const char *file, const char *revision,
                               struct ust_text *why)
{
    struct ust_text inside = {0};
    const char *found = NULL;
    git_repository *repository = around(file, &inside);
    git_commit *commit = repository ? commit_of(repository, revision) : NULL;
    git_blob *blob = commit ? blob_of(repository, commit, ust_text_string(&inside)) : NULL;
    ust_text_clear(why);
    if (blob) {
        char id[GIT_OID_HEXSZ + 1];
        git_oid_tostr(id, SHOWN + 1, git_commit_id(commit));
        found =
            ust_arena_printf(spec->arena, "%s:%s%s", id, strchr(file, '/') ? "" : "./", file);
    } else if (!repository) {
        ust_text_add(why, "it is in no git repository");
    } else if (!commit) {
        ust_text_printf(why, "unknown revision '%s'", revision);
    } else {
        ust_text_printf(why, "revision '%s' has no '%s'", revision, ust_text_string(&inside));
    }
    git_blob_free(blob);
    git_commit_free(commit);
    git_repository_free(repository);
    ust_text_free(&inside);
    return found;
}

/* A name is looked for where scenarios and libraries usually lie. */
static const char *in_library(struct ust_spec *spec, const struct pin *pin, const char *kind,
                              struct ust_text *why)
{
    static const char *const libraries[] = {"personas", "../personas"};
    struct ust_text first = {0};
    const char *found = NULL;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries && !found; i++) {
        char *library = ust_arena_printf(spec->arena, "%s%s", pin->folder, libraries[i]);
        if (access(library, F_OK) != 0)
            continue;
        found = at_revision(
            spec, ust_arena_printf(spec->arena, "%s/%ss/%s.yaml", library, kind, pin->file),
            pin->revision, why);
        if (first.length == 0)
            ust_text_add(&first, ust_text_string(why));
    }
    ust_text_clear(why);
    ust_text_add(why, first.length > 0 ? ust_text_string(&first)
                                       : "there is no folder 'personas' beside the scenario "
                                         "or one above");
    ust_text_free(&first);
    return found;
}

const char *ust_persona_pinned(struct ust_spec *spec, const char *path, struct ust_place from,
                               const char *kind)
{
    struct pin pin;
    if (!find_pin(spec, path, from, &pin))
        return path;
    git_libgit2_init();
    struct ust_text why = {0};
    const char *found = pin.name ? in_library(spec, &pin, kind, &why)
                                 : at_revision(spec, pin.file, pin.revision, &why);
    if (!found)
        ust_diag_error(spec->diag, from, "'%s@%s' cannot be read: %s", pin.file, pin.revision,
                       ust_text_string(&why));
    ust_text_free(&why);
    git_libgit2_shutdown();
    if (!spec->opener)
        spec->opener = &opener;
    return found;
}

struct ust_persona_version ust_persona_version_of(const struct ust_spec *spec,
                                                  const struct ust_node *node)
{
    const char *path = node->place.file;
    const char *text = ust_diag_source_text(spec->diag, path);
    struct ust_persona_version version = {"", ""};
    if (text) {
        char id[UST_SHA1_TEXT_MAX];
        version.blob = ust_arena_text(spec->arena, ust_git_blob_id(text, strlen(text), id));
    }
    if (behind_revision(path))
        version.revision = ust_arena_text_n(spec->arena, path, SHOWN);
    return version;
}
