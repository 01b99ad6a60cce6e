/** Number formats of weights, by the names that the hub's ONNX repositories use. */
export const DTYPES = ["fp32", "fp16", "int8", "q8", "uint8", "q4", "q4f16", "bnb4"] as const;

/** One of {@link DTYPES}. */
export type Dtype = (typeof DTYPES)[number];

/** The suffix that each format has in file names (transformers.js, `DEFAULT_DTYPE_SUFFIX_MAPPING`). */
const SUFFIX: Readonly<Record<Dtype, string>> = {
  fp32: "",
  fp16: "_fp16",
  int8: "_int8",
  q8: "_quantized",
  uint8: "_uint8",
  q4: "_q4",
  q4f16: "_q4f16",
  bnb4: "_bnb4",
};

/** The graph's path in a repository, with `/`: `onnx/model_q4.onnx`. Weights may lie beside it in `….onnx_data`. */
export function graphPath(dtype: Dtype): string {
  return `onnx/model${SUFFIX[dtype]}.onnx`;
}

/** Whether a path of a repository holds the weights of a graph that is too large for one file. */
export function isWeightsOf(graph: string, path: string): boolean {
  return path.startsWith(`${graph}_data`);
}

/** The format that a graph's path stands for; undefined: not a decoder's graph in the usual layout. */
export function dtypeOf(path: string): Dtype | undefined {
  return DTYPES.find((dtype) => graphPath(dtype) === path);
}

/** Files that must lie beside the graph. */
export const REQUIRED_FILES = ["config.json", "tokenizer.json", "tokenizer_config.json"] as const;

/** Files that are used where they are there. */
export const OPTIONAL_FILES = ["generation_config.json", "chat_template.jinja", "special_tokens_map.json"] as const;

/** The format that a text names. */
export function readDtype(text: string): Dtype | undefined {
  return DTYPES.find((dtype) => dtype === text);
}
