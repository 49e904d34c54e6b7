#!/usr/bin/env bash
# A usable model in hours on two cores, without a graphics card. Started again, it goes on where it stopped.
set -euo pipefail
cd "$(dirname "$0")/../.."
source training/runs/environment.sh
out=${1:-runs/cpu}
"$python" -m torch.distributed.run --standalone --nproc-per-node "$(nproc)" -m training.train \
  --out "$out" --steps "${STEPS:-16000}" --batch 4 --workers 1 --threads 1 --times 2
"$python" -m training.export --run "$out" --out "$out/model/tallynet/cpu"
"$python" -m training.evaluate --model "$out/model/tallynet/cpu" --work "$out" --calibrate 3000 --test 6000 --workers 2
