#!/usr/bin/env bash
# Converts every model of ../shared/models into FOLDER, anew: what is tested is what the scripts make today.
set -euo pipefail
folder=$1
checkout=$(cd "$(dirname "$0")/../.." && pwd)
shared=$(dirname "$checkout")/shared/models
if [ ! -d "$shared" ]; then
  if [ "${CI:-}" = true ]; then
    echo "CI=true, yet there is no folder shared/models beside the checkout"
    exit 1
  fi
  echo "SKIPPED: no folder shared/models beside the checkout"
  exit 0
fi
rm -rf "$folder"
"$checkout/scripts/get_model.py" --from "$shared" --output-dir "$folder" \
  mobilenet_v1_{0.25_128,0.25_224,0.5_160,0.75_192,1.0_224}_{u8,s8} \
  mobilenet_v1_0.25_224_f32 mobilenet_v1_0.25_224_keras_f32 \
  mobilenet_v2_1.0_224_{u8,s8,ptq_s8,inat_bird_u8,inat_bird_s8}
