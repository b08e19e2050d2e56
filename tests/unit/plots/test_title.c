/* Titles fit into their pictures, whatever the name of the run and the width. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plots/gnuplot.h"

#define LABELS_MAX 6

struct drawn {
    char label[LABELS_MAX][400]; /* in the order of the script */
    int small;                   /* how many come first, of small print */
    int n, unset;
    double top;
};

static struct drawn draw(const char *name, unsigned width, unsigned left, const char *what,
                         const char *small)
{
    struct ust_plot_run run = {.name = name};
    struct ust_plot_request request = {.run = &run, .width = width};
    struct ust_text script = {0};
    struct drawn out = {.n = 0};
    ust_gnuplot_title(&script, &request, left, what, small);
    for (char *line = strtok(script.data, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        unsigned id;
        if (sscanf(line, "set label %u '%399[^']'", &id, out.label[out.n]) == 2) {
            out.small += strstr(line, "',10'") != NULL;
            assert_int_equal(id, ++out.n);
        } else if (sscanf(line, "unset label %u", &id) == 1) {
            out.unset++;
        } else {
            assert_int_equal(sscanf(line, "set tmargin %lf", &out.top), 1);
        }
    }
    assert_int_equal(out.n + out.unset, LABELS_MAX); /* none is left of the panel before */
    ust_text_free(&script);
    return out;
}

static void a_short_title_stands_in_one_line_above_its_small_print(void **state)
{
    (void)state;
    struct drawn d = draw("run", 960, 10, "requests per second", "one replication");
    assert_int_equal(d.n, 2);
    assert_string_equal(d.label[0], "one replication");
    assert_string_equal(d.label[1], "run: requests per second");
    assert_true(d.top > 4 && d.top < 5.2);
}

static void a_long_title_goes_on_in_a_second_line(void **state)
{
    (void)state;
    struct drawn d =
        draw("a-very-long-name-for-a-scenario-that-somebody-wrote-in-one-go-without-"
             "thinking-of-titles-2026",
             960, 10, "requests per second", "one replication");
    assert_int_equal(d.n, 3);
    assert_string_equal(
        d.label[1],
        "a-very-long-name-for-a-scenario-that-somebody-wrote-in-one-go-without-thinking-");
    assert_string_equal(d.label[2], "of-titles-2026: requests per second");
    assert_true(d.top > 6);
}

/* 10 pixels a character of the title and 6.5 of the small print is what fonts need. */
static void nothing_is_wider_than_the_picture(void **state)
{
    (void)state;
    static const char *const names[] = {
        "x", "08-region-loss-at-peak",
        "a name with blanks that goes on and on and on, for nobody stopped it in time",
        "Übergröße-der-Überlastung-in-äußerst-ungünstigen-Fällen-mit-vielen-Umlauten-überall",
        "onewordofahundredcharactersonewordofahundredcharactersonewordofahundredcharacters"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (unsigned width = 240; width <= 2400; width += 40)
            for (unsigned left = 10; left <= 21; left += 11) {
                struct drawn d =
                    draw(names[i], width, left, "utilisation of us-east-1",
                         "median of 20 replications, band: 90 % of them; shaded: the fault");
                double room = width - 8.0 * (left > 10 ? 2 : 10);
                for (int k = 0; k < d.n; k++)
                    assert_true((double)ust_text_columns(d.label[k]) *
                                    (k < d.small ? 6.5 : 10.0) <=
                                room);
                /* Of a name that is too long the end goes, never what is drawn. */
                assert_non_null(strstr(d.label[d.n - 1], "1"));
                assert_int_equal(strncmp(d.label[d.small], names[i], 1), 0);
            }
}

static void a_quote_in_a_name_does_not_end_the_string(void **state)
{
    (void)state;
    struct ust_plot_run run = {.name = "it's"};
    struct ust_plot_request request = {.run = &run, .width = 960};
    struct ust_text script = {0};
    ust_gnuplot_title(&script, &request, 10, "latency", "small");
    assert_non_null(strstr(script.data, "'it''s: latency'"));
    ust_text_free(&script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_title_stands_in_one_line_above_its_small_print),
        cmocka_unit_test(a_long_title_goes_on_in_a_second_line),
        cmocka_unit_test(nothing_is_wider_than_the_picture),
        cmocka_unit_test(a_quote_in_a_name_does_not_end_the_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
