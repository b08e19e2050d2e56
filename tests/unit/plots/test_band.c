/* Numbers behind the pictures: folding, bands, crossings and the split of a loss. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plots/band.h"
#include "plots/format.h"
#include "plots/html.h"
#include "plots/loss.h"
#include "plots/milestone.h"
#include "tests/unit/plots/help.h"

#define CHECK_NEAR(got, want, tolerance)                                                       \
    do {                                                                                       \
        double got_ = (got), want_ = (want);                                                   \
        if (!(fabs(got_ - want_) <= (tolerance)))                                              \
            fail_msg("%s is %.17g, want %.17g", #got, got_, want_);                            \
    } while (0)

/* A run of ten minutes without series, into which a test writes its own. */
static void open_with(struct ust_plot_run *run, struct sample sample, const char *sql)
{
    const char *path = sample_path("run.db");
    sample_write(path, sample);
    sample_sql(path, sql);
    assert_int_equal(ust_plot_run_open(path, run), UST_OK);
}

#define KEY(metric, region, persona)                                                           \
    "(SELECT k.id FROM key k JOIN metric m ON m.id = k.metric WHERE m.name = '" metric         \
    "' AND k.region = " region " AND k.persona = " persona ")"

static void quantiles_interpolate_between_order_statistics(void **state)
{
    (void)state;
    double v[] = {30, (double)NAN, 10, 40, 20};
    CHECK_NEAR(ust_plot_quantile(v, 5, 0.5), 25, 1e-12); /* numpy.quantile([10..40], .5) */
    double w[] = {10, 20, 30, 40};
    CHECK_NEAR(ust_plot_quantile(w, 4, 0.05), 11.5, 1e-12); /* numpy.quantile, .05 */
    double x[] = {1, (double)INFINITY, 2};
    CHECK_NEAR(ust_plot_quantile(x, 3, 0.5), 2, 0);
    double y[] = {1, (double)INFINITY, (double)INFINITY};
    assert_true(isinf(ust_plot_quantile(y, 3, 0.5)));
    double z[] = {(double)NAN};
    assert_true(isnan(ust_plot_quantile(z, 1, 0.5)));
    assert_true(isnan(ust_plot_quantile(z, 0, 0.5)));
}

static void folding_knows_rates_means_and_peaks(void **state)
{
    (void)state;
    struct ust_plot_run run;
    struct ust_plot_series s;
    open_with(&run, (struct sample){.replications = 1, .bare = true, .minutes = 1},
              "INSERT INTO series SELECT 1, " KEY(
                  "offered", "0", "1") ", value,"
                                       " (value + 1) * 100 FROM json_each('[0,1,2,3,4,5]') ;");
    struct ust_plot_window thirty = {0, 60, 30};
    struct ust_plot_scope one = {0, 0, 1};
    /* Intervals of 10 s hold 100, 200, ..., 600. */
    assert_int_equal(ust_plot_series_load(&run, "offered", one, thirty, UST_PLOT_RATE, &s),
                     UST_OK);
    assert_int_equal(s.points, 2);
    CHECK_NEAR(s.value[0], 20, 1e-12);
    CHECK_NEAR(s.value[1], 50, 1e-12);
    ust_plot_series_free(&s);
    assert_int_equal(ust_plot_series_load(&run, "offered", one, thirty, UST_PLOT_SUM, &s),
                     UST_OK);
    CHECK_NEAR(s.value[1], 1500, 1e-12);
    ust_plot_series_free(&s);
    assert_int_equal(ust_plot_series_load(&run, "offered", one, thirty, UST_PLOT_MAX, &s),
                     UST_OK);
    CHECK_NEAR(s.value[0], 300, 0);
    ust_plot_series_free(&s);
    /* 25 s are rounded up to whole intervals, and a window may start in the middle. */
    struct ust_plot_window odd = {20, 60, 25};
    assert_int_equal(ust_plot_series_load(&run, "offered", one, odd, UST_PLOT_MEAN, &s),
                     UST_OK);
    assert_int_equal(s.points, 2);
    CHECK_NEAR(s.start_s, 20, 0);
    CHECK_NEAR(s.step_s, 30, 0);
    CHECK_NEAR(s.value[0], 400, 1e-12);
    CHECK_NEAR(s.value[1], 600, 1e-12);
    ust_plot_series_free(&s);
    ust_plot_run_close(&run);
}

