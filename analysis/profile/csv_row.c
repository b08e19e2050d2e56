/* Rows of a CSV file, by a map of columns. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analysis/profile/parse.h"
#include "sim/base/hash.h"
#include "sim/base/text.h"

char ust_csv_separator(const char *line)
{
    return strchr(line, ',') != NULL    ? ','
           : strchr(line, ';') != NULL  ? ';'
           : strchr(line, '\t') != NULL ? '\t'
                                        : ',';
}

/* A quoted cell: "" inside is one quote. Returns what follows the closing one, NULL without. */
static char *unquote(char *at)
{
    char *to = at;
    for (;; at++, to++) {
        if (*at == '\0')
            return NULL;
        if (*at == '"' && *++at != '"')
            break;
        *to = *at;
    }
    *to = '\0';
    return at;
}

static char *trim(char *text, char *end)
{
    while (*text == ' ')
        text++;
    while (end > text && end[-1] == ' ')
        end--;
    *end = '\0';
    return text;
}

int ust_csv_cut(char *line, char separator, char **cell, int max)
{
    for (int n = 0;; n++) {
        if (n == max)
            return max + 1;
        while (*line == ' ')
            line++;
        bool quoted = *line == '"';
        cell[n] = quoted ? line + 1 : line;
        char *end = quoted ? unquote(line + 1) : line;
        if (end == NULL)
            return -1;
        end = strchrnul(end, separator);
        bool last = *end == '\0';
        if (quoted)
            *end = '\0'; /* what follows a closing quote is not part of the cell */
        else
            cell[n] = trim(line, end);
        if (last)
            return n + 1;
        line = end + 1;
    }
}

/* ---- the map ---- */

static int column_of(const char *name, char *const *header, int n)
{
    char *end;
    long number = strtol(name, &end, 10);
    for (int i = 0; header != NULL && i < n; i++)
        if (strcasecmp(header[i], name) == 0)
            return i;
    return *end == '\0' && number >= 1 && number <= UST_PARSE_COLUMNS_MAX ? (int)number - 1
                                                                          : -1;
}

static const char *map_one(struct ust_columns *columns, char *pair, char *const *header, int n,
                           struct ust_arena *arena)
{
    char *sign = strchr(pair, '=');
    if (sign == NULL)
        return ust_arena_printf(arena, "'%s' is not FIELD=COLUMN", pair);
    *sign = '\0';
    enum ust_event_field field = ust_event_field_find(pair);
    if (field == UST_EVENT_FIELDS)
        return ust_arena_printf(arena, "'%s' is no field of an event", pair);
    int column = column_of(sign + 1, header, n);
    if (column < 0)
        return ust_arena_printf(arena, "there is no column '%s'", sign + 1);
    columns->field[column] = field;
    if ((uint32_t)column >= columns->n)
        columns->n = (uint32_t)column + 1;
    columns->mapped = true;
    return NULL;
}

const char *ust_columns_map(struct ust_columns *columns, const char *map, char *header,
                            struct ust_arena *arena)
{
    char *cell[UST_PARSE_COLUMNS_MAX], *pair, *rest;
    int n = 0;
    if (header != NULL) {
        n = ust_csv_cut(header, columns->separator, cell, UST_PARSE_COLUMNS_MAX);
        if (n < 0 || n > UST_PARSE_COLUMNS_MAX)
            return "the header cannot be read";
        columns->n = (uint32_t)n;
    }
    for (int i = 0; i < UST_PARSE_COLUMNS_MAX; i++)
        columns->field[i] =
            map == NULL && i < n ? ust_event_field_find(cell[i]) : UST_EVENT_FIELDS;
    for (int i = 0; i < n; i++)
        columns->mapped |= columns->field[i] != UST_EVENT_FIELDS;
    if (map == NULL)
        return columns->mapped ? NULL : "no column has the name of a field";
    char *pairs = ust_arena_text(arena, map);
    for (pair = strtok_r(pairs, ",", &rest); pair != NULL; pair = strtok_r(NULL, ",", &rest)) {
        const char *wrong = map_one(columns, pair, header != NULL ? cell : NULL, n, arena);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

bool ust_parse_csv(struct ust_parse *parse, const struct ust_columns *columns, char *line)
{
    char *cell[UST_PARSE_COLUMNS_MAX];
    ust_parse_begin(parse);
    uint64_t hash = ust_hash_text(5, line);
    int n = ust_csv_cut(line, columns->separator, cell, UST_PARSE_COLUMNS_MAX);
    if (n < 0) {
        parse->reason = "a quote does not end";
        return false;
    }
    if ((uint32_t)n < columns->n) {
        parse->reason = "too few cells";
        return false;
    }
    for (uint32_t i = 0; i < columns->n; i++)
        if (columns->field[i] != UST_EVENT_FIELDS &&
            !ust_parse_text(parse, columns->field[i], cell[i]))
            return false;
    return ust_parse_end(parse, hash);
}
