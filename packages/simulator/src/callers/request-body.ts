import type { JsonObject } from "tideover/engine";
import type { Arrival } from "../arrivals/arrival.ts";

/** The body of a request: a question by its number, with the lengths that the simulated provider is to give. */
export function requestBody(question: number, arrival: Arrival, model: string, stream: boolean): JsonObject {
  const { promptTokens, outputTokens } = arrival;
  return {
    model,
    messages: [{ role: "user", content: `Question ${question}: what does the tide do next? 潮水接下来会怎样?` }],
    metadata: { sim_prompt_tokens: String(promptTokens), sim_output_tokens: String(outputTokens) },
    ...(stream ? { stream: true } : {}),
  };
}
