#include <jansson.h>
#include <math.h>
#include <string.h>

#include "analysis/compare/findings.h"

void ust_findings_text(const struct ust_findings *findings, struct ust_text *out)
{
    for (uint32_t i = 0; i < findings->n; i++) {
        const struct ust_finding *it = &findings->at[i];
        const char *word = !it->failed                     ? "  ok      "
                           : it->kind == UST_FINDING_CHECK ? "  FAILED  "
                                                           : "  WORSE   ";
        ust_text_printf(out, "%s%s\n            %s\n", word, it->name, it->text);
    }
}

/* A bar would end a cell, the others would be markup. */
static void add_cell(const char *text, struct ust_text *out)
{
    for (; *text != '\0'; text++) {
        if (strchr("|\\`*_<", *text) != NULL)
            ust_text_add(out, "\\");
        ust_text_add_n(out, text, 1);
    }
}

void ust_findings_markdown(const struct ust_findings *findings, struct ust_text *out)
{
    ust_text_add(out, "| | | |\n|---|---|---|\n");
    for (int failed = 1; failed >= 0; failed--)
        for (uint32_t i = 0; i < findings->n; i++) {
            const struct ust_finding *it = &findings->at[i];
            if (it->failed != (failed == 1))
                continue;
            ust_text_printf(out, "| %s | ",
                            !it->failed                     ? "✅ ok"
                            : it->kind == UST_FINDING_CHECK ? "❌ failed"
                                                            : "❌ worse");
            add_cell(it->name, out);
            ust_text_add(out, " | ");
            add_cell(it->text, out);
            ust_text_add(out, " |\n");
        }
}

void ust_diag_markdown(const struct ust_diag *diag, const char *name, struct ust_text *out)
{
    const struct ust_diag_message *message;
    unsigned mistakes = diag == NULL ? 0 : ust_diag_errors(diag);
    ust_text_add(out, "### understudy check\n\n❌ ");
    add_cell(name, out);
    if (mistakes == 0) {
        ust_text_add(out, ": " UST_NOT_RUN "\n\n");
        return;
    }
    ust_text_printf(out, ": %u mistake%s; nothing was run\n\n| | |\n|---|---|\n", mistakes,
                    mistakes == 1 ? "" : "s");
    for (unsigned i = 0; (message = ust_diag_at(diag, i)) != NULL; i++)
        if (message->severity == UST_ERROR) {
            ust_text_printf(out, "| %u:%u | ", message->place.line, message->place.column);
            add_cell(message->text, out);
            ust_text_add(out, " |\n");
        }
    ust_text_add(out, "\n");
}

/* ---- GitHub ---- */

/* A value of a workflow command: its ends would end the command. */
static void add_command(const char *text, bool property, struct ust_text *out)
{
    for (; *text != '\0'; text++) {
        if (strchr("%\r\n", *text) != NULL || (property && strchr(":,", *text) != NULL))
            ust_text_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            ust_text_add_n(out, text, 1);
    }
}

static void annotate(const char *level, const struct ust_place *place, const char *title,
                     const char *text, struct ust_text *out)
{
    ust_text_printf(out, "::%s ", level);
    if (place->file != NULL) {
        ust_text_add(out, "file=");
        add_command(place->file, true, out);
        if (place->line > 0)
            ust_text_printf(out, ",line=%u,col=%u", place->line, place->column);
        ust_text_add(out, ",");
    }
    ust_text_add(out, "title=");
    add_command(title, true, out);
    ust_text_add(out, "::");
    add_command(text, false, out);
    ust_text_add(out, "\n");
}

void ust_findings_github(const struct ust_findings *findings, struct ust_text *out)
{
    for (uint32_t i = 0; i < findings->n; i++) {
        const struct ust_finding *it = &findings->at[i];
        if (it->failed)
            annotate("error", &it->place, it->name, it->text, out);
    }
}

void ust_diag_github(const struct ust_diag *diag, struct ust_text *out)
{
    const struct ust_diag_message *message;
    for (unsigned i = 0; (message = ust_diag_at(diag, i)) != NULL; i++)
        annotate(message->severity == UST_ERROR ? "error" : "warning", &message->place,
                 "scenario", message->text, out);
}

/* ---- JSON ---- */

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *ust_findings_json(const struct ust_findings *findings)
{
    static const char *const kinds[] = {"check", "regression"};
    json_t *list = json_array();
    for (uint32_t i = 0; i < findings->n; i++) {
        const struct ust_finding *it = &findings->at[i];
        json_t *object = json_object();
        json_object_set_new(object, "kind", json_string(kinds[it->kind]));
        json_object_set_new(object, "name", json_string(it->name));
        json_object_set_new(object, "failed", json_boolean(it->failed));
        json_object_set_new(object, "text", json_string(it->text));
        json_object_set_new(object, "bound", real_or_null(it->bound));
        json_object_set_new(object, "used", real_or_null(it->used));
        json_object_set_new(object, "value", real_or_null(it->interval.value));
        json_object_set_new(object, "low", real_or_null(it->interval.low));
        json_object_set_new(object, "high", real_or_null(it->interval.high));
        json_array_append_new(list, object);
    }
    return list;
}

/* A path as a reference by RFC 3986: other bytes than these are written in hexadecimal. */
static void add_uri(const char *path, struct ust_text *out)
{
    for (; *path != '\0'; path++) {
        unsigned char c = (unsigned char)*path;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || strchr("/-._~", c) != NULL;
        if (plain)
            ust_text_add_n(out, path, 1);
        else
            ust_text_printf(out, "%%%02X", c);
    }
}

static json_t *sarif_result(const struct ust_diag_message *message)
{
    struct ust_text text = {0};
    ust_text_add(&text, message->text);
    if (message->notes[0] != '\0')
        ust_text_printf(&text, "\n%s", message->notes);
    json_t *result = json_pack("{s:s, s:s, s:{s:s}}", "ruleId", "scenario", "level",
                               message->severity == UST_ERROR ? "error" : "warning", "message",
                               "text", ust_text_string(&text));
    ust_text_free(&text);
    if (message->place.file == NULL)
        return result;
    struct ust_text uri = {0};
    add_uri(message->place.file, &uri);
    json_t *where = json_pack("{s:{s:s}}", "artifactLocation", "uri", ust_text_string(&uri));
    ust_text_free(&uri);
    if (message->place.line > 0) {
        unsigned column = message->place.column > 0 ? message->place.column : 1;
        unsigned width = message->place.width > 0 ? message->place.width : 1;
        json_object_set_new(where, "region",
                            json_pack("{s:i, s:i, s:i}", "startLine", (int)message->place.line,
                                      "startColumn", (int)column, "endColumn",
                                      (int)(column + width)));
    }
    json_object_set_new(result, "locations", json_pack("[{s:o}]", "physicalLocation", where));
    return result;
}

json_t *ust_diag_sarif(const struct ust_diag *diag)
{
    json_t *results = json_array();
    const struct ust_diag_message *message;
    for (unsigned i = 0; diag != NULL && (message = ust_diag_at(diag, i)) != NULL; i++)
        json_array_append_new(results, sarif_result(message));
    json_t *driver = json_pack(
        "{s:s, s:s, s:[{s:s, s:{s:s}}]}", "name", "understudy", "version", UST_VERSION, "rules",
        "id", "scenario", "shortDescription", "text", "A mistake in a scenario or a persona.");
    return json_pack("{s:s, s:s, s:[{s:{s:o}, s:s, s:o}]}", "$schema",
                     "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0",
                     "runs", "tool", "driver", driver, "columnKind", "unicodeCodePoints",
                     "results", results);
}
