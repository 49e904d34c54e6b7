#!/usr/bin/env bash
# The whole run in minutes on a CPU: train a little, export, calibrate, test. Its model is worth nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
source training/runs/environment.sh
out=${1:-runs/smoke}
"$python" -m training.train --out "$out" --steps "${STEPS:-12}" --batch 2 --workers 1
"$python" -m training.export --run "$out" --out "$out/model/smoke/0"
"$python" -m training.evaluate --model "$out/model/smoke/0" --work "$out" --calibrate "${SCANS:-24}" --test "${SCANS:-24}"
