#!/usr/bin/env bash
# Exports a model of the Hugging Face hub (or a folder in its layout) to ONNX, in the layout that Tideover, transformers.js
# and the hub's onnx-community repositories share: config, tokenizer and chat template on top, the decoder below onnx/.
#
# Usage: export.sh MODEL FOLDER        e.g. export.sh Qwen/Qwen2.5-0.5B-Instruct ./qwen
# Needs: pip install "optimum[onnxruntime]"   (and memory for twice the weights in 32 bits)
set -euo pipefail

if [ "$#" -ne 2 ]; then
  echo "Usage: $0 MODEL FOLDER" >&2
  exit 2
fi
model=$1
folder=$2

if ! command -v optimum-cli >/dev/null; then
  echo "optimum-cli is not here. Install it: pip install \"optimum[onnxruntime]\"" >&2
  exit 1
fi
if [ -e "$folder/onnx/model.onnx" ]; then
  echo "$folder/onnx/model.onnx is there already; delete it or choose another folder." >&2
  exit 1
fi

# "-with-past" gives the decoder its inputs and outputs for the key-value cache; without them each token would cost the
# whole prompt again, and Tideover refuses such a graph.
optimum-cli export onnx --model "$model" --task text-generation-with-past "$folder"

mkdir -p "$folder/onnx"
# Weights above 2 GB lie beside the graph, as model.onnx_data.
mv "$folder"/model.onnx* "$folder/onnx/"

for file in config.json tokenizer.json tokenizer_config.json; do
  if [ ! -e "$folder/$file" ]; then
    echo "The export has no $file; Tideover needs it. Models without a fast tokenizer cannot be used." >&2
    exit 1
  fi
done
echo "Exported to $folder/onnx/model.onnx (fp32). Next: quantize.py $folder --to q4 int8, then compare.py $folder"
