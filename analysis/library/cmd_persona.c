/* understudy persona: a table of verbs over a library, and those of them that only read. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/library/command.h"
#include "analysis/library/library.h"
#include "analysis/library/persona_parts.h"
#include "models/persona/versions.h"
#include "sim/base/sha1.h"
#include "sim/cli/output.h"

static const char *const kinds[] = {"user", "resource", NULL};

static const char *kind_name(const struct ust_library_item *item)
{
    return kinds[item->resource ? 1 : 0];
}

/* ---- list ---- */

static json_t *json_of(const struct ust_library_item *item,
                       const struct ust_persona_facts *facts)
{
    json_t *tags = json_array();
    const struct ust_node *tag = facts->tags;
    for (tag = tag && tag->kind == UST_NODE_LIST ? tag->first : NULL; tag; tag = tag->next)
        json_array_append_new(tags, json_string(tag->text ? tag->text : ""));
    struct ust_text text = {0};
    char blob[UST_SHA1_TEXT_MAX] = "";
    if (ust_library_read(item->path, &text) == UST_OK)
        ust_git_blob_id(ust_text_string(&text), text.length, blob);
    ust_text_free(&text);
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s}", "name", item->name, "kind",
                     kind_name(item), "path", item->path, "description", facts->description,
                     "tags", tags, "blob", blob);
}

static int run_list(const struct ust_persona_call *call)
{
    enum ust_status status = UST_OK;
    size_t n;
    struct ust_library_item *items = ust_library_items(call->library, &n);
    json_t *all = json_array();
    for (size_t i = 0; i < n; i++) {
        const char *kind = call->options->kind, *tag = call->options->tag;
        struct ust_persona_facts facts = ust_persona_facts_of(items[i].path, NULL);
        bool wanted = (!kind || ust_text_equal(kind, kind_name(&items[i]))) &&
                      (!tag || ust_persona_has_tag(&facts, tag));
        if (wanted && call->options->json)
            json_array_append_new(all, json_of(&items[i], &facts));
        else if (wanted)
            printf("%-9s %-24s %s\n", kind_name(&items[i]), items[i].name,
                   facts.readable ? facts.description : "(cannot be read)");
        ust_persona_facts_free(&facts);
    }
    if (call->options->json)
        status = ust_output_json(stdout, json_incref(all), 17);
    else if (n == 0)
        fprintf(stderr,
                "no personas in '%s': they lie in users/ and resources/ in it; "
                "`understudy persona create FILE` takes one in\n",
                call->library->folder);
    json_decref(all);
    free(items);
    return ust_exit_code(status);
}

/* ---- show, diff ---- */

/* NAME or NAME@REVISION. */
static enum ust_status read_version(const struct ust_persona_call *call, const char *word,
                                    struct ust_library_item *item, struct ust_text *out)
{
    const char *at = strchr(word, '@');
    char *name =
        ust_arena_text_n(call->library->arena, word, at ? (size_t)(at - word) : strlen(word));
    UST_TRY(ust_library_find(call->library, name, at != NULL, item));
    if (!at)
        return ust_library_read(item->path, out);
    if (!call->library->repository)
        return ust_cli_refused("'%s' is a plain folder without versions; `git init` it",
                               call->library->folder);
    return ust_repository_read(call->library->repository, item->path, at + 1, out);
}

static int run_show(const struct ust_persona_call *call)
{
    struct ust_library_item item;
    struct ust_text text = {0};
    enum ust_status status = read_version(call, call->operand[0], &item, &text);
    if (status == UST_OK)
        fwrite(ust_text_string(&text), 1, text.length, stdout);
    ust_text_free(&text);
    return ust_exit_code(status);
}

static int run_diff(const struct ust_persona_call *call)
{
    struct ust_library_item item;
    struct ust_text old = {0}, new = {0}, out = {0};
    const char *name = call->operand[0];
    struct ust_arena *arena = call->library->arena;
    const char *from = call->operands > 1 ? call->operand[1] : "HEAD";
    const char *old_name = ust_arena_printf(arena, "%s@%s", name, from);
    const char *new_name =
        call->operands > 2 ? ust_arena_printf(arena, "%s@%s", name, call->operand[2]) : name;
    enum ust_status status = read_version(call, old_name, &item, &old);
    if (status == UST_OK)
        status = read_version(call, new_name, &item, &new);
    if (status == UST_OK && !ust_text_equal(ust_text_string(&old), ust_text_string(&new)))
        status = ust_repository_diff(old_name, &old, new_name, &new, &out);
    if (status == UST_OK)
        fputs(ust_text_string(&out), stdout);
    ust_text_free(&old);
    ust_text_free(&new);
    ust_text_free(&out);
    return ust_exit_code(status);
}

/* ---- history ---- */

struct telling {
    json_t *all; /* NULL: lines for people */
};

static const char *stamp(int64_t unix_s, int offset_min, char out[40])
{
    int64_t local = unix_s + 60 * (int64_t)offset_min, day = local / 86400;
    int64_t second = local % 86400;
    int y, m, d, zone = abs(offset_min);
    if (second < 0)
        day--, second += 86400;
    ust_civil_from_days(day, &y, &m, &d);
    snprintf(out, 40, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", y, m, d, (int)(second / 3600),
             (int)(second / 60 % 60), (int)(second % 60), offset_min < 0 ? '-' : '+', zone / 60,
             zone % 60);
    return out;
}

