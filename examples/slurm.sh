#!/bin/bash
# A training run under Slurm that survives time limits and preemption: sbatch slurm.sh mnist
# trains from mnist.toml, and continues from the last step whenever the job is started again.
#
#SBATCH --job-name=forknet
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
# TERM to this script a minute before the time limit; preemption sends TERM as well.
#SBATCH --signal=B:TERM@60
set -u
run=${1:?usage: sbatch slurm.sh NAME (of NAME.toml)}

if [ -e "runs/$run/config.resolved.toml" ]; then
  forknet train --resume "$run" &
else
  forknet train "$run.toml" --run "$run" &
fi
pid=$!
# The shell receives the signal and passes it to forknet. USR1 saves and continues.
signalled=0
trap 'signalled=1; kill -TERM $pid' TERM INT
trap 'signalled=1; kill -USR1 $pid' USR1
while true; do
  signalled=0
  wait $pid
  code=$?
  [ $signalled -eq 0 ] && break  # else a signal ended the wait, not the run
done
# 75: saved and stopped before the end.
if [ $code -eq 75 ] && [ -n "${SLURM_JOB_ID:-}" ]; then
  scontrol requeue "$SLURM_JOB_ID"
  exit 0
fi
exit $code
