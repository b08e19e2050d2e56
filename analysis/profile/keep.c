#include "analysis/profile/keep.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/library/library.h"
#include "sim/cli/cli.h"
#include "sim/cli/output.h"
#include "sim/spec/spec.h"

static bool is_folder(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* ---- what was there before ---- */

enum ust_status ust_keep_before(const char *folder, struct ust_arena *arena,
                                struct ust_profile_model **out)
{
    const char *path = ust_arena_printf(arena, "%s/%s", folder, UST_PROFILE_MODEL_FILE);
    json_error_t error;
    *out = NULL;
    if (!is_there(path))
        return UST_OK;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        return ust_cli_refused("cannot read '%s': %s", path, error.text);
    struct ust_profile_model *model = ust_arena_alloc(arena, struct ust_profile_model, 1);
    const char *why = ust_profile_model_read(root, arena, model);
    json_decref(root);
    if (why != NULL)
        return ust_cli_refused("cannot use '%s': %s", path, why);
    *out = model;
    return UST_OK;
}

/* `how` of the source of the persona in a file; NULL where there is none to be read. */
static bool was_profiled(const char *path)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    const struct ust_node *root = ust_spec_read(&spec, path);
    const struct ust_node *source = root != NULL ? ust_node_get(root, "source") : NULL;
    const struct ust_node *how =
        source != NULL && source->kind == UST_NODE_MAP ? ust_node_get(source, "how") : NULL;
    bool is = how != NULL && how->kind == UST_NODE_SCALAR && strcmp(how->text, "profiled") == 0;
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return is;
}

static enum ust_status refuse_others(const struct ust_keep *how, const struct ust_kept *kept)
{
    if (how->replace || !is_there(kept->file) || was_profiled(kept->file))
        return UST_OK;
    return ust_cli_refused(
        "'%s' is there already and was not made of traffic; --force replaces "
        "it",
        kept->file);
}

/* ---- the trial: all of it beside its place ---- */

static enum ust_status write_one(const char *folder, const struct ust_kept *kept,
                                 struct ust_arena *arena)
{
    enum ust_status status = UST_OK;
    for (uint32_t t = 0; t < kept->text.tables && status == UST_OK; t++)
        status =
            ust_output_text(ust_arena_printf(arena, "%s/%s", folder, kept->text.table[t].file),
                            ust_text_string(&kept->text.table[t].text));
    if (status == UST_OK)
        status = ust_output_text(ust_arena_printf(arena, "%s/%s.yaml", folder, kept->name),
                                 ust_text_string(&kept->text.yaml));
    return status;
}

/* By the reader that scenarios use. What is wrong then is our mistake, and is shown. */
static enum ust_status check_one(const char *folder, const struct ust_kept *kept,
                                 struct ust_arena *arena)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    const char *path = ust_arena_printf(arena, "%s/%s.yaml", folder, kept->name);
    enum ust_status status = ust_persona_check(&spec, path);
    ust_diag_print(spec.diag, stderr, "no persona was written");
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return status;
}

static void empty(const char *folder)
{
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    (void)rmdir(folder);
}

/* ---- a plain folder ---- */

static enum ust_status move_one(const char *from, const struct ust_keep *how,
                                const struct ust_kept *kept, struct ust_arena *arena)
{
    for (uint32_t t = 0; t <= kept->text.tables; t++) {
        const char *name = t < kept->text.tables
                               ? kept->text.table[t].file
                               : ust_arena_printf(arena, "%s.yaml", kept->name);
        const char *to = ust_arena_printf(arena, "%s/%s", how->folder, name);
        if (rename(ust_arena_printf(arena, "%s/%s", from, name), to) != 0)
            return ust_cli_refused("cannot write '%s': %s", to, strerror(errno));
    }
    return UST_OK;
}

/* ---- a library ---- */

