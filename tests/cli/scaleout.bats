# docs/scale-out.md: its scripts and manifests run as they stand there, with a scheduler that is a few
# lines of shell.
load common

setup() {
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    program=${UNDERSTUDY:-$root/build/release-gcc/understudy}
    page=$root/docs/scale-out.md
    cd "$BATS_TEST_TMPDIR" || return 1
    mkdir bin
    ln -s "$program" bin/understudy
    [ ! -x "$program-mpi" ] || ln -s "$program-mpi" bin/understudy-mpi
    export PATH="$PWD/bin:$PATH"
    export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    export OMPI_MCA_btl_vader_single_copy_mechanism=none TMPDIR=/tmp ASAN_OPTIONS=detect_leaks=0
    small_scenario study.yaml 3 "5 req/s"
    cat >> study.yaml <<'YAML'
design:
  matrix: {services.web.pools.west.instances: [1, 2, 3]}
YAML
    "$program" sweep study.yaml -o whole -q
}

# The block of kind $1 ("bash", "yaml") that has the text $2.
block() {
    awk -v kind="$1" -v text="$2" '
        $0 == "```" kind {inside = 1; body = ""; next}
        /^```/ {if (inside && index(body, text)) {printf "%s", body; exit}; inside = 0}
        inside {body = body $0 "\n"}' "$page"
}

digest_of() {
    sqlite3 "$1/study.db" "SELECT digest FROM study"
}

# As much of Slurm as the page uses: an array runs one task after the other.
fake_slurm() {
    cat > bin/sbatch <<'SH'
#!/bin/bash
set -eu
wrap= script=
while [ $# -gt 0 ]; do
    case $1 in
    --wrap) wrap=$2; shift ;;
    --parsable | --dependency=*) ;;
    *) script=$1 ;;
    esac
    shift
done
if [ -n "$wrap" ]; then exec sh -c "$wrap"; fi
array=$(sed -n 's/^#SBATCH --array=1-//p' "$script")
cpus=$(sed -n 's/^#SBATCH --cpus-per-task=//p' "$script")
tasks=$(sed -n 's/^#SBATCH --ntasks=//p' "$script")
export SLURM_CPUS_PER_TASK=${cpus:-1} SLURM_NTASKS=${tasks:-1}
[ -n "$array" ] || exec bash "$script" >&2
export SLURM_ARRAY_TASK_COUNT=$array
for task in $(seq "$array" -1 1); do SLURM_ARRAY_TASK_ID=$task bash "$script" >&2; done
echo 4711
SH
    cat > bin/srun <<'SH'
#!/bin/bash
exec mpirun -n "$((SLURM_NTASKS > 3 ? 3 : SLURM_NTASKS))" "$@"
SH
    chmod +x bin/sbatch bin/srun
}

@test "the Slurm array of the page makes the study of one process" {
    fake_slurm
    block bash "--array=" > shards.sbatch
    [ "$(head -1 shards.sbatch)" = "#!/bin/bash" ]
    block bash "sbatch --parsable" > submit.sh
    [ "$(wc -l < submit.sh)" -eq 2 ]
    bash -eu submit.sh
    [ "$(ls shards | wc -l)" -eq 8 ]
    [ "$(digest_of standby)" = "$(digest_of whole)" ]
}

@test "GNU parallel as on the page makes the study of one process" {
    parallel --version 2> /dev/null | grep -q GNU || skip "no GNU parallel here"
    block bash "parallel -j 2" > parallel.sh
    [ "$(wc -l < parallel.sh)" -eq 3 ]
    bash -eu parallel.sh
    [ "$(ls shards | wc -l)" -eq 4 ]
    [ "$(digest_of standby)" = "$(digest_of whole)" ]
}

@test "the Kubernetes manifests of the page make the study of one process" {
    python3 -c 'import yaml' || skip "no Python yaml here"
    block yaml "completionMode: Indexed" > job.yaml
    block yaml "standby-merge" > merge.yaml
    mkdir data
    cp study.yaml data/
    # What a node does: the container's command with its environment; /data is a volume.
    cat > kubelet.py <<'PY'
import os, subprocess, sys, yaml
job = yaml.safe_load(open(sys.argv[1]))
spec = job["spec"]
assert job["apiVersion"] == "batch/v1" and job["kind"] == "Job"
assert spec["template"]["spec"]["restartPolicy"] in ("OnFailure", "Never")
container = spec["template"]["spec"]["containers"][0]
command = [part.replace("/data", os.getcwd() + "/data") for part in container["command"] + container["args"]]
names = {v["name"] for v in spec["template"]["spec"]["volumes"]}
assert all(m["name"] in names for m in container["volumeMounts"])
for index in reversed(range(spec.get("completions", 1))):
    env = dict(os.environ, JOB_COMPLETION_INDEX=str(index))
    env.update({e["name"]: e["value"] for e in container.get("env", [])})
    subprocess.run(command, env=env, check=True)
if spec.get("completionMode") == "Indexed":
    assert str(spec["completions"]) == container["env"][0]["value"]
PY
    python3 kubelet.py job.yaml
    [ "$(ls data/shards | wc -l)" -eq 8 ]
    python3 kubelet.py merge.yaml
    [ "$(digest_of data/standby)" = "$(digest_of whole)" ]
}

@test "mpirun and srun as on the page make the study of one process" {
    command -v mpirun > /dev/null && [ -e bin/understudy-mpi ] || skip "no Open MPI here"
    fake_slurm
    block bash "mpirun -n 3" > mpirun.sh
    [ "$(wc -l < mpirun.sh)" -eq 1 ]
    bash -eu mpirun.sh
    [ "$(digest_of standby)" = "$(digest_of whole)" ]
    rm -r standby
    block bash "--ntasks=" > mpi.sbatch
    block bash "sbatch mpi.sbatch" > submit.sh
    [ "$(wc -l < submit.sh)" -eq 1 ]
    bash -eu submit.sh
    [ "$(digest_of standby)" = "$(digest_of whole)" ]
}

@test "every block of the page is run by a test" {
    # sh blocks by docs.bats, these here; a further one needs a test of its own.
    [ "$(grep -c '^```bash$' "$page")" -eq 6 ]
    [ "$(grep -c '^```yaml$' "$page")" -eq 2 ]
    [ "$(grep -c '^```sh$' "$page")" -eq 1 ]
}

@test "an array job that is told to stop ends with 5, and goes on when it is submitted again" {
    block bash "--array=" > shards.sbatch
    sed -i 's/^replications:.*/replications: 400/; s/rate: 5 req/rate: 100 req/' study.yaml
    export SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=2 SLURM_CPUS_PER_TASK=1
    bash shards.sbatch 2> said.txt &
    job=$!
    for _ in $(seq 3000); do
        [ "$(sqlite3 -cmd ".timeout 5000" shards/1/0001.db "SELECT count(*) FROM replication" 2> /dev/null || echo 0)" -ge 1 ] && break
        sleep 0.01
    done
    kill -TERM $job
    code=0
    wait $job || code=$?
    [ "$code" -eq 5 ]
    [ "$(sqlite3 shards/1/study.db "SELECT complete FROM shard")" -eq 0 ]
    [ "$(sqlite3 shards/1/study.db "SELECT count(*) FROM lease")" -eq 0 ]
    run understudy merge --partial standby shards/1
    [ "$status" -eq 0 ]
    [[ "$output" == *"are missing"*"understudy sweep SCENARIO -o standby"* ]]
}
