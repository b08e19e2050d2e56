/* The page: what it says, that foreign text stays text, and that it is the same twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "plots/report.h"
#include "tests/unit/plots/help.h"

static struct ust_text page_of(struct sample sample, const char *sql)
{
    struct ust_text page = {0};
    struct ust_plot_run run;
    const char *path = sample_path("run.db");
    sample_write(path, sample);
    if (sql != NULL)
        sample_sql(path, sql);
    assert_int_equal(ust_plot_run_open(path, &run), UST_OK);
    assert_int_equal(ust_report_make(&run, 0, &page), UST_OK);
    ust_plot_run_close(&run);
    return page;
}

static bool has(const struct ust_text *page, const char *text)
{
    return strstr(ust_text_string(page), text) != NULL;
}

/* A second opinion: Python's parser reads the page and lists what is wrong. */
static void assert_sound(const struct ust_text *page)
{
    char command[700];
    const char *path = sample_path("page.html");
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(page->data, 1, page->length, out), page->length);
    assert_int_equal(fclose(out), 0);
    snprintf(command, sizeof(command), "python3 tests/unit/plots/page.py '%s'", path);
    assert_int_equal(system(command), 0);
}

static void sections_come_in_the_order_of_questions(void **state)
{
    (void)state;
    static const char *const order[] = {"id=\"verdict\"",
                                        "NOT READY",
                                        "id=\"failover\"",
                                        "capacity caught up",
                                        "first ten minutes",
                                        "id=\"why\"",
                                        "Recovery time",
                                        "id=\"kpis\"",
                                        "id=\"tables\"",
                                        "id=\"source\"",
                                        "02-region-loss.yaml --seed 42 --replications 4"};
    struct ust_text page = page_of((struct sample){.replications = 4, .minutes = 160}, NULL);
    const char *at = strstr(page.data, "<body>");
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        assert_non_null(at);
        const char *next = strstr(at, order[i]);
        if (next == NULL)
            fail_msg("no '%s' behind '%s'", order[i], i > 0 ? order[i - 1] : "the start");
        at = next;
    }
    assert_sound(&page);
    ust_text_free(&page);
}

