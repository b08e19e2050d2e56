/* The reference pages: a Markdown table for every table of fields, each once. */
#include <string.h>

#include "sim/spec/pages.h"
#include "sim/spec/parts.h"

struct book {
    struct ust_pages pages;
    struct ust_text *out;
};

/* Text inside a cell of a table. */
static void cell(const char *text, struct ust_text *out)
{
    for (; text != NULL && *text != '\0'; text++) {
        if (*text == '|')
            ust_text_add(out, "\\|");
        else
            ust_text_add_n(out, *text == '\n' ? " " : text, 1);
    }
}

static void link_to(const char *name, struct ust_text *out)
{
    ust_text_printf(out, "[%s](#", name);
    for (; *name != '\0'; name++) /* as GitHub makes anchors of headings: dots are dropped */
        if (*name != '.')
            ust_text_add_n(out, name, 1);
    ust_text_add(out, ")");
}

static void write_choices(const struct ust_field *field, struct ust_text *out)
{
    for (uint32_t i = 0; field->choices[i] != NULL; i++)
        ust_text_printf(out, "%s`%s`", i > 0 ? ", " : "", field->choices[i]);
}

/* "durations", "bytes" */
static void write_plural(enum ust_field_kind kind, struct ust_text *out)
{
    const char *name = ust_field_kind_name(kind);
    ust_text_printf(out, "%s%s", name, name[strlen(name) - 1] == 's' ? "" : "s");
}

static void write_scalar_type(const struct ust_field *field, enum ust_field_kind kind,
                              struct ust_text *out)
{
    if (kind == UST_FIELD_CHOICE)
        write_choices(field, out);
    else
        ust_text_add(out, ust_field_kind_name(kind));
}

static void write_list_type(struct book *book, const struct ust_field *field,
                            const char *parent)
{
    bool kinds = field->fields == NULL && field->unit == UST_FIELD_VARIANT;
    ust_text_add(book->out, kinds ? "one or a list of " : "list of ");
    if (field->fields != NULL)
        link_to(ust_pages_table(&book->pages, field->fields, parent, field->key), book->out);
    else if (kinds)
        link_to(ust_pages_registry(&book->pages, field->registry), book->out);
    else if (field->unit == UST_FIELD_CHOICE)
        write_choices(field, book->out);
    else
        write_plural(field->unit, book->out);
}

static void write_type(struct book *book, const struct ust_field *field, const char *parent)
{
    switch (field->kind) {
    case UST_FIELD_GROUP:
        link_to(ust_pages_table(&book->pages, field->fields, parent, field->key), book->out);
        break;
    case UST_FIELD_MAP:
        ust_text_add(book->out, "map of ");
        link_to(ust_pages_table(&book->pages, field->fields, parent, field->key), book->out);
        break;
    case UST_FIELD_LIST:
        write_list_type(book, field, parent);
        break;
    case UST_FIELD_VARIANT:
        link_to(ust_pages_registry(&book->pages, field->registry), book->out);
        break;
    case UST_FIELD_DIST:
        ust_text_add(book->out, "distribution of ");
        write_plural(field->unit, book->out);
        break;
    default:
        write_scalar_type(field, field->kind, book->out);
    }
    if (field->word != NULL)
        ust_text_printf(book->out, " or `%s`", field->word);
}

static void write_row(struct book *book, const struct ust_field *field, const char *parent)
{
    struct ust_text range = {0};
    ust_field_range(field, &range);
    ust_text_printf(book->out, "| `%s` | ", field->key);
    write_type(book, field, parent);
    if (field->flags & UST_FIELD_REQUIRED) {
        ust_text_add(book->out, " | required");
    } else if (field->fallback != NULL) {
        ust_text_add(book->out, " | `");
        cell(field->fallback, book->out);
        ust_text_add(book->out, "`");
    } else {
        ust_text_add(book->out, " |");
    }
    ust_text_add(book->out, " | ");
    cell(ust_text_string(&range), book->out);
    ust_text_add(book->out, range.length > 0 ? " | " : "| ");
    cell(field->help, book->out);
    ust_text_add(book->out, " |\n");
    ust_text_free(&range);
}

static void write_table(struct book *book, const struct ust_field *fields, const char *parent)
{
    if (fields == NULL || fields->key == NULL) {
        ust_text_add(book->out, "No keys.\n");
        return;
    }
    ust_text_add(book->out, "| key | type | default | range | meaning |\n"
                            "|---|---|---|---|---|\n");
    for (const struct ust_field *field = fields; field->key != NULL; field++)
        write_row(book, field, parent);
    const struct ust_field *only = NULL;
    for (const struct ust_field *field = fields; field->key != NULL; field++)
        if (field->flags & UST_FIELD_SHORT)
            only = field;
    if (only != NULL)
        ust_text_printf(book->out, "\nA single value stands for `{%s: value}`.\n", only->key);
}

static void write_registry(struct book *book, const struct ust_page *page)
{
    if (page->registry->help != NULL)
        ust_text_printf(book->out, "%s\n\n", page->registry->help);
    ust_text_add(book->out, "`kind` selects one of:\n");
    for (uint32_t i = 0; page->registry->kinds[i] != NULL; i++) {
        const struct ust_kind *kind = page->registry->kinds[i];
        ust_text_printf(book->out, "\n### %s: `%s`\n\n%s\n\n", page->name, kind->name,
                        kind->help == NULL ? "" : kind->help);
        write_table(book, kind->fields,
                    ust_arena_printf(book->pages.arena, "%s.%s", page->name, kind->name));
    }
}

void ust_spec_reference(const struct ust_field *fields, const char *title, struct ust_text *out)
{
    struct book book = {.out = out};
    book.pages.arena = ust_arena_new();
    ust_text_printf(out, "# %s\n\n", title);
    ust_pages_table(&book.pages, fields, "", title);
    write_table(&book, fields, "");
    /* Pages appear while others are written. */
    for (uint32_t i = 1; i < book.pages.n; i++) {
        const struct ust_page page = book.pages.at[i];
        ust_text_printf(out, "\n## %s\n\n", page.name);
        if (page.fields != NULL)
            write_table(&book, page.fields, page.name);
        else
            write_registry(&book, &page);
    }
    ust_arena_free(book.pages.arena);
}
