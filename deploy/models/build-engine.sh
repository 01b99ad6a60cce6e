#!/usr/bin/env bash
# Builds TensorRT's engines of a model ahead, so that no caller waits minutes for them. ONNX Runtime keeps them below the
# model's own folder, in engines/; they hold for one model, one card and one version of TensorRT.
#
# Usage: build-engine.sh MODEL [DTYPE]     e.g. build-engine.sh ./qwen fp16
# Needs: Linux x64, an NVIDIA card, CUDA 12, cuDNN 9, TensorRT 10, and onnxruntime-node with its install script
set -euo pipefail

if [ "$#" -lt 1 ]; then
  echo "Usage: $0 MODEL [DTYPE]" >&2
  exit 2
fi
model=$1
dtype=${2:-fp16}

if ! command -v nvidia-smi >/dev/null; then
  echo "nvidia-smi is not here: there is no NVIDIA card, or its driver is not installed." >&2
  exit 1
fi
nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader

# One short answer opens the session, which builds the engines; `model bench` says where it really ran.
result=$(tideover model bench "$model" --dtype "$dtype" --device tensorrt --tokens 16 --json)
echo "$result"
case $result in
  *'"device":"tensorrt"'*) echo "The engines are built." ;;
  *)
    echo "It did not run on TensorRT; fellBack above says why." >&2
    exit 1
    ;;
esac
