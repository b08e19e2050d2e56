/* The command `understudy classify`. */
#ifndef UST_CLASSIFY_COMMAND_H
#define UST_CLASSIFY_COMMAND_H

#include "sim/cli/cli.h"

extern const struct ust_command ust_command_classify;

#endif
