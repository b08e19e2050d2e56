/* The command line: what may be typed, what is said about mistakes, what progress looks like.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/cli/cli.h"

struct options {
    bool quick, json, jobs_given;
    const char *output, *kind;
    uint64_t jobs, seed;
    struct ust_texts set;
};

static const char *const kinds[] = {"timeline", "waterfall", NULL};
static const struct ust_option table[] = {
    {.name = "quick",
     .letter = 'q',
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct options, quick),
     .help = "Less of everything"},
    {.name = "json",
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct options, json),
     .help = "For programs"},
    {.name = "output",
     .letter = 'o',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, output),
     .value = "FILE",
     .help = "Where to"},
    {.name = "kind",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, kind),
     .value = "KIND",
     .help = "Which",
     .choices = kinds},
    {.name = "jobs",
     .letter = 'j',
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, jobs),
     .value = "N",
     .help = "Threads",
     .low = 1,
     .high = 256,
     .given = offsetof(struct options, jobs_given) + 1},
    {.name = "seed",
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, seed),
     .value = "S",
     .help = "Seed"},
    {.name = "set",
     .kind = UST_OPTION_TEXTS,
     .offset = offsetof(struct options, set),
     .value = "KEY=VALUE",
     .help = "Overrides"},
    {0},
};

/* What the last call of run_command saw. */
static struct {
    int calls, operands;
    struct options options;
    char set[4][64];
    char operand[4][64];
} seen;

static int run_command(const void *options, int operands, char **operand)
{
    seen.calls++;
    seen.operands = operands;
    seen.options = *(const struct options *)options;
    for (int i = 0; i < operands && i < 4; i++)
        snprintf(seen.operand[i], sizeof seen.operand[i], "%s", operand[i]);
    for (size_t i = 0; i < seen.options.set.n && i < 4; i++)
        snprintf(seen.set[i], sizeof seen.set[i], "%s", seen.options.set.at[i]);
    return 3;
}

static const struct ust_command run = {.name = "run",
                                       .operands = "SCENARIO...",
                                       .help = "Simulates.",
                                       .more = "A paragraph.\n"
                                               "  list  as it stands, however narrow the "
                                               "terminal may be\n"
                                               "Another one, of two lines:\nit is filled anew.",
                                       .options = table,
                                       .options_size = sizeof(struct options),
                                       .operands_min = 1,
                                       .operands_max = 3,
                                       .run = run_command};
static const struct ust_command list = {
    .name = "list", .operands = "", .help = "Lists.", .operands_max = 0, .run = run_command};
static const struct ust_command *const commands[] = {&run, &list, NULL};

static char said[8192]; /* on stderr, by the last call of cli */
static char out[8192];  /* on stdout */

