/* Lists of incidents: what cleaning does to them, and what the file's kind makes of the rest.
 */
#include "tests/unit/policy.h"

#include <unistd.h>

#include "models/fault/fault.h"
#include "models/fault/incidents.h"

#define RUN (1000 * UST_S)

static struct ust_incident row(uint32_t target, double start_s, double end_s)
{
    return (struct ust_incident){.target = target,
                                 .start = ust_time_from_seconds(start_s),
                                 .end = end_s == HUGE_VAL ? UST_NEVER
                                                          : ust_time_from_seconds(end_s)};
}

static uint32_t clean(struct ust_incident *list, uint32_t n, enum ust_incident_missing missing,
                      struct ust_incident_count *count)
{
    *count = (struct ust_incident_count){.rows = n};
    return ust_incidents_clean(list, n, RUN, missing, count);
}

#define CHECK_ROW(it, start_s, end_s)                                                          \
    do {                                                                                       \
        assert_int_equal((it).start, (start_s)*UST_S);                                         \
        assert_int_equal((it).end, (end_s)*UST_S);                                             \
    } while (0)

static void overlapping_and_touching_rows_of_a_scope_become_one(void **unused)
{
    (void)unused;
    struct ust_incident_count count;
    struct ust_incident list[] = {row(0, 10, 20), row(0, 15, 40), row(0, 40, 50),
                                  row(0, 51, 60), row(1, 12, 18)};
    assert_int_equal(clean(list, 5, UST_MISSING_DROP, &count), 3);
    CHECK_ROW(list[0], 10, 50);
    CHECK_ROW(list[1], 51, 60);
    CHECK_ROW(list[2], 12, 18);
    assert_int_equal(list[2].target, 1);
    assert_int_equal(count.merged, 2);
    assert_int_equal(count.unordered, 1);
    assert_int_equal(count.used, 3);
}

static void a_row_within_another_does_not_shorten_it(void **unused)
{
    (void)unused;
    struct ust_incident_count count;
    struct ust_incident list[] = {row(0, 10, 90), row(0, 20, 30), row(0, 80, 85)};
    assert_int_equal(clean(list, 3, UST_MISSING_DROP, &count), 1);
    CHECK_ROW(list[0], 10, 90);
}

static void rows_that_end_at_or_before_their_start_are_dropped(void **unused)
{
    (void)unused;
    struct ust_incident_count count;
    struct ust_incident list[] = {row(0, 10, 10), row(0, 30, 20), row(0, 40, 50)};
    assert_int_equal(clean(list, 3, UST_MISSING_DROP, &count), 1);
    assert_int_equal(count.empty, 1);
    assert_int_equal(count.negative, 1);
}

static void rows_that_stand_there_twice_count_as_duplicates_not_as_merged(void **unused)
{
    (void)unused;
    struct ust_incident_count count;
    struct ust_incident list[] = {row(0, 10, 20), row(0, 10, 20), row(0, 10, 20),
                                  row(1, 10, 20)};
    assert_int_equal(clean(list, 4, UST_MISSING_DROP, &count), 2);
    assert_int_equal(count.duplicate, 2);
    assert_int_equal(count.merged, 0);
}

static void rows_out_of_order_are_sorted_and_counted(void **unused)
{
    (void)unused;
    struct ust_incident_count count;
    struct ust_incident list[] = {row(0, 300, 310), row(0, 100, 110), row(0, 200, 210)};
    assert_int_equal(clean(list, 3, UST_MISSING_DROP, &count), 3);
    CHECK_ROW(list[0], 100, 110);
    CHECK_ROW(list[2], 300, 310);
    assert_int_equal(count.unordered, 1);
}

static void rows_outside_the_run_are_dropped_and_those_across_its_ends_cut(void **unused)
{
    (void)unused;
    struct ust_incident_count count;
    struct ust_incident list[] = {row(0, -50, -10), row(0, -5, 5), row(0, 990, 2000),
                                  row(0, 1000, 1010), row(0, -9, 0)};
    assert_int_equal(clean(list, 5, UST_MISSING_DROP, &count), 2);
    CHECK_ROW(list[0], 0, 5);
    CHECK_ROW(list[1], 990, 1000);
    assert_int_equal(count.outside, 3);
    assert_int_equal(count.cut, 2);
}

