/* Runs gnuplot: the script on its stdin, the picture from its stdout, no shell between. The
 * picture comes through a pipe, since gnuplot does not always notice that a disk is full. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
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

/* What the child draws, until it ends or it can be written no further; then the closed pipe
 * ends the child. */
static enum ust_status copy_picture(int from, struct ust_output *output, bool *empty)
{
    char buffer[1 << 16];
    enum ust_status status = UST_OK;
    *empty = true;
    while (status == UST_OK) {
        ssize_t n = read(from, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            status = ust_cli_refused("cannot read from gnuplot: %s", strerror(errno));
        if (n <= 0)
            break;
        *empty = false;
        status = ust_output_write(output, buffer, (size_t)n);
    }
    close(from);
    return status;
}

static enum ust_status finish(pid_t child, int picture, struct ust_output *output,
                              FILE *complaints)
{
    bool empty;
    int code;
    enum ust_status status = copy_picture(picture, output, &empty);
    while (waitpid(child, &code, 0) < 0)
        if (errno != EINTR)
            return ust_cli_refused("cannot wait for gnuplot: %s", strerror(errno));
    if (status != UST_OK)
        return status;
    if (!WIFEXITED(code) || WEXITSTATUS(code) != 0 || empty)
        return complained(complaints, code);
    return UST_OK;
}

static enum ust_status run(FILE *script, FILE *complaints, struct ust_output *output)
{
    int ends[2];
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return ust_cli_refused("cannot run 'gnuplot': %s", strerror(errno));
    enum ust_status status = start(script, ends[1], complaints, &child);
    close(ends[1]);
    if (status == UST_OK)
        return finish(child, ends[0], output, complaints);
    close(ends[0]);
    return status;
}

enum ust_status ust_gnuplot_draw(const struct ust_text *script, struct ust_output *output)
{
    FILE *in = tmpfile(), *complaints = tmpfile();
    enum ust_status status = UST_OK;
    if (in == NULL || complaints == NULL ||
        fwrite(script->data, 1, script->length, in) != script->length || fflush(in) != 0)
        status = ust_cli_refused("cannot write a temporary file: %s", strerror(errno));
    if (status == UST_OK) {
        rewind(in);
        status = run(in, complaints, output);
    }
    if (in != NULL)
        fclose(in);
    if (complaints != NULL)
        fclose(complaints);
    return status;
}

enum ust_status ust_gnuplot_file(const struct ust_text *script, const char *path)
{
    struct ust_output output;
    UST_TRY(ust_output_open(path, &output));
    enum ust_status status = ust_gnuplot_draw(script, &output);
    if (status == UST_OK)
        return ust_output_keep(&output);
    ust_output_drop(&output);
    return status;
}

enum ust_status ust_gnuplot_picture(const char *command, const char *path,
                                    enum ust_picture *picture)
{
    static const char *const ends[] = {
        [UST_SVG] = ".svg", [UST_PNG] = ".png", [UST_PDF] = ".pdf"};
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash != NULL ? slash : path, '.');
    for (int i = 0; i < 3 && dot != NULL; i++)
        if (strcasecmp(dot, ends[i]) == 0) {
            *picture = (enum ust_picture)i;
            return UST_OK;
        }
    fprintf(stderr, "understudy %s: '%s' must end in .svg, .png or .pdf\n", command, path);
    return UST_INVALID;
}
