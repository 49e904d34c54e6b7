#!/usr/bin/env bash
# The released model: every graphics card of the machine, as many simulating processes as there are cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=1
# Memory that is freed in one step is needed in the next: giving it back to the system costs a fifth of the time.
export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456
out=${1:-runs/gpu}
python=${PYTHON:-.venv/bin/python}
cards=$("$python" -c 'import torch; print(max(torch.cuda.device_count(), 1))')
workers=$(( ($(nproc) - 1) / cards ))
"$python" -m torch.distributed.run --standalone --nproc-per-node "$cards" -m training.train \
  --out "$out" --steps "${STEPS:-30000}" --batch "${BATCH:-32}" --workers "$workers"
"$python" -m training.export --run "$out" --out "$out/model/tallynet/gpu"
"$python" -m training.evaluate --model "$out/model/tallynet/gpu" --work "$out" --calibrate 3000 --test 6000 --workers "$(nproc)"
