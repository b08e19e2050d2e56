/* Readiness: the way from a database to a verdict. */
#include <sqlite3.h>

#include "tests/unit/readiness_help.h"

/* ---- from a database to a verdict ---- */

struct fixture {
    struct rundb db;
    char path[256];
    struct ust_store *store;
};

/* 2.5 h of 10 s; everybody is served and the standby is large. */
static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    rundb_init(&f->db, INTERVALS, 10);
    rundb_path(f->path);
    for (int p = 0; p < 2; p++) {
        rundb_fill(rundb_series(&f->db, RUNDB_OFFERED, p), 0, INTERVALS, 100);
        rundb_fill(rundb_series(&f->db, RUNDB_GOOD, p), 0, INTERVALS, 100);
    }
    rundb_fill(rundb_series(&f->db, RUNDB_WORK, RUNDB_WEST), 0, INTERVALS, 50);
    rundb_fill(rundb_series(&f->db, RUNDB_CAPACITY, RUNDB_WEST), 0, INTERVALS, 10);
    rundb_moment(&f->db, 600, "fault_start", RUNDB_NONE);
    rundb_moment(&f->db, 626, "detected", RUNDB_NONE);
    rundb_moment(&f->db, 656, "moved_50", RUNDB_NONE);
    f->db.plan.run.replications = 100;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ust_store_close(f->store);
    rundb_remove(f->path);
    rundb_free(&f->db);
    free(f);
    return 0;
}

static void create(struct fixture *f)
{
    assert_int_equal(ust_store_create(f->path, &f->db.plan, false, NULL, &f->store), UST_OK);
}

static void add(struct fixture *f, uint32_t from, uint32_t to)
{
    for (uint32_t id = from; id <= to; id++) {
        struct ust_store_replication result = rundb_replication(&f->db, id);
        assert_int_equal(ust_store_add(f->store, &result), UST_OK);
    }
}

static double ask(struct fixture *f, const char *sql)
{
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(ust_store_sqlite(f->store), sql, -1, &row, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(ust_store_sqlite(f->store)));
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    double value =
        sqlite3_column_type(row, 0) == SQLITE_NULL ? RUNDB_NONE : sqlite3_column_double(row, 0);
    sqlite3_finalize(row);
    return value;
}

static void judge(struct fixture *f, struct ust_readiness_result *result)
{
    assert_int_equal(ust_readiness_judge(f->store, result), UST_OK);
}

static void seventy_three_faultless_replications_are_ready_and_one_less_is_not(void **state)
{
    struct fixture *f = *state;
    struct ust_readiness_result result;
    struct ust_text text = {0}, command = {0};
    create(f);
    add(f, 1, 72);
    judge(f, &result);
    assert_int_equal(result.verdict, UST_UNDECIDED);
    ust_readiness_why(&result, 9, "  ", &text);
    assert_string_equal(ust_text_string(&text), "");
    ust_readiness_next(&result, &text, &command);
    assert_string_equal(
        ust_text_string(&text),
        "undecided: all 72 replications were ready, which proves P(ready) 0.949, "
        "not yet 0.95; 73 replications decide, if they go on like this");
    char wanted[600];
    snprintf(wanted, sizeof wanted,
             "understudy run loss.yaml -o %s --replications 73 --seed 42", f->path);
    assert_string_equal(ust_text_string(&command), wanted);
    ust_text_free(&command);
    ust_text_free(&text);
    ust_readiness_free(&result);
    add(f, 73, 73);
    judge(f, &result);
    assert_int_equal(result.verdict, UST_READY);
    CHECK_NEAR(result.readiness.value, 100, 1e-9);
    CHECK_NEAR(result.p_ready.low, 0.9500079920442688, 1e-12);
    struct ust_text line = {0};
    ust_readiness_line(&result, &line);
    assert_string_equal(ust_text_string(&line),
                        "READY   west for the loss of east   readiness 100.0 (100.0 – 100.0)   "
                        "P(ready) 1.00 (0.95 – 1.00)");
    ust_text_free(&line);
    ust_readiness_free(&result);
    assert_true(
        ask(f, "SELECT verdict = 'READY' AND n = 73 AND region = 'west' FROM verdict") == 1);
    assert_true(ask(f, "SELECT count(*) FROM readiness") == 73 * 3);
}

