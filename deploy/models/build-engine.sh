#!/usr/bin/env bash
# Builds a TensorRT-LLM engine of a model ahead, so that no caller waits minutes for it, and keeps it in a folder. It holds for
# one card and one version of TensorRT-LLM: what was built for these already is left as it is.
#
# Usage: build-engine.sh CONVERT MODEL FOLDER [MAX_TOKENS]
#   e.g. build-engine.sh ~/TensorRT-LLM/examples/models/core/qwen/convert_checkpoint.py ./Qwen2.5-1.5B-Instruct ./engines 8192
#   CONVERT is the script of the model's family in TensorRT-LLM's repository; MODEL a folder as the hub has it (safetensors).
# Then:  trtllm-serve ./engines/engine --tokenizer ./Qwen2.5-1.5B-Instruct --host 127.0.0.1 --port 8000
# Needs: Linux, an NVIDIA card, and TensorRT-LLM (its container has all of it)
set -euo pipefail

if [ "$#" -lt 3 ]; then
  echo "Usage: $0 CONVERT MODEL FOLDER [MAX_TOKENS]" >&2
  exit 2
fi
convert=$1
model=$2
folder=$3
length=${4:-8192}
case $length in
  *[!0-9]* | "")
    echo "\"$length\" is no number of tokens." >&2
    exit 2
    ;;
esac
for path in "$convert" "$model/config.json"; do
  if [ ! -f "$path" ]; then
    echo "$path is not there." >&2
    exit 2
  fi
done
for command in nvidia-smi trtllm-build python3; do
  if ! command -v "$command" >/dev/null; then
    echo "$command is not here: run this on the machine with the card, where TensorRT-LLM is installed." >&2
    exit 1
  fi
done

card=$(nvidia-smi --query-gpu=name,compute_cap --format=csv,noheader | head -n 1)
version=$(python3 -c 'from importlib.metadata import version; print(version("tensorrt_llm"))')
built_for="$(cd "$model" && pwd) | $length tokens | $card | TensorRT-LLM $version"
stamp=$folder/engine/built-for.txt
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$built_for" ]; then
  echo "The engine in $folder/engine was built for this already."
  exit 0
fi

rm -rf "$folder/checkpoint" "$folder/engine"
mkdir -p "$folder"
python3 "$convert" --model_dir "$model" --output_dir "$folder/checkpoint" --dtype float16
trtllm-build --checkpoint_dir "$folder/checkpoint" --output_dir "$folder/engine" --max_seq_len "$length" --max_batch_size 8
echo "$built_for" >"$stamp"
rm -rf "$folder/checkpoint"
echo "The engine is in $folder/engine. The provider: { preset: trtllm, degraded: true, models: { \"*\": \"engine\" }, contextTokens: $length }"
