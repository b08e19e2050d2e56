/* JSON Schema and reference pages, out of the tables. */
#include <jansson.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/spec_help.h"

static json_t *schema_of_every_kind(void)
{
    struct ust_text text = {0};
    ust_spec_schema(every_fields, "Every kind", "every.schema.json", &text);
    json_error_t error;
    json_t *schema = json_loads(text.data, 0, &error);
    if (schema == NULL)
        print_error("%s", error.text);
    assert_non_null(schema);
    ust_text_free(&text);
    return schema;
}

static const json_t *at(const json_t *json, const char *key)
{
    const json_t *found = json_object_get(json, key);
    if (found == NULL)
        print_error("no '%s'\n", key);
    assert_non_null(found);
    return found;
}

static void the_schema_says_what_the_tables_say(void **state)
{
    (void)state;
    json_t *schema = schema_of_every_kind();
    assert_string_equal(json_string_value(at(schema, "$schema")),
                        "https://json-schema.org/draft/2020-12/schema");
    assert_string_equal(json_string_value(at(schema, "$id")), "every.schema.json");
    const json_t *defs = at(schema, "$defs");
    const json_t *properties = at(at(defs, "document"), "properties");
    for (const struct ust_field *field = every_fields; field->key != NULL; field++)
        at(properties, field->key);
    assert_int_equal(json_object_size(properties),
                     sizeof every_fields / sizeof *every_fields - 1);
    assert_true(json_is_false(at(at(defs, "document"), "additionalProperties")));
    const json_t *whole = at(properties, "whole");
    assert_int_equal(json_integer_value(at(whole, "minimum")), 1);
    assert_int_equal(json_integer_value(at(whole, "maximum")), 100);
    assert_int_equal(json_integer_value(at(whole, "default")), 20);
    assert_string_equal(json_string_value(at(whole, "description")),
                        "A whole number. (1 to 100)");
    assert_int_equal(json_array_size(at(at(properties, "choice"), "enum")), 3);
    assert_string_equal(json_string_value(at(at(properties, "variant"), "$ref")),
                        "#/$defs/scaler");
    const json_t *track = at(defs, "kind-scaler-tracking");
    assert_string_equal(json_string_value(at(at(at(track, "properties"), "kind"), "const")),
                        "tracking");
    assert_int_equal(json_array_size(at(track, "required")), 2);
    json_decref(schema);
}

#define DOCUMENTS_MAX 64

/* The schema, then pairs of what is expected and a document. */
static const char *const check_script =
    "import sys, json\n"
    "try:\n"
    "    from jsonschema import Draft202012Validator as V\n"
    "except ImportError:\n"
    "    sys.exit(77)\n"
    "schema = json.loads(sys.argv[1])\n"
    "V.check_schema(schema)\n"
    "wrong = 0\n"
    "for right, text in zip(sys.argv[2::2], sys.argv[3::2]):\n"
    "    errors = list(V(schema).iter_errors(json.loads(text)))\n"
    "    if (right == 'right') != (not errors):\n"
    "        print(text, 'is not', right, errors, file=sys.stderr)\n"
    "        wrong += 1\n"
    "sys.exit(3 if wrong else 0)\n";

