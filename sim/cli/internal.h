/* What the files of this folder share. */
#ifndef UST_CLI_INTERNAL_H
#define UST_CLI_INTERNAL_H

#include "sim/cli/cli.h"

/* What the arguments behind a command's name said. */
struct ust_parsed {
    void *options; /* of the command's options_size, zeroed before they were filled */
    char **operand;
    int operands;
    bool help; /* --help stood among them; nothing else was checked */
};

/* UST_INVALID after a message on stderr. Free `parsed` in either case. */
enum ust_status ust_parse(const struct ust_command *command, int argc, char **argv,
                          struct ust_parsed *parsed);
void ust_parsed_free(const struct ust_command *command, struct ust_parsed *parsed);

void ust_help_commands(FILE *out, const struct ust_command *const *commands);
void ust_help_command(FILE *out, const struct ust_command *command);
/* "usage: understudy run [options] SCENARIO" */
void ust_help_usage(FILE *out, const struct ust_command *command);

#endif
