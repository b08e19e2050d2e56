/* The page of a library of personas: what each file says, and where its numbers come from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/library/library.h"
#include "plots/embed.h"
#include "plots/html.h"
#include "plots/pages/page.h"
#include "plots/shell.h"

struct page {
    const struct ust_library *library;
    const struct ust_library_item *item;
    size_t items;
    struct ust_spec *spec;
    struct ust_text *out;
};

/* ---- values in a line ---- */

static void add_value(const struct ust_node *node, bool inner, struct ust_text *out)
{
    if (node->kind == UST_NODE_SCALAR) {
        ust_text_add(out, node->text);
        return;
    }
    bool map = node->kind == UST_NODE_MAP;
    if (inner)
        ust_text_add(out, map ? "(" : "[");
    for (const struct ust_node *child = node->first; child != NULL; child = child->next) {
        if (map)
            ust_text_printf(out, "%s: ", child->key);
        add_value(child, true, out);
        ust_text_add(out, child->next != NULL ? ", " : "");
    }
    if (inner)
        ust_text_add(out, map ? ")" : "]");
}

static void row(struct page *page, const char *key, const char *below,
                const struct ust_node *node)
{
    struct ust_text value = {0};
    add_value(node, false, &value);
    ust_html_put(page->out, "<tr><th scope=\"row\">%n", key);
    if (below != NULL)
        ust_html_put(page->out, " <span class=\"quiet\">%n</span>", below);
    ust_html_put(page->out, "</th><td>%s</td></tr>\n", ust_text_string(&value));
    ust_text_free(&value);
}

/* Things in things, such as actions, get a row each. */
static void rows_of(struct page *page, const struct ust_node *node)
{
    bool deep = node->kind == UST_NODE_MAP && node->first != NULL;
    for (const struct ust_node *child = node->first; child != NULL; child = child->next)
        deep = deep && child->kind == UST_NODE_MAP;
    if (!deep) {
        row(page, node->key, NULL, node);
        return;
    }
    for (const struct ust_node *child = node->first; child != NULL; child = child->next)
        row(page, node->key, child->key, child);
}

/* ---- a persona ---- */

static const char *text_of(const struct ust_node *root, const char *key)
{
    const struct ust_node *node = ust_node_get(root, key);
    return node != NULL && node->kind == UST_NODE_SCALAR ? node->text : "";
}

static bool in_the_heading(const char *key)
{
    static const char *const keys[] = {"persona", "kind", "name", "description", "tags"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

/* What a file says before its first key, without what is for editors. */
static void add_origin(struct page *page, const char *path)
{
    struct ust_text file = {0}, said = {0};
    const char *at = ust_library_read(path, &file) == UST_OK ? ust_text_string(&file) : "";
    while (*at == '#') {
        size_t length = strcspn(at, "\n"), skip = strspn(at, "# ");
        size_t blank = skip > 2 ? 2 : skip; /* indents of lists stay */
        bool editors = strncmp(at + skip, "yaml-language-server:", 21) == 0;
        if (!editors && (length > skip || said.length > 0)) {
            ust_text_add_n(&said, at + (length < blank ? length : blank),
                           length < blank ? 0 : length - blank);
            ust_text_add(&said, "\n");
        }
        at += length + (at[length] == '\n');
    }
    if (said.length > 0)
        ust_html_put(page->out, "<details><summary>Origin</summary>\n<pre>%s</pre></details>\n",
                     ust_text_string(&said));
    ust_text_free(&file);
    ust_text_free(&said);
}

static void persona(struct page *page, const struct ust_library_item *item)
{
    const struct ust_node *root = ust_spec_read(page->spec, item->path);
    if (root == NULL)
        return;
    ust_html_put(page->out, "<article class=\"chart\">\n<h3>%n</h3>\n<p class=\"quiet\">%s",
                 item->name, text_of(root, "description"));
    const struct ust_node *tags = ust_node_get(root, "tags");
    struct ust_text list = {0};
    if (tags != NULL)
        add_value(tags, false, &list);
    if (list.length > 0)
        ust_html_put(page->out, " <i>%s</i>", ust_text_string(&list));
    ust_text_free(&list);
    ust_text_add(page->out, "</p>\n<div class=\"scroll matrix\" tabindex=\"0\" role=\"region\" "
                            "aria-label=\"What it says\">\n<table><tbody>\n");
    for (const struct ust_node *node = root->first; node != NULL; node = node->next)
        if (!in_the_heading(node->key))
            rows_of(page, node);
    ust_text_add(page->out, "</tbody></table></div>\n");
    add_origin(page, item->path);
    ust_text_add(page->out, "</article>\n");
}

static void section(struct page *page, bool resource, const char *id, const char *title)
{
    size_t n = 0;
    for (size_t i = 0; i < page->items; i++)
        n += page->item[i].resource == resource;
    if (n == 0)
        return;
    ust_html_put(page->out, "<section id=\"%s\">\n<h2>%s</h2>\n<div class=\"people\">\n", id,
                 title);
    for (size_t i = 0; i < page->items; i++)
        if (page->item[i].resource == resource)
            persona(page, &page->item[i]);
    ust_text_add(page->out, "</div>\n</section>\n");
}

static enum ust_status make(struct page *page)
{
    uint32_t n = (uint32_t)page->items;
    ust_shell_begin(page->out, "Personas", NULL, ust_embed_pages_css, "personas");
    ust_html_put(page->out,
                 "<header class=\"top\"><p class=\"brand\">understudy</p></header>\n<main>\n"
                 "<section class=\"hero\" id=\"personas\" aria-label=\"Summary\">\n"
                 "<p class=\"asked\">What is in the library %n?</p>\n"
                 "<h1><span class=\"big\">%u %s</span></h1>\n</section>\n",
                 page->library->folder, n, n == 1 ? "persona" : "personas");
    section(page, false, "users", "Users");
    section(page, true, "resources", "Machines");
    ust_html_put(page->out, "<p class=\"command\">What users of a recording are like: <code>"
                            "understudy profile EVENTS -o FOLDER</code></p>\n");
    ust_shell_footer(page->out);
    ust_text_add(page->out, "</body>\n</html>\n");
    return ust_diag_status(page->spec->diag);
}

enum ust_status ust_page_library(const char *folder, struct ust_text *out)
{
    struct ust_library library;
    UST_TRY(ust_library_open(&library, folder));
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct page page = {.library = &library, .spec = &spec, .out = out};
    struct ust_library_item *items = ust_library_items(&library, &page.items);
    page.item = items;
    enum ust_status status = UST_INVALID;
    if (page.items == 0)
        fprintf(stderr, "understudy report: '%s' holds no personas\n", folder);
    else
        status = make(&page);
    free(items);
    ust_diag_print(spec.diag, stderr, "no page was written");
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    ust_library_close(&library);
    return status;
}
