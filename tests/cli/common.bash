# What the command-line tests share: the program, a folder of their own, and a small scenario.
# UNDERSTUDY names the program to test.

setup() {
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    program=${UNDERSTUDY:-$root/build/release-gcc/understudy}
    cd "$BATS_TEST_TMPDIR" || return 1
}

understudy() {
    "$program" "$@"
}

# A region is lost; $1 is the file to write, further arguments are replications and the rate.
small_scenario() {
    cat > "$1" <<YAML
# Question: does west carry the users of east?
understudy: 1
name: small
seed: 7
warmup: 1 min
duration: 75 min
replications: ${2:-4}
personas:
  - persona: 1
    kind: user
    name: shopper
    actions:
      browse: {share: 100 %, work: exponential(mean 50 ms)}
    tolerance: {latency: 1 s, timeout: 3 s}
    source: {how: assumed, note: for tests}
regions:
  east: {zones: 1, role: primary}
  west: {zones: 1, role: standby}
services:
  web:
    instance:
      persona: 1
      kind: resource
      name: small
      capacity: {vcpu: 2, memory: 4 GiB}
      tuning: {slots: 2, queue: 50}
    pools:
      east: {instances: 2}
      west: {instances: 2}
traffic:
  - {persona: shopper, service: web, arrivals: {kind: poisson, rate: ${3:-20 req/s}}}
routing:
  policy: {kind: failover_order, order: [east, west]}
  dns: {ttl: 20 s, stale_share: 0 %}
  health_check: {interval: 10 s, failures: 3, timeout: 4 s}
faults:
  - {kind: region_loss, region: east, at: 10 min, duration: 90 min}
objectives:
  default: {attainment: 99 %, rto: 5 min, rpo: 60 s}
YAML
}

# Everything that the digest covers, as text.
dump() {
    sqlite3 "$1" "SELECT * FROM replication; SELECT * FROM series; SELECT * FROM kpi;
        SELECT * FROM histogram; SELECT * FROM timeline; SELECT digest, complete FROM run;
        SELECT * FROM estimate; SELECT * FROM readiness; SELECT * FROM verdict"
}

digest() {
    sqlite3 "$1" "SELECT digest FROM run"
}
