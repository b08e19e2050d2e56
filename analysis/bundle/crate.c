#include "analysis/bundle/crate.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PROFILE  "https://w3id.org/ro/crate/1.1"
#define PROGRAM  "#understudy"
#define RUN      "#run"
#define SCENARIO "scenario.yaml"

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
    size_t n = strlen(text), m = strlen(with);
    return n >= m && strcmp(text + n - m, with) == 0;
}

static const char *media_type(const char *name)
{
    static const char *const of[][2] = {{".yaml", "application/yaml"},
                                        {".csv", "text/csv"},
                                        {".html", "text/html"},
                                        {".db", "application/vnd.sqlite3"},
                                        {".md", "text/markdown"}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
        if (ends(name, of[i][0]))
            return of[i][1];
    return "application/octet-stream";
}

static const char *about(const char *name)
{
    return strcmp(name, SCENARIO) == 0        ? "The effective scenario, with all defaults"
           : strcmp(name, "run.db") == 0      ? "The results, a SQLite database"
           : strcmp(name, "report.html") == 0 ? "The report, to read offline"
           : strcmp(name, "README.md") == 0   ? "What this is and how to repeat it"
           : starts(name, "personas/")        ? "A user persona of the scenario"
                                              : "A table that the scenario names";
}

static json_t *reference(const char *id)
{
    return json_pack("{s:s}", "@id", id);
}

static json_t *parts(const struct ust_crate *crate, bool inputs)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < crate->parts; i++) {
        const char *name = crate->part[i].name;
        bool input =
            strcmp(name, SCENARIO) == 0 || starts(name, "personas/") || starts(name, "tables/");
        if (!inputs || input)
            json_array_append_new(list, reference(name));
    }
    return list;
}

static json_t *fact(const char *name, const char *value)
{
    return json_pack("{s:s, s:s, s:s}", "@type", "PropertyValue", "name", name, "value", value);
}

static json_t *facts(const struct ust_stored *stored)
{
    json_t *list = json_array();
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, stored->seed);
    json_array_append_new(list, fact("seed", text));
    snprintf(text, sizeof text, "%" PRIu32, stored->replications);
    json_array_append_new(list, fact("replications", text));
    json_array_append_new(list, fact("scenario_hash", stored->hash));
    if (*stored->overrides != '\0')
        json_array_append_new(list, fact("overrides", stored->overrides));
    if (*stored->digest != '\0')
        json_array_append_new(list, fact("digest", stored->digest));
    return list;
}

/* ISO 8601 in UTC. */
static const char *date(int64_t unix_s, char out[32])
{
    time_t at = (time_t)unix_s;
    struct tm utc;
    gmtime_r(&at, &utc);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return out;
}

static const char *question(const struct ust_crate *crate)
{
    const struct ust_stored *stored = &crate->portable->stored;
    const char *asked = ust_scenario_question(crate->portable->spec.arena, stored->scenario);
    return asked != NULL ? asked : "A failover and capacity study, simulated.";
}

void ust_crate_metadata(const struct ust_crate *crate, struct ust_text *out)
{
    const struct ust_stored *stored = &crate->portable->stored;
    char made[32];
    date(crate->made_unix_s, made);
    json_t *graph = json_array();
    json_array_append_new(graph,
                          json_pack("{s:s, s:s, s:o, s:o}", "@id", "ro-crate-metadata.json",
                                    "@type", "CreativeWork", "conformsTo", reference(PROFILE),
                                    "about", reference("./")));
    json_array_append_new(
        graph,
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "@id", "./", "@type", "Dataset",
                  "name", stored->name, "description", question(crate), "datePublished", made,
                  "license", crate->licence != NULL ? crate->licence : "none is stated",
                  "hasPart", parts(crate, false), "mentions", reference(RUN)));
    json_array_append_new(
        graph,
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "@id", PROGRAM, "@type", "SoftwareApplication",
                  "name", "understudy", "softwareVersion", stored->version, "description",
                  "A deterministic discrete-event simulator for failover and capacity"));
    json_array_append_new(
        graph, json_pack("{s:s, s:s, s:s, s:o, s:o, s:[o, o], s:s, s:o}", "@id", RUN, "@type",
                         "CreateAction", "name", "Simulation of the scenario", "instrument",
                         reference(PROGRAM), "object", parts(crate, true), "result",
                         reference("run.db"), reference("report.html"), "endTime", made,
                         "additionalProperty", facts(stored)));
    for (uint32_t i = 0; i < crate->parts; i++) {
        const struct ust_crate_part *part = &crate->part[i];
        char bytes[24];
        snprintf(bytes, sizeof bytes, "%" PRIu64, part->bytes);
        json_array_append_new(graph,
                              json_pack("{s:s, s:s, s:s, s:s, s:s}", "@id", part->name, "@type",
                                        "File", "name", about(part->name), "encodingFormat",
                                        media_type(part->name), "contentSize", bytes));
    }
    json_t *root = json_pack("{s:s, s:o}", "@context", PROFILE "/context", "@graph", graph);
    char *text = json_dumps(root, JSON_INDENT(2));
    ust_text_printf(out, "%s\n", text);
    free(text);
    json_decref(root);
}

void ust_crate_readme(const struct ust_crate *crate, struct ust_text *out)
{
    const struct ust_stored *stored = &crate->portable->stored;
    ust_text_printf(out,
                    "# %s\n\n%s\n\nSimulated by understudy %s: %" PRIu32
                    " replication%s, seed %" PRIu64 ", scenario %s%s%s.\n\n",
                    stored->name, question(crate), stored->version, stored->replications,
                    stored->replications == 1 ? "" : "s", stored->seed, stored->hash,
                    *stored->digest != '\0' ? ", digest " : "", stored->digest);
    ust_text_add(out, "- `report.html`: the verdict and why, to read offline\n"
                      "- `scenario.yaml`: what was simulated, with its personas in `personas/` "
                      "and the tables that it names in `tables/`\n"
                      "- `run.db`: the results, a SQLite database\n"
                      "- `ro-crate-metadata.json`: the same for machines\n\n"
                      "In this folder,\n\n"
                      "```\n"
                      "understudy reproduce run.db\n"
                      "```\n\n"
                      "runs it again and compares byte for byte.\n");
}
