#!/usr/bin/env bash
# How far a model finds what it was never shown: trains without three families, exports beside the run, and measures
# them on held-out scans. INTO names a released model whose card gets the figure. Started again, it goes on.
set -euo pipefail
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=1
# Memory that is freed in one step is needed in the next: giving it back to the system costs a fifth of the time.
export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456
# Memory that is freed in one step is needed in the next: giving it back to the system costs a fifth of the time.
export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456
out=${1:-runs/without_families}
python=${PYTHON:-.venv/bin/python}
model="$out/model/tallynet/without"
"$python" -m training.train --out "$out" --steps "${STEPS:-16000}" --batch 8 --workers 2 \
  --without-families cigarettes_behind_cover electronics_medicine ivory_wildlife
"$python" -m training.export --run "$out" --out "$model"
"$python" -m training.evaluate --model "$model" --work "$out" --unseen "${SCANS:-400}" --workers "${WORKERS:-2}" \
  ${INTO:+--figures-into "$INTO"}
