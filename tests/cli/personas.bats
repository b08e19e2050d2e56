#!/usr/bin/env bats
# understudy persona: a library of personas with versions; and versions pinned in a scenario.

bats_require_minimum_version 1.5.0
load common

# persona NAME [WORK]: a small user persona on stdout.
persona() {
    cat <<YAML
# Where the numbers come from: nowhere, this is a test.
persona: 1
kind: user
name: $1 # the name
tags: [web]
actions:
  browse: {share: 100 %, work: exponential(mean ${2:-50 ms})}
tolerance: {latency: 1 s, timeout: 3 s}
source: {how: assumed, note: for tests}
YAML
}

machine() {
    cat <<YAML
persona: 1
kind: resource
name: $1
tuning: {slots: ${2:-2}, queue: 50}
source: {how: assumed, note: for tests}
YAML
}

# An empty library in a repository of its own, and no settings but these.
library() {
    export HOME=$PWD XDG_CONFIG_HOME=$PWD GIT_CONFIG_NOSYSTEM=1
    git init -q -b main . 2> /dev/null
    git config user.name "A Tester"
    git config user.email tester@example.org
    mkdir personas
}

create() {
    persona "$@" | understudy persona create -
}

# Files, commits and what git thinks of them.
state() {
    find personas -type f -exec md5sum {} + 2> /dev/null | sort
    git log --oneline 2> /dev/null || true
    git status --porcelain personas 2> /dev/null || true
}

# refused MESSAGE COMMAND...: exit 1 or 2 with the message, and nothing changed, in files and commits.
refused() {
    local message=$1 before
    shift
    before=$(state)
    run --separate-stderr "$@"
    [ "$status" -eq 1 ] || [ "$status" -eq 2 ] || { echo "exit $status: $stderr"; return 1; }
    [[ "$stderr" == *"$message"* ]] || { echo "said: $stderr"; return 1; }
    [ -z "$output" ]
    after=$(state)
    [ "$before" = "$after" ] || { echo "before: $before"; echo "after: $after"; return 1; }
}

@test "create, update, tag, rename and delete are one commit each, signed and with a message" {
    library
    create shopper
    machine small > m.yaml
    understudy persona create m.yaml
    persona shopper "60 ms" > s.yaml
    understudy persona update shopper s.yaml -m "slower pages" --author "B Other <b@example.org>"
    understudy persona tag shopper b2c web
    understudy persona rename shopper buyer
    understudy persona delete small
    git log --reverse --format='%an <%ae> %s' > log.txt
    cat > expected.txt <<'TXT'
A Tester <tester@example.org> personas: create shopper
A Tester <tester@example.org> personas: create small
B Other <b@example.org> slower pages
A Tester <tester@example.org> personas: tag shopper [web, b2c]
A Tester <tester@example.org> personas: rename shopper to buyer
A Tester <tester@example.org> personas: delete small
TXT
    diff log.txt expected.txt
    [ -z "$(git status --porcelain personas)" ]
    [ "$(find personas -type f)" = personas/users/buyer.yaml ]
    persona buyer "60 ms" | sed 's/tags: .*/tags: [web, b2c]/' | diff personas/users/buyer.yaml -
    git fsck --strict
}

@test "list tells kinds, names and descriptions, and filters by kind and tag" {
    run understudy persona list --library "$root/personas" --kind resource
    [ "$status" -eq 0 ]
    [[ "$output" == *"resource  low-latency "*"short queue"* ]]
    [[ "$output" != *"user  "* ]]
    understudy persona list --library "$root/personas" --tag b2b --json > list.json
    python3 - "$root" <<'PY'
import json, subprocess, sys
it = json.load(open("list.json"))
assert "partner-api" in [p["name"] for p in it], it
for p in it:
    assert "b2b" in p["tags"]
    assert p["blob"] == subprocess.check_output(["git", "hash-object", p["path"]], text=True).strip()
PY
}

@test "show prints the file, and how it was at a revision, though it was deleted since" {
    library
    create shopper
    persona shopper "60 ms" | understudy persona update shopper -
    understudy persona show shopper | cmp - personas/users/shopper.yaml
    persona shopper | diff - <(understudy persona show shopper@HEAD~1)
    understudy persona delete shopper
    persona shopper | diff - <(understudy persona show shopper@HEAD~2)
    refused "no persona 'shoper' in 'personas'" understudy persona show shoper
    refused "unknown revision 'v9'" understudy persona show shopper@v9
    refused "revision 'HEAD' has no 'personas/users/shopper.yaml'" understudy persona show shopper@HEAD
}