static void counts_are_added_and_ratios_weighed_by_capacity(void **state)
{
    (void)state;
    struct ust_plot_run run;
    struct ust_plot_series s;
    struct ust_plot_window all = {0, 10, 10};
    open_with(&run, (struct sample){.replications = 1, .bare = true, .minutes = 1},
              "INSERT INTO series VALUES (1, " KEY(
                  "queue", "1",
                  "0") ", 0, 3),"
                       " (1, " KEY("queue", "2", "0") ", 0, 4), (1, " KEY(
                           "cpu", "1",
                           "0") ", 0, 0.2),"
                                " (1, " KEY("cpu", "2",
                                            "0") ", 0, 0.8),"
                                                 " (1, " KEY("capacity", "1",
                                                             "0") ", 0, 30),"
                                                                  " (1, " KEY("capacity", "2",
                                                                              "0") ", 0, 10);");
    struct ust_plot_scope everywhere = {0, 0, 0};
    assert_int_equal(ust_plot_series_load(&run, "queue", everywhere, all, UST_PLOT_MEAN, &s),
                     UST_OK);
    CHECK_NEAR(s.value[0], 7, 1e-12);
    ust_plot_series_free(&s);
    assert_int_equal(ust_plot_series_load(&run, "cpu", everywhere, all, UST_PLOT_MEAN, &s),
                     UST_OK);
    CHECK_NEAR(s.value[0], (0.2 * 30 + 0.8 * 10) / 40, 1e-12);
    ust_plot_series_free(&s);
    assert_int_equal(ust_plot_series_load(&run, "no_such", everywhere, all, UST_PLOT_MEAN, &s),
                     UST_OK);
    assert_true(isnan(s.value[0]));
    ust_plot_series_free(&s);
    ust_plot_run_close(&run);
}

static void a_total_that_is_kept_is_not_added_to_its_parts(void **state)
{
    (void)state;
    struct ust_plot_run run;
    struct ust_plot_series s;
    double total;
    open_with(
        &run, (struct sample){.replications = 1, .bare = true, .minutes = 1},
        "INSERT INTO key SELECT 9000, metric, 0, 0, 0 FROM key"
        " WHERE id = " KEY(
            "offered", "0",
            "1") ";"
                 "INSERT INTO series VALUES (1, " KEY(
                     "offered", "0",
                     "1") ", 0, 10),"
                          " (1, " KEY("offered", "0",
                                      "2") ", 0, 20), (1, 9000, 0, 30);"
                                           "DELETE FROM kpi; INSERT INTO kpi VALUES (1, " KEY(
                                               "offered", "0",
                                               "1") ", 10),"
                                                    " (1, " KEY("offered", "0",
                                                                "2") ", 20), (1, 9000, 30);");
    struct ust_plot_scope everyone = {0, 0, 0};
    struct ust_plot_window all = {0, 10, 10};
    assert_int_equal(ust_plot_series_load(&run, "offered", everyone, all, UST_PLOT_SUM, &s),
                     UST_OK);
    CHECK_NEAR(s.value[0], 30, 1e-12);
    ust_plot_series_free(&s);
    assert_int_equal(ust_plot_kpi(&run, "offered", everyone, &total), UST_OK);
    CHECK_NEAR(total, 30, 1e-12);
    assert_int_equal(ust_plot_kpi(&run, "offered", (struct ust_plot_scope){0, 0, 2}, &total),
                     UST_OK);
    CHECK_NEAR(total, 20, 1e-12);
    ust_plot_run_close(&run);
}

