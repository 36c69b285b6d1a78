#!/bin/sh
# slurm.sh COMMAND...: runs the command beside a Slurm of one node on the loopback device, all of it in
# a temporary folder. Needs root, slurm-wlm and munge; without them it says so and runs nothing.
set -eu
for program in munged slurmctld slurmd; do
  if ! command -v $program >/dev/null; then
    echo "skipped: the Slurm tests (no $program: apt-get install slurm-wlm munge)"; exit 0
  fi
done
[ "$(id -u)" -eq 0 ] || { echo "skipped: the Slurm tests (not root)"; exit 0; }

folder=$(mktemp -d /tmp/matinf-slurm-XXXXXX)
host=$(hostname -s)
munged= ctld= node=
stop() {
  for process in $node $ctld $munged; do kill "$process" 2>/dev/null || true; done
  wait
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

chmod 755 "$folder"
mkdir "$folder/munge" "$folder/state" "$folder/spool"
dd if=/dev/urandom of="$folder/munge/key" bs=128 count=1 2>/dev/null
chmod 400 "$folder/munge/key"
chown -R munge "$folder/munge"
runuser -u munge -- munged --foreground --socket="$folder/munge/socket" \
  --key-file="$folder/munge/key" --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" \
  --seed-file="$folder/munge/seed" >"$folder/munged.out" 2>&1 & munged=$!

cat > "$folder/slurm.conf" <<CONF
ClusterName=matinf
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES State=UP
CONF
export SLURM_CONF="$folder/slurm.conf"
for i in 1 2 3 4 5 6 7 8 9 10; do [ -S "$folder/munge/socket" ] || sleep 0.5; done
slurmctld -D >"$folder/ctld.out" 2>&1 & ctld=$!
sleep 1
slurmd -D >"$folder/node.out" 2>&1 & node=$!
for i in $(seq 40); do
  sinfo -h -o %t 2>/dev/null | grep -q idle && break
  sleep 0.5
done
sinfo
"$@"
