#!/usr/bin/env bats
# Help, version, and what a mistake on the command line says.

bats_require_minimum_version 1.5.0
load common

# refused ARGUMENTS...: a mistake of usage. Nothing on stdout, exit 2, the text in $stderr.
refused() {
    run --separate-stderr understudy "$@"
    [ "$status" -eq 2 ]
    [ -z "$output" ]
}

@test "help lists every command with one line and goes to stdout" {
    run --separate-stderr understudy help
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    for command in run readiness report plot new validate show list schema; do
        grep -qE "^  $command( |\$)" <<< "$output" || { echo "$command"; false; }
    done
    [ "$(understudy --help)" = "$output" ]
}

@test "every command explains itself, by help and by --help alike" {
    for command in $(understudy help | sed -n '/^commands/,/^$/s/^  \([a-z]\{1,\}\).*/\1/p'); do
        run --separate-stderr understudy "$command" --help
        [ "$status" -eq 0 ]
        [[ "$output" == "usage: understudy $command"* ]]
        [ "$(understudy help "$command")" = "$output" ]
    done
}

@test "the version is one line" {
    run --separate-stderr understudy --version
    [ "$status" -eq 0 ]
    [[ "$output" =~ ^understudy\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "no command at all shows the help on stderr and is a mistake" {
    refused
    [[ "$stderr" == "usage: understudy COMMAND"* ]]
}

@test "an unknown command names the near one" {
    refused runn s.yaml
    [[ "$stderr" == "understudy: unknown command 'runn'; did you mean 'run'?"* ]]
    refused help valdate
    [[ "$stderr" == *"did you mean 'validate'?"* ]]
}

@test "a command that is near nothing is told what there is" {
    refused frobnicate
    [[ "$stderr" == *"unknown command 'frobnicate'"* ]]
    [[ "$stderr" != *"did you mean"* ]]
    [[ "$stderr" == *"known: run, "* ]]
}

@test "an unknown option names the near one, wherever it stands" {
    refused run s.yaml --relications 3
    [[ "$stderr" == "understudy run: unknown option '--relications'; did you mean '--replications'?"* ]]
    refused run --oputput x.db s.yaml
    [[ "$stderr" == *"did you mean '--output'?"* ]]
}

@test "a number out of its range is refused with the range" {
    refused run -n 0 s.yaml
    [[ "$stderr" == *"'--replications' is '0', must be a whole number from 1 to 100000"* ]]
    refused run --jobs=many s.yaml
    [[ "$stderr" == *"'--jobs' is 'many', must be a whole number from 1 to "* ]]
    refused run -s -1 s.yaml
    [[ "$stderr" == *"'--seed' is '-1'"* ]]
}

@test "missing and superfluous operands are named" {
    refused run
    [[ "$stderr" == *"understudy run: wants SCENARIO"* ]]
    refused run a.yaml b.yaml
    [[ "$stderr" == *"one operand too many: 'b.yaml'"* ]]
    refused run a.yaml -o
    [[ "$stderr" == *"'--output' wants a value: FILE"* ]]
}

@test "results that cannot be written are no success" {
    [ -c /dev/full ] || skip "no /dev/full here"
    small_scenario s.yaml
    for command in list schema "new" "show s.yaml" "show s.yaml --resolved" "help"; do
        code=0
        # shellcheck disable=SC2086
        understudy $command > /dev/full 2> message.txt || code=$?
        [ "$code" -eq 1 ] || { echo "$command: $code"; false; }
        grep -q "cannot write to standard output" message.txt
    done
}

@test "JSON that cannot be written is no success" {
    [ -c /dev/full ] || skip "no /dev/full here"
    small_scenario s.yaml 1
    mkdir -p lib/users
    understudy run s.yaml -o run.db -q
    for command in "readiness run.db" "warmup run.db" "reproduce run.db" "compare run.db run.db" "persona list --library lib"; do
        code=0
        # shellcheck disable=SC2086
        understudy $command --json > /dev/full 2> message.txt || code=$?
        [ "$code" -eq 1 ] || { echo "$command: $code"; false; }
        grep -q "cannot write the JSON" message.txt
    done
}

@test "a closed stdout is an error, not the number of the first file that is opened" {
    small_scenario s.yaml 1
    understudy run s.yaml -o whole.db -q
    for command in list "show s.yaml" "run s.yaml -o run.db --json"; do
        code=0
        # shellcheck disable=SC2086
        understudy $command >&- 2> message.txt || code=$?
        [ "$code" -eq 1 ] || { echo "$command: $code"; false; }
    done
    [ "$(digest run.db)" = "$(digest whole.db)" ]
    understudy list 2>&- | cmp - <(understudy list)
}