static void the_band_holds_the_middle_of_the_replications(void **state)
{
    (void)state;
    struct ust_plot_run run;
    struct ust_plot_series s;
    open_with(&run, (struct sample){.replications = 5, .bare = true, .minutes = 1},
              "INSERT INTO series SELECT value, " KEY(
                  "offered", "0", "1") ", 0, 10 * value"
                                       " FROM json_each('[1,2,3,4,5]');"
                                       "INSERT INTO series VALUES (1, " KEY("offered", "0",
                                                                            "1") ", 1, 7);");
    struct ust_plot_window w = {0, 30, 10};
    assert_int_equal(ust_plot_series_load(&run, "offered", (struct ust_plot_scope){0, 0, 1}, w,
                                          UST_PLOT_SUM, &s),
                     UST_OK);
    struct ust_plot_band band = ust_plot_band(&run, &s);
    CHECK_NEAR(band.mid[0], 30, 1e-12);
    CHECK_NEAR(band.low[0], 12, 1e-12);  /* numpy.quantile([10..50], .05) */
    CHECK_NEAR(band.high[0], 48, 1e-12); /* ... .95 */
    CHECK_NEAR(band.mid[1], 7, 0);
    assert_true(isnan(band.mid[2]));
    assert_false(band.empty);
    ust_plot_series_free(&s);
    ust_plot_run_close(&run);
}

/* The standby needs 10 vCPU from the fault on and has them after two minutes. */
static void moments_are_taken_for_each_replication(void **state)
{
    (void)state;
    struct ust_plot_run run;
    struct ust_milestone m[UST_MOMENTS];
    struct ust_readiness_settings settings = ust_readiness_defaults();
    open_with(&run, (struct sample){.replications = 2, .bare = true, .minutes = 10},
              "UPDATE fault SET start_s = 300, end_s = 600; DELETE FROM readiness;"
              "CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1"
              " FROM n WHERE i < 59) SELECT i, r.id AS r FROM n, replication r;"
              "INSERT INTO series SELECT r, " KEY(
                  "work_offered", "2",
                  "0") ", i, 100 FROM n;"
                       "INSERT INTO series SELECT r, " KEY(
                           "capacity", "2",
                           "0") ", i,"
                                " CASE WHEN i < 30 THEN 12 WHEN i < 42 OR r = 2 THEN 6 ELSE 10 "
                                "END FROM n;"
                                "INSERT INTO timeline VALUES (1, 0, 300, 'fault_start', 1, 0, "
                                "0, NULL, NULL),"
                                " (1, 1, 100, 'detected', 1, NULL, NULL, NULL, NULL),"
                                " (1, 2, 326.5, 'detected', 1, NULL, NULL, NULL, NULL),"
                                " (1, 3, 400, 'detected', 1, NULL, NULL, NULL, NULL),"
                                " (1, 4, 360, 'moved_50', 1, NULL, NULL, 0.5, NULL);");
    assert_int_equal(ust_plot_milestones(&run, &settings, m), UST_OK);
    CHECK_NEAR(m[UST_DETECTED].after_s[0], 26.5, 1e-9); /* not the one before the fault */
    assert_true(isinf(m[UST_DETECTED].after_s[1]));
    assert_int_equal(m[UST_DETECTED].reached, 1);
    CHECK_NEAR(m[UST_MOVED_50].after_s[0], 60, 1e-9);
    CHECK_NEAR(m[UST_CAUGHT_UP].after_s[0], 120, 1e-9); /* 100 cpu-s in 10 s need 10 vCPU */
    assert_true(isinf(m[UST_CAUGHT_UP].after_s[1]));
    CHECK_NEAR(m[UST_CAUGHT_UP].median, 120, 1e-9); /* nearest rank, as the verdict counts */
    assert_false(m[UST_OBJECTIVES_MET].shown);
    ust_plot_run_close(&run);
}

static void medians_of_moments_are_those_of_the_verdict(void **state)
{
    (void)state;
    struct ust_plot_run run;
    struct ust_milestone m[UST_MOMENTS];
    struct ust_readiness_settings settings;
    struct ust_readiness_result result;
    open_with(&run, (struct sample){.replications = 4, .minutes = 200}, "SELECT 1");
    assert_int_equal(ust_plot_settings(&run, &settings), UST_OK);
    assert_int_equal(ust_plot_milestones(&run, &settings, m), UST_OK);
    assert_int_equal(ust_readiness_compute(run.store, NULL, &result), UST_OK);
    for (int i = 0; i < UST_MOMENTS; i++) {
        assert_int_equal(m[i].reached, result.moments[i].n);
        if (isfinite(result.moments[i].median))
            CHECK_NEAR(m[i].median, result.moments[i].median, 1e-3);
    }
    ust_readiness_free(&result);
    ust_plot_run_close(&run);
}

