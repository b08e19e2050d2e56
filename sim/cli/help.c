/* Help, made from the same tables that the arguments are read by. */
#include "sim/cli/internal.h"

#include <string.h>

#include "sim/base/text.h"

/* Lines longer than this are hard to read, however wide the terminal. */
#define WIDTH_MAX 96

static size_t width_of(FILE *out)
{
    unsigned columns = ust_cli_columns(out);
    return columns < WIDTH_MAX ? columns : WIDTH_MAX;
}

/* Help texts start here; a longer left side pushes its text to the next line. */
#define LEFT_COLUMNS   26
#define NARROW         60 /* on less than this there is no room for two columns */
#define NARROW_COLUMNS 8

static void row(FILE *out, const char *left, const char *help)
{
    size_t width = width_of(out), start = width < NARROW ? NARROW_COLUMNS : LEFT_COLUMNS;
    struct ust_text text = {0}, begin = {0}, indent = {0};
    ust_text_pad(&indent, "", start, false);
    ust_text_pad(&begin, left, start, false);
    bool beside = ust_text_columns(left) + 2 <= start;
    if (!beside)
        ust_text_printf(&text, "%s\n", left);
    ust_text_wrap(&text, help, width, ust_text_string(beside ? &begin : &indent),
                  ust_text_string(&indent));
    fputs(ust_text_string(&text), out);
    ust_text_free(&text);
    ust_text_free(&begin);
    ust_text_free(&indent);
}

/* Lines that begin with a blank stand as they are; those between are paragraphs. */
static void paragraphs(FILE *out, const char *more)
{
    struct ust_text text = {0}, paragraph = {0};
    while (*more != '\0') {
        size_t length = strcspn(more, "\n");
        bool plain = length > 0 && *more != ' ';
        if (plain)
            ust_text_add_n(&paragraph, more, length);
        bool goes_on = plain && more[length] == '\n' && strchr(" \n", more[length + 1]) == NULL;
        if (goes_on) {
            ust_text_add(&paragraph, " ");
        } else if (plain) {
            ust_text_wrap(&text, ust_text_string(&paragraph), width_of(out), "", "");
            ust_text_clear(&paragraph);
        } else {
            ust_text_add_n(&text, more, length);
            ust_text_add(&text, "\n");
        }
        more += length + (more[length] == '\n');
    }
    fputs(ust_text_string(&text), out);
    ust_text_free(&text);
    ust_text_free(&paragraph);
}

void ust_help_usage(FILE *out, const struct ust_command *command)
{
    bool options = command->options && command->options->name;
    fprintf(out, "usage: understudy %s%s%s%s\n", command->name, options ? " [options]" : "",
            command->operands && *command->operands ? " " : "",
            command->operands ? command->operands : "");
}

static void option_row(FILE *out, const struct ust_option *option)
{
    struct ust_text left = {0};
    if (option->letter)
        ust_text_printf(&left, "  -%c, ", option->letter);
    else
        ust_text_add(&left, "      ");
    ust_text_printf(&left, "--%s", option->name);
    if (option->value)
        ust_text_printf(&left, " %s", option->value);

    struct ust_text help = {0};
    ust_text_add(&help, option->help);
    for (size_t i = 0; option->choices && option->choices[i]; i++)
        ust_text_printf(&help, "%s%s", i ? ", " : ": ", option->choices[i]);
    if (option->kind == UST_OPTION_TEXTS)
        ust_text_add(&help, " (may be repeated)");
    row(out, ust_text_string(&left), ust_text_string(&help));
    ust_text_free(&help);
    ust_text_free(&left);
}

void ust_help_command(FILE *out, const struct ust_command *command)
{
    ust_help_usage(out, command);
    fputs("\n", out);
    paragraphs(out, command->help);
    fputs("\noptions\n", out);
    for (const struct ust_option *o = command->options; o && o->name; o++)
        option_row(out, o);
    row(out, "  -h, --help", "this text");
    if (command->more) {
        fputs("\n", out);
        paragraphs(out, command->more);
    }
}

void ust_help_commands(FILE *out, const struct ust_command *const *commands)
{
    fputs("usage: understudy COMMAND [options] FILE...\n\n"
          "If the primary region is lost now, will the standby carry its users, and what would "
          "it "
          "take?\n\ncommands\n",
          out);
    for (size_t i = 0; commands[i]; i++) {
        struct ust_text left = {0};
        ust_text_printf(&left, "  %s %s", commands[i]->name,
                        commands[i]->operands ? commands[i]->operands : "");
        row(out, ust_text_string(&left), commands[i]->help);
        ust_text_free(&left);
    }
    fputs("\nexit code: 0 ok, 1 internal or I/O, 2 usage or invalid input, 3 a check failed,\n"
          "           4 worse than the baseline, 5 interrupted with results kept\n"
          "'understudy help COMMAND' tells more; 'understudy --version' the version\n",
          out);
}