/* Whatever was seen, the number that is named decides if the share and the mean stay. */
static void the_number_that_is_named_decides(void **state)
{
    (void)state;
    struct ust_readiness_settings settings = ust_readiness_defaults();
    static const double thresholds[] = {0.8, 0.9, 0.95, 0.99};
    int named = 0;
    for (int t = 0; t < 4; t++)
        for (uint32_t n = 2; n <= 60; n++)
            for (uint32_t k = 0; k <= n; k++) {
                settings.ready_p = thresholds[t];
                struct ust_interval w = ust_stats_wilson(k, n, 0.95);
                struct ust_readiness_bound p = {w.value, w.low, w.high};
                struct ust_readiness_bound score = {90, 90 - 20 / sqrt(n), 90 + 10 / sqrt(n)};
                struct ust_readiness_wanted wanted =
                    ust_readiness_wanted(&settings, n, score, p);
                bool open = ust_readiness_decide(&settings, score, p) == UST_UNDECIDED;
                assert_true(open == (wanted.replications > 0));
                if (!open || wanted.far)
                    continue;
                uint32_t more = wanted.replications;
                assert_true(more > n);
                double share = w.value * more;
                w = ust_stats_wilson((uint64_t)(w.value > settings.ready_p
                                                    ? floor(share + 1e-9)
                                                    : ceil(share - 1e-9)),
                                     more, 0.95);
                p = (struct ust_readiness_bound){w.value, w.low, w.high};
                score.low = 90 - 20 / sqrt(more);
                assert_true(ust_readiness_decide(&settings, score, p) != UST_UNDECIDED);
                named++;
            }
    assert_in_range(named, 1000, 4000);
}

static void faultless_replications_that_prove_a_share_are_as_the_tables_say(void **state)
{
    (void)state;
    struct ust_readiness_settings settings = ust_readiness_defaults();
    struct ust_readiness_bound score = {99, 98, 100}, p = {1, 0.72, 1};
    static const struct {
        double p;
        uint32_t n;
    } table[] = {{0.90, 35}, {0.95, 73}, {0.99, 381}, {0.999, 3838}};
    for (int i = 0; i < 4; i++) {
        settings.ready_p = table[i].p;
        assert_int_equal(ust_readiness_wanted(&settings, 10, score, p).replications,
                         table[i].n);
    }
}

static void what_no_number_of_replications_decides_says_so_and_names_a_standard(void **state)
{
    struct fixture *f = *state;
    struct ust_readiness_result result;
    struct ust_text text = {0}, command = {0};
    /* A loss of data within the objective, and no headroom to speak of: ready, at 53 points. */
    rundb_fill(rundb_series(&f->db, RUNDB_CAPACITY, RUNDB_WEST), 0, INTERVALS, 5.002);
    create(f);
    add(f, 1, 80);
    judge(f, &result);
    assert_int_equal(result.verdict, UST_UNDECIDED);
    assert_true(result.p_ready.low >= 0.95);
    double score = 100 * pow(0.0004 / 0.2, 0.1);
    CHECK_NEAR(result.readiness.value, score, 1e-6);
    ust_readiness_next(&result, &text, &command);
    assert_non_null(strstr(ust_text_string(&text), "however many the replications"));
    char wanted[600];
    snprintf(wanted, sizeof wanted, "understudy readiness %s --set ready_score=53", f->path);
    assert_string_equal(ust_text_string(&command), wanted);
    ust_text_free(&text);
    ust_text_free(&command);
    ust_readiness_free(&result);
}

