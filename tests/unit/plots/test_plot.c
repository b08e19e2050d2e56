/* Charts by gnuplot: every kind in every format, foreign text, and each refusal. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "plots/command.h"
#include "plots/gnuplot.h"
#include "plots/plot.h"
#include "sim/base/status.h"
#include "sim/cli/output.h"
#include "tests/unit/plots/help.h"

static char database[300], picture[300];

/* Runs the command as the program would; what it says on stderr is in `said`. */
static int plot(struct ust_text *said, int argc, const char **words)
{
    static const struct ust_command *const commands[] = {&ust_command_plot, NULL};
    char *argv[16] = {(char[]){"understudy"}, (char[]){"plot"}, database};
    char log[300];
    snprintf(log, sizeof(log), "%s/stderr", sample_folder());
    for (int i = 0; i < argc; i++)
        argv[3 + i] = strdup(words[i]);
    int kept = dup(2), file = open(log, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(file >= 0);
    fflush(stderr);
    dup2(file, 2);
    int code = ust_cli_main(3 + argc, argv, commands);
    fflush(stderr);
    dup2(kept, 2);
    close(kept);
    close(file);
    for (int i = 0; i < argc; i++)
        free(argv[3 + i]);
    ust_text_clear(said);
    sample_slurp(log, said);
    return code;
}
#define PLOT(said, ...)                                                                        \
    plot(said, (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)),            \
         (const char *[]){__VA_ARGS__})

static void use(struct sample sample)
{
    snprintf(database, sizeof(database), "%s/run.db", sample_folder());
    sample_write(database, sample);
}

static const char *picture_named(const char *name)
{
    snprintf(picture, sizeof(picture), "%s/%s", sample_folder(), name);
    unlink(picture);
    return picture;
}

static void assert_begins(const char *path, const char *start)
{
    struct ust_text file = {0};
    sample_slurp(path, &file);
    assert_true(file.length > 500);
    assert_memory_equal(file.data, start, strlen(start));
    ust_text_free(&file);
}

static void one_kind_in_every_format(const char *kind)
{
    if (strcmp(kind, "basin") == 0 || strcmp(kind, "size") == 0)
        return; /* of studies, not of a run: tests/cli/basin.bats, size.bats */
    struct ust_text said = {0};
    assert_int_equal(PLOT(&said, "--kind", kind, "-o", picture_named("x.svg")), UST_EXIT_OK);
    assert_begins(picture, "<?xml");
    assert_int_equal(PLOT(&said, "--kind", kind, "-o", picture_named("x.PNG")), UST_EXIT_OK);
    assert_begins(picture, "\x89PNG");
    assert_int_equal(PLOT(&said, "--kind", kind, "-o", picture_named("x.pdf")), UST_EXIT_OK);
    assert_begins(picture, "%PDF");
    ust_text_free(&said);
}

static void every_kind_is_drawn_in_every_format(void **state)
{
    (void)state;
    use((struct sample){.replications = 3, .minutes = 200});
#define UST_PLOT_KIND(id) one_kind_in_every_format(ust_plot_##id.name);
#include "plots/kinds.def"
#undef UST_PLOT_KIND
}

static void svg_and_png_are_the_same_bytes_twice(void **state)
{
    (void)state;
    struct ust_text said = {0}, a = {0}, b = {0};
    use((struct sample){.replications = 2, .minutes = 160});
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? "a.svg" : "a.png";
        ust_text_clear(&a);
        ust_text_clear(&b);
        assert_int_equal(PLOT(&said, "--kind", "latency", "-o", picture_named(name)), 0);
        sample_slurp(picture, &a);
        setenv("LANG", "de_DE.UTF-8", 1);
        assert_int_equal(PLOT(&said, "--kind", "latency", "-o", picture_named(name)), 0);
        sample_slurp(picture, &b);
        assert_int_equal(a.length, b.length);
        assert_memory_equal(a.data, b.data, a.length);
    }
    ust_text_free(&a);
    ust_text_free(&b);
    ust_text_free(&said);
}

static void hostile_names_stay_text_and_run_nothing(void **state)
{
    (void)state;
    static const char *const kinds[] = {"timeline", "waterfall",   "capacity",
                                        "latency",  "latency-cdf", "utilisation"};
    char command[700];
    struct ust_text said = {0};
    use((struct sample){.replications = 2, .hostile = true, .minutes = 160});
    for (int i = 0; i < 6; i++) {
        assert_int_equal(PLOT(&said, "--kind", kinds[i], "-o", picture_named("h.svg")), 0);
        snprintf(
            command, sizeof(command),
            "python3 -c 'import sys, xml.dom.minidom as m; "
            "sys.exit(len(m.parse(sys.argv[1]).getElementsByTagName(\"script\")) > 0)' '%s'",
            picture);
        assert_int_equal(system(command), 0);
    }
    assert_int_equal(access("owned", F_OK), -1);
    ust_text_free(&said);
}

static void quotes_hold_whatever_stands_in_them(void **state)
{
    (void)state;
    struct ust_text out = {0};
    ust_gnuplot_quote(&out, "it's `id` \"x\"\n@m \xff");
    assert_string_equal(out.data, "'it''s `id` \"x\" @m \xef\xbf\xbd'");
    ust_text_free(&out);
}

