/* Random scenarios keep what every simulation must keep; see swarm.h.
 *
 *   SWARM_SEED=S     the first case (default 1)
 *   SWARM_MINUTES=M  go on for so long; where absent, a fixed number of cases
 *   SWARM_CASE=S     this one case, and its YAML on standard output
 *   SWARM_COVER=N    what of the language the first N cases have, and how often; nothing is run
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "models/world/command.h"
#include "tests/swarm/cover.h"
#include "tests/swarm/swarm.h"

/* Of those that `make test` runs: seconds. */
#define CASES 8
/* So many have every kind of every registry among them; they are only generated. */
#define COVERING 500
/* So many are read again as runs remember them. */
#define REMEMBERED 150
#define FOUND      "tests/swarm/found"

/* ---- one case ---- */

static bool case_fails(const struct swarm_case *swarm, struct ust_text *finding)
{
    struct ust_text yaml = {0};
    swarm_yaml(swarm, &yaml);
    bool fails = swarm_fails("swarm", ust_text_string(&yaml), swarm->drains, finding);
    ust_text_free(&yaml);
    return fails;
}

/* Leaves out what it fails without. */
static void minimise(struct swarm_case *swarm, struct ust_text *finding)
{
    struct ust_text other = {0};
    for (uint32_t i = swarm->pieces; i-- > 0;) {
        swarm->piece[i].out = true;
        if (case_fails(swarm, &other)) {
            ust_text_clear(finding);
            ust_text_add(finding, ust_text_string(&other));
        } else {
            swarm->piece[i].out = false;
        }
    }
    ust_text_free(&other);
}

/* Beside the cases that are kept, so that it finds the same files. */
static void write_down(const struct swarm_case *swarm, const char *yaml)
{
    char path[100];
    unsigned long long seed = swarm->seed;
    (void)mkdir(FOUND, 0777);
    snprintf(path, sizeof path, FOUND "/%llu.yaml", seed);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(yaml, file) < 0 || fclose(file) != 0) {
        fprintf(stderr, "%s cannot be written\n", path);
        return;
    }
    fprintf(stderr,
            "it is %s; again: make swarm CASE=%llu; to keep it: make keep CASE=%llu "
            "NAME=what-was-wrong\n",
            path, seed, seed);
}

static bool passes(uint64_t seed)
{
    struct swarm_case swarm;
    struct ust_text finding = {0}, yaml = {0};
    swarm_generate(&swarm, seed);
    bool ok = !case_fails(&swarm, &finding);
    if (!ok) {
        if (!swarm_hung(&finding)) /* what hangs takes long to hang again */
            minimise(&swarm, &finding);
        swarm_yaml(&swarm, &yaml);
        fprintf(stderr, "%s\ncase %llu fails:\n%s\n", ust_text_string(&yaml),
                (unsigned long long)seed, ust_text_string(&finding));
        write_down(&swarm, ust_text_string(&yaml));
    }
    swarm_free(&swarm);
    ust_text_free(&finding);
    ust_text_free(&yaml);
    return ok;
}

/* ---- many ---- */

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL && *text != '\0' ? strtoull(text, NULL, 10) : otherwise;
}

static void random_scenarios_keep_what_every_simulation_must_keep(void **state)
{
    (void)state;
    uint64_t first = number("SWARM_SEED", 1), minutes = number("SWARM_MINUTES", 0);
    uint64_t failed = 0, done = 0;
    time_t end = time(NULL) + (time_t)(60 * minutes);
    while (minutes > 0 ? time(NULL) < end : done < CASES)
        failed += !passes(first + done++);
    print_message("%llu cases from seed %llu, %llu failed\n", (unsigned long long)done,
                  (unsigned long long)first, (unsigned long long)failed);
    assert_int_equal(failed, 0);
}

static void the_one_case_that_is_asked_for_passes(void **state)
{
    (void)state;
    struct swarm_case swarm;
    struct ust_text yaml = {0};
    uint64_t seed = number("SWARM_CASE", 0);
    swarm_generate(&swarm, seed);
    swarm_yaml(&swarm, &yaml);
    printf("%s", ust_text_string(&yaml));
    ust_text_free(&yaml);
    swarm_free(&swarm);
    assert_true(passes(seed));
}