/* Medians say that nothing happened; three replications in twenty lost everything. */
static void a_reason_speaks_of_the_replications_that_lost_by_it(void **state)
{
    struct fixture *f = *state;
    create(f);
    add(f, 1, 17);
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_SHOPPER), ONSET, ONSET + 42, 50);
    add(f, 18, 20);
    struct ust_readiness_result result;
    judge(f, &result);
    struct ust_text why = {0};
    assert_true(result.personas[0].recovery_s == 0);
    ust_readiness_why(&result, 9, "", &why);
    assert_string_equal(ust_text_string(&why),
                        "why: shopper loses 1.0 points: RTO 7 m against 5 m in 3 of 20 "
                        "replications (87 %), 0.81 % of the 30-day error budget burnt, 20 % "
                        "allowed in 3 of 20 replications (13 %)\n");
    ust_text_free(&why);
    ust_readiness_free(&result);
}

static void without_a_fault_no_reason_speaks_of_recovery(void **state)
{
    struct fixture *f = *state;
    f->db.plan.faults_n = 0;
    create(f);
    add(f, 1, 8);
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_PARTNER), 0, INTERVALS, 90);
    add(f, 9, 10);
    struct ust_readiness_result result;
    judge(f, &result);
    struct ust_text why = {0};
    ust_readiness_why(&result, 9, "", &why);
    assert_non_null(strstr(ust_text_string(&why), ": 90.00 % answered well, objective "));
    assert_non_null(strstr(ust_text_string(&why), "in 2 of 10 replications (100 %)"));
    assert_null(strstr(ust_text_string(&why), "RTO"));
    ust_text_free(&why);
    ust_readiness_free(&result);
}

/* Its weight is nothing, so it costs no points; but the gate is shut. */
static void what_bars_the_gate_without_costing_points_is_said(void **state)
{
    struct fixture *f = *state;
    f->db.setting[0] = (struct ust_store_setting){"weight_rto", 0};
    f->db.setting[1] = (struct ust_store_setting){"weight_slo", 0};
    f->db.plan.settings_n = 2;
    create(f);
    add(f, 1, 6);
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_SHOPPER), ONSET, ONSET + 42, 50);
    add(f, 7, 8);
    struct ust_readiness_result result;
    judge(f, &result);
    struct ust_text why = {0};
    ust_readiness_why(&result, 9, "", &why);
    assert_string_equal(ust_text_string(&why),
                        "gate: shopper misses its RTO in 2 of 8 replications\n");
    ust_text_free(&why);
    ust_readiness_free(&result);
}

static void a_missed_rto_is_not_ready_however_good_the_score(void **state)
{
    struct fixture *f = *state;
    /* The shopper (weight 3 of 4, RTO 300 s) is back after 420 s. */
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_SHOPPER), ONSET, ONSET + 42, 50);
    create(f);
    add(f, 1, 20);
    struct ust_readiness_result result;
    judge(f, &result);
    assert_int_equal(result.verdict, UST_NOT_READY);
    /* s1: 2100 of 259,200 allowed burn .0081019, s1 = .959491; s2 = 300/420; .30 and .25. */
    double persona = pow(1 - 2100 / 259200.0 / 0.2, 0.30) * pow(300 / 420.0, 0.25);
    CHECK_NEAR(result.personas[0].score, 100 * persona, 1e-9);
    CHECK_NEAR(result.readiness.value, 75 * persona + 25, 1e-9);
    CHECK_NEAR(result.personas[0].points, 75 * (1 - persona), 1e-9);
    assert_true(result.readiness.low > 80);
    assert_true(result.p_ready.value == 0);
    assert_int_equal(result.weakest, 0);
    assert_true(result.personas[0].recovery_s == 420);

    struct ust_text why = {0};
    ust_readiness_why(&result, 9, "", &why);
    assert_string_equal(ust_text_string(&why),
                        "why: shopper loses 6.9 points: RTO 7 m against 5 m (87 %), 0.81 % of "
                        "the 30-day error budget burnt, 20 % allowed (13 %)\n");
    ust_text_free(&why);
    ust_readiness_free(&result);
    assert_true(
        ask(f, "SELECT recovery_s FROM readiness WHERE replication = 7 AND persona = 1") ==
        420);
    CHECK_NEAR(ask(f, "SELECT score FROM readiness WHERE replication = 7 AND persona = 0"),
               75 * persona + 25, 1e-9);
    assert_true(ask(f, "SELECT ready FROM readiness WHERE replication = 7 AND persona = 2") ==
                1);
    assert_true(ask(f, "SELECT weakest_persona = 'shopper' FROM verdict") == 1);
}