static void a_missing_end_is_dropped_endless_or_the_median(void **unused)
{
    (void)unused;
    struct ust_incident_count count;
    struct ust_incident dropped[] = {row(0, 10, HUGE_VAL), row(0, 100, 130)};
    assert_int_equal(clean(dropped, 2, UST_MISSING_DROP, &count), 1);
    assert_int_equal(count.no_end, 1);

    struct ust_incident endless[] = {row(0, 100, 130), row(0, 500, HUGE_VAL)};
    assert_int_equal(clean(endless, 2, UST_MISSING_ENDLESS, &count), 2);
    CHECK_ROW(endless[1], 500, 1000);
    assert_int_equal(count.closed, 1);

    struct ust_incident median[] = {row(0, 100, 130), row(1, 200, 210), row(2, 300, 350),
                                    row(3, 500, HUGE_VAL)};
    assert_int_equal(clean(median, 4, UST_MISSING_MEDIAN, &count), 4);
    CHECK_ROW(median[3], 500, 530);

    struct ust_incident alone[] = {row(0, 10, HUGE_VAL)};
    assert_int_equal(clean(alone, 1, UST_MISSING_MEDIAN, &count), 0);
    assert_int_equal(count.no_end, 1);
}

static void every_row_is_used_merged_or_dropped_for_one_reason(void **unused)
{
    (void)unused;
    struct ust_rng rng = ust_rng_derive(3, 0, "rows");
    for (int round = 0; round < 300; round++) {
        struct ust_incident list[200];
        struct ust_incident_count c;
        uint32_t n = 1 + ust_rng_below(&rng, 200);
        for (uint32_t i = 0; i < n; i++) {
            double start = (double)ust_rng_below(&rng, 1200) - 100;
            double length = (double)ust_rng_below(&rng, 40) - 4;
            list[i] = row(ust_rng_below(&rng, 4), start,
                          ust_rng_below(&rng, 20) == 0 ? HUGE_VAL : start + length);
        }
        uint32_t left = clean(list, n, (enum ust_incident_missing)ust_rng_below(&rng, 3), &c);
        assert_int_equal(n, left + c.no_end + c.negative + c.empty + c.duplicate + c.outside +
                                c.merged);
        for (uint32_t i = 0; i < left; i++) {
            assert_true(list[i].start >= 0 && list[i].end <= RUN);
            assert_true(list[i].start < list[i].end);
            if (i > 0 && list[i - 1].target == list[i].target)
                assert_true(list[i - 1].end < list[i].start);
        }
    }
}

/* ---- the file ---- */

static const char *const regions[] = {"us-east-1", "eu-west-1"}, *const services[] = {"web"};
static const uint32_t zones[] = {3, 2};
static const struct ust_fault_world world = {.regions = regions,
                                             .services = services,
                                             .zones = zones,
                                             .regions_n = 2,
                                             .services_n = 1,
                                             .start_unix_ns = INT64_C(1760918400) *
                                                              UST_S, /* 2025-10-20T00:00:00Z */
                                             .duration = 24 * UST_HOUR};

struct file {
    char path[64];
    struct policy policy;
    enum ust_status status;
};

static struct file bind_file(const char *rows, const char *more)
{
    struct file file = {.path = "/tmp/understudy-incidents-XXXXXX"};
    int fd = mkstemp(file.path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, rows, strlen(rows)), strlen(rows));
    close(fd);
    char text[400];
    snprintf(text, sizeof text, "{kind: incident_file, file: %s%s}", file.path, more);
    file.policy = policy_read(&ust_fault_registry, text);
    const struct ust_variant *it = &file.policy.variant;
    file.status = ust_fault_of(it->kind)->bind(&file.policy.spec, it->params, it->node, &world);
    return file;
}

static void file_free(struct file *file)
{
    unlink(file->path);
    policy_free(&file->policy);
}

static uint32_t targets(const struct file *file, const struct ust_fault_target **list)
{
    const struct ust_variant *it = &file->policy.variant;
    return ust_fault_of(it->kind)->targets(it->params, file->policy.spec.arena, &world, list);
}

static ust_time stay(const struct file *file, uint32_t target, uint32_t n)
{
    const struct ust_variant *it = &file->policy.variant;
    return ust_fault_of(it->kind)->stay(it->params, target, n, NULL);
}