@test "history follows a rename and tells a deletion, the newest first" {
    library
    create shopper
    create other
    understudy persona rename shopper buyer
    understudy persona delete buyer
    run understudy persona history buyer
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 3 ]
    [[ "${lines[0]}" == *"personas: delete buyer (deleted)" ]]
    [[ "${lines[1]}" == *"personas: rename shopper to buyer" ]]
    [[ "${lines[2]}" == *"personas: create shopper" ]]
    understudy persona history buyer --json > history.json
    python3 - <<'PY'
import json, subprocess
it = json.load(open("history.json"))
assert [c["path"] for c in it] == ["personas/users/buyer.yaml"] * 2 + ["personas/users/shopper.yaml"]
assert it[0]["blob"] is None
for c in it[1:]:
    assert c["blob"] == subprocess.check_output(["git", "rev-parse", c["revision"] + ":" + c["path"]], text=True).strip()
PY
}

@test "diff compares the file with the last commit, with a revision, and two revisions" {
    library
    create shopper
    persona shopper "60 ms" | understudy persona update shopper -
    run understudy persona diff shopper
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    run understudy persona diff shopper HEAD~1
    [[ "$output" == *"-  browse: {share: 100 %, work: exponential(mean 50 ms)}"*"+  browse: {share: 100 %, work: exponential(mean 60 ms)}"* ]]
    run understudy persona diff shopper HEAD HEAD~1
    [[ "$output" == *"-  browse: {share: 100 %, work: exponential(mean 60 ms)}"*"+  browse: {share: 100 %, work: exponential(mean 50 ms)}"* ]]
    sed -i 's/60 ms/70 ms/' personas/users/shopper.yaml
    run understudy persona diff shopper
    [[ "$output" == *"+  browse: {share: 100 %, work: exponential(mean 70 ms)}"* ]]
}

@test "tags are added once and taken away; nothing to do is no commit" {
    library
    create shopper
    understudy persona tag shopper web
    understudy persona tag shopper --remove web
    [ "$(git rev-list --count HEAD)" -eq 2 ]
    grep -qx 'tags: \[\]' personas/users/shopper.yaml
    refused "the tag 'a,b' must be of letters" understudy persona tag shopper a,b
}

@test "what is invalid is not taken in, and the message has the place" {
    library
    create shopper
    persona shopper | sed 's/latency: 1 s/latency: 1/' > bad.yaml
    refused "personas/users/shopper.yaml:8:22: error: " understudy persona update shopper bad.yaml
    persona second | sed '/^source/d' > bad.yaml
    refused "'source' is missing" understudy persona create bad.yaml
    persona other > other.yaml
    refused "the persona's 'name' is 'other'" understudy persona update shopper other.yaml
    refused "is there already" understudy persona create personas/users/shopper.yaml
    machine shopper > m.yaml
    refused "is there already" understudy persona create m.yaml
}

@test "names that are none, and paths that leave the library, are refused" {
    library
    create shopper
    refused "leads out of the library" understudy persona show ../../etc/passwd
    refused "leads out of the library" understudy persona rename shopper ../shopper
    refused "must begin with a letter or a digit" understudy persona rename shopper .hidden
    refused "must be of letters, digits" understudy persona rename shopper "a b"
    refused "goes without .yaml" understudy persona delete shopper.yaml
    persona "../x" > x.yaml
    refused "leads out of the library" understudy persona create x.yaml
    mkdir outside
    persona out > outside/out.yaml
    ln -s "$PWD/outside" personas/resources
    refused "is a link" understudy persona create <(machine small)
    ln -s ../../outside/out.yaml personas/users/out.yaml
    refused "is a link" understudy persona delete out
    [ -f outside/out.yaml ]
}

@test "a file that was changed, added or deleted outside is left alone" {
    library
    create shopper
    persona shopper "60 ms" > s.yaml
    echo "# mine" >> personas/users/shopper.yaml
    refused "was changed outside" understudy persona update shopper s.yaml
    refused "was changed outside" understudy persona delete shopper
    git commit -qam mine
    persona fresh > personas/users/fresh.yaml
    refused "was added outside" understudy persona delete fresh
    rm personas/users/fresh.yaml personas/users/shopper.yaml
    refused "was deleted outside" understudy persona create s.yaml
}

@test "what else is changed or staged stays as it is and out of the commit" {
    library
    echo one > notes.txt
    git add notes.txt
    git commit -qm notes
    echo two > notes.txt
    git add notes.txt
    echo three > notes.txt
    create shopper
    [ "$(git show --name-only --format= HEAD)" = personas/users/shopper.yaml ]
    [ "$(git status --porcelain notes.txt)" = "MM notes.txt" ]
}

