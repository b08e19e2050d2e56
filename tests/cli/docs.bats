#!/usr/bin/env bats
# The documentation says what the program does.

bats_require_minimum_version 1.5.0
load common

@test "the references and JSON Schemas are what the field tables give" {
    for document in scenario user resource; do
        understudy schema $document | cmp - "$root/docs/$document.schema.json"
        understudy schema --markdown $document | cmp - "$root/docs/$document.md"
    done
}

@test "every block of shell commands in the documentation runs" {
    # As a reader with the program installed, in an empty folder a page. Two replications are
    # enough to see that a command works.
    mkdir bin
    cat > bin/understudy << SH
#!/bin/sh
if [ "\$1" = run ]; then
    case " \$* " in
    *" -n "* | *" --only "*) ;;
    *) exec "$program" "\$@" -n 2 ;;
    esac
fi
exec "$program" "\$@"
SH
    chmod +x bin/understudy
    blocks=0
    for page in "$root"/README.md "$root"/docs/*.md "$root"/docs/adr/*.md "$root"/personas/*.md "$root"/scenarios/*.md "$root"/scenarios/*/*.md; do
        name=$(basename "$page" .md)
        awk '/^```sh$/ {inside = 1; next} /^```/ {inside = 0} inside' "$page" > "$name.sh"
        [ -s "$name.sh" ] || continue
        blocks=$((blocks + 1))
        mkdir "$name"
        ln -s "$root/personas" "$root/scenarios" "$name/"
        (cd "$name" && PATH="$BATS_TEST_TMPDIR/bin:$PATH" sh -eux "../$name.sh") > "$name.log" 2>&1 ||
            { cat "$name.log"; false; }
    done
    [ $blocks -ge 2 ]
}

@test "every command has its place in the documentation" {
    for command in $(understudy help | sed -n '/^commands/,/^$/s/^  \([a-z]\{1,\}\).*/\1/p'); do
        grep -rqE "understudy( help)? $command\b|\`$command\`" "$root/README.md" "$root/docs" ||
            { echo "$command"; false; }
    done
}

@test "every command line shown in the documentation names a command and options that exist" {
    cat "$root"/README.md "$root"/docs/*.md "$root"/personas/*.md "$root"/scenarios/*.md "$root"/scenarios/*.yaml "$root"/scenarios/*/*.md "$root"/scenarios/*/*.yaml |
        grep -oE '(^|[`(# ])understudy [a-z]+( [^`|)#]*)?' | sed 's/^[^u]*//' | sort -u > lines.txt
    [ "$(wc -l < lines.txt)" -ge 8 ]
    commands=$(understudy help | sed -n '/^commands/,/^$/s/^  \([a-z]\{1,\}\).*/\1/p')
    while read -r _ command rest; do
        grep -qx "$command" <<< "$commands" || continue # prose: "understudy answers"
        for option in $(grep -oE -- '--[a-z-]+' <<< "$rest"); do
            understudy help "$command" | grep -qE -- "$option\b" || { echo "$command $option"; false; }
        done
    done < lines.txt
}

@test "every metric of metrics.def is listed" {
    understudy list metric > list.txt
    for metric in $(sed -n 's/^UST_METRIC(\([a-z0-9_]*\).*/\1/p' "$root/models/metric/metrics.def"); do
        grep -qE "^  $metric\b" list.txt || { echo "$metric"; false; }
    done
}

@test "the lint finds what it is there for" {
    copy=$BATS_TEST_TMPDIR/copy
    mkdir "$copy"
    (cd "$root" && cp -r Makefile README.md LICENSE sim models analysis plots personas scenarios docs tests "$copy")
    cd "$copy"
    cat >> models/retry/none.c << 'C'
#include "sim/core/engine.h"
static int counter;
static const char *label = "x";
int ust_bad(double x)
{
    static int calls = 3;
    return calls++ + (int)logf(x);
}
const struct ust_retry_type ust_retry_hidden = {0};
C
    printf 'int ust_x(void);\n' > sim/base/bad.h
    echo 'UST_KIND(ghost)' >> models/route/kinds.def
    echo 'See [there](nowhere.md), or /wo''rk/x' >> docs/tour.md
    run sh tests/lint/run.sh
    [ "$status" -eq 1 ]
    for finding in "models/retry/none.c:[0-9]*: 'models/retry' may not include 'sim/core/engine.h'" \
        "models/retry/none.c:[0-9]*: 'logf' is banned" \
        "none.c:[0-9]*: state that can change: static int counter" \
        "none.c:[0-9]*: state that can change: static const char .label" \
        "none.c:[0-9]*: state that can change: static int calls" \
        "kind 'hidden' is not in kinds.def" "no file defines 'ghost'" \
        "sim/base/bad.h:1: a header opens" "docs/tour.md: no 'nowhere.md'" "docs/tour.md:[0-9]*:.*/wo""rk/x"; do
        grep -q "$finding" <<< "$output" || { echo "not found: $finding"; echo "$output"; false; }
    done
}