static void slurp(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

/* Calls the command line with what a shell would split `line` into. */
static int cli(const char *line)
{
    char copy[1024], name[] = "understudy", *argv[64] = {name};
    int argc = 1;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    memset(&seen, 0, sizeof seen);
    FILE *errors = tmpfile(), *results = tmpfile();
    fflush(stdout);
    fflush(stderr);
    int old_err = dup(2), old_out = dup(1);
    dup2(fileno(errors), 2);
    dup2(fileno(results), 1);
    int code = ust_cli_main(argc, argv, commands);
    fflush(stderr);
    dup2(old_err, 2);
    dup2(old_out, 1);
    close(old_err);
    close(old_out);
    slurp(errors, said, sizeof said);
    slurp(results, out, sizeof out);
    return code;
}

static void assert_said(const char *part)
{
    if (!strstr(said, part))
        fail_msg("stderr lacks \"%s\":\n%s", part, said);
}

static void a_count_may_be_joined_apart_or_after_an_equals_sign(void **state)
{
    (void)state;
    assert_int_equal(cli("run -j2 x"), 3);
    assert_int_equal(seen.options.jobs, 2);
    cli("run -j 2 x");
    assert_int_equal(seen.options.jobs, 2);
    cli("run --jobs=2 x");
    assert_int_equal(seen.options.jobs, 2);
    cli("run --jobs 2 x");
    assert_int_equal(seen.options.jobs, 2);
    cli("run -qj2 x");
    assert_int_equal(seen.options.jobs, 2);
    assert_true(seen.options.quick);
    assert_true(seen.options.jobs_given);
}

static void options_may_stand_before_and_after_operands(void **state)
{
    (void)state;
    assert_int_equal(cli("run --json a -o out.db b --set x=1 --set y=2"), 3);
    assert_int_equal(seen.operands, 2);
    assert_string_equal(seen.operand[0], "a");
    assert_string_equal(seen.operand[1], "b");
    assert_true(seen.options.json);
    assert_string_equal(seen.set[0], "x=1");
    assert_string_equal(seen.set[1], "y=2");
    assert_int_equal(seen.options.set.n, 2);
    assert_false(seen.options.jobs_given);
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    assert_int_equal(cli("run -- --json -"), 3);
    assert_int_equal(seen.operands, 2);
    assert_string_equal(seen.operand[0], "--json");
    assert_string_equal(seen.operand[1], "-");
    assert_false(seen.options.json);
}

static void an_unknown_option_is_named_with_the_near_one(void **state)
{
    (void)state;
    assert_int_equal(cli("run --outptu=x y"), 2);
    assert_int_equal(seen.calls, 0);
    assert_said("understudy run: unknown option '--outptu'; did you mean '--output'?\n");
    assert_said("usage: understudy run [options] SCENARIO...\n");
    assert_int_equal(cli("run -z y"), 2);
    assert_said("unknown option '-z'");
    assert_int_equal(cli("list --json"), 2);
    assert_said("understudy list: unknown option '--json'\n");
}

static void a_count_outside_its_range_or_not_a_number_is_refused(void **state)
{
    (void)state;
    assert_int_equal(cli("run -j0 x"), 2);
    assert_said("'--jobs' is '0', must be a whole number from 1 to 256");
    assert_int_equal(cli("run -j 257 x"), 2);
    assert_int_equal(cli("run --jobs=-1 x"), 2);
    assert_int_equal(cli("run --jobs=2x x"), 2);
    assert_int_equal(cli("run --jobs= x"), 2);
    assert_int_equal(cli("run --seed 18446744073709551616 x"), 2);
    assert_said("'--seed' is '18446744073709551616', must be a whole number\n");
    assert_int_equal(cli("run --seed 18446744073709551615 x"), 3);
    assert_true(seen.options.seed == UINT64_MAX);
}

static void a_word_outside_the_choices_is_refused_with_the_near_one(void **state)
{
    (void)state;
    assert_int_equal(cli("run --kind waterfal x"), 2);
    assert_said(
        "'--kind' is 'waterfal'; did you mean 'waterfall'? (known: timeline, waterfall)");
    assert_int_equal(cli("run --kind pie x"), 2);
    assert_said("'--kind' is 'pie', must be one of: timeline, waterfall");
    assert_int_equal(cli("run --kind timeline x"), 3);
    assert_string_equal(seen.options.kind, "timeline");
}

static void a_missing_or_superfluous_value_is_refused(void **state)
{
    (void)state;
    assert_int_equal(cli("run x --output"), 2);
    assert_said("'--output' wants a value: FILE");
    assert_int_equal(cli("run x -j"), 2);
    assert_said("'--jobs' wants a value: N");
    assert_int_equal(cli("run --json=yes x"), 2);
    assert_said("'--json' takes no value, got 'yes'");
}

static void operands_are_counted(void **state)
{
    (void)state;
    assert_int_equal(cli("run"), 2);
    assert_said("understudy run: wants SCENARIO...");
    assert_int_equal(cli("run a b c d"), 2);
    assert_said("one operand too many: 'd'");
    assert_int_equal(cli("list a"), 2);
    assert_said("takes no operand, got 'a'");
    assert_int_equal(seen.calls, 0);
}

static void an_unknown_command_is_named_with_the_near_one(void **state)
{
    (void)state;
    assert_int_equal(cli("rnu x"), 2);
    assert_said("understudy: unknown command 'rnu'; did you mean 'run'?");
    assert_int_equal(cli("frobnicate"), 2);
    assert_said("unknown command 'frobnicate'\nknown: run, list\n");
    assert_int_equal(cli("--json run"), 2);
    assert_said("unknown option '--json'; a command comes first");
    assert_int_equal(cli(""), 2);
    assert_said("usage: understudy COMMAND");
}

static void help_goes_to_stdout_and_exits_with_zero(void **state)
{
    (void)state;
    assert_int_equal(cli("help run"), 0);
    assert_non_null(strstr(out, "usage: understudy run [options] SCENARIO...\n\nSimulates.\n"));
    assert_non_null(strstr(out, "  -j, --jobs N            Threads\n"));
    assert_non_null(strstr(out, "      --kind KIND         Which: timeline, waterfall\n"));
    assert_non_null(strstr(out, "Overrides (may be repeated)"));
    assert_non_null(strstr(out, "A paragraph."));
    assert_string_equal(said, "");
    assert_int_equal(cli("run --help --nonsense"), 0);
    assert_non_null(strstr(out, "--jobs"));
    assert_int_equal(cli("run -h"), 0);
    assert_int_equal(cli("--help"), 0);
    assert_non_null(strstr(out, "  run SCENARIO...         Simulates.\n"));
    assert_int_equal(cli("help nope"), 2);
    assert_int_equal(cli("--version"), 0);
    assert_memory_equal(out, "understudy ", 11);
}

static void help_is_as_wide_as_it_may_be(void **state)
{
    (void)state;
    setenv("COLUMNS", "40", 1);
    assert_int_equal(cli("help run"), 0);
    unsetenv("COLUMNS");
    assert_non_null(strstr(out, "  -j, --jobs N\n        Threads\n"));
    assert_non_null(strstr(out,
                           "A paragraph.\n  list  as it stands, however narrow the terminal "
                           "may be\nAnother one, of two lines: it is filled\nanew.\n"));
    setenv("COLUMNS", "500", 1);
    assert_int_equal(cli("help run"), 0);
    unsetenv("COLUMNS");
    assert_non_null(strstr(out, "Another one, of two lines: it is filled anew.\n"));
    assert_non_null(strstr(out, "  -j, --jobs N            Threads\n"));
}

static void a_full_standard_output_is_no_success(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char name[] = "understudy", help[] = "--help";
        char *argv[] = {name, help, NULL};
        if (!freopen("/dev/full", "w", stdout) || !freopen("/dev/null", "w", stderr))
            _exit(99);
        _exit(ust_cli_main(2, argv, commands));
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 1);
}

