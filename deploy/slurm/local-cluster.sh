#!/usr/bin/env bash
# A Slurm cluster of one controller and three nodes on this machine alone, to try the jobs with: runs a command in it and takes it
# down again. Needs root and Debian's slurm-wlm and munge.
# usage: deploy/slurm/local-cluster.sh COMMAND [ARGUMENT…]
# The command sees SLURM_CONF, and in CLUSTER the folder where node N's process id is N.pid.
set -euo pipefail
[ $# -gt 0 ] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
for program in slurmctld slurmd munged mungekey sbatch; do
  command -v "$program" > /dev/null || PATH=$PATH:/usr/sbin command -v "$program" > /dev/null || { echo "$program is not installed (Debian: apt-get install slurm-wlm munge)" >&2; exit 3; }
done
PATH=$PATH:/usr/sbin
run=$(mktemp -d /tmp/geotag-slurm.XXXXXX)
chmod 755 "$run"
pids=()
finish() {
  for file in "$run"/*.pid; do [ -e "$file" ] && pids+=("$(cat "$file")"); done
  kill "${pids[@]}" 2> /dev/null || true
  sleep 1
  kill -9 "${pids[@]}" 2> /dev/null || true
  wait 2> /dev/null || true
  rm -rf "$run"
}
trap finish EXIT

mkdir "$run/munge" "$run/state"
chown munge: "$run/munge"
dd if=/dev/urandom of="$run/munge/key" bs=1 count=1024 status=none
chown munge: "$run/munge/key" && chmod 400 "$run/munge/key"
setpriv --reuid=munge --regid=munge --clear-groups munged --foreground --key-file="$run/munge/key" --socket="$run/munge/socket" --pid-file="$run/munge/pid" \
  --log-file="$run/munge/log" --seed-file="$run/munge/seed" > "$run/munge/out" 2>&1 & pids+=($!)
cat > "$run/slurm.conf" <<CONF
ClusterName=here
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$run/munge/socket
CredType=cred/munge
SlurmctldPort=${GEOTAG_SLURM_PORT:-16817}
StateSaveLocation=$run/state
SlurmctldPidFile=$run/slurmctld.pid
SlurmdPidFile=$run/%n.pid
SlurmdSpoolDir=$run/spool-%n
SlurmctldLogFile=$run/slurmctld.log
SlurmdLogFile=$run/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=20
JobRequeue=1
KillWait=5
NodeName=n[1-3] NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=[$((${GEOTAG_SLURM_PORT:-16817} + 1))-$((${GEOTAG_SLURM_PORT:-16817} + 3))] CPUs=2 RealMemory=4000
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$run/slurm.conf CLUSTER=$run
for _ in $(seq 50); do [ -S "$run/munge/socket" ] && break; sleep 0.1; done
slurmctld -D > "$run/slurmctld.out" 2>&1 & pids+=($!)
for n in n1 n2 n3; do
  mkdir "$run/spool-$n"
  slurmd -D -N "$n" > "$run/$n.out" 2>&1 & pids+=($!)
done
for _ in $(seq 120); do
  [ "$(sinfo -h -o '%T %D' 2> /dev/null)" = 'idle 3' ] && break
  sleep 0.5
done
[ "$(sinfo -h -o '%T %D')" = 'idle 3' ] || { sinfo || true; tail -n 5 "$run"/*.out "$run"/*.log; exit 1; }
"$@"
