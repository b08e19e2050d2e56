/* Help, made from the same tables that the arguments are read by. */
#include "sim/cli/internal.h"

#include <string.h>

#include "sim/base/text.h"

/* Help texts start here; a longer left side pushes its text to the next line. */
#define LEFT_COLUMNS 26

static void row(FILE *out, const char *left, const char *help)
{
    size_t columns = ust_text_columns(left);
    if (columns + 2 > LEFT_COLUMNS)
        fprintf(out, "%s\n%*s", left, LEFT_COLUMNS, "");
    else
        fprintf(out, "%s%*s", left, (int)(LEFT_COLUMNS - columns), "");
    fprintf(out, "%s\n", help);
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
    fprintf(out, "\n%s\n\noptions\n", command->help);
    for (const struct ust_option *o = command->options; o && o->name; o++)
        option_row(out, o);
    row(out, "  -h, --help", "this text");
    if (command->more)
        fprintf(out, "\n%s\n", command->more);
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
