#!/usr/bin/env python3
"""Makes smaller number formats of a decoder in ONNX, under the names that Tideover looks for.

Usage: quantize.py FOLDER --to q4 int8 fp16

  q4     4 bits in blocks, weights of matrix products only   onnx/model_q4.onnx     for the CPU: smallest, usually fastest
  int8   8 bits, dynamic                                     onnx/model_int8.onnx   for the CPU: a little better than q4
  fp16   16 bits                                             onnx/model_fp16.onnx   for a GPU; on a CPU it is slow

FOLDER holds onnx/model.onnx, as export.sh makes it.
Needs: pip install onnx onnx-ir onnxruntime onnxconverter-common
"""

import argparse
import sys
from pathlib import Path

FORMATS = {"q4": "model_q4.onnx", "int8": "model_int8.onnx", "fp16": "model_fp16.onnx"}
# A protocol buffer holds at most 2 GB; larger weights go into a file beside the graph.
MOST_IN_ONE_FILE = 1_900_000_000


def to_int8(source: Path, target: Path, large: bool) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        source,
        target,
        weight_type=QuantType.QInt8,
        per_channel=True,
        # Embeddings and norms stay as they are: they cost little time, and their errors reach every token.
        op_types_to_quantize=["MatMul"],
        use_external_data_format=large,
    )


def to_q4(source: Path, target: Path, large: bool) -> None:
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    quantizer = MatMulNBitsQuantizer(onnx.load(source), block_size=32, is_symmetric=True)
    quantizer.process()
    quantizer.model.save_model_to_file(str(target), use_external_data_format=large)


def to_fp16(source: Path, target: Path, large: bool) -> None:
    import onnx
    from onnxconverter_common import float16

    # Inputs and outputs become 16 bits too: the key-value cache is the larger part of what goes in and out.
    model = float16.convert_float_to_float16(onnx.load(source), keep_io_types=False, disable_shape_infer=True)
    save_external = {"save_as_external_data": True, "location": f"{target.name}_data"} if large else {}
    onnx.save(model, target, **save_external)


MAKERS = {"int8": to_int8, "q4": to_q4, "fp16": to_fp16}


def size_of(graph: Path) -> int:
    return sum(part.stat().st_size for part in graph.parent.glob(f"{graph.name}*"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", nargs="+", choices=sorted(FORMATS), required=True)
    arguments = parser.parse_args()
    source = arguments.folder / "onnx" / "model.onnx"
    if not source.exists():
        print(f"{source} is not there; export.sh makes it.", file=sys.stderr)
        return 1
    before = size_of(source)
    for name in arguments.to:
        target = source.parent / FORMATS[name]
        MAKERS[name](source, target, before > MOST_IN_ONE_FILE)
        after = size_of(target)
        print(f"{target}: {after / 1e6:.1f} MB, {after / before:.0%} of the 32-bit graph")
    return 0


if __name__ == "__main__":
    sys.exit(main())
