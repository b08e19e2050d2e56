#!/usr/bin/env bats
# Clients with a memory, from outside.

bats_require_minimum_version 1.5.0
load common

clients() { # a service that fails for a minute, and its client
    cat > clients.yaml << YAML
understudy: 1
name: clients
seed: 1
duration: 3 min
replications: 2
personas:
  - name: user
    actions: {ask: {work: exponential(mean 20 ms)}}
    tolerance: {latency: 1 s, timeout: 1 s, deadline: 3 s, retries: {kind: backoff, attempts: 4, budget: token_bucket}}
    client: {$1}
regions: {here: {zones: 1}}
services:
  api:
    instance: {name: box, tuning: {slots: 4}}
    pools: {here: 2}
traffic:
  - {persona: user, arrivals: {kind: poisson, rate: 100 /s}}
faults:
  - {kind: error_burst, share: 100 %, at: 1 min, duration: 30 s}
YAML
}

@test "the summary says how often clients send, and what they hold back" {
    clients "breaker: {kind: failure_rate, minimum: 20, open: 2 s}"
    understudy run clients.yaml -o run.db 2> said.txt
    grep -q "held back" said.txt
    [ "$(sqlite3 run.db "SELECT sum(value) > 1000 FROM kpi_by_name WHERE metric = 'refused_locally' AND persona = 'user'")" = 1 ]
    [ "$(sqlite3 run.db "SELECT count(*) FROM kpi_by_name WHERE metric = 'hedges' AND value IS NOT NULL")" = 0 ]
    [ "$(sqlite3 run.db "SELECT count(*) FROM kpi_by_name WHERE metric = 'retries' AND persona = 'user'")" = 2 ]
}

@test "the timeline has a breaker of one process opening and closing, and not those of many" {
    clients "breaker: {kind: failure_rate, minimum: 20, open: 2 s}"
    understudy run clients.yaml -o run.db
    [ "$(sqlite3 run.db "SELECT group_concat(event, ' ') FROM timeline_by_name WHERE replication = 1 AND event LIKE 'breaker%' AND persona = 'user'")" = "breaker_opened breaker_closed" ]
    [ "$(sqlite3 run.db "SELECT min(t_s) BETWEEN 60 AND 75 AND max(t_s) BETWEEN 90 AND 93 FROM timeline_by_name WHERE event LIKE 'breaker%'")" = 1 ]
    understudy run clients.yaml -o many.db --set personas.0.client.processes=9
    [ "$(sqlite3 many.db "SELECT count(*) FROM timeline WHERE event LIKE 'breaker%'")" = 0 ]
}

@test "a scenario without clients has no rows of them" {
    clients "processes: 3"
    understudy run clients.yaml -o run.db --set personas.0.client=~ --set personas.0.tolerance.retries=none 2> said.txt
    run ! grep -q "sends\|held back" said.txt
    [ "$(sqlite3 run.db "SELECT count(*) FROM kpi_by_name WHERE metric IN ('retries', 'amplification', 'retries_denied', 'hedges', 'hedges_won', 'refused_locally', 'breaker_open', 'client_queue') AND value IS NOT NULL")" = 0 ]
}

@test "budgets and breakers are listed" {
    understudy list "retry budget" > list.txt
    grep -q "^  token_bucket" list.txt
    understudy list breaker | grep -q "^  failure_rate"
}

@test "mistakes about clients are told together, with their places" {
    clients "hedge: {copies: 1}, breaker: {kind: failure_rat}, limits: {requests: 0}, processes: 0"
    run --separate-stderr understudy validate clients.yaml
    [ "$status" -eq 2 ]
    grep -q "clients.yaml:10:30: error: 'copies' is 1, must lie between 2 and 16" <<< "$stderr"
    grep -q "did you mean 'failure_rate'" <<< "$stderr"
    grep -q "'requests' is 0, must lie between 1 and 1e9 or 'unlimited'" <<< "$stderr"
    grep -q "'processes' is 0, must lie between 1 and 10000" <<< "$stderr"
}
