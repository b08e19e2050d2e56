/* Random scenarios keep what every simulation must keep; see swarm.h.
 *
 *   SWARM_SEED=S     the first case (default 1)
 *   SWARM_MINUTES=M  go on for so long; where absent, a fixed number of cases
 *   SWARM_CASE=S     this one case, and its YAML on standard output
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/assert.h"
#include "tests/swarm/swarm.h"

/* Of those that `make test` runs: seconds. */
#define CASES 25
/* What takes longer hangs: a case is some minutes of a few dozen requests a second. */
#define HANGS_S 30

/* ---- one case, in a process of its own ---- */

static void child(const struct swarm_case *swarm, int to)
{
    struct ust_text finding = {0};
    alarm(HANGS_S);
    dup2(to, STDERR_FILENO); /* sanitizers and failed assertions speak there */
    swarm_check(swarm, &finding);
    if (finding.length > 0)
        dprintf(to, "%s", finding.data);
    _exit(finding.length > 0 ? 1 : 0);
}

/* True where something is wrong; `finding` says what. */
static bool fails(const struct swarm_case *swarm, struct ust_text *finding)
{
    int ends[2], state = 0;
    char part[4096];
    ssize_t n;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        child(swarm, ends[1]);
    }
    close(ends[1]);
    ust_text_clear(finding);
    while ((n = read(ends[0], part, sizeof part)) > 0)
        if (finding->length < 20000)
            ust_text_add_n(finding, part, (size_t)n);
    close(ends[0]);
    waitpid(pid, &state, 0);
    if (WIFSIGNALED(state))
        ust_text_printf(finding, "ended by signal %d%s\n", WTERMSIG(state),
                        WTERMSIG(state) == SIGALRM ? ": it hangs" : "");
    return !WIFEXITED(state) || WEXITSTATUS(state) != 0;
}

/* Leaves out what it fails without. */
static void minimise(struct swarm_case *swarm, struct ust_text *finding)
{
    struct ust_text other = {0};
    for (uint32_t i = swarm->pieces; i-- > 0;) {
        swarm->piece[i].out = true;
        if (fails(swarm, &other)) {
            ust_text_clear(finding);
            ust_text_add(finding, ust_text_string(&other));
        } else {
            swarm->piece[i].out = false;
        }
    }
    ust_text_free(&other);
}

/* What hangs takes long to hang again. */
static bool hangs(const struct ust_text *finding)
{
    return finding->length > 0 && strstr(finding->data, "it hangs") != NULL;
}

static bool passes(uint64_t seed)
{
    struct swarm_case swarm;
    struct ust_text finding = {0}, yaml = {0};
    swarm_generate(&swarm, seed);
    bool ok = !fails(&swarm, &finding);
    if (!ok) {
        if (!hangs(&finding))
            minimise(&swarm, &finding);
        swarm_yaml(&swarm, &yaml);
        fprintf(stderr, "%s\ncase %llu fails:\n%s\nagain: make swarm CASE=%llu\n",
                ust_text_string(&yaml), (unsigned long long)seed, ust_text_string(&finding),
                (unsigned long long)seed);
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

int main(void)
{
    const struct CMUnitTest one[] = {cmocka_unit_test(the_one_case_that_is_asked_for_passes)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_is_the_same_every_time_it_is_generated),
        cmocka_unit_test(random_scenarios_keep_what_every_simulation_must_keep),
    };
    const char *asked = getenv("SWARM_CASE");
    if (asked != NULL && *asked != '\0')
        return cmocka_run_group_tests(one, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
