/* The commands of this folder. */
#ifndef UST_ANALYSIS_COMPARE_COMMAND_H
#define UST_ANALYSIS_COMPARE_COMMAND_H

#include "sim/cli/cli.h"

extern const struct ust_command ust_command_compare, ust_command_check;

/* What --metric may name: UST_INVALID after a message where it is another. */
enum ust_status ust_compare_metrics(const char *command, const struct ust_texts *metrics);

#endif
