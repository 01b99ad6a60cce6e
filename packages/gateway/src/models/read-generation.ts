import type { ChatRequest, LocalModel, Piece } from "@tideover/local-model";

/** The model did not answer; the message says why. */
export class ModelAnswerError extends Error {
  override readonly name = "ModelAnswerError";
}

/** How an answer ended. */
export interface GenerationFacts {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly finish: "stop" | "length";
}

/**
 * Has a model answer, and passes each piece on.
 * @throws ModelAnswerError when it cannot, or is stopped
 */
export async function readGeneration(
  model: LocalModel,
  request: ChatRequest,
  signal: AbortSignal,
  onPiece: (piece: Piece) => void,
): Promise<GenerationFacts> {
  const generation = await model.generate(request, signal);
  if (generation.type === "failure") throw new ModelAnswerError(generation.message);
  const { stream, promptTokens } = generation;
  const stop = () =>
    stream.cancel({ type: "failure", kind: "cancelled", reason: "stopped", message: "Stopped.", committed: true });
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const step = await stream.read();
      if (step.type === "failure") throw new ModelAnswerError(step.message);
      if (step.type === "end") return { promptTokens, completionTokens: step.completionTokens, finish: step.finish };
      for (const piece of step.pieces) onPiece(piece);
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
