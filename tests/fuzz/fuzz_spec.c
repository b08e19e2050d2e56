/* Any bytes as a scenario: read, set, resolve, written, read again, decoded.
 *
 * The first line, if it begins with "#set ", holds an assignment for --set. What must hold for
 * every input: no crash, a message whenever something is refused, and a tree that was written
 * reads back.
 *
 *   clang -fsanitize=fuzzer,address,undefined ... tests/fuzz/fuzz_spec.c   ("make fuzz")
 */
#include <stdlib.h>
#include <string.h>

#include "sim/base/assert.h"
#include "sim/base/limits.h"
#include "tests/fuzz/every_kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set_from_first_line(struct ust_spec *spec, struct ust_node *root, const char *text)
{
    if (strncmp(text, "#set ", 5) != 0)
        return;
    char *assignment = ust_arena_text_n(spec->arena, text + 5, strcspn(text + 5, "\n"));
    unsigned errors = ust_diag_errors(spec->diag);
    enum ust_status status = ust_spec_set(spec, root, assignment, 1);
    UST_ASSERT((status == UST_OK) == (ust_diag_errors(spec->diag) == errors));
}

static void write_and_read_back(struct ust_spec *spec, const struct ust_node *root)
{
    struct ust_text first = {0}, second = {0}, placed = {0};
    ust_spec_write(root, false, &first);
    ust_spec_write(root, true, &placed);
    /* A budget of its own: the input may have spent most of it. */
    struct ust_spec fresh = {.arena = spec->arena, .diag = ust_diag_new()};
    struct ust_node *back =
        ust_spec_read_text(&fresh, "back.yaml", ust_text_string(&first), first.length);
    if (back != NULL) {
        ust_spec_write(back, false, &second);
        UST_ASSERT(strcmp(ust_text_string(&first), ust_text_string(&second)) == 0);
    } else {
        /* Only because blocks take more bytes than braces, or what was an alias is a copy. */
        bool larger = first.length > UST_SPEC_BYTES_MAX || fresh.nodes > UST_SPEC_NODES_MAX;
        UST_ASSERT(larger);
    }
    ust_diag_free(fresh.diag);
    ust_text_free(&first);
    ust_text_free(&second);
    ust_text_free(&placed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    char *text = ust_arena_text_n(spec.arena, (const char *)data, size);
    struct ust_node *root = ust_spec_read_text(&spec, "fuzz.yaml", text, size);
    UST_ASSERT(root != NULL || ust_diag_errors(spec.diag) > 0);
    if (root != NULL) {
        set_from_first_line(&spec, root, text);
        unsigned errors = ust_diag_errors(spec.diag);
        struct every out = {0};
        enum ust_status status = ust_spec_decode(&spec, root, every_fields, &out);
        UST_ASSERT((status == UST_OK) == (ust_diag_errors(spec.diag) == errors));
        ust_spec_resolve(&spec, root, every_fields);
        if (ust_node_get(root, "extends") == NULL) /* --set may have put one there */
            write_and_read_back(&spec, root);
    }
    FILE *nowhere = fopen("/dev/null", "w");
    if (nowhere != NULL) {
        ust_diag_print(spec.diag, nowhere, NULL);
        fclose(nowhere);
    }
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return 0;
}
