/* understudy bundle RUN.db: all that somebody else needs to read, check and repeat a run, in
 * one zip file. The same database gives the same bytes: entries carry the time at which it was
 * written last. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

#include "analysis/bundle/command.h"
#include "analysis/bundle/crate.h"
#include "plots/data.h"
#include "plots/report.h"
#include "sim/cli/output.h"

struct options {
    const char *output, *licence;
};

static const struct ust_option options_table[] = {
    UST_OPTION_OUTPUT(struct options, "FILE",
                      "the zip file; the database's name with .zip where absent"),
    {.name = "license",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, licence),
     .value = "TEXT",
     .help = "licence of the bundle, a name or a URL, for its metadata"},
    {.name = NULL}};

/* What goes into the archive; texts and files stay until it is closed. */
struct bundle {
    struct ust_portable portable;
    struct ust_text report, readme, metadata;
    struct ust_crate_part *part;
    uint32_t parts;
    zip_t *zip;
    time_t made;
};

static enum ust_status failed(const struct bundle *bundle, const char *path)
{
    return ust_cli_refused("cannot write '%s': %s", path, zip_strerror(bundle->zip));
}

/* A file of the archive; `from` NULL: it is the text. */
static enum ust_status put(struct bundle *bundle, const char *path, const char *name,
                           const char *from, const char *text)
{
    struct stat there;
    if (from != NULL && stat(from, &there) != 0)
        return ust_cli_refused("cannot read '%s': %s", from, strerror(errno));
    uint64_t bytes = from != NULL ? (uint64_t)there.st_size : strlen(text);
    zip_source_t *source = from != NULL ? zip_source_file(bundle->zip, from, 0, -1)
                                        : zip_source_buffer(bundle->zip, text, bytes, 0);
    zip_int64_t at =
        source == NULL ? -1 : zip_file_add(bundle->zip, name, source, ZIP_FL_ENC_UTF_8);
    if (at < 0) {
        zip_source_free(source);
        return failed(bundle, path);
    }
    zip_file_set_mtime(bundle->zip, (zip_uint64_t)at, bundle->made, 0);
    zip_file_set_external_attributes(bundle->zip, (zip_uint64_t)at, 0, ZIP_OPSYS_UNIX,
                                     (zip_uint32_t)0100644 << 16);
    if (bundle->part != NULL)
        bundle->part[bundle->parts++] = (struct ust_crate_part){name, bytes};
    return UST_OK;
}

static enum ust_status make_report(struct bundle *bundle)
{
    struct ust_plot_run run;
    UST_TRY(ust_plot_run_open(bundle->portable.database, &run));
    run.database = "run.db"; /* what it is called in there */
    enum ust_status status = ust_report_make(&run, 0, &bundle->report);
    ust_plot_run_close(&run);
    return status;
}

static enum ust_status fill(struct bundle *bundle, const char *path, const char *licence)
{
    struct ust_portable *portable = &bundle->portable;
    bundle->part =
        ust_arena_alloc(portable->spec.arena, struct ust_crate_part, portable->files + 3);
    struct ust_crate crate = {
        .portable = portable, .made_unix_s = bundle->made, .licence = licence};
    ust_crate_readme(&crate, &bundle->readme);
    UST_TRY(put(bundle, path, "README.md", NULL, ust_text_string(&bundle->readme)));
    UST_TRY(put(bundle, path, "report.html", NULL, ust_text_string(&bundle->report)));
    for (uint32_t i = 0; i < portable->files; i++)
        UST_TRY(put(bundle, path, portable->file[i].name, portable->file[i].from,
                    portable->file[i].text));
    UST_TRY(put(bundle, path, "run.db", portable->database, NULL));
    crate.part = bundle->part;
    crate.parts = bundle->parts;
    ust_crate_metadata(&crate, &bundle->metadata);
    bundle->part = NULL; /* the list is complete: it does not name itself */
    return put(bundle, path, "ro-crate-metadata.json", NULL,
               ust_text_string(&bundle->metadata));
}

static enum ust_status write_zip(struct bundle *bundle, const char *path, const char *licence)
{
    int code;
    bundle->zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    if (bundle->zip == NULL) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        enum ust_status status =
            ust_cli_refused("cannot write '%s': %s", path, zip_error_strerror(&error));
        zip_error_fini(&error);
        return status;
    }
    enum ust_status status = fill(bundle, path, licence);
    /* Only now is anything written: beside it, then renamed. */
    if (status == UST_OK && zip_close(bundle->zip) == 0)
        return UST_OK;
    if (status == UST_OK)
        status = failed(bundle, path);
    zip_discard(bundle->zip);
    return status;
}

static enum ust_status bundle_run(const char *database, const char *path, const char *licence)
{
    struct bundle bundle = {.made = 0};
    struct stat there;
    enum ust_status status = ust_portable_open(database, &bundle.portable);
    if (status == UST_OK && stat(database, &there) == 0)
        bundle.made = there.st_mtime;
    if (status == UST_OK)
        status = make_report(&bundle);
    if (status == UST_OK)
        status = write_zip(&bundle, path, licence);
    if (status == UST_OK)
        fprintf(stderr, "bundle  %s\n", path);
    ust_text_free(&bundle.report);
    ust_text_free(&bundle.readme);
    ust_text_free(&bundle.metadata);
    ust_portable_close(&bundle.portable);
    return status;
}

static int run(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    (void)operands;
    struct ust_text path = {0};
    size_t length = strlen(operand[0]);
    if (options->output != NULL && ust_output_is_standard(options->output)) {
        fprintf(stderr, "understudy bundle: a zip file is written from its end; name a file\n");
        return UST_EXIT_INVALID;
    }
    if (options->output != NULL)
        ust_text_add(&path, options->output);
    else if (length > 3 && strcmp(operand[0] + length - 3, ".db") == 0)
        ust_text_add_n(&path, operand[0], length - 3);
    else
        ust_text_add(&path, operand[0]);
    if (options->output == NULL)
        ust_text_add(&path, ".zip");
    enum ust_status status = bundle_run(operand[0], ust_text_string(&path), options->licence);
    ust_text_free(&path);
    return ust_exit_code(status);
}

const struct ust_command ust_command_bundle = {
    .name = "bundle",
    .operands = "RUN.db",
    .help = "pack a run for others: scenario, personas, tables, results and report, in one zip",
    .more =
        "What is unpacked from it needs nothing else: 'understudy reproduce run.db' in its\n"
        "folder runs it again and compares. ro-crate-metadata.json describes it (RO-Crate "
        "1.1).\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
