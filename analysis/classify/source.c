#include "analysis/classify/source.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/text.h"
#include "sim/cli/cli.h"

static bool is_folder(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static enum ust_status read_model(const char *command, struct ust_arena *arena,
                                  struct ust_model_source *out)
{
    json_error_t error;
    json_t *root;
    FILE *file = fopen(out->path, "r");
    if (file == NULL)
        return ust_cli_refused("cannot open '%s': %s", out->path, strerror(errno));
    root = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    fclose(file);
    if (root == NULL) {
        fprintf(stderr, "%s:%d:%d: error: not a model: %s\n", out->path, error.line,
                error.column, error.text);
        return UST_INVALID;
    }
    const char *wrong = ust_profile_model_read(root, arena, &out->model);
    json_decref(root);
    if (wrong == NULL)
        return UST_OK;
    fprintf(stderr, "understudy %s: '%s' is no model: %s\n", command, out->path, wrong);
    return UST_INVALID;
}

static bool is_there(const char *folder, const char *below, const char *name)
{
    struct ust_text path = {0};
    ust_text_printf(&path, "%s%s/%s.yaml", folder, below, name);
    bool there = access(ust_text_string(&path), R_OK) == 0;
    ust_text_free(&path);
    return there;
}

/* Every persona of the model has its file; all that have none are said. */
static enum ust_status check_files(const char *command, const char *folder,
                                   const struct ust_model_source *source)
{
    enum ust_status status = UST_OK;
    for (uint32_t c = 0; c < source->model.mixture.clusters; c++) {
        const char *name = source->model.personas[c];
        if (is_there(folder, "", name) || is_there(folder, "/users", name))
            continue;
        fprintf(stderr,
                "understudy %s: '%s' knows the persona '%s', but '%s' has no %s.yaml: it was "
                "renamed or deleted; profile again, or name the model's file alone\n",
                command, source->path, name, folder, name);
        status = UST_INVALID;
    }
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Personas beside the model that it does not know. */
static void find_strange(const char *folder, struct ust_arena *arena,
                         struct ust_model_source *source)
{
    const char **known = source->model.personas;
    size_t room = 0, n = 0;
    const char **found = NULL;
    DIR *directory = opendir(folder);
    for (struct dirent *it; directory != NULL && (it = readdir(directory)) != NULL;) {
        size_t length = strlen(it->d_name);
        if (length <= 5 || strcmp(it->d_name + length - 5, ".yaml") != 0)
            continue;
        const char *name = ust_arena_text_n(arena, it->d_name, length - 5);
        bool in_model = false;
        for (uint32_t c = 0; c < source->model.mixture.clusters; c++)
            in_model |= strcmp(known[c], name) == 0;
        if (in_model)
            continue;
        if (n == room)
            found = ust_realloc(found, (room = room * 2 + 16) * sizeof *found);
        found[n++] = name;
    }
    if (directory != NULL)
        closedir(directory);
    if (n > 0)
        qsort(found, n, sizeof *found, by_name);
    source->strange = ust_arena_alloc(arena, const char *, n + 1);
    memcpy(source->strange, found != NULL ? found : source->strange, n * sizeof *found);
    source->strange_n = (uint32_t)n;
    free(found);
}

enum ust_status ust_model_source_open(const char *command, const char *path,
                                      struct ust_arena *arena, struct ust_model_source *out)
{
    *out = (struct ust_model_source){.path = path};
    bool folder = is_folder(path);
    if (folder)
        out->path = ust_arena_printf(arena, "%s/%s", path, UST_PROFILE_MODEL_FILE);
    if (folder && access(out->path, F_OK) != 0) {
        fprintf(stderr,
                "understudy %s: '%s' has no %s; `understudy profile` writes one with the "
                "personas that it finds\n",
                command, path, UST_PROFILE_MODEL_FILE);
        return UST_INVALID;
    }
    UST_TRY(read_model(command, arena, out));
    if (!folder)
        return UST_OK;
    UST_TRY(check_files(command, path, out));
    const char *users = ust_arena_printf(arena, "%s/users", path);
    find_strange(is_folder(users) ? users : path, arena, out);
    return UST_OK;
}
