#!/usr/bin/env bash
# Makes a model repository for Triton with its vLLM backend, from the templates beside this script.
#
# Usage: make-repository.sh REPOSITORY NAME MODEL [MAX_TOKENS]
#   e.g. make-repository.sh ./models qwen Qwen/Qwen2.5-1.5B-Instruct 8192
# Then:  docker run --gpus all -p 127.0.0.1:8000:8000 -v "$PWD/models:/models" nvcr.io/nvidia/tritonserver:25.10-vllm-python-py3 \
#          tritonserver --model-repository=/models
set -euo pipefail

if [ "$#" -lt 3 ]; then
  echo "Usage: $0 REPOSITORY NAME MODEL [MAX_TOKENS]" >&2
  exit 2
fi
repository=$1
name=$2
model=$3
length=${4:-8192}
case $name in
  *[!A-Za-z0-9_.-]* | "")
    echo "\"$name\" is no model name; use letters, digits, . - and _." >&2
    exit 2
    ;;
esac
case $length in
  *[!0-9]* | "")
    echo "\"$length\" is no number of tokens." >&2
    exit 2
    ;;
esac
case $model in
  *[!A-Za-z0-9_./-]* | "")
    echo "\"$model\" is neither a name on the hub nor a path; use letters, digits, / . - and _." >&2
    exit 2
    ;;
esac
if [ -e "$repository/$name" ]; then
  echo "$repository/$name is there already." >&2
  exit 1
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$repository/$name/1"
sed "s|^name: .*|name: \"$name\"|" "$here/qwen-vllm/config.pbtxt" >"$repository/$name/config.pbtxt"
sed -e "s|\"model\": \"[^\"]*\"|\"model\": \"$model\"|" -e "s|\"max_model_len\": [0-9]*|\"max_model_len\": $length|" \
  "$here/qwen-vllm/1/model.json" >"$repository/$name/1/model.json"
echo "Made $repository/$name. In tideover.yaml: { preset: kserve, degraded: true, models: { \"*\": $name }, contextTokens: $length }"
