#!/bin/sh
# make lint: what the compiler does not know about this project. Prints each finding as
# FILE:LINE: what; ends with 1 if there is one. Needs sh, awk, find, grep; git is not needed.
cd "$(dirname "$0")/../.." || exit 1
LC_ALL=C
export LC_ALL
lint=tests/lint
findings=$(mktemp)
failures=$(mktemp)
trap 'rm -f "$findings" "$failures"' EXIT

files() { # the files of the project by pattern, in folders
    pattern=$1
    shift
    find "$@" -name "$pattern" 2> /dev/null | sort
}

sources=$(files '*.c' sim models analysis plots; files '*.h' sim models analysis plots
          files '*.inc' sim models analysis plots)
every=$(find Makefile README.md LICENSE sim models analysis plots personas scenarios docs tests .ci \
             -type f ! -name '*.svg' ! -name '*.png' ! -path 'tests/fuzz/corpus/*' 2>/dev/null | sort)

check() { # check TITLE: reads findings on stdin; at a pipe's end, so a variable would be lost
    cat > "$findings"
    if [ -s "$findings" ]; then
        cat "$findings"
        printf '  %-8s %s: %s\n' FAILED "$1" "$(wc -l < "$findings")"
        echo "$1" >> "$failures"
    else
        printf '  %-8s %s\n' ok "$1"
    fi
}

# shellcheck disable=SC2086
awk -f $lint/layers.awk $lint/layers.txt $sources | check "layers"
# shellcheck disable=SC2086
awk -v keep_macros=1 -f $lint/strip.awk $sources |
    awk -f $lint/banned.awk $lint/banned.txt $lint/exceptions.txt - | check "banned calls"
# shellcheck disable=SC2086
awk -f $lint/strip.awk $sources |
    awk -f $lint/state.awk $lint/state.txt - | check "no state at file scope"
sh $lint/kinds.sh | check "kinds are listed"

for header in $(files '*.h' sim models analysis plots tests); do
    [ "$(head -c 2 "$header")" = '/*' ] || echo "$header:1: a header opens with a comment: the idea"
done | check "headers open with the idea"

# Written so that this file does not find itself.
# shellcheck disable=SC2086
grep -nwE 'TO''DO|FIX''ME|XX''X' $every /dev/null | check "nothing left to do"
# shellcheck disable=SC2086
{
    grep -nE '(^|[^A-Za-z0-9_.])(/wo''rk/|/ho''me/)' $every /dev/null
    grep -nE '(^|[^A-Za-z0-9_.])/t''mp/' $every /dev/null | grep -v '^tests/' | grep -v '^\.ci/'
} | check "no paths of one machine"
# shellcheck disable=SC2086
grep -nE '[[:space:]]+$' $every /dev/null | grep -vE '^(LICENSE|docs/[a-z]*\.md|tests/fuzz/)' |
    cut -c1-90 | check "no blanks at the end of lines"

{
    files '*.md' docs personas scenarios
    echo README.md
} | xargs awk -f $lint/links.awk | while read -r page target; do
    [ -e "$(dirname "$page")/$target" ] || echo "$page: no '$target'"
done | check "links lead somewhere"

for script in $(files '*.sh' tests docs) .ci/run; do
    [ ! -f "$script" ] || sh -n "$script" 2>&1
done | check "scripts parse"

# Other versions of clang-format disagree about details; the one of Debian 12 decides.
if ! command -v clang-format > /dev/null; then
    printf '  %-8s %s\n' SKIPPED "format: clang-format is not installed"
elif ! clang-format --version | grep -q 'version 14\.'; then
    printf '  %-8s %s\n' SKIPPED "format: $(clang-format --version), 14 decides"
else
    for file in $(files '*.c' sim models analysis plots tests; files '*.h' sim models analysis plots tests); do
        clang-format --dry-run -Werror "$file" > /dev/null 2>&1 ||
            echo "$file: clang-format -i $file"
    done | check "format"
fi
[ ! -s "$failures" ]