static void tell_change(void *owner, const struct ust_repository_change *change)
{
    struct telling *telling = owner;
    char when[40];
    stamp(change->unix_s, change->offset_min, when);
    if (telling->all)
        json_array_append_new(
            telling->all,
            json_pack("{s:s, s:s?, s:s, s:s, s:s, s:s, s:s}", "revision", change->id, "blob",
                      *change->blob ? change->blob : NULL, "at", when, "author", change->author,
                      "mail", change->mail, "message", change->summary, "path", change->path));
    else
        printf("%.12s  %.10s  %-20s  %s%s\n", change->id, when, change->author, change->summary,
               *change->blob ? "" : " (deleted)");
}

static int run_history(const struct ust_persona_call *call)
{
    struct ust_library_item item;
    enum ust_status status = ust_library_find(call->library, call->operand[0], true, &item);
    if (status == UST_OK && !call->library->repository)
        status = ust_cli_refused("'%s' is a plain folder without history; `git init` it",
                                 call->library->folder);
    struct telling telling = {.all = call->options->json ? json_array() : NULL};
    if (status == UST_OK)
        status =
            ust_repository_history(call->library->repository, item.path, tell_change, &telling);
    if (status == UST_OK && telling.all)
        status = ust_output_json(stdout, json_incref(telling.all), 17);
    json_decref(telling.all);
    return ust_exit_code(status);
}

/* ---- the table ---- */

static const struct verb {
    const char *name, *operands;
    int min, max;
    bool writes;
    int (*run)(const struct ust_persona_call *call);
} verbs[] = {
    {"list", "", 0, 0, false, run_list},
    {"show", "NAME[@REVISION]", 1, 1, false, run_show},
    {"create", "FILE", 1, 1, true, ust_persona_create},
    {"update", "NAME FILE", 2, 2, true, ust_persona_update},
    {"delete", "NAME", 1, 1, true, ust_persona_delete},
    {"history", "NAME", 1, 1, false, run_history},
    {"diff", "NAME [REVISION [REVISION]]", 1, 3, false, run_diff},
    {"rename", "NAME NEW-NAME", 2, 2, true, ust_persona_rename},
    {"tag", "NAME TAG [TAG ...]", 2, -1, true, ust_persona_tag},
};
#define VERBS (sizeof verbs / sizeof *verbs)

static const struct verb *find_verb(const char *word)
{
    const char *names[VERBS];
    for (size_t i = 0; i < VERBS; i++) {
        names[i] = verbs[i].name;
        if (ust_text_equal(word, verbs[i].name))
            return &verbs[i];
    }
    const char *near = ust_text_nearest(word, names, VERBS);
    fprintf(stderr, "understudy: unknown verb '%s'%s%s%s\nknown:", word,
            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    for (size_t i = 0; i < VERBS; i++)
        fprintf(stderr, "%s %s", i ? "," : "", verbs[i].name);
    fputc('\n', stderr);
    return NULL;
}

static int run_persona(const void *given, int operands, char **operand)
{
    const struct ust_persona_options *options = given;
    const struct verb *verb = find_verb(operand[0]);
    if (!verb)
        return UST_EXIT_INVALID;
    int n = operands - 1;
    if (n < verb->min || (verb->max >= 0 && n > verb->max)) {
        fprintf(stderr, "usage: understudy persona %s [options]%s%s\n", verb->name,
                *verb->operands ? " " : "", verb->operands);
        return UST_EXIT_INVALID;
    }
    struct ust_library library;
    enum ust_status status =
        ust_library_open(&library, options->library ? options->library : "personas");
    if (status == UST_OK && verb->writes)
        status = ust_library_lock(&library);
    struct ust_persona_call call = {
        .options = options, .library = &library, .operands = n, .operand = operand + 1};
    int code = status == UST_OK ? verb->run(&call) : ust_exit_code(status);
    ust_library_close(&library);
    return code;
}

static const struct ust_option persona_options[] = {
    {.name = "library",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct ust_persona_options, library),
     .value = "DIR",
     .help = "the folder, with users/ and resources/ in it (default personas)"},
    {.name = "author",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct ust_persona_options, author),
     .value = "'NAME <MAIL>'",
     .help = "who changes it (default git's user)"},
    {.name = "message",
     .letter = 'm',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct ust_persona_options, message),
     .value = "TEXT",
     .help = "why it is changed (default what was done)"},
    {.name = "kind",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct ust_persona_options, kind),
     .value = "KIND",
     .choices = kinds,
     .help = "list: users or resources alone"},
    {.name = "tag",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct ust_persona_options, tag),
     .value = "TAG",
     .help = "list: those with the tag alone"},
    {.name = "remove",
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct ust_persona_options, remove),
     .help = "tag: take the tags away"},
    UST_OPTION_JSON(struct ust_persona_options, "list, history: for programs"),
    {.name = NULL}};

const struct ust_command ust_command_persona = {
    .name = "persona",
    .operands = "VERB [NAME ...]",
    .help = "keep personas in a folder, with versions where it is a git repository",
    .more =
        "  list                        what is there\n"
        "  show NAME[@REVISION]        print one, or how it was\n"
        "  create FILE                 take a file in, under the name it says (-: stdin)\n"
        "  update NAME FILE            replace one\n"
        "  delete NAME                 take one out; its history stays\n"
        "  history NAME                the commits that changed it\n"
        "  diff NAME [REV [REV]]       against the last commit, a revision, or between two\n"
        "  rename NAME NEW-NAME        the file and the name in it\n"
        "  tag NAME TAG [TAG ...]      add tags, or with --remove take them away\n\n"
        "A change is checked first, made whole or not at all, and committed alone. A\n"
        "scenario pins a version as NAME@REVISION or PATH@REVISION (docs/personas.md).",
    .options = persona_options,
    .options_size = sizeof(struct ust_persona_options),
    .operands_min = 1,
    .operands_max = -1,
    .run = run_persona,
};
