/* The progress line. On a terminal one line rewrites itself:
 *
 *   region-loss-at-peak   20 replications · 4 h   ▕███████▌        ▏  9/20  17 s left
 *
 * elsewhere a plain line appears now and then, so that a log stays short. */
#include "sim/cli/cli.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "sim/base/text.h"
#include "sim/base/time.h"

#define BAR_COLUMNS    16
#define TERMINAL_EVERY 0.1 /* seconds; faster than this nobody reads */
#define PLAIN_EVERY    10.0
#define COUNT_TEXT_MAX 48

static double monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Whole seconds, or milliseconds below ten: nobody waits for a tenth of a second. */
static const char *span(double seconds, char text[UST_TIME_TEXT_MAX])
{
    ust_time unit = seconds < 1.0 ? UST_MS : UST_S;
    ust_time t = ust_time_from_seconds(seconds);
    return ust_time_text((t + unit / 2) / unit * unit, text);
}

static double share(const struct ust_progress *progress)
{
    if (progress->total == 0 || progress->done >= progress->total)
        return 1.0;
    return (double)progress->done / (double)progress->total;
}

/* Full cells and one eighth-block at the end. */
static void add_bar(struct ust_text *line, double filled)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    unsigned parts = (unsigned)(filled * BAR_COLUMNS * 8.0 + 0.5);
    unsigned cells = parts / 8;
    ust_text_add(line, "▕");
    for (unsigned i = 0; i < cells; i++)
        ust_text_add(line, "█");
    if (parts % 8) {
        ust_text_add(line, eighths[parts % 8]);
        cells++;
    }
    ust_text_printf(line, "%*s▏", (int)(BAR_COLUMNS - cells), "");
}

/* The first `columns` columns of a title, so that the line never wraps. */
static void add_title(struct ust_text *line, const char *title, size_t columns)
{
    size_t used = ust_text_columns(title);
    if (used <= columns) {
        ust_text_add(line, title);
        ust_text_printf(line, "%*s", (int)(columns - used), "");
        return;
    }
    const char *end = title;
    for (size_t kept = 0; *end && kept + 1 < columns; kept++)
        do
            end++;
        while (((unsigned char)*end & 0xc0u) == 0x80u);
    ust_text_add_n(line, title, (size_t)(end - title));
    ust_text_add(line, "…");
}

static const char *tail(const struct ust_progress *progress, double now, bool ended,
                        char text[COUNT_TEXT_MAX])
{
    char when[UST_TIME_TEXT_MAX];
    double spent = now - progress->started, done = share(progress);
    if (ended)
        snprintf(text, COUNT_TEXT_MAX, "%s%s", span(spent, when),
                 done < 1.0 ? ", stopped" : "");
    else if (progress->done == 0)
        snprintf(text, COUNT_TEXT_MAX, "%s", span(spent, when));
    else
        snprintf(text, COUNT_TEXT_MAX, "%s left", span(spent * (1.0 - done) / done, when));
    return text;
}

static void draw(struct ust_progress *progress, double now, bool ended)
{
    char after[COUNT_TEXT_MAX], counts[COUNT_TEXT_MAX];
    snprintf(counts, sizeof counts, "%" PRIu64 "/%" PRIu64, progress->done, progress->total);
    tail(progress, now, ended, after);
    struct ust_text line = {0};
    if (progress->terminal) {
        size_t columns = ust_cli_columns(progress->out);
        size_t fixed = BAR_COLUMNS + 2 + 2 + 1 + strlen(counts) + 2 + strlen(after) + 1;
        size_t title = ust_text_columns(progress->title);
        if (title + fixed > columns)
            title = columns > fixed + 1 ? columns - fixed : 1;
        ust_text_add(&line, "\r");
        add_title(&line, progress->title, title);
        ust_text_add(&line, "  ");
        add_bar(&line, share(progress));
        /* Erase to the end of the line: the text before may have been longer. */
        ust_text_printf(&line, " %s  %s\033[K%s", counts, after, ended ? "\n" : "");
    } else {
        ust_text_printf(&line, "%s  %s  %s\n", progress->title, counts, after);
    }
    fputs(ust_text_string(&line), progress->out);
    fflush(progress->out);
    ust_text_free(&line);
    progress->shown = now;
}

void ust_progress_start(struct ust_progress *progress, FILE *out, const char *title,
                        uint64_t total, bool quiet)
{
    double now = monotonic();
    *progress = (struct ust_progress){.out = out,
                                      .title = title,
                                      .total = total,
                                      .started = now,
                                      .shown = now,
                                      .quiet = quiet};
    progress->terminal = ust_cli_is_terminal(out);
    if (progress->terminal && !quiet)
        draw(progress, now, false);
}

void ust_progress_step(struct ust_progress *progress, uint64_t done)
{
    progress->done = done;
    double now = monotonic();
    double every = progress->terminal ? TERMINAL_EVERY : PLAIN_EVERY;
    if (!progress->quiet && now - progress->shown >= every)
        draw(progress, now, false);
}

void ust_progress_end(struct ust_progress *progress)
{
    if (!progress->quiet)
        draw(progress, monotonic(), true);
}
