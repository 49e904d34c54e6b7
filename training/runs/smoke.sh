#!/usr/bin/env bash
# The whole run in minutes on a CPU: train a little, export, calibrate, test. Its model is worth nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=1
# Memory that is freed in one step is needed in the next: giving it back to the system costs a fifth of the time.
export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456
out=${1:-runs/smoke}
python=${PYTHON:-.venv/bin/python}
"$python" -m training.train --out "$out" --steps "${STEPS:-12}" --batch 2 --workers 1
"$python" -m training.export --run "$out" --out "$out/model/smoke/0"
"$python" -m training.evaluate --model "$out/model/smoke/0" --work "$out" --calibrate "${SCANS:-24}" --test "${SCANS:-24}"
