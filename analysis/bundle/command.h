/* The command of this folder. */
#ifndef UST_ANALYSIS_BUNDLE_COMMAND_H
#define UST_ANALYSIS_BUNDLE_COMMAND_H

#include "sim/cli/cli.h"

extern const struct ust_command ust_command_bundle;

#endif
