export { findOnnxRuntime } from "./find-onnx-runtime.ts";
export { referenceDecoder, referenceLogits } from "./reference-decoder.ts";
export { type TinyModel, type TinyModelOptions, tinyModel, writeModel } from "./tiny-model.ts";
