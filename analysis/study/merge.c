#include "analysis/study/merge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/study/folder.h"
#include "sim/cli/cli.h"
#include "sim/store/lease.h"

/* ---- what is there ---- */

static enum ust_status is_folder(const char *path, bool *is)
{
    struct stat facts;
    if (stat(path, &facts) != 0)
        return ust_cli_refused("cannot open '%s': %s", path, strerror(errno));
    *is = S_ISDIR(facts.st_mode);
    return UST_OK;
}

static enum ust_status look_at_kinds(const char *const *paths, uint32_t n, bool *folders)
{
    UST_TRY(is_folder(paths[0], folders));
    for (uint32_t i = 1; i < n; i++) {
        bool is;
        UST_TRY(is_folder(paths[i], &is));
        if (is == *folders)
            continue;
        fprintf(stderr,
                "understudy: '%s' is a %s and '%s' a %s; shards of `run` are files, "
                "those of `sweep` folders\n",
                paths[0], *folders ? "folder" : "file", paths[i], is ? "folder" : "file");
        return UST_INVALID;
    }
    return UST_OK;
}

/* What stands where the result is to go may only be of understudy, and goes only if told. */
static enum ust_status may_go(const struct ust_merge_options *options, bool folders)
{
    struct stat facts;
    if (lstat(options->output, &facts) != 0)
        return UST_OK;
    if (S_ISDIR(facts.st_mode) != folders)
        return ust_cli_refused("%s: is %s; it was left untouched", options->output,
                               folders ? "no folder" : "a folder");
    if (folders && ust_folder_empty(options->output))
        return UST_OK;
    if (!options->replace)
        return ust_cli_refused("%s: is there already; give another name, or --force to replace "
                               "it",
                               options->output);
    if (folders)
        return ust_folder_of_study(options->output);
    struct ust_store *store;
    struct ust_shard shard;
    bool complete;
    UST_TRY(ust_store_open_shard(options->output, &store, &shard, &complete));
    ust_store_close(store);
    return ust_lease_look(options->output, &ust_lease_usual);
}

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* ---- files ---- */

static void forget_file(struct ust_arena *arena, const char *path)
{
    unlink(path);
    unlink(ust_arena_printf(arena, "%s-journal", path));
}

static enum ust_status merge_files(struct ust_arena *arena,
                                   const struct ust_merge_options *options,
                                   const struct ust_merge_part *part, uint32_t n,
                                   const char *work, struct ust_merge_result *result)
{
    struct ust_store *store;
    enum ust_status status = ust_merge_run(part, n, work, options->partial, result, &store);
    bool made = store != NULL;
    ust_store_close(store);
    if (status == UST_OK && rename(work, options->output) != 0)
        status = ust_cli_refused("cannot write '%s': %s", options->output, strerror(errno));
    if (status != UST_OK && made)
        forget_file(arena, work);
    return status;
}

/* ---- folders ---- */

/* The old one steps aside first, so that there is never half of either under the name. */
static enum ust_status put_folder(struct ust_arena *arena, const char *work, const char *output)
{
    if (rename(work, output) == 0)
        return UST_OK;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return ust_cli_refused("cannot write '%s': %s", output, strerror(errno));
    const char *aside = ust_arena_printf(arena, "%s.replaced", output);
    UST_TRY(ust_folder_remove(aside));
    if (rename(output, aside) != 0 || rename(work, output) != 0)
        return ust_cli_refused("cannot write '%s': %s", output, strerror(errno));
    return ust_folder_remove(aside);
}

static enum ust_status merge_folders(struct ust_arena *arena,
                                     const struct ust_merge_options *options,
                                     const struct ust_merge_part *part, uint32_t n,
                                     const char *work, struct ust_merge_result *result)
{
    UST_TRY(ust_folder_remove(work)); /* of a merge that was killed */
    enum ust_status status = ust_merge_study(part, n, work, options->partial, result);
    if (status == UST_OK)
        status = put_folder(arena, work, options->output);
    if (status != UST_OK)
        (void)ust_folder_remove(work);
    return status;
}

/* ---- all of it ---- */

static enum ust_status open_parts(struct ust_arena *arena, const char *const *paths, uint32_t n,
                                  bool folders, const char *output, struct ust_merge_part *part)
{
    for (uint32_t i = 0; i < n; i++) {
        if (same_file(paths[i], output))
            return ust_cli_refused("%s: is a shard and what is to be made of them", output);
        UST_TRY(folders ? ust_merge_open_folder(arena, paths[i], &part[i])
                        : ust_merge_open(arena, paths[i], &part[i]));
    }
    return UST_OK;
}

enum ust_status ust_merge(const struct ust_merge_options *options, const char *const *paths,
                          uint32_t n, struct ust_merge_result *result)
{
    bool folders;
    *result = (struct ust_merge_result){0};
    UST_TRY(look_at_kinds(paths, n, &folders));
    struct ust_arena *arena = ust_arena_new();
    struct ust_merge_part *part = ust_arena_alloc(arena, struct ust_merge_part, n);
    size_t length = strlen(options->output);
    while (length > 1 && options->output[length - 1] == '/')
        length--;
    struct ust_merge_options how = *options;
    how.output = ust_arena_text_n(arena, options->output, length);
    const char *work = ust_arena_printf(arena, "%s.merging", how.output);
    enum ust_status status = open_parts(arena, paths, n, folders, how.output, part);
    if (status == UST_OK)
        status = ust_merge_check(part, n, how.partial);
    if (status == UST_OK)
        status = may_go(&how, folders);
    if (status == UST_OK)
        status = folders ? merge_folders(arena, &how, part, n, work, result)
                         : merge_files(arena, &how, part, n, work, result);
    ust_merge_close(part, n);
    ust_arena_free(arena);
    return status;
}
