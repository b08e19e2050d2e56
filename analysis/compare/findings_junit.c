/* Findings as JUnit XML.
 *
 * What both of the schemas that are in use let pass, that of Ant's reports (Windy Road) and
 * that of Jenkins' xUnit plugin: so a place is told in the text, a test that passed says
 * nothing of its own, and what it found stands in the suite's output. */
#include <time.h>

#include "analysis/compare/findings.h"

static void add_xml(const char *text, struct ust_text *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '&' || *text == '<' || *text == '>' || *text == '"')
            ust_text_printf(out, "&#%d;", *text);
        else if ((unsigned char)*text >= 0x20) /* XML 1.0 has no other control characters */
            ust_text_add_n(out, text, 1);
        else
            ust_text_add(out, " ");
    }
}

/* kind: "failure" or "error"; NULL: it passed. */
static void add_case(const char *suite, const char *name, const char *kind,
                     const struct ust_place *place, const char *text, struct ust_text *out)
{
    ust_text_printf(out, "    <testcase classname=\"%s\" name=\"", suite);
    add_xml(name, out);
    if (kind == NULL) {
        ust_text_add(out, "\" time=\"0\"/>\n");
        return;
    }
    ust_text_printf(out, "\" time=\"0\">\n      <%s type=\"%s\" message=\"", kind, suite);
    add_xml(text, out);
    ust_text_add(out, "\">");
    if (place->file != NULL) {
        add_xml(place->file, out);
        ust_text_printf(out, ":%u:%u: ", place->line, place->column);
    }
    add_xml(text, out);
    ust_text_printf(out, "</%s>\n    </testcase>\n", kind);
}

struct suite {
    const char *name;
    unsigned id, tests, failures, errors;
    struct ust_text cases, output;
};

static void add_suite(struct suite *suite, const char *of, struct ust_text *out)
{
    char at[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &utc);
    ust_text_printf(out, "  <testsuite id=\"%u\" package=\"", suite->id);
    add_xml(of, out);
    ust_text_printf(out,
                    "\" name=\"%s\" timestamp=\"%s\" hostname=\"localhost\" tests=\"%u\" "
                    "failures=\"%u\" errors=\"%u\" skipped=\"0\" time=\"0\">\n"
                    "    <properties/>\n%s    <system-out>",
                    suite->name, at, suite->tests, suite->failures, suite->errors,
                    ust_text_string(&suite->cases));
    add_xml(ust_text_string(&suite->output), out);
    ust_text_add(out, "</system-out>\n    <system-err/>\n  </testsuite>\n");
    ust_text_free(&suite->cases);
    ust_text_free(&suite->output);
}

static void add_head(struct ust_text *out)
{
    ust_text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
}

void ust_findings_junit(const struct ust_findings *findings, const char *name,
                        struct ust_text *out)
{
    static const char *const suites[] = {"checks", "regressions"};
    unsigned id = 0;
    add_head(out);
    for (int kind = 0; kind < 2; kind++) {
        struct suite suite = {.name = suites[kind], .failures = findings->failed[kind]};
        for (uint32_t i = 0; i < findings->n; i++) {
            const struct ust_finding *it = &findings->at[i];
            if ((int)it->kind != kind)
                continue;
            suite.tests++;
            add_case(suite.name, it->name, it->failed ? "failure" : NULL, &it->place, it->text,
                     &suite.cases);
            ust_text_printf(&suite.output, "%s: %s; ", it->name, it->text);
        }
        if (suite.tests == 0)
            continue;
        suite.id = id++;
        add_suite(&suite, name, out);
    }
    ust_text_add(out, "</testsuites>\n");
}

void ust_diag_junit(const struct ust_diag *diag, const char *name, struct ust_text *out)
{
    const struct ust_diag_message *message;
    const struct ust_place nowhere = {0};
    struct suite suite = {.name = "scenario"};
    for (unsigned i = 0; diag != NULL && (message = ust_diag_at(diag, i)) != NULL; i++)
        if (message->severity == UST_ERROR) {
            struct ust_text place = {0};
            ust_text_printf(&place, "%s:%u:%u",
                            message->place.file != NULL ? message->place.file : name,
                            message->place.line, message->place.column);
            add_case(suite.name, ust_text_string(&place), "error", &message->place,
                     message->text, &suite.cases);
            ust_text_free(&place);
            suite.errors++;
        }
    if (suite.errors == 0) {
        add_case(suite.name, name, "error", &nowhere, UST_NOT_RUN, &suite.cases);
        suite.errors = 1;
    }
    suite.tests = suite.errors;
    add_head(out);
    add_suite(&suite, name, out);
    ust_text_add(out, "</testsuites>\n");
}