static void mistakes_of_usage_exit_with_2_and_say_what_is_known(void **state)
{
    (void)state;
    struct ust_text said = {0};
    use((struct sample){.replications = 2, .minutes = 130});
    assert_int_equal(PLOT(&said, "--kind", "timelin", "-o", picture_named("x.svg")), 2);
    assert_non_null(strstr(said.data,
                           "unknown kind 'timelin'; did you mean 'timeline'? (known: "
                           "timeline, waterfall"));
    assert_int_equal(PLOT(&said, "-o", picture_named("x.jpg")), 2);
    assert_non_null(strstr(said.data, "must end in .svg, .png or .pdf"));
    assert_int_equal(PLOT(&said, "-o", picture_named("svg")), 2);
    assert_int_equal(PLOT(&said, "--persona", "evening-shoper", "-o", picture_named("x.svg")),
                     2);
    assert_non_null(strstr(said.data, "did you mean 'evening-shopper'?"));
    assert_int_equal(
        PLOT(&said, "--kind", "capacity", "--region", "mars", "-o", picture_named("x.svg")), 2);
    assert_non_null(strstr(said.data, "unknown region 'mars' (known: us-east-1, us-west-2)"));
    assert_int_equal(PLOT(&said, "--kind", "waterfall", "--region", "us-east-1"), 2);
    assert_non_null(
        strstr(said.data, "kinds that take it: capacity, latency-cdf, utilisation"));
    assert_int_equal(PLOT(&said, "--width", "10"), 2);
    assert_int_equal(access(picture, F_OK), -1);
    ust_text_free(&said);
}

static void what_the_world_refuses_exits_with_1(void **state)
{
    (void)state;
    struct ust_text said = {0};
    use((struct sample){.replications = 1, .calm = true, .minutes = 10});
    assert_int_equal(PLOT(&said, "-o", "/no/such/folder/x.svg"), 1);
    assert_non_null(strstr(said.data, "cannot write '/no/such/folder/x.svg': No such file"));
    assert_int_equal(PLOT(&said, "--kind", "waterfall", "-o", picture_named("x.svg")), 1);
    assert_non_null(strstr(said.data, "holds no fault"));
    assert_int_equal(access(picture, F_OK), -1);
    use((struct sample){.replications = 1, .bare = true, .minutes = 10, .unjudged = true});
    static const char *const kinds[] = {"timeline", "capacity", "latency", "latency-cdf",
                                        "utilisation"};
    for (int i = 0; i < 5; i++)
        assert_int_equal(PLOT(&said, "--kind", kinds[i], "-o", picture_named("x.svg")), 1);
    ust_text_free(&said);
}

static void a_missing_gnuplot_is_named_and_leaves_nothing(void **state)
{
    (void)state;
    struct ust_text said = {0};
    char *path = strdup(getenv("PATH"));
    use((struct sample){.replications = 1, .minutes = 130});
    setenv("PATH", "/no/such/folder", 1);
    int code = PLOT(&said, "-o", picture_named("x.svg"));
    setenv("PATH", path, 1);
    free(path);
    assert_int_equal(code, 1);
    assert_non_null(strstr(said.data, "cannot find 'gnuplot'"));
    assert_int_equal(access(picture, F_OK), -1);
    ust_text_free(&said);
}

static void a_failed_write_keeps_the_picture_that_was_there(void **state)
{
    (void)state;
    struct ust_text file = {0};
    struct ust_output output;
    const char *path = picture_named("old.svg");
    FILE *old = fopen(path, "w");
    fputs("old", old);
    fclose(old);
    chmod(path, 0640);
    assert_int_equal(ust_output_open(path, &output), UST_OK);
    assert_int_equal(ust_output_write(&output, "new", 3), UST_OK);
    ust_output_drop(&output);
    sample_slurp(path, &file);
    assert_string_equal(file.data, "old");
    assert_int_equal(ust_output_open(path, &output), UST_OK);
    assert_int_equal(ust_output_write(&output, "newer", 5), UST_OK);
    assert_int_equal(ust_output_keep(&output), UST_OK);
    ust_text_clear(&file);
    sample_slurp(path, &file);
    assert_string_equal(file.data, "newer");
    struct stat now;
    assert_int_equal(stat(path, &now), 0);
    assert_int_equal(now.st_mode & 0777, 0640);
    assert_int_equal(ust_output_open(sample_folder(), &output), UST_REFUSED);
    ust_text_free(&file);
}

static void size_and_filters_change_the_picture(void **state)
{
    (void)state;
    struct ust_text said = {0}, file = {0};
    use((struct sample){.replications = 1, .minutes = 130});
    assert_int_equal(PLOT(&said, "--kind", "utilisation", "--region", "us-west-2", "--width",
                          "640", "--height", "333", "-o", picture_named("x.svg")),
                     0);
    sample_slurp(picture, &file);
    assert_non_null(strstr(file.data, "width=\"640\" height=\"333\""));
    assert_non_null(strstr(file.data, "us-west-2"));
    assert_null(strstr(file.data, "us-east-1"));
    ust_text_free(&said);
    ust_text_free(&file);
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
        cmocka_unit_test(every_kind_is_drawn_in_every_format),
        cmocka_unit_test(svg_and_png_are_the_same_bytes_twice),
        cmocka_unit_test(hostile_names_stay_text_and_run_nothing),
        cmocka_unit_test(quotes_hold_whatever_stands_in_them),
        cmocka_unit_test(mistakes_of_usage_exit_with_2_and_say_what_is_known),
        cmocka_unit_test(what_the_world_refuses_exits_with_1),
        cmocka_unit_test(a_missing_gnuplot_is_named_and_leaves_nothing),
        cmocka_unit_test(a_failed_write_keeps_the_picture_that_was_there),
        cmocka_unit_test(size_and_filters_change_the_picture),
    };
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