static void splitting_a_persona_in_two_alike_changes_nothing(void **state)
{
    struct fixture *f = *state;
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_SHOPPER), ONSET, ONSET + 30, 10);
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_PARTNER), ONSET, ONSET + 30, 10);
    f->db.persona[1].rto_s = f->db.persona[0].rto_s;
    create(f);
    add(f, 1, 3);
    struct ust_readiness_result two;
    judge(f, &two);
    CHECK_NEAR(two.personas[0].score, two.personas[1].score, 1e-12);
    CHECK_NEAR(two.readiness.value, two.personas[0].score, 1e-9);
    ust_readiness_free(&two);
}

static void constants_come_from_the_table_of_settings(void **state)
{
    struct fixture *f = *state;
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_SHOPPER), ONSET, ONSET + 42, 50);
    f->db.setting[0] = (struct ust_store_setting){"weight_rto", 0};
    f->db.setting[1] = (struct ust_store_setting){"weight_slo", 0};
    f->db.setting[2] = (struct ust_store_setting){"horizon_s", 1200};
    f->db.plan.settings_n = 3;
    create(f);
    add(f, 1, 2);
    struct ust_readiness_result result;
    judge(f, &result);
    CHECK_NEAR(result.readiness.value, 100, 1e-9);
    assert_true(result.horizon_s == 1200);
    assert_true(result.personas[0].offered == 12000);
    struct ust_readiness_settings other = result.settings;
    ust_readiness_free(&result);
    other.weight_rto = 1;
    assert_int_equal(ust_readiness_compute(f->store, &other, &result), UST_OK);
    assert_true(result.readiness.value < 100);
    ust_readiness_free(&result);
    assert_true(ask(f, "SELECT readiness FROM verdict") > 99.99); /* computing writes nothing */
}

static void moments_are_medians_and_what_never_came_is_said(void **state)
{
    struct fixture *f = *state;
    create(f);
    for (uint32_t id = 1; id <= 9; id++) {
        f->db.moment[1].t_s = 620 + id;
        f->db.moments = id <= 4 ? 3 : 2; /* in most replications half never moved */
        add(f, id, id);
    }
    struct ust_readiness_result result;
    judge(f, &result);
    assert_true(result.moments[UST_DETECTED].median == 25);
    assert_true(result.moments[UST_DETECTED].low == 22); /* ranks 2 and 8 of 9 */
    assert_true(result.moments[UST_DETECTED].high == 28);
    assert_int_equal(result.moments[UST_MOVED_50].n, 4);
    assert_true(isinf(result.moments[UST_MOVED_50].median));
    assert_false(result.moments[UST_MOVED_90].known);
    assert_true(result.moments[UST_OBJECTIVES_MET].median == 0);
    struct ust_text text = {0};
    ust_readiness_waterfall(&result, 60, "  ", &text);
    assert_string_equal(ust_text_string(&text),
                        "  detected            +25 s    ▏███████████████████████████\n"
                        "  50 % moved          not within 1 h (in 4 of 9 it is)\n"
                        "  capacity caught up  never fell short\n"
                        "  objectives met      never missed\n");
    ust_text_free(&text);
    ust_readiness_free(&result);
}