static void a_case_is_the_same_every_time_it_is_generated(void **state)
{
    (void)state;
    struct swarm_case one, two;
    struct ust_text a = {0}, b = {0};
    swarm_generate(&one, 7);
    swarm_generate(&two, 7);
    swarm_yaml(&one, &a);
    swarm_yaml(&two, &b);
    assert_string_equal(a.data, b.data);
    ust_text_free(&a);
    ust_text_free(&b);
    swarm_free(&one);
    swarm_free(&two);
}

/* ---- what they have ---- */

static void cover_one(struct swarm_cover *seen, uint64_t seed)
{
    struct swarm_case swarm;
    swarm_generate(&swarm, seed);
    swarm_cover_case(seen, &swarm);
    swarm_free(&swarm);
}

static unsigned is_missing(const struct swarm_cover *seen, const char *family, const char *kind,
                           bool tell)
{
    char name[100];
    snprintf(name, sizeof name, "%s %s", family, kind);
    if (swarm_cover_seen(seen, name) > 0)
        return 0;
    if (tell)
        print_message("%s: in none of %u cases\n", name, COVERING);
    return 1;
}

/* By the registries that `understudy list` prints, whoever walks the tables here. */
static unsigned missing_of(const struct swarm_cover *seen, bool tell)
{
    unsigned missing = 0;
    for (uint32_t r = 0; ust_listed_registries[r] != NULL; r++)
        for (uint32_t k = 0; ust_listed_registries[r]->kinds[k] != NULL; k++)
            missing += is_missing(seen, ust_listed_registries[r]->family,
                                  ust_listed_registries[r]->kinds[k]->name, tell);
    for (uint32_t d = 0; ust_dist_types[d] != NULL; d++)
        missing += is_missing(seen, "distribution", ust_dist_types[d]->name, tell);
    return missing;
}

/* Runs are looked at one by one in check.c; what is remembered of them costs no run. */
static void what_a_run_remembers_can_be_run(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= REMEMBERED; seed++) {
        struct swarm_case swarm;
        struct ust_text yaml = {0}, finding = {0};
        swarm_generate(&swarm, seed);
        swarm_yaml(&swarm, &yaml);
        swarm_remember(ust_text_string(&yaml), &finding);
        if (finding.length > 0)
            fail_msg("case %llu: %s", (unsigned long long)seed, finding.data);
        swarm_free(&swarm);
        ust_text_free(&yaml);
        ust_text_free(&finding);
    }
}

static void every_kind_that_can_be_listed_is_generated(void **state)
{
    (void)state;
    struct swarm_cover *seen = malloc(sizeof *seen);
    assert_non_null(seen);
    swarm_cover_start(seen);
    for (uint64_t seed = 1; seed <= COVERING && missing_of(seen, false) > 0; seed++)
        cover_one(seen, seed);
    unsigned missing = missing_of(seen, true);
    free(seen);
    assert_int_equal(missing, 0);
}

static void print_cover(uint64_t cases)
{
    struct swarm_cover *seen = malloc(sizeof *seen);
    if (seen == NULL)
        abort();
    swarm_cover_start(seen);
    for (uint64_t seed = 1; seed <= cases; seed++)
        cover_one(seen, seed);
    for (uint32_t i = 0; i < seen->n; i++)
        printf("%8llu  %s\n", (unsigned long long)seen->at[i].seen, seen->at[i].name);
    free(seen);
}

int main(void)
{
    const struct CMUnitTest one[] = {cmocka_unit_test(the_one_case_that_is_asked_for_passes)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_is_the_same_every_time_it_is_generated),
        cmocka_unit_test(every_kind_that_can_be_listed_is_generated),
        cmocka_unit_test(what_a_run_remembers_can_be_run),
        cmocka_unit_test(random_scenarios_keep_what_every_simulation_must_keep),
    };
    const char *asked = getenv("SWARM_CASE");
    if (number("SWARM_COVER", 0) > 0) {
        print_cover(number("SWARM_COVER", 0));
        return 0;
    }
    if (asked != NULL && *asked != '\0')
        return cmocka_run_group_tests(one, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