@test "a detached head, a merge half done and git at work are refused" {
    library
    create shopper
    git checkout -q --detach
    refused "is detached" understudy persona delete shopper
    git checkout -q main
    touch .git/index.lock
    refused "git is at work" understudy persona delete shopper
    rm .git/index.lock
    git rev-parse HEAD > .git/MERGE_HEAD
    refused "half done" understudy persona delete shopper
}

@test "nobody to sign, or half an author, is refused before anything is written" {
    library
    git config --unset user.name
    git config --unset user.email
    persona shopper > s.yaml
    refused "nobody to sign the change" understudy persona create s.yaml
    refused "must be like 'NAME <MAIL>'" understudy persona create s.yaml --author "Just A Name"
    understudy persona create s.yaml --author "C Third <c@example.org>"
    [ "$(git log --format=%ae)" = c@example.org ]
}

@test "a commit that fails puts the file back" {
    library
    create shopper
    persona shopper "60 ms" > s.yaml
    touch .git/refs/heads/main.lock
    refused "the files are as they were" understudy persona update shopper s.yaml
    refused "the files are as they were" understudy persona delete shopper
    refused "the files are as they were" understudy persona rename shopper buyer
    rm .git/refs/heads/main.lock
    understudy persona update shopper s.yaml
}

@test "of two writers at once one is told to try again" {
    library
    create shopper
    flock personas sleep 20 &
    holder=$!
    for _ in $(seq 100); do flock -n personas true || break; sleep 0.02; done
    refused "somebody else is changing 'personas'" understudy persona delete shopper
    kill $holder
    pkill -P $holder || true
    wait $holder || true
}

@test "of creates at once exactly one wins, and each other is told" {
    library
    for i in 1 2 3 4 5 6; do
        persona shopper "5$i ms" > $i.yaml
        ("$program" persona create $i.yaml 2> $i.txt && echo "$i" >> won.txt) &
    done
    wait
    [ "$(wc -l < won.txt)" -eq 1 ]
    cmp personas/users/shopper.yaml "$(cat won.txt).yaml"
    [ "$(grep -lE 'somebody else is changing|is there already' ?.txt | wc -l)" -eq 5 ]
    [ "$(git rev-list --count HEAD)" -eq 1 ]
    git fsck --strict
}

@test "one that others extend is neither deleted, renamed nor broken" {
    library
    create base
    printf 'extends: base.yaml\nname: child\ntags: [mine]\n' > personas/users/child.yaml
    git add personas
    git commit -qm child
    refused "'child' builds on" understudy persona delete base
    refused "'child' builds on" understudy persona rename base root
    understudy persona rename child leaf
    understudy persona delete leaf
    understudy persona delete base
}

@test "a folder that is in no repository works without history" {
    export GIT_CEILING_DIRECTORIES=$PWD
    mkdir personas
    create shopper
    persona shopper "60 ms" | understudy persona update shopper -
    understudy persona tag shopper b2c
    understudy persona rename shopper buyer
    run understudy persona list
    [[ "$output" == "user      buyer"* ]]
    refused "without history" understudy persona history buyer
    refused "without versions" understudy persona show buyer@HEAD
    understudy persona delete buyer
    [ -z "$(find personas -type f)" ]
    [ ! -e .git ]
}

@test "no library, no verb, and a verb too many operands are said with what to do" {
    run --separate-stderr understudy persona list
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"no library at 'personas'; \`mkdir -p personas\`"* ]]
    run --separate-stderr understudy persona delte x
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"did you mean 'delete'?"* ]]
    run --separate-stderr understudy persona rename x
    [ "$status" -eq 2 ]
    [[ "$stderr" == "usage: understudy persona rename [options] NAME NEW-NAME"* ]]
    for verb in $(understudy persona none 2>&1 | sed -n 's/^known: //p' | tr -d ,); do
        understudy help persona | grep -q "^  $verb " || { echo "$verb"; false; }
    done
}

# A scenario whose personas are $2 and $3, in files.
with_files() {
    small_scenario "$1" 2 "2 req/s"
    python3 - "$1" "$2" "$3" <<'PY'
import re, sys
path, user, machine = sys.argv[1:]
text = open(path).read()
text = re.sub(r"personas:\n.*?regions:", f"personas: ['{user}']\nregions:", text, flags=re.S)
text = re.sub(r"    instance:\n.*?    pools:", f"    instance: '{machine}'\n    pools:", text, flags=re.S)
open(path, "w").write(text)
PY
}

