/* Runs gnuplot: the script on its stdin, the picture from its stdout, no shell between. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plots/gnuplot.h"
#include "sim/base/arena.h"
#include "sim/cli/cli.h"

extern char **environ;

/* What would make the picture depend on who draws it. */
static bool personal(const char *variable)
{
    static const char *const prefixes[] = {"GNUPLOT", "GDFONTPATH=", "LC_", "LANG", "PAGER="};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

static char **environment(void)
{
    size_t n = 0, kept = 0;
    while (environ[n] != NULL)
        n++;
    static char utf8[] = "LC_ALL=C.UTF-8";
    char **copy = ust_malloc((n + 2) * sizeof(*copy));
    for (size_t i = 0; i < n; i++)
        if (!personal(environ[i]))
            copy[kept++] = environ[i];
    copy[kept++] = utf8;
    copy[kept] = NULL;
    return copy;
}

static enum ust_status start(FILE *script, int picture, FILE *complaints, pid_t *child)
{
    static char name[] = "gnuplot", defaults[] = "-d", standard[] = "-";
    char *const arguments[] = {name, defaults, standard, NULL};
    posix_spawn_file_actions_t files;
    char **variables = environment();
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, fileno(script), 0);
    posix_spawn_file_actions_adddup2(&files, picture, 1);
    posix_spawn_file_actions_adddup2(&files, fileno(complaints), 2);
    int error = posix_spawnp(child, "gnuplot", &files, NULL, arguments, variables);
    posix_spawn_file_actions_destroy(&files);
    free(variables);
    if (error == ENOENT)
        return ust_cli_refused("cannot find 'gnuplot', which draws the chart; install it"
                               " (Debian: gnuplot-nox) or put it on PATH");
    if (error != 0)
        return ust_cli_refused("cannot run 'gnuplot': %s", strerror(error));
    return UST_OK;
}

/* The first lines of what gnuplot had to say, which name the line of the script. */
static enum ust_status complained(FILE *complaints, int code)
{
    char text[600];
    rewind(complaints);
    size_t n = fread(text, 1, sizeof(text) - 1, complaints);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
        n--;
    text[n] = '\0';
    if (WIFSIGNALED(code))
        return ust_cli_refused("gnuplot was ended by signal %d", WTERMSIG(code));
    return ust_cli_refused("gnuplot could not draw the chart: %s",
                           n > 0 ? text : "it gave no reason");
}

static enum ust_status finish(pid_t child, int picture, FILE *complaints)
{
    struct stat drawn;
    int code;
    while (waitpid(child, &code, 0) < 0)
        if (errno != EINTR)
            return ust_cli_refused("cannot wait for gnuplot: %s", strerror(errno));
    if (!WIFEXITED(code) || WEXITSTATUS(code) != 0)
        return complained(complaints, code);
    /* A full disk does not always reach gnuplot's exit code. */
    if (fstat(picture, &drawn) == 0 && S_ISREG(drawn.st_mode) && drawn.st_size == 0)
        return complained(complaints, code);
    return UST_OK;
}

enum ust_status ust_gnuplot_draw(const struct ust_text *script, int fd)
{
    pid_t child;
    FILE *in = tmpfile(), *complaints = tmpfile();
    enum ust_status status = UST_OK;
    if (in == NULL || complaints == NULL ||
        fwrite(script->data, 1, script->length, in) != script->length || fflush(in) != 0)
        status = ust_cli_refused("cannot write a temporary file: %s", strerror(errno));
    if (status == UST_OK) {
        rewind(in);
        status = start(in, fd, complaints, &child);
    }
    if (status == UST_OK)
        status = finish(child, fd, complaints);
    if (in != NULL)
        fclose(in);
    if (complaints != NULL)
        fclose(complaints);
    return status;
}
