/* What only the machine knows: the terminal, the environment, signals. */
#include "sim/cli/cli.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Where no terminal says how wide it is; narrower or wider answers are not believed. */
#define COLUMNS_UNKNOWN 80
#define COLUMNS_MIN     20
#define COLUMNS_MAX     1000

bool ust_cli_is_terminal(FILE *file)
{
    int fd = fileno(file);
    return fd >= 0 && isatty(fd);
}

unsigned ust_cli_width(FILE *file, unsigned otherwise)
{
    struct winsize size;
    unsigned long columns = 0;
    int fd = fileno(file);
    if (fd >= 0 && ioctl(fd, TIOCGWINSZ, &size) == 0)
        columns = size.ws_col;
    const char *text = getenv("COLUMNS");
    if (columns == 0 && text)
        columns = strtoul(text, NULL, 10);
    return columns >= COLUMNS_MIN && columns <= COLUMNS_MAX ? (unsigned)columns : otherwise;
}

unsigned ust_cli_columns(FILE *file)
{
    return ust_cli_width(file, COLUMNS_UNKNOWN);
}

bool ust_cli_colour(FILE *file)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    if (no && *no)
        return false;
    return ust_cli_is_terminal(file) && term && strcmp(term, "dumb") != 0;
}

enum ust_status ust_cli_refused(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("understudy: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return UST_REFUSED;
}

/* The one variable at file scope that changes: a signal handler can reach nothing else. */
static volatile sig_atomic_t stops_asked;

static void ask_stop(int signal_number)
{
    (void)signal_number;
    if (stops_asked)
        _exit(UST_EXIT_INTERRUPTED);
    stops_asked = 1;
}

void ust_cli_catch_signals(void)
{
    struct sigaction action = {.sa_handler = ask_stop, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A write beyond the file size limit shall fail with a message, not kill us silently. */
    signal(SIGXFSZ, SIG_IGN);
}

bool ust_cli_stop_wanted(void)
{
    return stops_asked != 0;
}
