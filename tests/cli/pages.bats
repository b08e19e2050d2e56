#!/usr/bin/env bats
# understudy report of personas and of classifications.

bats_require_minimum_version 1.5.0
load common

# Three kinds, of which one does what would break a page; $1 the file, $2 the first second, $3 users.
three_kinds() {
    awk -v begin="$2" -v users="$3" 'BEGIN {
        srand(users)
        for (u = 0; u < users; u++) {
            k = u % 3; n = k == 0 ? 15 + int(6 * rand()) : k == 1 ? 4 + int(4 * rand()) : 60 + int(20 * rand())
            at = begin + 300 * u
            for (i = 0; i < n; i++) {
                printf "{\"user_id\": \"u%d-%d\", \"timestamp\": %.3f, \"event_type\": \"%s\", \"label\": \"k%d\", " \
                       "\"network_bytes\": %d}\n", begin, u, at, rand() < (k == 0 ? 0.7 : 0.1) ? "<b>&amp;\\\"x" : "read", k,
                       (k == 1 ? 20000 : 900) * (0.5 + rand())
                at += (k == 0 ? 2 : k == 1 ? 90 : 0.5) * (0.3 + 1.4 * rand())
            }
        }
    }' > "$1"
}

# The page is one file of well-formed HTML that runs and loads nothing; its pictures are XML.
check_page() {
    python3 - "$1" <<'PY'
import re, sys, xml.dom.minidom
from html.parser import HTMLParser
page = open(sys.argv[1], encoding="utf-8").read()
class Check(HTMLParser):
    void = {"meta", "link", "br", "img", "hr", "input"}
    stack = []
    def handle_starttag(self, tag, attributes):
        assert tag != "script" and tag != "b", tag
        for name, value in attributes:
            assert not name.startswith("on"), name
            assert name not in ("src",), name
            assert name != "href" or value.startswith(("#", "data:")), value
        if tag not in self.void:
            self.stack.append(tag)
    def handle_endtag(self, tag):
        assert self.stack and self.stack.pop() == tag, (tag, self.getpos())
check = Check()
check.feed(page)
assert check.stack == [], check.stack
assert "default-src 'none'" in page and "nan" not in re.sub(r"<style>.*?</style>", "", page, flags=re.S).lower().split()
ids = re.findall(r'\bid="([^"]+)"', page)
assert len(ids) == len(set(ids))
for target in re.findall(r'href="#([^"]+)"', page):
    assert target in ids, target
pictures = re.findall(r"<svg.*?</svg>", page, re.S)
for picture in pictures:
    xml.dom.minidom.parseString(picture)
print(len(pictures))
PY
}

@test "a set of personas is a page: a card each, the plane, silhouettes, and why so many" {
    three_kinds week.ndjson 1795176000 600
    understudy profile week.ndjson --model week.json 2> said.txt
    k=$(sed -n 's/^  personas   \([0-9]*\):.*/\1/p' said.txt)
    run understudy report week.json
    [ "$status" -eq 0 ]
    [ "$output" = "report  week.html" ]
    [ "$(check_page week.html)" -eq $((2 * k + 2 + 4)) ]
    [ "$(grep -c '<article' week.html)" -eq "$k" ]
    grep -q "<span class=\"big\">$k personas</span>" week.html
    [ "$(grep -o 'h3>Kinds: \|h3>Silhouette: \|h3>Gap: \|h3>BIC: ' week.html | wc -l)" -eq 4 ]
    grep -q '&lt;b&gt;&amp;amp;&quot;x' week.html
    understudy report week.json -o again.html 2> /dev/null
    cmp week.html again.html
    # The number was given: no figure was asked.
    understudy profile week.ndjson -k 1 --model one.json 2> /dev/null
    understudy report one.json -o - 2> /dev/null > one.html
    [ "$(check_page one.html)" -eq 3 ]
    grep -q 'The number was given, so no figure was asked' one.html
    grep -q 'There is no other persona to be apart from' one.html
}

@test "silhouettes of personas say that the figures beside their number are of k-means" {
    three_kinds week.ndjson 1795176000 300
    for method in kinds mixture kmeans; do
        understudy profile week.ndjson --set method=$method --model $method.json 2> /dev/null
        understudy report $method.json 2> /dev/null
    done
    grep -q 'rest on more than such distances' kinds.html
    ! grep -q 'rest on more than such distances' mixture.html
    grep -q 'Of mixture: the means under' mixture.html
    ! grep -q ': the means under' kmeans.html
}

@test "the evidence in a model is that of the summary" {
    three_kinds week.ndjson 1795176000 600
    understudy profile week.ndjson --model week.json --json > said.json
    python3 - <<'PY'
import json
said, model = json.load(open("said.json")), json.load(open("week.json"))
it = model["evidence"]
assert it["sessions"] == 600 == sum(p["sessions"] for p in model["personas"])
assert [c[0] for c in it["choice"]["k_silhouette_gap_error_bic"]] == [e["k"] for e in said["choice"]["evidence"]]
assert it["choice"]["k"] == said["choice"]["k"]
for told, kept, persona in zip(said["personas"], it["personas"], model["personas"]):
    assert sum(kept["week"]) == told["sessions"] and len(kept["week"]) == 168
    assert abs(kept["confidence"] - told["confidence"]["value"]) < 1e-11
    assert kept["silhouettes"] == sorted(kept["silhouettes"], reverse=True)
    assert abs(sum(kept["silhouettes"]) / len(kept["silhouettes"]) - told["silhouette"]) < 0.02
    assert all(a <= b for a, b in zip(persona["low"], persona["high"]))
# The first session began on a Friday at noon (UTC).
assert it["plane"]["share"][0] >= it["plane"]["share"][1] > 0
assert len(it["plane"]["persona_x_y"]) == 600
PY
}