static void a_loss_window_beyond_the_rpo_is_not_ready(void **state)
{
    struct fixture *f = *state;
    rundb_moment(&f->db, 600, "data_loss_window", 120); /* RPO 60 s */
    create(f);
    add(f, 1, 20);
    struct ust_readiness_result result;
    judge(f, &result);
    assert_int_equal(result.verdict, UST_NOT_READY);
    assert_true(result.personas[1].loss_window_s == 120);
    CHECK_NEAR(result.readiness.value, 100 * pow(0.5, 0.10), 1e-9);
    ust_readiness_free(&result);
}

static void a_loss_of_data_concerns_the_personas_of_its_service(void **state)
{
    struct fixture *f = *state;
    const struct ust_store_service services[] = {{.id = 1, .name = "web"},
                                                 {.id = 2, .name = "batch"}};
    f->db.plan.services = services;
    f->db.plan.services_n = 2;
    f->db.persona[1].service = 2;
    rundb_moment(&f->db, 600, "data_loss_window", 30);
    f->db.moment[3].service = 2;
    rundb_moment(&f->db, 600, "data_loss_window", 20);
    f->db.moment[4].service = 2;
    create(f);
    add(f, 1, 3);
    struct ust_readiness_result result;
    judge(f, &result);
    assert_true(result.personas[0].loss_window_s == 0);
    assert_true(result.personas[1].loss_window_s == 30);
    ust_readiness_free(&result);
}

static void without_a_fault_the_whole_run_is_judged(void **state)
{
    struct fixture *f = *state;
    f->db.plan.faults_n = 0;
    rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_PARTNER), 0, INTERVALS, 90);
    create(f);
    add(f, 1, 3);
    struct ust_readiness_result result;
    judge(f, &result);
    assert_string_equal(result.lost, "no fault");
    assert_true(result.horizon_s == 9000);
    assert_true(result.personas[0].recovery_s == 0);
    assert_true(result.personas[0].offered == 90000);
    assert_true(isinf(result.personas[1].recovery_s));
    assert_true(result.personas[1].score == 0);
    assert_false(result.moments[UST_OBJECTIVES_MET].known);
    struct ust_text line = {0};
    ust_readiness_line(&result, &line);
    assert_non_null(strstr(ust_text_string(&line), "west with no fault"));
    ust_text_free(&line);
    ust_readiness_free(&result);
    assert_true(isnan(ask(f, "SELECT recovery_s FROM readiness WHERE persona = 2 AND "
                             "replication = 1")));
}

static void where_no_region_is_marked_all_are_judged(void **state)
{
    struct fixture *f = *state;
    f->db.region[1].under_test = false;
    rundb_fill(rundb_series(&f->db, RUNDB_WORK, RUNDB_EAST), 0, INTERVALS, 10);
    create(f);
    add(f, 1, 1);
    struct ust_readiness_result result;
    judge(f, &result);
    assert_string_equal(result.region, "east, west");
    CHECK_NEAR(result.personas[0].shortfall, 1.0 / 6.0, 1e-12);
    assert_true(isnan(result.readiness.low)); /* one replication has no interval */
    struct ust_text line = {0};
    ust_readiness_line(&result, &line);
    assert_null(strstr(ust_text_string(&line), "nan"));
    ust_text_free(&line);
    ust_readiness_free(&result);
}

static void a_run_without_replications_is_refused(void **state)
{
    struct fixture *f = *state;
    create(f);
    struct ust_readiness_result result;
    assert_int_equal(ust_readiness_judge(f->store, &result), UST_REFUSED);
    assert_null(result.arena);
}

static void a_few_replications_get_the_wider_of_two_intervals(void **state)
{
    struct fixture *f = *state;
    create(f);
    for (uint32_t id = 1; id <= 10; id++) {
        rundb_fill(rundb_series(&f->db, RUNDB_GOOD, RUNDB_SHOPPER), ONSET, ONSET + 6 * id, 50);
        add(f, id, id);
    }
    struct ust_readiness_result result, again;
    judge(f, &result);
    judge(f, &again);
    assert_string_equal(result.method, "t+BCa");
    struct ust_interval t = ust_stats_t(result.scores, 10, 0.95);
    assert_true(result.readiness.low <= t.low);
    assert_true(result.readiness.high >= fmin(100, t.high));
    assert_true(result.readiness.low == again.readiness.low);
    assert_true(result.percentile5 == result.scores[9]);
    ust_readiness_free(&result);
    ust_readiness_free(&again);
}

