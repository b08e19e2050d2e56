/* From argv to a command, and from a command to an exit code. */
#include "sim/cli/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"

static const struct ust_command *find(const struct ust_command *const *commands,
                                      const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (ust_text_equal(commands[i]->name, name))
            return commands[i];
    return NULL;
}

static int unknown_command(const struct ust_command *const *commands, const char *name)
{
    const char *known[64] = {NULL};
    size_t n = 0;
    while (commands[n] && n < sizeof known / sizeof *known) {
        known[n] = commands[n]->name;
        n++;
    }
    const char *near = ust_text_nearest(name, known, n);
    fprintf(stderr, "understudy: unknown command '%s'", name);
    if (near)
        fprintf(stderr, "; did you mean '%s'?", near);
    fputs("\nknown:", stderr);
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "%s %s", i ? "," : "", known[i]);
    fputc('\n', stderr);
    return UST_EXIT_INVALID;
}

static int run_command(const struct ust_command *command, int argc, char **argv)
{
    struct ust_parsed parsed;
    int code;
    if (ust_parse(command, argc, argv, &parsed) != UST_OK) {
        code = UST_EXIT_INVALID;
    } else if (parsed.help) {
        ust_help_command(stdout, command);
        code = UST_EXIT_OK;
    } else {
        code = command->run(parsed.options, parsed.operands, parsed.operand);
    }
    ust_parsed_free(command, &parsed);
    return code;
}

static int dispatch(int argc, char **argv, const struct ust_command *const *commands)
{
    if (argc < 2) {
        ust_help_commands(stderr, commands);
        return UST_EXIT_INVALID;
    }
    const char *word = argv[1];
    if (ust_text_equal(word, "--version")) {
        puts("understudy " UST_VERSION);
        return UST_EXIT_OK;
    }
    bool help = ust_text_equal(word, "help");
    if (help || ust_text_equal(word, "--help") || ust_text_equal(word, "-h")) {
        if (!help || argc == 2) {
            ust_help_commands(stdout, commands);
            return UST_EXIT_OK;
        }
        const struct ust_command *command = find(commands, argv[2]);
        if (!command)
            return unknown_command(commands, argv[2]);
        ust_help_command(stdout, command);
        return UST_EXIT_OK;
    }
    if (word[0] == '-') {
        fprintf(stderr, "understudy: unknown option '%s'; a command comes first\n", word);
        ust_help_commands(stderr, commands);
        return UST_EXIT_INVALID;
    }
    const struct ust_command *command = find(commands, word);
    return command ? run_command(command, argc - 2, argv + 2) : unknown_command(commands, word);
}

/* A standard stream that is closed would lend its number to the first file that is opened, and
 * what is meant for the stream would land in it. This way writing to it fails, as it should. */
static void keep_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            abort();
}

int ust_cli_main(int argc, char **argv, const struct ust_command *const *commands)
{
    keep_standard_streams();
    int code = dispatch(argc, argv, commands);
    /* A result that did not reach its reader is no success: a full disk shows here at last. */
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == UST_EXIT_OK) {
        ust_cli_refused("cannot write to standard output: %s",
                        errno ? strerror(errno) : "an earlier write failed");
        code = UST_EXIT_INTERNAL;
    }
    return code;
}
