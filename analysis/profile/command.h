/* The command `understudy profile`. */
#ifndef UST_PROFILE_COMMAND_H
#define UST_PROFILE_COMMAND_H

#include "sim/cli/cli.h"

extern const struct ust_command ust_command_profile;

#endif
