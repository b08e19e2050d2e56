/* The commands of this folder. */
#ifndef UST_ANALYSIS_COMPARE_COMMAND_H
#define UST_ANALYSIS_COMPARE_COMMAND_H

#include "sim/cli/cli.h"

extern const struct ust_command ust_command_compare;

#endif
