/* Commands about scenarios that run nothing: validate, show, list, schema, new. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/limit/limit.h"
#include "models/world/command.h"
#include "sim/cli/cli.h"

/* ---- a scenario of the command line ---- */

struct ust_scenario *ust_command_read(struct ust_spec *spec, const char *path,
                                      const struct ust_texts *sets, const char *consequence)
{
    *spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_scenario *scenario = ust_scenario_read(spec, path, sets->at, sets->n);
    ust_diag_print(spec->diag, stderr, consequence);
    return scenario;
}

void ust_command_forget(struct ust_spec *spec)
{
    ust_diag_free(spec->diag);
    ust_arena_free(spec->arena);
}

const char *ust_command_overrides(struct ust_arena *arena, const struct ust_texts *sets)
{
    struct ust_text text = {0};
    for (size_t i = 0; sets != NULL && i < sets->n; i++)
        ust_text_printf(&text, "%s%s", i == 0 ? "" : "\n", sets->at[i]);
    const char *joined = ust_arena_text(arena, ust_text_string(&text));
    ust_text_free(&text);
    return joined;
}

struct options {
    struct ust_texts sets;
    bool resolved;
    bool force;
    const char *persona;
};

#define SET_OPTION                                                                             \
    {                                                                                          \
        .name = "set", .kind = UST_OPTION_TEXTS, .offset = offsetof(struct options, sets),     \
        .value = "PATH=VALUE",                                                                 \
        .help = "override one value, as in --set services.web.pools.eu=12"                     \
    }

/* ---- validate ---- */

static const struct ust_option validate_options[] = {SET_OPTION, {.name = NULL}};

static bool is_persona(const char *path)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    const struct ust_node *root = ust_spec_read(&spec, path);
    bool is = root != NULL && ust_persona_is(root);
    ust_command_forget(&spec);
    return is;
}

static bool validate_persona(const char *path)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    bool ok = ust_persona_check(&spec, path) == UST_OK;
    ust_diag_print(spec.diag, stderr, "the persona is invalid");
    ust_command_forget(&spec);
    return ok;
}

static bool validate_scenario(const char *path, const struct ust_texts *sets)
{
    struct ust_spec spec;
    bool ok = ust_command_read(&spec, path, sets, "the scenario is invalid") != NULL;
    ust_command_forget(&spec);
    return ok;
}

static int run_validate(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    int worst = UST_EXIT_OK;
    for (int i = 0; i < operands; i++) {
        /* A persona has nothing to override: what --set changes is the scenario. */
        bool ok = options->sets.n == 0 && is_persona(operand[i])
                      ? validate_persona(operand[i])
                      : validate_scenario(operand[i], &options->sets);
        if (ok)
            fprintf(stderr, "%s: valid\n", operand[i]);
        else
            worst = UST_EXIT_INVALID;
    }
    return worst;
}

const struct ust_command ust_command_validate = {
    .name = "validate",
    .operands = "FILE [FILE ...]",
    .help = "check scenarios with the personas they use, or personas alone; nothing is run",
    .options = validate_options,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = -1,
    .run = run_validate,
};

/* ---- show ---- */

static const struct ust_option show_options[] = {
    SET_OPTION,
    {.name = "resolved",
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct options, resolved),
     .help = "with defaults, and the file and line that set each value"},
    {.name = NULL}};

static int run_show(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    (void)operands;
    struct ust_spec spec;
    struct ust_scenario *scenario =
        ust_command_read(&spec, operand[0], &options->sets, "nothing to show");
    int code = UST_EXIT_INVALID;
    if (scenario != NULL) {
        struct ust_text text = {0};
        if (options->resolved)
            ust_spec_resolve(&spec, scenario->root, ust_scenario_fields);
        else
            ust_spec_rehome(&spec, scenario->root, ust_scenario_fields);
        ust_spec_write(scenario->root, options->resolved, &text);
        fputs(ust_text_string(&text), stdout);
        ust_text_free(&text);
        code = UST_EXIT_OK;
    }
    ust_command_forget(&spec);
    return code;
}

const struct ust_command ust_command_show = {
    .name = "show",
    .operands = "SCENARIO",
    .help = "print the effective scenario: extends and overrides applied",
    .options = show_options,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_show,
};

/* ---- list ---- */

