#!/usr/bin/env bash
# The released model: every graphics card of the machine, as many simulating processes as there are cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
source training/runs/environment.sh
out=${1:-runs/gpu}
cards=$("$python" -c 'import torch; print(max(torch.cuda.device_count(), 1))')
workers=$(( ($(nproc) - 1) / cards ))
"$python" -m torch.distributed.run --standalone --nproc-per-node "$cards" -m training.train \
  --out "$out" --steps "${STEPS:-30000}" --batch "${BATCH:-32}" --workers "$workers"
"$python" -m training.export --run "$out" --out "$out/model/tallynet/gpu"
"$python" -m training.evaluate --model "$out/model/tallynet/gpu" --work "$out" --calibrate 3000 --test 6000 --workers "$(nproc)"
