#include "analysis/bundle/portable.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/hash.h"
#include "sim/cli/cli.h"
#include "sim/cli/temporary.h"

enum { FILES_MAX = 1024 };

/* ---- names ---- */

static bool taken(const struct ust_portable *portable, const char *name)
{
    for (uint32_t i = 0; i < portable->files; i++)
        if (strcmp(portable->file[i].name, name) == 0)
            return true;
    return false;
}

/* "tables/", "rtt.csv" -> "tables/rtt.csv", or "tables/2-rtt.csv" where there is one. */
static const char *free_name(const struct ust_portable *portable, const char *folder,
                             const char *base)
{
    struct ust_arena *arena = portable->spec.arena;
    char *name = (char *)ust_arena_printf(arena, "%s%s", folder, base);
    for (char *at = name; *at != '\0'; at++)
        if (*at == ' ')
            *at = '-';
    const char *first = name;
    for (unsigned n = 2; taken(portable, name); n++)
        name = (char *)ust_arena_printf(arena, "%s%u-%s", folder, n, first + strlen(folder));
    return name;
}

static struct ust_portable_file *add(struct ust_portable *portable, const char *name)
{
    struct ust_portable_file *file = &portable->file[portable->files++];
    *file = (struct ust_portable_file){.name = name};
    return file;
}

/* ---- files that are named ---- */

/* Where a table goes; the same one always to the same place. */
static const char *to_tables(void *owner, const char *path)
{
    struct ust_portable *portable = owner;
    for (uint32_t i = 0; i < portable->files; i++)
        if (portable->file[i].from != NULL && strcmp(portable->file[i].from, path) == 0)
            return portable->file[i].name;
    if (portable->files == FILES_MAX)
        return path;
    const char *slash = strrchr(path, '/');
    const char *name = free_name(portable, "tables/", slash == NULL ? path : slash + 1);
    add(portable, name)->from = path;
    return name;
}

/* The same from a persona's folder. */
static const char *to_tables_beside(void *owner, const char *path)
{
    struct ust_portable *portable = owner;
    return ust_arena_printf(portable->spec.arena, "../%s", to_tables(owner, path));
}

static const char *text_of(struct ust_portable *portable, const struct ust_node *node)
{
    struct ust_text text = {0};
    ust_spec_write(node, false, &text);
    const char *kept = ust_arena_text(portable->spec.arena, ust_text_string(&text));
    ust_text_free(&text);
    return kept;
}

/* ---- scenario and personas ---- */

/* The document goes to a file of its own, and its path takes its place. */
static enum ust_status move_persona(struct ust_portable *portable, struct ust_node *node)
{
    const struct ust_node *name = ust_node_get(node, "name");
    if (portable->files == FILES_MAX || node->kind != UST_NODE_MAP || name == NULL)
        return UST_INVALID;
    /* A file of a persona has to say where its numbers come from; one that stood in the
     * scenario without saying it goes on standing there. */
    if (ust_node_get(node, "source") == NULL) {
        ust_spec_relocate(&portable->spec, node, ust_user_persona_fields, to_tables, portable);
        return UST_OK;
    }
    struct ust_portable_file *file =
        add(portable, free_name(portable, "personas/",
                                ust_arena_printf(portable->spec.arena, "%s.yaml", name->text)));
    ust_spec_relocate(&portable->spec, node, ust_user_persona_fields, to_tables_beside,
                      portable);
    file->text = text_of(portable, node);
    node->kind = UST_NODE_SCALAR;
    node->text = file->name;
    node->quoted = false;
    node->children = 0;
    node->first = node->last = NULL;
    return UST_OK;
}

static enum ust_status move_all(struct ust_portable *portable)
{
    struct ust_node *root = ust_stored_tree(&portable->spec, &portable->stored);
    if (root == NULL)
        return UST_INVALID;
    struct ust_portable_file *scenario = add(portable, "scenario.yaml");
    struct ust_node *personas = ust_node_find(root, "personas");
    for (struct ust_node *node = personas->first; node != NULL; node = node->next)
        UST_TRY(move_persona(portable, node));
    /* The personas are paths now, of files that are not there yet: not to be moved again. */
    struct ust_node *first = personas->first;
    personas->first = NULL;
    ust_spec_relocate(&portable->spec, root, ust_scenario_fields, to_tables, portable);
    personas->first = first;
    const char *question =
        ust_scenario_question(portable->spec.arena, portable->stored.scenario);
    scenario->text = question == NULL
                         ? text_of(portable, root)
                         : ust_arena_printf(portable->spec.arena, "# Question: %s\n%s",
                                            question, text_of(portable, root));
    return portable->files == FILES_MAX ? ust_cli_refused("%s: names more than %d files",
                                                          portable->stored.path, FILES_MAX)
                                        : UST_OK;
}