static void scopes_are_regions_zones_services_and_both(void **unused)
{
    (void)unused;
    struct file file = bind_file("start,end,scope\n"
                                 "2025-10-20T01:00:00Z,2025-10-20T02:00:00Z,us-east-1\n"
                                 "2025-10-20T01:00:00Z,2025-10-20T02:00:00Z,eu-west-1/2\n"
                                 "2025-10-20T01:00:00Z,2025-10-20T02:00:00Z,us-east-1c\n"
                                 "2025-10-20T01:00:00Z,2025-10-20T02:00:00Z,web\n"
                                 "2025-10-20T01:00:00Z,2025-10-20T02:00:00Z,web@eu-west-1\n",
                                 "");
    const struct ust_fault_target *list;
    assert_int_equal(file.status, UST_OK);
    assert_int_equal(targets(&file, &list), 5);
    static const int32_t expected[][3] = {
        {0, -1, -1}, {1, 1, -1}, {0, 2, -1}, {-1, -1, 0}, {1, -1, 0}};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(list[i].region, expected[i][0]);
        assert_int_equal(list[i].zone, expected[i][1]);
        assert_int_equal(list[i].service, expected[i][2]);
    }
    file_free(&file);
}

static void a_target_stays_up_and_down_as_the_file_says(void **unused)
{
    (void)unused;
    struct file file = bind_file("start,end,scope\n"
                                 "2025-10-20T05:00:00Z,2025-10-20T05:30:00Z,us-east-1\n"
                                 "2025-10-20T01:00:00Z,2025-10-20T02:00:00Z,us-east-1\n",
                                 "");
    assert_int_equal(stay(&file, 0, 0), UST_HOUR);
    assert_int_equal(stay(&file, 0, 1), UST_HOUR);
    assert_int_equal(stay(&file, 0, 2), 3 * UST_HOUR);
    assert_int_equal(stay(&file, 0, 3), 30 * UST_MINUTE);
    assert_true(stay(&file, 0, 4) == UST_NEVER);
    file_free(&file);
}

static void times_without_a_zone_are_of_the_zone_that_is_given(void **unused)
{
    (void)unused;
    struct file file = bind_file("start,end,scope\n"
                                 "2025-10-19 23:48:00,2025-10-20T02:25:00,us-east-1\n",
                                 ", time_zone: \"-07:00\"");
    assert_int_equal(stay(&file, 0, 0), 6 * UST_HOUR + 48 * UST_MINUTE);
    assert_int_equal(stay(&file, 0, 1), 2 * UST_HOUR + 37 * UST_MINUTE);
    file_free(&file);
    file = bind_file("start,end,scope\n"
                     "2025-10-20T06:48:00Z,2025-10-20T02:25:00-07:00,us-east-1\n",
                     ", time_zone: \"+05:30\"");
    assert_int_equal(stay(&file, 0, 0), 6 * UST_HOUR + 48 * UST_MINUTE);
    assert_int_equal(stay(&file, 0, 1), 2 * UST_HOUR + 37 * UST_MINUTE);
    file_free(&file);
}

static void what_was_dropped_is_told_with_the_first_unknown_scope(void **unused)
{
    (void)unused;
    struct file file =
        bind_file("what,scope,start,end\n"
                  "a,us-east-1,2025-10-20T01:00:00Z,2025-10-20T02:00:00Z\n"
                  "b,us-east-1,2025-10-20T01:30:00Z,2025-10-20T03:00:00Z\n"
                  "c,us-east-1,2025-10-20T05:00:00Z,\n"
                  "d,us-east-1,soon,2025-10-20T05:00:00Z\n"
                  "e,\"US East (Ohio)\",2025-10-20T05:00:00Z,2025-10-20T06:00:00Z\n"
                  "f,us-east-1,2025-10-20T04:00:00Z,2025-10-20T03:00:00Z\n",
                  "");
    const struct ust_diag_message *told = ust_diag_at(file.policy.spec.diag, 0);
    assert_int_equal(file.status, UST_OK);
    assert_non_null(told);
    assert_int_equal(told->severity, UST_WARNING);
    assert_non_null(strstr(
        told->text,
        ": 1 incident of 6 rows; dropped: 1 that cannot be read, 1 of unknown scope, 1 without "
        "an end, 1 that end before they begin; 1 merged with another of their scope, 1 out of "
        "order"));
    assert_non_null(strstr(told->notes, "'US East (Ohio)'"));
    file_free(&file);
}

