#!/usr/bin/env bash
# A usable model in hours on two cores, without a graphics card. Started again, it goes on where it stopped.
set -euo pipefail
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=1
out=${1:-runs/cpu}
python=${PYTHON:-.venv/bin/python}
"$python" -m training.train --out "$out" --steps "${STEPS:-16000}" --batch 8 --workers 1
"$python" -m training.export --run "$out" --out "$out/model/tallynet/cpu"
"$python" -m training.evaluate --model "$out/model/tallynet/cpu" --work "$out" --calibrate 3000 --test 6000 --workers 2
