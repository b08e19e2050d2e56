#include "sim/base/status.h"

int ust_exit_code(enum ust_status status)
{
    switch (status) {
    case UST_OK:
        return UST_EXIT_OK;
    case UST_INVALID:
        return UST_EXIT_INVALID;
    case UST_STOPPED:
        return UST_EXIT_INTERRUPTED;
    case UST_REFUSED:
        break;
    }
    return UST_EXIT_INTERNAL;
}