static void runs_are_combined_by_their_weights(void **state)
{
    struct fixture *f = *state;
    double one[] = {90, 92, 94, 96}, two[] = {50, 52, 54, 56};
    struct ust_readiness_result results[2] = {
        {.settings = ust_readiness_defaults(), .n = 4, .scores = one, .zero = false},
        {.settings = ust_readiness_defaults(), .n = 4, .scores = two, .zero = false}};
    results[0].readiness.value = 93;
    results[1].readiness.value = 53;
    results[0].p_ready = (struct ust_readiness_bound){1, 0.5, 1};
    results[1].p_ready = (struct ust_readiness_bound){0, 0, 0.5};
    const double weights[] = {3, 1};
    struct ust_readiness_whole whole;
    (void)f;
    ust_readiness_combine(results, weights, 2, &whole);
    CHECK_NEAR(whole.readiness.value, 0.75 * 93 + 0.25 * 53, 1e-12);
    CHECK_NEAR(whole.p_ready.value, 0.75, 1e-12);
    CHECK_NEAR(whole.p_ready.low, 0.75 - 0.75 * 0.5, 1e-12);
    CHECK_NEAR(whole.p_ready.high, 0.75 + 0.25 * 0.5, 1e-12);
    assert_int_equal(whole.verdict, UST_NOT_READY);
    assert_int_equal(whole.worst, 1);
    assert_int_equal(whole.n, 8);
    assert_true(whole.percentile5 == 50); /* a sixteenth of the weight each */
    ust_readiness_combine(results, NULL, 2, &whole);
    CHECK_NEAR(whole.readiness.value, 73, 1e-12);
}

static void the_page_names_every_constant_with_its_default(void **state)
{
    (void)state;
    static const char *const rows[] = {
#define UST_READINESS(id, key, value, text, low, high, kind, help)                             \
    "\n| `" #key "` | " text " |",
#include "models/metric/readiness.def"
#undef UST_READINESS
    };
    FILE *file = fopen("docs/readiness.md", "rb");
    assert_non_null(file);
    static char text[1 << 16];
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strstr(text, rows[i]))
            fail_msg("docs/readiness.md lacks %s", rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_names_every_constant_with_its_default),
        cmocka_unit_test_setup_teardown(
            seventy_three_faultless_replications_are_ready_and_one_less_is_not, setup,
            teardown),
        cmocka_unit_test(the_number_that_is_named_decides),
        cmocka_unit_test(faultless_replications_that_prove_a_share_are_as_the_tables_say),
        cmocka_unit_test_setup_teardown(
            what_no_number_of_replications_decides_says_so_and_names_a_standard, setup,
            teardown),
        cmocka_unit_test_setup_teardown(a_reason_speaks_of_the_replications_that_lost_by_it,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_fault_no_reason_speaks_of_recovery, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_bars_the_gate_without_costing_points_is_said,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_missed_rto_is_not_ready_however_good_the_score, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(splitting_a_persona_in_two_alike_changes_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(constants_come_from_the_table_of_settings, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(moments_are_medians_and_what_never_came_is_said, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_loss_window_beyond_the_rpo_is_not_ready, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_loss_of_data_concerns_the_personas_of_its_service,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_fault_the_whole_run_is_judged, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(where_no_region_is_marked_all_are_judged, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_run_without_replications_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_few_replications_get_the_wider_of_two_intervals,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(runs_are_combined_by_their_weights, setup, teardown),
    };
    return cmocka_run_group_tests_name("readiness", tests, NULL, NULL);
}
