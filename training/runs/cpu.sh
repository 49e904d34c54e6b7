#!/usr/bin/env bash
# A usable model in hours on two cores, without a graphics card. Started again, it goes on where it stopped.
set -euo pipefail
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=1
# Memory that is freed in one step is needed in the next: giving it back to the system costs a fifth of the time.
export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456
out=${1:-runs/cpu}
python=${PYTHON:-.venv/bin/python}
"$python" -m training.train --out "$out" --steps "${STEPS:-16000}" --batch 8 --workers 2
"$python" -m training.export --run "$out" --out "$out/model/tallynet/cpu"
"$python" -m training.evaluate --model "$out/model/tallynet/cpu" --work "$out" --calibrate 3000 --test 6000 --workers 2
