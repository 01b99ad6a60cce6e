#!/usr/bin/env python3
"""Compares the number formats of one decoder: size, speed and how far each is from 32 bits.

Usage: compare.py FOLDER TEXT_FILE [--threads 4] [--tokens 256]

Runs each graph of FOLDER/onnx over the first tokens of a text of yours, one token at a time with its cache, as an answer is
written. Prints for each: size, tokens per second, perplexity (lower is better), and how often its likeliest next token is
that of the 32-bit graph. Take a text like those that you will ask for: formats differ in what they lose.

Needs: pip install numpy onnxruntime tokenizers
"""

import argparse
import json
import sys
import time
from pathlib import Path

NAMES = {
    "fp32": "model.onnx",
    "fp16": "model_fp16.onnx",
    "int8": "model_int8.onnx",
    "q8": "model_quantized.onnx",
    "q4": "model_q4.onnx",
    "q4f16": "model_q4f16.onnx",
}


class Decoder:
    """A graph with past_key_values inputs and present outputs, and its cache."""

    def __init__(self, path, shape, threads):
        import numpy as np
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self.np = np
        self.session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.inputs = {one.name: one for one in self.session.get_inputs()}
        self.outputs = [one.name for one in self.session.get_outputs()]
        heads, size = shape
        self.cache = {
            name: np.zeros((1, heads, 0, size), np.float16 if one.type == "tensor(float16)" else np.float32)
            for name, one in self.inputs.items()
            if name.startswith("past_key_values.")
        }

    def step(self, token, position):
        np = self.np
        feeds = {"input_ids": np.array([[token]], np.int64)}
        if "attention_mask" in self.inputs:
            feeds["attention_mask"] = np.ones((1, position + 1), np.int64)
        if "position_ids" in self.inputs:
            feeds["position_ids"] = np.array([[position]], np.int64)
        outputs = dict(zip(self.outputs, self.session.run(None, {**feeds, **self.cache})))
        for name in self.cache:
            self.cache[name] = outputs[name.replace("past_key_values", "present")]
        return outputs["logits"][0, -1].astype(np.float32)


def measure(path, tokens, shape, threads):
    import numpy as np

    decoder = Decoder(path, shape, threads)
    best, loss = [], 0.0
    started = time.perf_counter()
    for position, token in enumerate(tokens[:-1]):
        logits = decoder.step(token, position)
        best.append(int(logits.argmax()))
        top = logits.max()
        loss += float(np.log(np.exp(logits - top).sum()) + top - logits[tokens[position + 1]])
    seconds = time.perf_counter() - started
    return best, float(np.exp(loss / len(best))), len(best) / seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("text", type=Path)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=256)
    arguments = parser.parse_args()
    from tokenizers import Tokenizer

    config = json.loads((arguments.folder / "config.json").read_text(encoding="utf-8"))
    heads = config["num_attention_heads"]
    shape = (config.get("num_key_value_heads", heads), config.get("head_dim", config["hidden_size"] // heads))
    tokenizer = Tokenizer.from_file(str(arguments.folder / "tokenizer.json"))
    tokens = tokenizer.encode(arguments.text.read_text(encoding="utf-8")).ids[: arguments.tokens]
    if len(tokens) < 2:
        print(f"{arguments.text} is too short.", file=sys.stderr)
        return 1
    yardstick = None
    print(f"{'format':8}{'size':>12}{'tokens/s':>12}{'perplexity':>14}{'as fp32':>10}")
    for name, file in NAMES.items():
        path = arguments.folder / "onnx" / file
        if not path.exists():
            continue
        size = sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*"))
        best, perplexity, speed = measure(path, tokens, shape, arguments.threads)
        yardstick = yardstick or (best if name == "fp32" else None)
        same = "" if yardstick is None else f"{sum(a == b for a, b in zip(best, yardstick)) / len(best):.0%}"
        print(f"{name:8}{size / 1e6:>9.1f} MB{speed:>12.1f}{perplexity:>14.2f}{same:>10}")
    if yardstick is None:
        print("There is no onnx/model.onnx (fp32) to compare with.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
