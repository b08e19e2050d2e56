/* Reads a command's arguments by its table of options. */
#include "sim/cli/internal.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/arena.h"
#include "sim/base/text.h"

/* One walk over argv. */
struct walk {
    const struct ust_command *command;
    struct ust_parsed *parsed;
    int argc, at;
    char **argv;
};

static const struct ust_option *by_name(const struct ust_command *command, const char *name,
                                        size_t length)
{
    for (const struct ust_option *o = command->options; o && o->name; o++)
        if (strlen(o->name) == length && memcmp(o->name, name, length) == 0)
            return o;
    return NULL;
}

static const struct ust_option *by_letter(const struct ust_command *command, char letter)
{
    for (const struct ust_option *o = command->options; o && o->name; o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

/* Every mistake ends like this: the message is printed, then how the command is used. */
static enum ust_status mistake(const struct walk *walk)
{
    ust_help_usage(stderr, walk->command);
    fprintf(stderr, "'understudy help %s' tells more\n", walk->command->name);
    return UST_INVALID;
}

static enum ust_status unknown(const struct walk *walk, const char *name, size_t length)
{
    const char *known[128] = {NULL};
    size_t n = 0;
    for (const struct ust_option *o = walk->command->options; o && o->name; o++)
        if (n < sizeof known / sizeof *known)
            known[n++] = o->name;
    char *word = ust_malloc(length + 1);
    memcpy(word, name, length);
    word[length] = '\0';
    const char *near = ust_text_nearest(word, known, n);
    fprintf(stderr, "understudy %s: unknown option '--%s'", walk->command->name, word);
    if (near)
        fprintf(stderr, "; did you mean '--%s'?", near);
    fputc('\n', stderr);
    free(word);
    return mistake(walk);
}

static enum ust_status set_count(const struct walk *walk, const struct ust_option *option,
                                 const char *text, uint64_t *out)
{
    bool limited = option->low != 0 || option->high != 0;
    uint64_t low = option->low, high = limited ? option->high : UINT64_MAX;
    bool digits = *text != '\0';
    for (const char *c = text; *c; c++)
        digits = digits && isdigit((unsigned char)*c);
    errno = 0;
    uint64_t value = digits ? strtoull(text, NULL, 10) : 0;
    if (digits && errno == 0 && value >= low && value <= high) {
        *out = value;
        return UST_OK;
    }
    fprintf(stderr, "understudy %s: '--%s' is '%s', must be a whole number",
            walk->command->name, option->name, text);
    if (limited)
        fprintf(stderr, " from %" PRIu64 " to %" PRIu64, low, high);
    fputc('\n', stderr);
    return mistake(walk);
}

static enum ust_status set_text(const struct walk *walk, const struct ust_option *option,
                                const char *text, const char **out)
{
    size_t n = 0;
    while (option->choices && option->choices[n]) {
        if (ust_text_equal(option->choices[n], text))
            break;
        n++;
    }
    if (!option->choices || option->choices[n]) {
        *out = text;
        return UST_OK;
    }
    const char *near = ust_text_nearest(text, option->choices, n);
    fprintf(stderr, "understudy %s: '--%s' is '%s'", walk->command->name, option->name, text);
    if (near)
        fprintf(stderr, "; did you mean '%s'?", near);
    fputs(near ? " (known:" : ", must be one of:", stderr);
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "%s %s", i ? "," : "", option->choices[i]);
    fputs(near ? ")\n" : "\n", stderr);
    return mistake(walk);
}

static enum ust_status set(const struct walk *walk, const struct ust_option *option,
                           const char *value)
{
    unsigned char *options = walk->parsed->options;
    void *out = options + option->offset;
    switch (option->kind) {
    case UST_OPTION_FLAG:
        *(bool *)out = true;
        break;
    case UST_OPTION_TEXT:
        UST_TRY(set_text(walk, option, value, out));
        break;
    case UST_OPTION_COUNT:
        UST_TRY(set_count(walk, option, value, out));
        break;
    case UST_OPTION_TEXTS: {
        struct ust_texts *texts = out;
        texts->at = ust_realloc(texts->at, (texts->n + 1) * sizeof *texts->at);
        texts->at[texts->n++] = value;
        break;
    }
    }
    if (option->given != 0)
        *(bool *)(void *)(options + option->given - 1) = true;
    return UST_OK;
}

/* The value of an option that was not followed by one in the same word. */
static enum ust_status next_value(struct walk *walk, const struct ust_option *option,
                                  const char **value)
{
    if (walk->at < walk->argc) {
        *value = walk->argv[walk->at++];
        return UST_OK;
    }
    fprintf(stderr, "understudy %s: '--%s' wants a value: %s\n", walk->command->name,
            option->name, option->value);
    return mistake(walk);
}

static enum ust_status long_option(struct walk *walk, const char *word)
{
    size_t length = strcspn(word, "=");
    const char *value = word[length] == '=' ? word + length + 1 : NULL;
    const struct ust_option *option = by_name(walk->command, word, length);
    if (!option && length == 4 && memcmp(word, "help", 4) == 0) {
        walk->parsed->help = true;
        return UST_OK;
    }
    if (!option)
        return unknown(walk, word, length);
    if (option->kind == UST_OPTION_FLAG && value) {
        fprintf(stderr, "understudy %s: '--%s' takes no value, got '%s'\n", walk->command->name,
                option->name, value);
        return mistake(walk);
    }
    if (option->kind != UST_OPTION_FLAG && !value)
        UST_TRY(next_value(walk, option, &value));
    return set(walk, option, value);
}

/* "-j2", "-j 2", "-qj2": flags may be joined, the first option with a value takes the rest. */
static enum ust_status short_options(struct walk *walk, const char *letters)
{
    for (const char *c = letters; *c; c++) {
        const struct ust_option *option = by_letter(walk->command, *c);
        if (!option && *c == 'h') {
            walk->parsed->help = true;
            return UST_OK;
        }
        if (!option) {
            fprintf(stderr, "understudy %s: unknown option '-%c'\n", walk->command->name, *c);
            return mistake(walk);
        }
        if (option->kind == UST_OPTION_FLAG) {
            UST_TRY(set(walk, option, NULL));
            continue;
        }
        const char *value = c[1] == '=' ? c + 2 : c + 1;
        if (c[1] == '\0')
            UST_TRY(next_value(walk, option, &value));
        return set(walk, option, value);
    }
    return UST_OK;
}

static enum ust_status check_operands(const struct walk *walk)
{
    const struct ust_command *command = walk->command;
    int n = walk->parsed->operands;
    if (n >= command->operands_min && (command->operands_max < 0 || n <= command->operands_max))
        return UST_OK;
    if (n < command->operands_min)
        fprintf(stderr, "understudy %s: wants %s\n", command->name, command->operands);
    else if (command->operands_max == 0)
        fprintf(stderr, "understudy %s: takes no operand, got '%s'\n", command->name,
                walk->parsed->operand[0]);
    else
        fprintf(stderr, "understudy %s: one operand too many: '%s'\n", command->name,
                walk->parsed->operand[command->operands_max]);
    return mistake(walk);
}

enum ust_status ust_parse(const struct ust_command *command, int argc, char **argv,
                          struct ust_parsed *parsed)
{
    *parsed = (struct ust_parsed){0};
    size_t size = command->options_size > 0 ? command->options_size : 1;
    parsed->options = ust_malloc(size);
    memset(parsed->options, 0, size);
    parsed->operand = ust_malloc(((size_t)argc + 1) * sizeof *parsed->operand);

    struct walk walk = {.command = command, .parsed = parsed, .argc = argc, .argv = argv};
    bool ended = false;
    while (walk.at < argc && !parsed->help) {
        char *word = argv[walk.at++];
        if (ended || word[0] != '-' || word[1] == '\0')
            parsed->operand[parsed->operands++] = word;
        else if (ust_text_equal(word, "--"))
            ended = true;
        else if (word[1] == '-')
            UST_TRY(long_option(&walk, word + 2));
        else
            UST_TRY(short_options(&walk, word + 1));
    }
    parsed->operand[parsed->operands] = NULL;
    return parsed->help ? UST_OK : check_operands(&walk);
}

void ust_parsed_free(const struct ust_command *command, struct ust_parsed *parsed)
{
    for (const struct ust_option *o = command->options; o && o->name; o++)
        if (o->kind == UST_OPTION_TEXTS) {
            struct ust_texts *texts = (void *)((unsigned char *)parsed->options + o->offset);
            free(texts->at);
        }
    free(parsed->options);
    free(parsed->operand);
}