const struct ust_registry *const ust_listed_registries[] = {
    &ust_arrival_registry,  &ust_retry_registry,
    &ust_budget_registry,   &ust_breaker_registry,
    &ust_balance_registry,  &ust_route_registry,
    &ust_scaler_registry,   &ust_fault_registry,
    &ust_launcher_registry, &ust_provisioner_registry,
    &ust_step_registry,     &ust_limit_registry,
    &ust_cache_registry,    NULL};

/* A name and what it means: hung under itself on a terminal, one line in a pipe, for grep. */
static void list_item(const char *name, int width, const char *help)
{
    printf("  %-*s ", width, name);
    size_t indent = (size_t)width + 3, at = indent;
    size_t columns = ust_cli_width(stdout, UINT_MAX);
    for (const char *word = help; *word != '\0';) {
        size_t length = strcspn(word, " "), shown = 0;
        for (size_t i = 0; i < length; i++)
            shown += ((unsigned char)word[i] & 0xc0) != 0x80;
        if (at > indent && at + 1 + shown > columns) {
            printf("\n%*s", (int)indent, "");
            at = indent;
        } else if (at > indent) {
            putchar(' ');
            at++;
        }
        fwrite(word, 1, length, stdout);
        at += shown;
        word += length + strspn(word + length, " ");
    }
    putchar('\n');
}

static void list_registry(const struct ust_registry *registry)
{
    printf("%s: %s\n", registry->family, registry->help);
    int width = 22;
    for (uint32_t i = 0; registry->kinds[i] != NULL; i++)
        if ((int)strlen(registry->kinds[i]->name) > width)
            width = (int)strlen(registry->kinds[i]->name);
    for (uint32_t i = 0; registry->kinds[i] != NULL; i++)
        list_item(registry->kinds[i]->name, width, registry->kinds[i]->help);
}

static void list_distributions(void)
{
    printf("distribution: how a random value is written\n");
    for (uint32_t i = 0; ust_dist_types[i] != NULL; i++)
        list_item(ust_dist_types[i]->example, 42, ust_dist_types[i]->help);
}

static void list_places(void)
{
    uint32_t n;
    const struct ust_place_facts *place = ust_place_catalogue(&n);
    printf("place: where users and regions are\n");
    for (uint32_t i = 0; i < n; i++)
        printf("  %-24s %8.2f %8.2f  UTC%+d:%02d\n", place[i].name, place[i].latitude,
               place[i].longitude, place[i].utc_offset_min / 60,
               abs(place[i].utc_offset_min) % 60);
}

static void list_devices(void)
{
    uint32_t n;
    const struct ust_device_facts *device = ust_device_catalogue(&n);
    printf("device: what users hold\n");
    for (uint32_t i = 0; i < n; i++)
        list_item(device[i].name, 22, device[i].help);
}

static void list_metrics(void)
{
    printf("metric: what is measured\n");
    for (uint32_t i = 0; i < UST_METRICS; i++)
        printf("  %-22s %-10s %s\n", ust_metrics[i].name, ust_metrics[i].unit,
               ust_metrics[i].help);
}

static bool is_plural(const char *many, const char *one)
{
    size_t length = strlen(one);
    bool ends_in_y = length > 0 && one[length - 1] == 'y';
    size_t stem = ends_in_y ? length - 1 : length;
    return strncmp(many, one, stem) == 0 && strcmp(many + stem, ends_in_y ? "ies" : "s") == 0;
}

/* The family as it is called, or in the other number: "faults", "retries", "arrival". */
static bool asks_for(const char *word, const char *family)
{
    return strcmp(word, family) == 0 || is_plural(word, family) || is_plural(family, word);
}