/* Do the tables still say what they said? */
static enum ust_status still_means_it(struct ust_portable *portable)
{
    char hex[UST_HASH_TEXT_MAX];
    const struct ust_scenario *scenario =
        ust_stored_scenario(&portable->spec, &portable->stored);
    if (scenario == NULL)
        return UST_INVALID;
    if (strcmp(ust_hash_hex(scenario->hash, hex), portable->stored.hash) == 0)
        return UST_OK;
    if (strcmp(portable->stored.version, UST_VERSION) != 0)
        return ust_cli_refused("%s: was made by version %s, for which its scenario meant "
                               "something else than for this one, %s",
                               portable->stored.path, portable->stored.version, UST_VERSION);
    return ust_cli_refused("%s: tables that it names have changed since the run",
                           portable->stored.path);
}

/* ---- the database ---- */

static enum ust_status update(struct ust_store *store, const char *sql, const char *first,
                              const char *second)
{
    sqlite3_stmt *row = ust_stored_query(store, sql);
    if (row == NULL)
        return UST_REFUSED;
    sqlite3_bind_text(row, 1, first, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, second, -1, SQLITE_STATIC);
    int code = sqlite3_step(row);
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? UST_OK : ust_store_failed(store, "cannot change the copy");
}

/* The documents as seen from scenario.yaml, which the copy's scenario is. */
static enum ust_status update_personas(struct ust_portable *portable, struct ust_store *store)
{
    sqlite3_stmt *row = ust_stored_query(store, "SELECT DISTINCT document FROM persona");
    enum ust_status status = row == NULL ? UST_REFUSED : UST_OK;
    while (status == UST_OK && sqlite3_step(row) == SQLITE_ROW) {
        const char *was = ust_stored_text(portable->spec.arena, row, 0);
        struct ust_node *node =
            ust_spec_read_text(&portable->spec, portable->stored.path, was, strlen(was));
        if (node == NULL) {
            status = UST_INVALID;
            break;
        }
        ust_spec_relocate(&portable->spec, node, ust_user_persona_fields, to_tables, portable);
        const char *is = text_of(portable, node);
        if (strcmp(was, is) != 0)
            status =
                update(store, "UPDATE persona SET document = ?1 WHERE document = ?2", is, was);
    }
    sqlite3_finalize(row);
    return status;
}

static enum ust_status copy_pages(struct ust_store *from, const char *path)
{
    sqlite3 *to = NULL;
    int code = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    sqlite3_backup *backup =
        code == SQLITE_OK ? sqlite3_backup_init(to, "main", ust_store_sqlite(from), "main")
                          : NULL;
    if (backup != NULL) {
        sqlite3_backup_step(backup, -1);
        code = sqlite3_backup_finish(backup);
    } else {
        code = SQLITE_ERROR;
    }
    enum ust_status status =
        code == SQLITE_OK ? UST_OK
                          : ust_cli_refused("cannot write '%s': %s", path, sqlite3_errmsg(to));
    sqlite3_close(to);
    return status;
}

static enum ust_status copy_database(struct ust_portable *portable)
{
    const char *path;
    UST_TRY(ust_temporary_file(portable->spec.arena, &path));
    portable->database = path;
    struct ust_store *store;
    UST_TRY(copy_pages(portable->stored.store, path));
    UST_TRY(ust_store_open(path, true, &store));
    enum ust_status status =
        update(store, "UPDATE run SET scenario_path = ?1, scenario = ?2, overrides = ''",
               "scenario.yaml", portable->file[0].text);
    if (status == UST_OK)
        status = update_personas(portable, store);
    ust_store_close(store);
    return status;
}

enum ust_status ust_portable_open(const char *path, struct ust_portable *portable)
{
    struct ust_arena *arena = ust_arena_new();
    *portable = (struct ust_portable){
        .spec = {.arena = arena, .diag = ust_diag_new()},
        .file = ust_arena_alloc(arena, struct ust_portable_file, FILES_MAX)};
    UST_TRY(ust_stored_open(path, arena, &portable->stored));
    enum ust_status status = still_means_it(portable);
    if (status == UST_OK)
        status = move_all(portable);
    if (status == UST_INVALID)
        ust_diag_print(
            portable->spec.diag, stderr,
            "the stored scenario cannot be read; tables that it names are looked for "
            "where they were");
    return status == UST_OK ? copy_database(portable) : status;
}

void ust_portable_close(struct ust_portable *portable)
{
    if (portable->database != NULL)
        unlink(portable->database);
    ust_store_close(portable->stored.store);
    ust_diag_free(portable->spec.diag);
    ust_arena_free(portable->spec.arena);
}