@test "a pinned version gives the old results after the file has changed, by path and by name" {
    library
    mkdir scenarios
    create shopper
    understudy persona create <(machine small)
    with_files scenarios/plain.yaml ../personas/users/shopper.yaml ../personas/resources/small.yaml
    understudy run scenarios/plain.yaml -o before.db -q
    git tag v1
    persona shopper "90 ms" | understudy persona update shopper -
    machine small 1 | understudy persona update small -
    understudy run scenarios/plain.yaml -o after.db -q
    [ "$(digest before.db)" != "$(digest after.db)" ]
    with_files scenarios/path.yaml ../personas/users/shopper.yaml@v1 ../personas/resources/small.yaml@v1
    understudy run scenarios/path.yaml -o path.db -q
    with_files scenarios/name.yaml shopper@v1 small@v1
    understudy run scenarios/name.yaml -o name.db -q
    [ "$(digest path.db)" = "$(digest before.db)" ]
    [ "$(digest name.db)" = "$(digest before.db)" ]
    # And which bytes these were is stored.
    [ "$(sqlite3 name.db 'SELECT blob FROM persona')" = "$(git rev-parse v1:personas/users/shopper.yaml)" ]
    [ "$(sqlite3 name.db 'SELECT instance_blob FROM service')" = "$(git rev-parse v1:personas/resources/small.yaml)" ]
    [ "$(sqlite3 name.db 'SELECT revision FROM persona')" = "$(git rev-parse --short=12 v1)" ]
    [ "$(sqlite3 after.db 'SELECT blob FROM persona')" = "$(git hash-object personas/users/shopper.yaml)" ]
    [ "$(sqlite3 after.db 'SELECT revision IS NULL FROM persona')" = 1 ]
}

@test "what else may run is stored with its version too: alternatives of launches, and nodes" {
    library
    mkdir scenarios
    create shopper
    for name in small spare big; do understudy persona create <(machine $name); done
    git tag v1
    machine spare 3 | understudy persona update spare -
    with_files scenarios/s.yaml shopper@v1 small@v1
    python3 - <<'PY'
text = open("scenarios/s.yaml").read()
text = text.replace("    pools:", """    launching:
      policy: {kind: aws_auto_scaling}
      alternatives:
        - spare@v1
        - ../personas/resources/spare.yaml
        - {name: inline, tuning: {slots: 2, queue: 50}, source: {how: assumed, note: for tests}}
    pools:""")
open("scenarios/s.yaml", "w").write(text)
PY
    # The old one has as many slots as 'small', the new one has not, and is refused.
    run --separate-stderr understudy run scenarios/s.yaml -o s.db -q
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"'spare' has 3 vcpu; an alternative to 'small' must have 2"* ]] || { echo "$stderr"; false; }
    sed -i '/- ..\/personas\/resources\/spare.yaml/s/spare/big/' scenarios/s.yaml
    understudy run scenarios/s.yaml -o s.db -q
    [ "$(sqlite3 s.db 'SELECT kind, rank, name, blob, revision FROM resource ORDER BY rank')" = \
"alternative|1|spare|$(git rev-parse v1:personas/resources/spare.yaml)|$(git rev-parse --short=12 v1)
alternative|2|big|$(git hash-object personas/resources/big.yaml)|
alternative|3|inline||" ]
}

@test "a pinned version reads what it extends from the same revision" {
    library
    create base
    printf 'extends: base.yaml\nname: shopper\n' > personas/users/shopper.yaml
    git add personas
    git commit -qm child
    with_files s.yaml shopper@HEAD small@HEAD
    understudy persona create <(machine small)
    understudy run s.yaml -o before.db -q
    git tag v1
    persona base "90 ms" | understudy persona update base -
    understudy run s.yaml -o after.db -q
    sed -i 's/@HEAD/@v1/g' s.yaml
    understudy run s.yaml -o pinned.db -q
    [ "$(digest before.db)" != "$(digest after.db)" ]
    [ "$(digest before.db)" = "$(digest pinned.db)" ]
}

@test "a pin that leads nowhere is said at its place in the scenario" {
    library
    create shopper
    with_files s.yaml shopper@v7 small@HEAD
    run --separate-stderr understudy validate s.yaml
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"s.yaml:8:12: error: 'shopper@v7' cannot be read: unknown revision 'v7'"* ]]
    [[ "$stderr" == *"'small@HEAD' cannot be read: revision 'HEAD' has no 'personas/resources/small.yaml'"* ]]
}

@test "an empty library says where personas lie" {
    mkdir -p flat/users && printf 'persona: 1\n' > flat/stray.yaml
    run understudy persona list --library flat
    [ "$status" -eq 0 ]
    [[ "$output" == *"no personas in 'flat': they lie in users/ and resources/ in it"* ]]
    [ "$(understudy persona list --library flat --json 2>&1)" = "[]" ]
}