@test "a classification is a page: the mix, distances, strangers with reasons, labels" {
    three_kinds week.ndjson 1795176000 600
    understudy profile week.ndjson -k 3 --model week.json 2> /dev/null
    three_kinds day.ndjson 1796176000 300
    for i in $(seq 400); do
        echo "{\"user_id\": \"s\", \"timestamp\": $((1796176000 + i)), \"event_type\": \"read\", \"network_bytes\": 5, \"label\": \"<script>\"}"
    done >> day.ndjson
    understudy classify day.ndjson -p week.json -o day.db --labels --same k0=2 2> /dev/null
    run understudy report day.db
    [ "$status" -eq 0 ]
    [ "$output" = "report  day.html" ]
    [ "$(check_page day.html)" -eq 4 ]
    none=$(sqlite3 day.db "SELECT count(*) FROM session WHERE persona IS NULL")
    grep -q "<p class=\"lead\">$none sessions are of none" day.html
    grep -q 'requests 400, where 9 of 10 sessions of' day.html
    grep -q '&lt;script&gt;' day.html
    [ "$(sed -n '/id="mix"/,/id="distances"/p' day.html | grep -c '<tr><th scope="row">')" -eq "$(sqlite3 day.db 'SELECT count(*) FROM mix_window')" ]
    understudy report day.db -o again.html 2> /dev/null
    cmp day.html again.html
    # Somebody else's database may hold anything.
    sqlite3 day.db "PRAGMA ignore_check_constraints = 1; UPDATE mix_window SET end_unix_s = begin_unix_s WHERE id > 1;
        UPDATE mix_window SET state = '<b>', psi = 1e300; UPDATE mix SET share = -5, low = 9e99; UPDATE persona SET gate = 1e-300;
        UPDATE session SET distance = 1e300, line = -1; UPDATE classification SET level = 7, first_unix_s = -9e99, gap_s = 1e18;
        UPDATE input SET path = '</title><script>'; UPDATE reason SET says = '<script>x'"
    understudy report day.db -o hostile.html 2> /dev/null
    check_page hostile.html
}

@test "what has no page is said" {
    three_kinds week.ndjson 1795176000 60
    understudy profile week.ndjson -k 2 --model week.json 2> /dev/null
    run understudy report week.json --replication 1
    [ "$status" -eq 2 ]
    [[ "$output" == *"'--replication' is of runs, and 'week.json' is none"* ]]
    python3 - <<'PY'
import json
model = json.load(open("week.json"))
def broken(name, change):
    it = json.loads(json.dumps(model))
    change(it)
    json.dump(it, open(name, "w"))
broken("bare.json", lambda it: it.pop("evidence"))
broken("plane.json", lambda it: it["evidence"]["plane"]["persona_x_y"].append([9, 0, 0]))
broken("week168.json", lambda it: it["evidence"]["personas"][0]["week"].pop())
broken("huge.json", lambda it: it["evidence"]["low"].__setitem__(0, 1e300))
broken("fewer.json", lambda it: it["evidence"]["personas"].pop())
PY
    run understudy report bare.json
    [ "$status" -eq 2 ]
    [[ "$output" == *"'bare.json' has not kept what a page shows"* ]]
    for name in plane week168 huge fewer; do
        run understudy report $name.json
        [ "$status" -eq 2 ]
        [[ "$output" == *"'$name.json' is no model: 'evidence' has"* ]]
    done
    mkdir empty
    run understudy report empty
    [ "$status" -eq 2 ]
    [[ "$output" == *"'empty' has no profile.json"* ]]
    understudy classify week.ndjson -p week.json -o c.db 2> /dev/null
    sqlite3 c.db "PRAGMA user_version = 2"
    run understudy report c.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"c.db: is a classification of version 2, this understudy knows version 1"* ]]
    sqlite3 c.db "PRAGMA user_version = 1; DELETE FROM classification"
    run understudy report c.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"c.db: holds no classification"* ]]
    [ ! -e c.html ]
}

@test "a library that no recording is behind is a page of what its files say" {
    cp -r "$root/personas" .
    run understudy report personas/
    [ "$status" -eq 0 ]
    [ "$output" = "report  personas.html" ]
    [ "$(check_page personas.html)" -eq 0 ]
    files=$(ls personas/users/*.yaml personas/resources/*.yaml | wc -l)
    [ "$(grep -c '<article' personas.html)" -eq "$files" ]
    grep -q "<span class=\"big\">$files personas</span>" personas.html
    grep -q 'share: 75.9 %, work: lognormal(mean 22 ms, cv 1.1)' personas.html
    grep -q 'AWS m7i.xlarge: 4 vCPU, 16 GiB' personas.html # out of the comment
    ! grep -q 'yaml-language-server' personas.html
    echo 'name: [' > personas/users/bank-caller.yaml
    run understudy report personas/ -o broken.html
    [ "$status" -eq 2 ]
    [[ "$output" == *"bank-caller.yaml:"*"no page was written"* ]]
    [ ! -e broken.html ]
    mkdir empty
    run understudy report empty
    [ "$status" -eq 2 ]
    [[ "$output" == *"has no profile.json"* ]]
}
