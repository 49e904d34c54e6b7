#!/usr/bin/env bash
# With a graphics card, and every core of the machine simulating for it. MINUTES and BATCH by what there
# is: a card learns faster than cores simulate, so every pair of crops is shown several times. Started again, it goes on.
set -euo pipefail
cd "$(dirname "$0")/../.."
source training/runs/environment.sh
ulimit -n "$(ulimit -Hn)" # every tensor that a simulating process hands over is a file
out=${1:-runs/gpu}
"$python" -m training.train --out "$out" --minutes "${MINUTES:-60}" --batch "${BATCH:-48}" --times "${TIMES:-3}" \
  --workers "$(($(nproc) - 1))" --amount 1.9 1.1 --regular-share 0.3
"$python" -m training.export --run "$out" --out "$out/model/tallynet/gpu"
"$python" -m training.evaluate --model "$out/model/tallynet/gpu" --work "$out" --calibrate 3000 --test 6000 --workers "$(nproc)"
