#!/usr/bin/env bash
# Tags a list on a Slurm cluster: makes a plan, starts its tasks as an array job, and merges their outputs when all are done.
# List, photos, plan and output lie on a file system that all nodes see.
# usage: deploy/slurm/submit.sh LIST OUTPUT TASKS [option of geotag plan…]
# GEOTAG: the command line, by default geotag. GEOTAG_AT_ONCE: most tasks at once, by default no limit.
# SBATCH_ARGUMENTS: further options of sbatch for the array, such as "--partition=long --cpus-per-task=4".
set -euo pipefail
[ $# -ge 3 ] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
list=$1 output=$(realpath -m "$2") tasks=$3
shift 3
format=${output##*.}
export GEOTAG_PLAN=$output.plan GEOTAG_OUTPUT=$output
${GEOTAG:-geotag} plan --input "$list" --tasks "$tasks" --output "$GEOTAG_PLAN" --format "$format" "$@"
read -ra more <<< "${SBATCH_ARGUMENTS:-}"
array=$(sbatch --parsable --array="0-$((tasks - 1))${GEOTAG_AT_ONCE:+%$GEOTAG_AT_ONCE}" "${more[@]}" "$here/geotag-tag.sbatch")
merge=$(sbatch --parsable --dependency="afterok:$array" --kill-on-invalid-dep=yes "$here/geotag-merge.sbatch")
echo "tasks: job $array, merge: job $merge; squeue -j $array,$merge"
echo "when a task failed for good, the merge is cancelled: this same command again does what is missing, and merges"