/* Runs Python's jsonschema over documents; its exit code. */
static int validate(const char *const *arguments)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* The system's interpreter: that is where Debian puts its packages. */
        execv("/usr/bin/python3", (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

struct judged {
    const char *document; /* JSON, so both readers take it */
    bool right;
};

/* What the loader says, the schema says too. */
static const struct judged documents[] = {
    {"{\"flag\": true, \"whole\": 3, \"queue\": \"unlimited\", \"number\": -1.5}", true},
    {"{\"ratio\": \"60 %\", \"open\": 0.5, \"duration\": \"1m30s\"}", true},
    {"{\"bytes\": \"4 GiB\", \"bandwidth\": \"10 Gbps\", \"rate\": \"5 calls/min\"}", true},
    {"{\"iops\": \"3000 IOPS\", \"money\": \"0.09 USD\", \"price\": \"0.17 USD/h\"}", true},
    {"{\"distance\": \"3 km\", \"clock\": \"20:00\", \"bytes\": 0}", true},
    {"{\"instant\": \"2026-11-27T16:00:00-05:00\", \"name\": \"S\\u00e3o Paulo\"}", true},
    {"{\"work\": \"lognormal(mean 40 ms, cv 1.5)\", \"size\": \"30 KiB\", \"count\": 3}", true},
    {"{\"map\": {\"mobile\": \"70 %\", \"desk\": {\"share\": 0.3}}}", true},
    {"{\"list\": [{\"target\": 0.5}], \"words\": \"one\", \"ratios\": [0.5]}", true},
    {"{\"variants\": [\"fixed\", {\"kind\": \"tracking\", \"target\": 0.5}]}", true},
    {"{\"variants\": {\"kind\": \"tracking\", \"target\": 0.5}}", true},
    {"{\"variants\": {\"target\": 0.5}}", false},
    {"{\"level\": \"60 %\"}", true},
    {"{\"level\": \"50 req/s\"}", true},
    {"{\"level\": 20}", true},
    {"{\"level\": -1}", false},
    {"{\"level\": \"20 s\"}", false},
    {"{\"shares\": {\"a\": \"30 %\", \"b\": 0.7}, \"variant\": \"fixed\"}", true},
    {"{\"flag\": \"yes\"}", false},
    {"{\"whole\": 0}", false},
    {"{\"whole\": 2.5}", false},
    {"{\"queue\": \"lots\"}", false},
    {"{\"ratio\": 1.4}", false},
    {"{\"open\": 1}", false},
    {"{\"duration\": 3}", false},
    {"{\"duration\": \"3 sec\"}", false},
    {"{\"bytes\": \"3 s\"}", false},
    {"{\"rate\": \"5 MB/s\"}", false},
    {"{\"clock\": \"24:00\"}", false},
    {"{\"instant\": \"2026-11-27T16:00:00\"}", false},
    {"{\"name\": \"a/b\"}", false},
    {"{\"choice\": \"ful\"}", false},
    {"{\"work\": \"lognorml(40 ms, 1)\"}", false},
    {"{\"group\": {\"count\": 3}}", false},
    {"{\"map\": {}}", false},
    {"{\"map\": {\"a/b\": 1}}", false},
    {"{\"list\": [{}]}", false},
    {"{\"shares\": {\"a\": 3}}", false},
    {"{\"variant\": \"tracking\"}", false},
    {"{\"variant\": {\"kind\": \"fixed\", \"target\": 1}}", false},
    {"{\"groupp\": {}}", false},
};

/* What extends another file may leave out what it requires, and take keys away; the loader
 * would look for that file. */
static const struct judged extending[] = {
    {"{\"extends\": \"a.yaml\", \"group\": {\"count\": 3}, \"text\": null}", true},
    {"{\"extends\": [\"a.yaml\", \"b.yaml\"], \"whole\": 3}", true},
    {"{\"extends\": \"a.yaml\", \"grup\": 1}", false},
    {"{\"extends\": 3}", false},
};

static void the_schema_and_the_loader_agree(void **state)
{
    (void)state;
    json_t *schema = schema_of_every_kind();
    char *text = json_dumps(schema, JSON_COMPACT);
    const char *arguments[2 * DOCUMENTS_MAX + 5] = {"python3", "-c", check_script, text};
    unsigned n = 4;
    for (unsigned i = 0; i < sizeof documents / sizeof *documents; i++) {
        struct reading r;
        reading_text(&r, documents[i].document);
        bool loads = ust_diag_errors(r.spec.diag) == 0;
        reading_close(&r);
        if (loads != documents[i].right)
            print_error("%s\n", documents[i].document);
        assert_int_equal(loads, documents[i].right);
        arguments[n++] = documents[i].right ? "right" : "wrong";
        arguments[n++] = documents[i].document;
    }
    for (unsigned i = 0; i < sizeof extending / sizeof *extending; i++) {
        arguments[n++] = extending[i].right ? "right" : "wrong";
        arguments[n++] = extending[i].document;
    }
    int judgement = validate(arguments);
    free(text);
    json_decref(schema);
    if (judgement == 77 || judgement == 127) {
        print_message("SKIPPED: python3-jsonschema is not installed\n");
        skip();
    }
    assert_int_equal(judgement, 0);
}

static void the_reference_has_each_table_once(void **state)
{
    (void)state;
    struct ust_text text = {0};
    ust_spec_reference(every_fields, "Every kind", &text);
    const char *page = text.data;
    assert_int_equal(strncmp(page, "# Every kind\n\n| key |", 21), 0);
    assert_non_null(
        strstr(page, "| `whole` | whole number | `20` | 1 to 100 | A whole number. |"));
    assert_non_null(strstr(page, "| `ratio` | ratio | `50 %` | 5 % to 95 % | A ratio. |"));
    assert_non_null(
        strstr(page, "| `queue` | whole number or `unlimited` | `unlimited` | at least 0 | "
                     "Waiting places \\| slots. |"));
    assert_non_null(strstr(page, "| `choice` | `none`, `full`, `half` | `full` |"));
    assert_non_null(strstr(page, "| `work` | distribution of durations |"));
    assert_non_null(strstr(page, "| `map` | map of [group](#group) |"));
    assert_non_null(strstr(page, "| `variants` | one or a list of [scaler](#scaler) |"));
    assert_non_null(strstr(page, "\n### scaler: `tracking`\n\nHolds a ratio.\n"));
    assert_non_null(strstr(page, "A single value stands for `{share: value}`."));
    assert_non_null(strstr(page, "| `target` | ratio | required | 5 % to 95 % |"));
    /* `group` and `map` share a table. */
    const char *first = strstr(page, "\n## group\n");
    assert_non_null(first);
    assert_null(strstr(first + 1, "\n## group"));
    assert_null(strstr(page, "\n## map\n"));
    ust_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_says_what_the_tables_say),
        cmocka_unit_test(the_schema_and_the_loader_agree),
        cmocka_unit_test(the_reference_has_each_table_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