static void hostile_texts_stay_texts_everywhere(void **state)
{
    (void)state;
    struct ust_text page = page_of(
        (struct sample){.replications = 2, .hostile = true, .minutes = 160},
        "UPDATE verdict SET verdict = '<script>alert(8)</script>', weakest_persona = '\"><b>',"
        " lost = '\"onload=\"alert(9)'; INSERT INTO machine VALUES ('<u>', '</script><x>');"
        "UPDATE timeline SET event = '<img src=x onerror=alert(10)>';"
        "UPDATE fault SET kind = '</td><script>alert(11)</script>';");
    assert_false(has(&page, "<script>alert"));
    assert_false(has(&page, "</script><"
                            "script>alert"));
    assert_false(has(&page, "<img"));
    assert_false(has(&page, "<svg"));
    assert_true(has(&page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_true(has(&page, "&lt;/pre&gt;&lt;/script&gt;"));
    assert_true(has(&page, "\\u003cscript\\u003e")); /* the same name, as JSON */
    assert_true(has(&page, "\xef\xbf\xbd broken utf-8"));
    assert_sound(&page);
    ust_text_free(&page);
}

static void a_hostile_path_is_one_word_of_the_shell(void **state)
{
    (void)state;
    struct ust_text page =
        page_of((struct sample){.replications = 1, .hostile = true, .minutes = 10}, NULL);
    assert_true(
        has(&page, "understudy run &#39;it&#39;\\&#39;&#39;s $(here)/&lt;x&gt;.yaml&#39;"));
    assert_true(has(&page, "--set &#39;name=&#39;\\&#39;&#39;&quot;; rm -rf /&#39; "
                           "--set &#39;x=&lt;y&gt;&#39;"));
    ust_text_free(&page);
}

static void the_same_database_gives_the_same_bytes(void **state)
{
    (void)state;
    struct sample sample = {.replications = 3, .minutes = 160};
    struct ust_text a = page_of(sample, NULL), b = page_of(sample, NULL);
    assert_int_equal(a.length, b.length);
    assert_memory_equal(a.data, b.data, a.length);
    ust_text_free(&a);
    ust_text_free(&b);
}

static void a_calm_run_has_no_waterfall_and_says_so(void **state)
{
    (void)state;
    struct ust_text page = page_of(
        (struct sample){.replications = 2, .calm = true, .unjudged = true, .minutes = 30},
        NULL);
    assert_false(has(&page, "class=\"waterfall\""));
    assert_false(has(&page, "id=\"failover\""));
    assert_false(has(&page, "id=\"why\""));
    assert_true(has(&page, "No fault, no verdict"));
    assert_true(has(&page, "This run has none."));
    assert_true(has(&page, "No scaler changed its mind."));
    assert_sound(&page);
    ust_text_free(&page);
}

static void one_replication_has_lines_and_no_bands(void **state)
{
    (void)state;
    struct ust_text page = page_of((struct sample){.replications = 1, .minutes = 160}, NULL);
    assert_true(has(&page, "One replication"));
    assert_true(has(&page, "\"mid\":["));
    assert_false(has(&page, "\"low\":["));
    assert_false(has(&page, "class=\"spread\""));
    assert_sound(&page);
    ust_text_free(&page);
}

static void an_empty_run_says_sentences_where_charts_would_be(void **state)
{
    (void)state;
    struct ust_text page = page_of((struct sample){.replications = 1, .bare = true}, NULL);
    assert_true(has(&page, "\"charts\":[]"));
    assert_true(has(&page, "No requests were recorded."));
    assert_true(has(&page, "No request of this persona was answered."));
    assert_sound(&page);
    *strstr(page.data, "<script") = '\0'; /* the libraries know of NaN */
    assert_false(has(&page, "nan"));
    assert_false(has(&page, "inf"));
    ust_text_free(&page);
}

static void a_run_without_any_replication_is_still_a_page(void **state)
{
    (void)state;
    struct ust_text page = page_of((struct sample){.replications = 0, .minutes = 30}, NULL);
    assert_true(has(&page, "No replication has finished yet."));
    assert_sound(&page);
    ust_text_free(&page);
}

static void an_unfinished_run_says_how_far_it_came(void **state)
{
    (void)state;
    struct ust_text page =
        page_of((struct sample){.replications = 2, .minutes = 30, .unjudged = true},
                "UPDATE run SET complete = 0, digest = NULL, replications = 9;");
    assert_true(has(&page, "2 of 9, unfinished"));
    assert_true(has(&page, "Fingerprint of the first"));
    assert_true(has(&page, "The fault begins after the run has ended."));
    assert_sound(&page);
    ust_text_free(&page);
}

static void a_chart_of_nothing_but_zeros_is_a_sentence(void **state)
{
    (void)state;
    struct ust_text page = page_of(
        (struct sample){.replications = 2, .calm = true, .minutes = 30},
        "UPDATE series SET value = 0 WHERE key IN (SELECT k.id FROM key k JOIN metric m ON"
        " m.id = k.metric WHERE m.name IN ('failed', 'shed', 'timed_out', 'abandoned',"
        " 'queue'));");
    assert_true(has(&page, "Every request was answered."));
    assert_true(has(&page, "Nothing ever waited."));
    assert_false(has(&page, "\"title\":\"Queue\""));
    assert_true(has(&page, "\"title\":\"Cost\""));
    ust_text_free(&page);
}

static void an_unjudged_run_names_the_command_that_judges(void **state)
{
    (void)state;
    struct ust_text page =
        page_of((struct sample){.replications = 2, .unjudged = true, .minutes = 160}, NULL);
    assert_true(has(&page, "Not judged"));
    assert_true(has(&page, "understudy readiness"));
    assert_true(has(&page, "class=\"waterfall\""));
    assert_sound(&page);
    ust_text_free(&page);
}

static void a_moment_never_reached_is_not_given_a_time(void **state)
{
    (void)state;
    struct ust_text page = page_of(
        (struct sample){.replications = 3, .minutes = 160},
        "UPDATE readiness SET recovery_s = 100;"
        "UPDATE readiness SET recovery_s = NULL WHERE persona = 1 AND replication > 1;");
    assert_true(has(&page, "not within the run"));
    assert_true(has(&page, "1 of 3 replications"));
    assert_true(has(&page, "not back within the objective by the end, against 5 min"));
    assert_sound(&page);
    ust_text_free(&page);
}

static void events_are_those_of_the_replication_asked_for(void **state)
{
    (void)state;
    struct ust_plot_run run;
    struct ust_text page = {0};
    const char *path = sample_path("run.db");
    sample_write(path, (struct sample){.replications = 3, .minutes = 160});
    sample_sql(path, "UPDATE timeline SET detail = 'second run' WHERE replication = 2;");
    assert_int_equal(ust_plot_run_open(path, &run), UST_OK);
    assert_int_equal(ust_report_make(&run, 2, &page), UST_OK);
    assert_true(has(&page, "in replication 2"));
    assert_true(has(&page, "second run"));
    ust_text_clear(&page);
    assert_int_equal(ust_report_make(&run, 4, &page), UST_INVALID);
    assert_int_equal(page.length, 0);
    ust_text_free(&page);
    ust_plot_run_close(&run);
}

static void a_long_run_stays_a_small_file(void **state)
{
    (void)state;
    struct ust_text page =
        page_of((struct sample){.replications = 2, .personas_n = 8, .minutes = 24 * 60}, NULL);
    assert_true(page.length < 2000000);
    assert_sound(&page);
    ust_text_free(&page);
}

static int clean_up(void **state)
{
    (void)state;
    sample_folder_remove();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_come_in_the_order_of_questions),
        cmocka_unit_test(hostile_texts_stay_texts_everywhere),
        cmocka_unit_test(a_hostile_path_is_one_word_of_the_shell),
        cmocka_unit_test(the_same_database_gives_the_same_bytes),
        cmocka_unit_test(a_calm_run_has_no_waterfall_and_says_so),
        cmocka_unit_test(one_replication_has_lines_and_no_bands),
        cmocka_unit_test(an_empty_run_says_sentences_where_charts_would_be),
        cmocka_unit_test(a_run_without_any_replication_is_still_a_page),
        cmocka_unit_test(an_unfinished_run_says_how_far_it_came),
        cmocka_unit_test(a_chart_of_nothing_but_zeros_is_a_sentence),
        cmocka_unit_test(an_unjudged_run_names_the_command_that_judges),
        cmocka_unit_test(a_moment_never_reached_is_not_given_a_time),
        cmocka_unit_test(events_are_those_of_the_replication_asked_for),
        cmocka_unit_test(a_long_run_stays_a_small_file),
    };
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