static enum ust_status add_to_library(struct ust_library *library, const struct ust_keep *how,
                                      const struct ust_kept *kept, struct ust_arena *arena)
{
    struct ust_library_item place;
    UST_TRY(ust_library_place(library, kept->name, false, &place));
    struct ust_library_file *beside =
        ust_arena_alloc(arena, struct ust_library_file, kept->text.tables + 1);
    for (uint32_t t = 0; t < kept->text.tables; t++)
        beside[t] = (struct ust_library_file){
            ust_arena_printf(arena, "%s/users/%s", how->folder, kept->text.table[t].file),
            &kept->text.table[t].text};
    bool update = is_there(place.path);
    struct ust_text now = {0};
    bool same = update && ust_library_read(place.path, &now) == UST_OK &&
                strcmp(ust_text_string(&now), ust_text_string(&kept->text.yaml)) == 0;
    ust_text_free(&now);
    if (same)
        return UST_OK;
    const struct ust_library_change change = {
        .old = update ? place.path : NULL,
        .new = place.path,
        .text = &kept->text.yaml,
        .name = kept->name,
        .message = ust_arena_printf(arena, "personas: %s %s from traffic",
                                    update ? "update" : "create", kept->name),
        .author = how->author,
        .beside = beside,
        .beside_n = kept->text.tables};
    char id[UST_REVISION_TEXT_MAX];
    return ust_library_apply(library, &change, id);
}

static enum ust_status commit_model(struct ust_library *library, const char *path,
                                    const char *text)
{
    char id[UST_REVISION_TEXT_MAX];
    struct ust_text now = {0};
    bool same = is_there(path) && ust_library_read(path, &now) == UST_OK &&
                strcmp(ust_text_string(&now), text) == 0;
    ust_text_free(&now);
    if (same)
        return UST_OK;
    if (library->repository != NULL)
        UST_TRY(ust_repository_clean(library->repository, path));
    UST_TRY(ust_output_text(path, text));
    if (library->repository == NULL)
        return UST_OK;
    return ust_repository_commit(library->repository, &path, 1,
                                 "personas: what tells those of traffic apart", id);
}

/* ---- all ---- */

static char *model_text(const struct ust_profile_model *model)
{
    json_t *root = ust_profile_model_json(model);
    char *text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    json_decref(root);
    if (text == NULL)
        ust_out_of_memory(0);
    return text;
}

static enum ust_status keep_in_library(const struct ust_keep *how, struct ust_kept *kept,
                                       uint32_t n, const char *model, struct ust_arena *arena)
{
    struct ust_library library;
    UST_TRY(ust_library_open(&library, how->folder));
    enum ust_status status = ust_library_lock(&library);
    if (status == UST_OK && library.repository != NULL)
        status = ust_repository_author(library.repository, how->author);
    for (uint32_t i = 0; i < n && status == UST_OK; i++)
        status = add_to_library(&library, how, &kept[i], arena);
    if (status == UST_OK && model != NULL)
        status = commit_model(
            &library, ust_arena_printf(arena, "%s/%s", how->folder, UST_PROFILE_MODEL_FILE),
            model);
    ust_library_close(&library);
    return status;
}

static enum ust_status keep_in_folder(const struct ust_keep *how, const char *trial,
                                      struct ust_kept *kept, uint32_t n, const char *model,
                                      struct ust_arena *arena)
{
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < n && status == UST_OK; i++)
        status = move_one(trial, how, &kept[i], arena);
    if (status == UST_OK && model != NULL)
        status = ust_output_text(
            ust_arena_printf(arena, "%s/%s", how->folder, UST_PROFILE_MODEL_FILE), model);
    return status;
}

enum ust_status ust_keep_personas(const struct ust_keep *how, struct ust_kept *kept, uint32_t n,
                                  const struct ust_profile_model *model,
                                  struct ust_arena *arena)
{
    bool library = is_folder(ust_arena_printf(arena, "%s/users", how->folder));
    if (mkdir(how->folder, 0777) != 0 && errno != EEXIST)
        return ust_cli_refused("cannot make '%s': %s", how->folder, strerror(errno));
    for (uint32_t i = 0; i < n; i++) {
        kept[i].file = ust_arena_printf(arena, "%s/%s%s.yaml", how->folder,
                                        library ? "users/" : "", kept[i].name);
        UST_TRY(refuse_others(how, &kept[i]));
    }
    char *trial = ust_arena_printf(arena, "%s/.understudy-XXXXXX", how->folder);
    if (mkdtemp(trial) == NULL)
        return ust_cli_refused("cannot write into '%s': %s", how->folder, strerror(errno));
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < n && status == UST_OK; i++)
        status = write_one(trial, &kept[i], arena);
    for (uint32_t i = 0; i < n && status == UST_OK; i++)
        status = check_one(trial, &kept[i], arena);
    char *text = model != NULL ? model_text(model) : NULL;
    if (status == UST_OK && library)
        status = keep_in_library(how, kept, n, text, arena);
    else if (status == UST_OK)
        status = keep_in_folder(how, trial, kept, n, text, arena);
    free(text);
    empty(trial);
    return status;
}