static void the_first_signal_asks_and_the_second_ends_with_five(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        ust_cli_catch_signals();
        if (ust_cli_stop_wanted())
            _exit(99);
        raise(SIGINT);
        if (!ust_cli_stop_wanted())
            _exit(98);
        raise(SIGTERM);
        _exit(97);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
}

static void progress_elsewhere_is_one_plain_line(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    struct ust_progress progress;
    ust_progress_start(&progress, file, "loss", 20, false);
    for (uint64_t i = 1; i <= 20; i++)
        ust_progress_step(&progress, i);
    ust_progress_end(&progress);
    char text[512];
    slurp(file, text, sizeof text);
    assert_memory_equal(text, "loss  20/20  ", 13);
    assert_null(strchr(text, '\r'));
    assert_null(strchr(text, '\033'));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void a_quiet_progress_says_nothing(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    struct ust_progress progress;
    ust_progress_start(&progress, file, "loss", 2, true);
    ust_progress_step(&progress, 1);
    ust_progress_end(&progress);
    char text[8];
    slurp(file, text, sizeof text);
    assert_string_equal(text, "");
}

/* What a terminal was sent, in however many pieces it comes. */
static void read_all(int master, char *text, size_t size)
{
    size_t used = 0;
    struct pollfd ready = {.fd = master, .events = POLLIN};
    while (used + 1 < size && poll(&ready, 1, 200) == 1 && (ready.revents & POLLIN)) {
        ssize_t n = read(master, text + used, size - 1 - used);
        if (n <= 0)
            break;
        used += (size_t)n;
    }
    text[used] = '\0';
}

/* A bare chroot may have no /dev/pts; what needs a terminal is then skipped, visibly. */
static void open_terminal(int *master, int *slave, const struct winsize *size)
{
    if (openpty(master, slave, NULL, NULL, size) == 0)
        return;
    if (access("/dev/pts/ptmx", F_OK) != 0)
        skip();
    fail_msg("openpty: %s", strerror(errno));
}

static void progress_on_a_narrow_terminal_never_wraps(void **state)
{
    (void)state;
    int master, slave;
    struct winsize size = {.ws_row = 24, .ws_col = 50};
    open_terminal(&master, &slave, &size);
    FILE *terminal = fdopen(slave, "w");
    assert_true(ust_cli_is_terminal(terminal));
    assert_int_equal(ust_cli_columns(terminal), 50);

    struct ust_progress progress;
    ust_progress_start(&progress, terminal,
                       "a-scenario-with-quite-a-long-name · 20 replications", 20, false);
    ust_progress_step(&progress, 10);
    progress.shown -= 1.0; /* a second later */
    ust_progress_step(&progress, 10);
    ust_progress_end(&progress);
    char text[2048];
    read_all(master, text, sizeof text);
    assert_non_null(strstr(text, "▕████████        ▏ 10/20"));
    assert_non_null(strstr(text, "…"));
    unsigned columns = 0, widest = 0;
    for (const char *c = text; *c; c++) {
        if (*c == '\033') {
            c += 2; /* ESC [ K */
            continue;
        }
        if (*c == '\r' || *c == '\n')
            columns = 0;
        else if (((unsigned char)*c & 0xc0u) != 0x80u)
            columns++;
        if (columns > widest)
            widest = columns;
    }
    assert_true(widest > 40);
    assert_true(widest < 50);
    fclose(terminal);
    close(master);
}

static void no_color_wins_over_a_terminal(void **state)
{
    (void)state;
    int master, slave;
    open_terminal(&master, &slave, NULL);
    FILE *terminal = fdopen(slave, "w");
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    assert_true(ust_cli_colour(terminal));
    setenv("NO_COLOR", "1", 1);
    assert_false(ust_cli_colour(terminal));
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    assert_false(ust_cli_colour(terminal));
    fclose(terminal);
    close(master);
    FILE *file = tmpfile();
    setenv("TERM", "xterm", 1);
    assert_false(ust_cli_colour(file));
    setenv("COLUMNS", "132", 1);
    assert_int_equal(ust_cli_columns(file), 132);
    setenv("COLUMNS", "-3", 1);
    assert_int_equal(ust_cli_columns(file), 80);
    unsetenv("COLUMNS");
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_count_may_be_joined_apart_or_after_an_equals_sign),
        cmocka_unit_test(options_may_stand_before_and_after_operands),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(an_unknown_option_is_named_with_the_near_one),
        cmocka_unit_test(a_count_outside_its_range_or_not_a_number_is_refused),
        cmocka_unit_test(a_word_outside_the_choices_is_refused_with_the_near_one),
        cmocka_unit_test(a_missing_or_superfluous_value_is_refused),
        cmocka_unit_test(operands_are_counted),
        cmocka_unit_test(an_unknown_command_is_named_with_the_near_one),
        cmocka_unit_test(help_goes_to_stdout_and_exits_with_zero),
        cmocka_unit_test(help_is_as_wide_as_it_may_be),
        cmocka_unit_test(a_full_standard_output_is_no_success),
        cmocka_unit_test(the_first_signal_asks_and_the_second_ends_with_five),
        cmocka_unit_test(progress_elsewhere_is_one_plain_line),
        cmocka_unit_test(a_quiet_progress_says_nothing),
        cmocka_unit_test(progress_on_a_narrow_terminal_never_wraps),
        cmocka_unit_test(no_color_wins_over_a_terminal),
    };
    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
