#!/usr/bin/env bash
# How far a model finds what it was never shown: trains without three families, exports beside the run, and measures
# them on held-out scans. INTO names a released model whose card gets the figure. Started again, it goes on.
set -euo pipefail
cd "$(dirname "$0")/../.."
source training/runs/environment.sh
out=${1:-runs/without_families}
model="$out/model/tallynet/without"
"$python" -m torch.distributed.run --standalone --nproc-per-node "$(nproc)" -m training.train \
  --out "$out" --steps "${STEPS:-16000}" --batch 4 --workers 1 --threads 1 --times 2 \
  --without-families cigarettes_behind_cover electronics_medicine ivory_wildlife
"$python" -m training.export --run "$out" --out "$model"
"$python" -m training.evaluate --model "$model" --work "$out" --unseen "${SCANS:-400}" --workers "${WORKERS:-2}" \
  ${INTO:+--figures-into "$INTO"}