static void a_waterfall_never_runs_backwards(void **state)
{
    (void)state;
    struct ust_milestone m[UST_MOMENTS] = {0};
    static const double median[UST_MOMENTS] = {26, 60, 90, 1200, 270, (double)INFINITY};
    int order[UST_MOMENTS];
    for (int i = 0; i < UST_MOMENTS; i++) {
        m[i].median = median[i];
        m[i].shown = i != UST_MOVED_50;
    }
    assert_int_equal(ust_plot_milestone_order(m, order), 5);
    assert_int_equal(order[0], UST_DETECTED);
    assert_int_equal(order[1], UST_MOVED_90);
    assert_int_equal(order[2], UST_CAUGHT_UP);
    assert_int_equal(order[3], UST_MOVED_99);
    assert_int_equal(order[4], UST_OBJECTIVES_MET);
}

/* The golden example of the readiness definition: scores .822247, .931530, .890872 at weights
 * .6, .3, .1 make 86.1895. */
static void losses_add_up_to_what_the_score_lacks(void **state)
{
    (void)state;
    struct ust_plot_run run;
    struct ust_why why;
    open_with(&run, (struct sample){.replications = 1, .bare = true, .minutes = 10},
              "UPDATE persona SET weight = CASE id WHEN 1 THEN 6 WHEN 2 THEN 3 ELSE 1 END;"
              "DELETE FROM readiness; INSERT INTO readiness (replication, persona, s1, s2, s3, "
              "s4, s5, s6, score, ready,"
              " metastable) VALUES (1, 1, 0.895833, 0.714286, 0.94, 0.5, 1, 1, 0, 0, 0),"
              " (1, 2, 0.999653, 1, 0.99, 0.5, 1, 1, 0, 1, 0),"
              " (1, 3, 0.958333, 1, 0.8, 0.5, 1, 1, 0, 1, 0);");
    struct ust_readiness_settings settings = ust_readiness_defaults();
    assert_int_equal(ust_plot_why(&run, &settings, &why), UST_OK);
    CHECK_NEAR(why.persona[0].score, 0.822247, 2e-6);
    CHECK_NEAR(why.persona[1].score, 0.931530, 2e-6);
    CHECK_NEAR(why.persona[2].score, 0.890872, 2e-6);
    CHECK_NEAR(why.lost_points, 100 - 86.1895, 1e-4);
    double sum = 0;
    for (uint32_t i = 0; i < why.losses_n; i++) {
        sum += why.loss[i].points;
        assert_true(i == 0 || why.loss[i].points <= why.loss[i - 1].points);
    }
    CHECK_NEAR(sum, why.lost_points, 0.2); /* what is too small to list is missing */
    /* RTO: .25 ln .714286 of .30 ln .895833 + .25 ln .714286 + .15 ln .94 + .10 ln .5 */
    assert_int_equal(why.loss[0].persona, 0);
    assert_int_equal(why.loss[0].component, 1);
    CHECK_NEAR(why.loss[0].share, 0.429800, 1e-5);
    ust_plot_run_close(&run);
}

static void a_component_at_zero_takes_the_whole_loss(void **state)
{
    (void)state;
    struct ust_plot_run run;
    struct ust_why why;
    open_with(&run,
              (struct sample){.replications = 1, .bare = true, .minutes = 10, .personas_n = 1},
              "DELETE FROM readiness; INSERT INTO readiness (replication, persona, s1, s2, s3, "
              "s4, s5, s6, score, ready,"
              " metastable) VALUES (1, 1, 0.5, 0, 0.9, 1, 1, 1, 0, 0, 0);");
    struct ust_readiness_settings settings = ust_readiness_defaults();
    assert_int_equal(ust_plot_why(&run, &settings, &why), UST_OK);
    assert_int_equal(why.losses_n, 1);
    assert_int_equal(why.loss[0].component, 1);
    CHECK_NEAR(why.loss[0].points, 100, 1e-9);
    ust_plot_run_close(&run);
}

