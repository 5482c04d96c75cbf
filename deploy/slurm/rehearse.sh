#!/usr/bin/env bash
# The jobs on a real Slurm: a list through a plan with a node that dies on the way, beside the same list in one process. Ends with 0
# when both outputs are the same byte for byte and every row is accounted for.
# usage: deploy/slurm/local-cluster.sh deploy/slurm/rehearse.sh [ROWS] [TASKS] [VICTIM] [PHOTOS]
# Default: 2000 rows, 12 tasks, node n2; "none" leaves all nodes alive. PHOTOS: a folder of JPEGs, taken in turn; else the sample, a hundred times.
# Before: dotnet build -c Release src/GeoTagService.Cli, or GEOTAG names another command line.
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${1:-2000} tasks=${2:-12} victim=${3:-n2} folder=${4:+$(realpath "$4")}
export GEOTAG=${GEOTAG:-dotnet $PWD/src/GeoTagService.Cli/bin/Release/net10.0/geotag.dll}
work=$(mktemp -d /tmp/geotag-rehearsal.XXXXXX)
trap 'rm -rf "$work"' EXIT
here=$PWD
cd "$work"

# One row in a hundred names a photo that is not there.
if [ -z "$folder" ]; then
  # A hundred photos of the same pixels and different bytes.
  folder=$work/photos
  mkdir photos
  for i in $(seq 100); do
    { head -c 2 "$here/samples/canal-lock.jpg"; printf '\xff\xfe\x00\x0a%08d' "$i"; tail -c +3 "$here/samples/canal-lock.jpg"; } > "photos/$i.jpg"
  done
fi
photos=("$folder"/*.jpg)
echo id,image,title > list.csv
for ((i = 1; i <= rows; i++)); do
  if ((i % 100 == 37)); then echo "$i,$folder/none.jpg,"; else echo "$i,${photos[i % ${#photos[@]}]},Lock number $i of the canal"; fi
done >> list.csv

began=$SECONDS
$GEOTAG tag --input list.csv --output single.csv > single.log 2>&1 || true
echo "one process: $(($(wc -l < single.csv) - 1)) rows in $((SECONDS - began)) s"

began=$SECONDS
SBATCH_ARGUMENTS="--cpus-per-task=1 --mem=1G" "$here/deploy/slurm/submit.sh" list.csv merged.csv "$tasks" | tee submitted
array=$(sed -n 's/^tasks: job \([0-9]*\),.*/\1/p' submitted)
merge=$(sed -n 's/.*merge: job \([0-9]*\);.*/\1/p' submitted)

# A node dies with all that it runs, as soon as it has begun.
if [ "$victim" != none ]; then
  until [ -n "$(squeue -h -w "$victim" -j "$array" -t RUNNING -o %i)" ]; do sleep 0.2; done
  sleep 4
  victims=$(squeue -h -w "$victim" -j "$array" -t RUNNING -o %i | tr '\n' ' ')
  for job in $(squeue -h -w "$victim" -j "$array" -t RUNNING -o %A); do
    for step in $(pgrep -f "slurmstepd: \[$job\."); do
      # What the step started first: its children would outlive it.
      pkill -9 -P "$step" || true
      kill -9 "$step" || true
    done
  done
  node=$(cat "$CLUSTER/$victim.pid")
  kill -9 "$node"
  scontrol update NodeName="$victim" State=DOWN Reason=killed
  echo "node $victim was killed with $victims"
fi
while [ -n "$(squeue -h -j "$array,$merge" -o %i 2> /dev/null)" ]; do sleep 1; done
echo "array and merge: $((SECONDS - began)) s"
scontrol -o show job "$array" | grep -oE 'ArrayTaskId=[0-9]+|Restarts=[0-9]+|JobState=[A-Z]+' | paste -d ' ' - - - | sort | uniq -c | sort -k1 -rn | head -n 20
grep -h 'going on' ./*.log || true
cat "geotag-merge-$merge.log"
cmp single.csv merged.csv && echo "merged and single are the same, $(sha256sum < merged.csv | cut -c1-16)"
