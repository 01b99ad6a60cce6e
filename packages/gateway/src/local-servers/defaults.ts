/**
 * Where servers of models listen unless told otherwise: Ollama 11434, llama.cpp 8080, vLLM, TensorRT-LLM and Triton 8000,
 * Triton's OpenAI front end 9000, SGLang 30000, LM Studio 1234 (each one's own documents).
 */
export const USUAL_PORTS: readonly number[] = [11434, 8080, 8000, 9000, 30000, 1234];

/** Longest look at one address, in ms: a server on this machine that is alive answers these in a few. */
export const LOOK_MS = 2_000;
/** Largest answer that is read, in bytes: Ollama's list of hundreds of models fits. */
export const MOST_BYTES = 1024 * 1024;
/** Most addresses that are looked at. */
export const MOST_PORTS = 64;
/** Most models that are told of one server. */
export const MOST_MODELS = 100;

/**
 * Longest time for a server to start and to load its model, in ms: gigabytes from a slow disk. After it the first request
 * finds out by itself.
 */
export const WARM_PATIENCE_MS = 10 * 60_000;
/** Pause before a server that was not there, or still loading, is asked again, in ms. */
export const WARM_PAUSE_MS = 5_000;
/** Most models of one provider that are loaded: a machine seldom holds more. */
export const MOST_WARMED = 4;
