/* A tree as YAML that reads back as the same tree. */
#include <string.h>

#include "sim/spec/parts.h"

/* A list of scalars that is not longer stands in one line. */
#define ROOM 88

struct writer {
    struct ust_text *out;
    bool places;
};

/* ---- scalars ---- */

static bool plain_start(const char *text)
{
    if (strchr(",[]{}#&*!|>'\"%@` ", text[0]) != NULL)
        return false;
    if (strchr("-?:", text[0]) != NULL)
        return text[1] != ' ' && text[1] != '\0';
    return true;
}

/* Reads back as itself without quotes, in a block. */
static bool plain(const char *text)
{
    if (text[0] == '\0' || !plain_start(text) || strncmp(text, "---", 3) == 0 ||
        strncmp(text, "...", 3) == 0)
        return false;
    size_t length;
    for (const char *at = text; *at != '\0'; at += length) {
        if (!ust_utf8_stands(ust_utf8_decode(at, &length)))
            return false;
        if (*at == ':' && (at[1] == ' ' || at[1] == '\0'))
            return false;
        if (*at == ' ' && (at[1] == '#' || at[1] == '\0'))
            return false;
    }
    return true;
}

/* The same inside [ ]: no commas, brackets, or calls that would be joined again. */
static bool plain_in_line(const char *text)
{
    return plain(text) && strpbrk(text, ",[]{}():?#") == NULL && text[0] != '-';
}

static void quote(const char *text, struct ust_text *out)
{
    ust_text_add(out, "\"");
    size_t length;
    for (; *text != '\0'; text += length) {
        unsigned code = ust_utf8_decode(text, &length);
        if (code == '"' || code == '\\')
            ust_text_printf(out, "\\%c", (char)code);
        else if (code == '\n')
            ust_text_add(out, "\\n");
        else if (code == '\t')
            ust_text_add(out, "\\t");
        else if (ust_utf8_stands(code))
            ust_text_add_n(out, text, length);
        else
            ust_text_printf(out, code < 0x100 ? "\\x%02x" : "\\u%04x", code);
    }
    ust_text_add(out, "\"");
}

static void write_key(const char *key, struct ust_text *out)
{
    if (plain(key) && strcmp(key, "<<") != 0)
        ust_text_add(out, key);
    else
        quote(key, out);
}

static void write_scalar(const struct ust_node *node, struct ust_text *out)
{
    if (!node->quoted && *node->text == '\0')
        return; /* nothing behind the colon */
    if (!node->quoted && plain(node->text))
        ust_text_add(out, node->text);
    else
        quote(node->text, out);
}

/* ---- places ---- */

static void write_place(const struct writer *writer, const struct ust_node *node)
{
    if (!writer->places || node->place.file == NULL)
        return;
    ust_text_add(writer->out, "  # ");
    for (const char *c = node->place.file; *c != '\0'; c++)
        ust_text_add_n(writer->out, (unsigned char)*c < 0x20 || *c == 0x7f ? "?" : c, 1);
    /* A command line has no lines, a default has no place. */
    if (node->place.line > 0 && strncmp(node->place.file, "--", 2) != 0 &&
        strcmp(node->place.file, "default") != 0)
        ust_text_printf(writer->out, ":%u", node->place.line);
}

static void end_line(const struct writer *writer, const struct ust_node *node)
{
    write_place(writer, node);
    ust_text_add(writer->out, "\n");
}

/* ---- maps and lists ---- */

static void write_children(const struct writer *writer, const struct ust_node *node,
                           unsigned indent, bool inside);

static bool in_one_line(const struct ust_node *list, unsigned indent)
{
    size_t length = indent + 2;
    for (const struct ust_node *child = list->first; child != NULL; child = child->next) {
        if (child->kind != UST_NODE_SCALAR || child->quoted || !plain_in_line(child->text) ||
            child->place.line != list->first->place.line)
            return false;
        length += strlen(child->text) + 2;
    }
    return length <= ROOM;
}

static void write_line_list(const struct writer *writer, const struct ust_node *list)
{
    ust_text_add(writer->out, "[");
    for (const struct ust_node *child = list->first; child != NULL; child = child->next)
        ust_text_printf(writer->out, "%s%s", child == list->first ? "" : ", ", child->text);
    ust_text_add(writer->out, "]");
}

/* A value behind "key:" or "-", with the end of its line. */
static void write_value(const struct writer *writer, const struct ust_node *node,
                        unsigned indent)
{
    if (node->kind == UST_NODE_SCALAR) {
        if (node->quoted || *node->text != '\0')
            ust_text_add(writer->out, " ");
        write_scalar(node, writer->out);
        end_line(writer, node);
    } else if (node->children == 0) {
        ust_text_add(writer->out, node->kind == UST_NODE_MAP ? " {}" : " []");
        end_line(writer, node);
    } else if (node->kind == UST_NODE_LIST && in_one_line(node, indent)) {
        ust_text_add(writer->out, " ");
        write_line_list(writer, node);
        end_line(writer, node->first);
    } else {
        ust_text_add(writer->out, "\n");
        write_children(writer, node, indent, false);
    }
}

/* `inside`: the first line is begun already, behind the dash of a list. */
static void write_children(const struct writer *writer, const struct ust_node *node,
                           unsigned indent, bool inside)
{
    for (const struct ust_node *child = node->first; child != NULL; child = child->next) {
        if (!inside || child != node->first)
            ust_text_printf(writer->out, "%*s", (int)indent, "");
        if (node->kind == UST_NODE_MAP) {
            write_key(child->key, writer->out);
            ust_text_add(writer->out, ":");
            write_value(writer, child, indent + 2);
        } else if (child->kind == UST_NODE_MAP && child->children > 0) {
            ust_text_add(writer->out, "- ");
            write_children(writer, child, indent + 2, true);
        } else {
            ust_text_add(writer->out, "-");
            write_value(writer, child, indent + 2);
        }
    }
}

void ust_spec_write(const struct ust_node *root, bool places, struct ust_text *out)
{
    struct writer writer = {out, places};
    if (root->kind != UST_NODE_SCALAR && root->children > 0) {
        write_children(&writer, root, 0, false);
        return;
    }
    if (root->kind == UST_NODE_SCALAR)
        write_scalar(root, out);
    else
        ust_text_add(out, root->kind == UST_NODE_MAP ? "{}" : "[]");
    end_line(&writer, root);
}