static void other_names_are_translated(void **unused)
{
    (void)unused;
    struct file file =
        bind_file("start,end,scope\n"
                  "2025-10-20T01:00:00Z,2025-10-20T02:00:00Z,US East (N. Virginia)\n",
                  ", scopes: [{name: US East (N. Virginia), is: us-east-1}], lost: 30 %");
    const struct ust_fault_target *list;
    assert_int_equal(targets(&file, &list), 1);
    assert_int_equal(list[0].region, 0);
    CHECK_NEAR(list[0].lost, 0.3, 1e-15);
    file_free(&file);
}

static void a_file_without_an_incident_in_the_run_is_refused(void **unused)
{
    (void)unused;
    struct file file = bind_file("start,end,scope\n"
                                 "2024-10-20T01:00:00Z,2024-10-20T02:00:00Z,us-east-1\n",
                                 "");
    assert_int_equal(file.status, UST_INVALID);
    assert_non_null(
        strstr(ust_diag_at(file.policy.spec.diag, 0)->text, "no incident is left to happen"));
    file_free(&file);
}

static void a_missing_column_names_those_that_are_there(void **unused)
{
    (void)unused;
    struct file file = bind_file("begin,end,scope\n1,2,us-east-1\n", "");
    const struct ust_diag_message *told = ust_diag_at(file.policy.spec.diag, 0);
    assert_int_equal(file.status, UST_INVALID);
    assert_non_null(strstr(told->text, "unknown column 'start'"));
    assert_non_null(strstr(told->notes, "begin"));
    file_free(&file);
}

/* 750 incidents that providers reported in 2018 and 2019 (Cloud Uptime Archive), dirt and all:
 * 89 of AWS's N. Virginia, 20 of Ireland, 49 of these in another year. */
static void a_public_archive_is_read(void **unused)
{
    (void)unused;
    const char *data = getenv("UNDERSTUDY_DATA");
    char path[512], text[1200];
    snprintf(path, sizeof path, "%s/cloud-uptime/provider_incidents_2018_2019.csv",
             data != NULL ? data : "../shared/data");
    if (access(path, R_OK) != 0) {
        print_message("%s is not there\n", path);
        skip();
    }
    snprintf(text, sizeof text,
             "{kind: incident_file, file: %s, start: event_start_utc, end: event_end_utc, "
             "scope: location, scopes: [{name: N. Virginia, is: us-east-1}, {name: "
             "Ireland, is: eu-west-1}], from: "
             "2018-01-01T00:00:00Z}",
             path);
    struct policy policy = policy_read(&ust_fault_registry, text);
    struct ust_fault_world year = world;
    year.duration = 365 * UST_DAY;
    const struct ust_variant *it = &policy.variant;
    assert_int_equal(ust_fault_of(it->kind)->bind(&policy.spec, it->params, it->node, &year),
                     UST_OK);
    print_message("%s\n", ust_diag_at(policy.spec.diag, 0)->text);
    assert_non_null(
        strstr(ust_diag_at(policy.spec.diag, 0)->text,
               " of 750 rows; dropped: 641 of unknown scope, 2 that stand there twice, "
               "49 outside the run"));
    policy_free(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overlapping_and_touching_rows_of_a_scope_become_one),
        cmocka_unit_test(a_row_within_another_does_not_shorten_it),
        cmocka_unit_test(rows_that_end_at_or_before_their_start_are_dropped),
        cmocka_unit_test(rows_that_stand_there_twice_count_as_duplicates_not_as_merged),
        cmocka_unit_test(rows_out_of_order_are_sorted_and_counted),
        cmocka_unit_test(rows_outside_the_run_are_dropped_and_those_across_its_ends_cut),
        cmocka_unit_test(a_missing_end_is_dropped_endless_or_the_median),
        cmocka_unit_test(every_row_is_used_merged_or_dropped_for_one_reason),
        cmocka_unit_test(scopes_are_regions_zones_services_and_both),
        cmocka_unit_test(a_target_stays_up_and_down_as_the_file_says),
        cmocka_unit_test(times_without_a_zone_are_of_the_zone_that_is_given),
        cmocka_unit_test(what_was_dropped_is_told_with_the_first_unknown_scope),
        cmocka_unit_test(other_names_are_translated),
        cmocka_unit_test(a_file_without_an_incident_in_the_run_is_refused),
        cmocka_unit_test(a_missing_column_names_those_that_are_there),
        cmocka_unit_test(a_public_archive_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