static void numbers_read_as_a_person_would_write_them(void **state)
{
    (void)state;
    char out[UST_FORMAT_MAX];
    assert_string_equal(ust_format_duration(26, out), "26 s");
    assert_string_equal(ust_format_duration(84, out), "1m24s");
    assert_string_equal(ust_format_duration(300, out), "5 min");
    assert_string_equal(ust_format_duration(59.99, out), "1 min");
    assert_string_equal(ust_format_duration(5400, out), "1h30m");
    assert_string_equal(ust_format_duration(14400, out), "4 h");
    assert_string_equal(ust_format_duration(7199.6, out), "2 h");
    assert_string_equal(ust_format_latency(0.0412, out), "41 ms");
    assert_string_equal(ust_format_latency(2.9, out), "2.90 s");
    assert_string_equal(ust_format_percent(0.9871, out), "98.71 %");
    assert_string_equal(ust_format_percent(0.999999, out), "99.999 %"); /* never 100 % */
    assert_string_equal(ust_format_percent(1, out), "100 %");
    assert_string_equal(ust_format_percent(0.312, out), "31.2 %");
    assert_string_equal(ust_format_percent((double)NAN, out), "\xe2\x80\x93");
    assert_string_equal(ust_format_count(12960411, out), "12,960,411");
    assert_string_equal(ust_format_short(0.05, out), "0.05");
}

static void clocks_are_those_of_the_scenario(void **state)
{
    (void)state;
    char out[UST_FORMAT_MAX];
    struct ust_plot_run run = {
        .start_unix_s = 1795813200, .utc_offset_min = -300, .warmup_s = 1800};
    /* 2026-11-27T16:00:00-05:00, half an hour of warm-up, two hours later */
    assert_string_equal(ust_format_clock(&run, 7200, out), "18:30:00");
    assert_string_equal(ust_format_date(&run, 0, out), "27 November 2026, 16:30 (UTC-05:00)");
    assert_string_equal(ust_format_clock(&run, 8 * 3600, out), "Sat 00:30:00");
}

static void text_is_escaped_for_where_it_lands(void **state)
{
    (void)state;
    struct ust_text out = {0};
    ust_html_text(&out, "<a href='x' b=\"y\">&\x01\xff\xc0\xaf\xed\xa0\x80\xe2\x82\xac\x7f\n");
    assert_string_equal(out.data, "&lt;a href=&#39;x&#39; b=&quot;y&quot;&gt;&amp;"
                                  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                                  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xe2\x82\xac"
                                  "\xef\xbf\xbd\n");
    ust_text_clear(&out);
    ust_html_put(&out, "%s|%n|%r|%d|%u|%f|%%", "<", "<", "<", -3, 7u, 1.5);
    assert_string_equal(out.data, "&lt;|<bdi>&lt;</bdi>|<|-3|7|1.5|%");
    ust_text_clear(&out);
    json_t *json = json_object();
    json_object_set_new(json, "a", ust_html_json_string("</script><!--&\xff"));
    ust_html_json(&out, json);
    assert_string_equal(out.data, "{\"a\":\"\\u003c/script\\u003e\\u003c!--\\u0026\\uFFFD\"}");
    json_decref(json);
    ust_text_free(&out);
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
        cmocka_unit_test(quantiles_interpolate_between_order_statistics),
        cmocka_unit_test(folding_knows_rates_means_and_peaks),
        cmocka_unit_test(counts_are_added_and_ratios_weighed_by_capacity),
        cmocka_unit_test(a_total_that_is_kept_is_not_added_to_its_parts),
        cmocka_unit_test(the_band_holds_the_middle_of_the_replications),
        cmocka_unit_test(moments_are_taken_for_each_replication),
        cmocka_unit_test(medians_of_moments_are_those_of_the_verdict),
        cmocka_unit_test(a_waterfall_never_runs_backwards),
        cmocka_unit_test(losses_add_up_to_what_the_score_lacks),
        cmocka_unit_test(a_component_at_zero_takes_the_whole_loss),
        cmocka_unit_test(numbers_read_as_a_person_would_write_them),
        cmocka_unit_test(clocks_are_those_of_the_scenario),
        cmocka_unit_test(text_is_escaped_for_where_it_lands),
    };
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
