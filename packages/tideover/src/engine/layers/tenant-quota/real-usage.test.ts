import { expect, test } from "vitest";
import { drain, testCall, textEvent } from "../../../testing/index.ts";
import { streamOf, type Usage } from "../../answer-stream.ts";
import type { Answer } from "../../outcome.ts";
import { withUsage } from "./real-usage.ts";

const reported: Usage = { promptTokens: 200, completionTokens: 20 };
const answer = (summaryUsage?: Usage): Answer => ({
  type: "answer",
  origin: { rung: "local", degraded: true, summaryUsage },
  stream: streamOf([textEvent("At six."), { ...textEvent(""), usage: reported }]),
});

async function settledUsage(given: Answer): Promise<readonly Usage[]> {
  const settled: Usage[] = [];
  await drain(withUsage(given, testCall(), (usage) => settled.push(usage)).stream);
  return settled;
}

test("summaries that were written so that the prompt would fit are paid with the answer", async () => {
  expect(await settledUsage(answer())).toEqual([reported]);
  const summaries = { promptTokens: 1_000, completionTokens: 100 };
  expect(await settledUsage(answer(summaries))).toEqual([{ promptTokens: 1_200, completionTokens: 120 }]);
});