static int run_list(const void *given, int operands, char **operand)
{
    (void)given;
    static const struct {
        const char *name;
        void (*print)(void);
    } others[] = {{"distribution", list_distributions},
                  {"place", list_places},
                  {"device", list_devices},
                  {"metric", list_metrics}};
    const char *names[sizeof ust_listed_registries / sizeof ust_listed_registries[0] +
                      sizeof others / sizeof others[0]];
    size_t names_n = 0;
    bool found = false;
    for (uint32_t i = 0; ust_listed_registries[i] != NULL; i++) {
        names[names_n++] = ust_listed_registries[i]->family;
        if (operands == 0 || asks_for(operand[0], ust_listed_registries[i]->family)) {
            list_registry(ust_listed_registries[i]);
            found = true;
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        names[names_n++] = others[i].name;
        bool all = operands == 0 && strcmp(others[i].name, "place") != 0;
        if (all || (operands > 0 && asks_for(operand[0], others[i].name))) {
            others[i].print();
            found = true;
        }
    }
    if (operands == 0)
        printf("place: `understudy list place` prints the catalogue\n");
    if (!found) {
        const char *near = ust_text_nearest(operand[0], names, names_n);
        fprintf(stderr, "understudy: nothing to list under '%s'%s%s%s\n  known: ", operand[0],
                near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        for (size_t i = 0; i < names_n; i++)
            fprintf(stderr, "%s%s", i > 0 ? ", " : "", names[i]);
        fputc('\n', stderr);
        return UST_EXIT_INVALID;
    }
    return UST_EXIT_OK;
}

static const struct ust_option no_options[] = {{.name = NULL}};

const struct ust_command ust_command_list = {
    .name = "list",
    .operands = "[FAMILY]",
    .help = "list the kinds that a scenario can name: scalers, faults, distributions, places",
    .options = no_options,
    .options_size = sizeof(struct options),
    .operands_min = 0,
    .operands_max = 1,
    .run = run_list,
};

/* ---- schema, reference ---- */

static const char *const documents[] = {"scenario", "user", "resource", NULL};

static const struct ust_field *table_of(const char *document, const char **title)
{
    if (strcmp(document, "user") == 0)
        return *title = "User persona", ust_user_persona_fields;
    if (strcmp(document, "resource") == 0)
        return *title = "Resource persona", ust_resource_persona_fields;
    return *title = "Scenario", ust_scenario_fields;
}

struct schema_options {
    bool markdown;
};

static const struct ust_option schema_options[] = {
    {.name = "markdown",
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct schema_options, markdown),
     .help = "the reference page instead of a JSON Schema"},
    {.name = NULL}};

static int run_schema(const void *given, int operands, char **operand)
{
    const struct schema_options *options = given;
    const char *document = operands > 0 ? operand[0] : "scenario", *title;
    bool known = false;
    for (size_t i = 0; documents[i] != NULL; i++)
        known |= strcmp(documents[i], document) == 0;
    if (!known) {
        fprintf(stderr, "understudy: no schema of '%s'; known: scenario, user, resource\n",
                document);
        return UST_EXIT_INVALID;
    }
    const struct ust_field *fields = table_of(document, &title);
    struct ust_text text = {0};
    if (options->markdown)
        ust_spec_reference(fields, title, &text);
    else
        ust_spec_schema(fields, title, document, &text);
    fputs(ust_text_string(&text), stdout);
    ust_text_free(&text);
    return UST_EXIT_OK;
}

const struct ust_command ust_command_schema = {
    .name = "schema",
    .operands = "[scenario|user|resource]",
    .help = "print the JSON Schema of scenarios or personas, for editors",
    .options = schema_options,
    .options_size = sizeof(struct schema_options),
    .operands_min = 0,
    .operands_max = 1,
    .run = run_schema,
};

/* ---- new ---- */

extern const char ust_embed_starter_yaml[];

static const struct ust_option new_options[] = {{.name = "force",
                                                 .kind = UST_OPTION_FLAG,
                                                 .offset = offsetof(struct options, force),
                                                 .help = "overwrite the file"},
                                                {.name = NULL}};

static int run_new(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    if (operands == 0 || ust_text_equal(operand[0], "-")) {
        fputs(ust_embed_starter_yaml, stdout);
        return UST_EXIT_OK;
    }
    FILE *file = fopen(operand[0], options->force ? "w" : "wx");
    if (file == NULL && errno == EEXIST) {
        fprintf(stderr, "understudy: '%s' is there already; --force overwrites it\n",
                operand[0]);
        return UST_EXIT_INVALID;
    }
    bool written = file != NULL && fputs(ust_embed_starter_yaml, file) >= 0;
    if (file != NULL && fclose(file) != 0)
        written = false;
    if (!written) {
        (void)ust_cli_refused("cannot write '%s': %s", operand[0], strerror(errno));
        if (file != NULL && !options->force)
            unlink(operand[0]); /* or the next try would find it */
        return UST_EXIT_INTERNAL;
    }
    fprintf(stderr, "wrote %s; next: understudy run %s\n", operand[0], operand[0]);
    return UST_EXIT_OK;
}

const struct ust_command ust_command_new = {
    .name = "new",
    .operands = "[FILE]",
    .help = "write a commented starter scenario, to FILE or to stdout",
    .options = new_options,
    .options_size = sizeof(struct options),
    .operands_min = 0,
    .operands_max = 1,
    .run = run_new,
};
