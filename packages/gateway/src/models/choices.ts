/** The number formats and devices of `@tideover/local-model`, written down here so that help does not load it. */
export const DTYPE_NAMES = ["fp32", "fp16", "int8", "q8", "uint8", "q4", "q4f16", "bnb4"] as const;
/** The same of devices. */
export const DEVICE_NAMES = ["cpu", "cuda", "tensorrt", "coreml", "dml", "webgpu"] as const;
