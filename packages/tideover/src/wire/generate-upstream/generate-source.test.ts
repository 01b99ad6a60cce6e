import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Failure, failure } from "../../engine/failure.ts";
import type { JsonObject } from "../../engine/json.ts";
import { decodeBody } from "../chat/decode-body.ts";
import { decodeStream } from "../chat/decode-stream.ts";
import { AnswerFolder } from "../chat/fold.ts";
import { ScriptedSource, splitAt } from "../testing/scripted-source.ts";
import { GenerateDocumentSource, GenerateStreamSource } from "./generate-source.ts";
import type { GeneratedFacts } from "./generated-answer.ts";

const facts: GeneratedFacts = { id: "a", created: 7, model: "m", prompt: "<p>Tide?", stops: ["END"], maxTokens: 100 };
const options = {
  operation: "chat" as const,
  classifyError: (error: JsonObject, committed: boolean) =>
    failure("fault", "classified", JSON.stringify(error), { committed }),
};

/** The bytes of a stream as Triton's generate extension writes it: one response in each event, no end mark. */
const bytesOf = (responses: readonly unknown[]) =>
  new TextEncoder().encode(responses.map((response) => `data: ${JSON.stringify(response)}\n\n`).join(""));
const said = (text: string, more: object = {}) => ({ model_name: "m", model_version: "1", text_output: text, ...more });

async function read(source: ScriptedSource, changes: Partial<GeneratedFacts> = {}) {
  const stream = decodeStream(new GenerateStreamSource(source, { ...facts, ...changes }), options);
  const folder = new AnswerFolder("chat");
  for (;;) {
    const next = await stream.read();
    if (next.type === "ending") return { json: folder.result() as JsonObject, failure: next.failure };
    for (const event of next.events) folder.add(event);
  }
}

function choiceOf(json: JsonObject) {
  const [choice] = json.choices as [{ message: { content: string }; finish_reason: string }];
  return { content: choice.message.content, finish: choice.finish_reason };
}

const TIDES = ["Tides ", "ebb ", "und fließen 潮.", ""].map((text) => said(text));

describe("a stream", () => {
  test("is whole when it ends as HTTP says", async () => {
    const { json, failure: broken } = await read(new ScriptedSource([bytesOf(TIDES)]));
    expect(broken).toBeUndefined();
    expect(json).toMatchObject({ id: "a", created: 7, model: "m" });
    expect(choiceOf(json)).toEqual({ content: "Tides ebb und fließen 潮.", finish: "stop" });
  });

  test("is the same wherever its reads are split", async () => {
    const bytes = bytesOf(TIDES);
    const whole = await read(new ScriptedSource([bytes]));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
        expect(await read(new ScriptedSource(splitAt(bytes, cuts)))).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  test("whose connection breaks is cut, and one without any text is no answer", async () => {
    const reset = failure("fault", "connection-reset", "reset");
    const cut = await read(new ScriptedSource([bytesOf(TIDES.slice(0, 2))], reset));
    expect(cut.failure).toMatchObject({ reason: "connection-reset" });
    expect((await read(new ScriptedSource([]))).failure).toMatchObject({ kind: "fault" });
  });

  test("an error within it is judged by its own words, and nothing is whole after it", async () => {
    const source = new ScriptedSource([bytesOf([...TIDES.slice(0, 1), { error: "out of memory" }])]);
    const { failure: broken } = await read(source);
    expect(broken).toMatchObject({ reason: "classified", committed: true });
    expect((broken as Failure).message).toContain("out of memory");
  });

  test("an error that is null is none", async () => {
    const { json, failure: broken } = await read(new ScriptedSource([bytesOf([said("Ebb", { error: null })])]));
    expect([choiceOf(json).content, broken]).toEqual(["Ebb", undefined]);
  });

  test("ends at a stop text, wherever that is cut, and the server is told by the connection's end", async () => {
    const source = new ScriptedSource([bytesOf(["EbbE", "N", "Dtide", "more"].map((text) => said(text)))], "open");
    expect(choiceOf((await read(source)).json)).toEqual({ content: "Ebb", finish: "stop" });
    expect(source.cancelled).toBeGreaterThan(0);
    const near = new ScriptedSource([bytesOf([said("The EN")])]);
    expect(choiceOf((await read(near)).json).content).toBe("The EN");
  });

  test("does not repeat the prompt, should the server do so, in however many pieces", async () => {
    for (const pieces of [["<p>Tide?Ebb"], ["<p>", "Tide?", "Ebb"], ["Ebb"], ["<p>Ti", "mes"]]) {
      const { json } = await read(new ScriptedSource([bytesOf(pieces.map((text) => said(text)))]));
      expect(choiceOf(json).content).toBe(pieces.join("").replace(facts.prompt, ""));
    }
  });

  test("tells why it ended where the server does, and else judges it by the pieces", async () => {
    const finish = async (responses: readonly unknown[], maxTokens: number) =>
      choiceOf((await read(new ScriptedSource([bytesOf(responses)]), { maxTokens })).json).finish;
    expect(await finish(TIDES, 4)).toBe("length");
    expect(await finish(TIDES, 5)).toBe("stop");
    // vLLM's additional outputs; "None" while it goes on.
    const told = [said("a", { finish_reason: "None" }), said("b", { finish_reason: "length" })];
    expect(await finish(told, 50)).toBe("length");
  });

  test("gives token counts where the server does", async () => {
    const counted = [1, 2].map((made) => said("x", { num_input_tokens: 9, num_output_tokens: made }));
    const { json } = await read(new ScriptedSource([bytesOf(counted)]));
    expect(json.usage).toEqual({ prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 });
    expect((await read(new ScriptedSource([bytesOf(TIDES)]))).json.usage).toBeUndefined();
  });

  test("an event that is no such response is a malformed one", async () => {
    const bytes = new TextEncoder().encode("data: {half\n\n");
    expect((await read(new ScriptedSource([bytes]))).failure).toMatchObject({ kind: "fault" });
  });
});

describe("a document", () => {
  const document = async (value: unknown) => {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    const source = new GenerateDocumentSource(new ScriptedSource(splitAt(bytes, [3, 20])), facts);
    const next = await decodeBody(source, { ...options, maxBytes: 1_000_000 }).read();
    return next.type === "batch" ? next.events[0]?.json : next.failure;
  };

  test("becomes a completion without the prompt and what comes after a stop text", async () => {
    expect(await document(said(["<p>Tide?Ebb.END of it"] as unknown as string))).toEqual({
      id: "a",
      object: "chat.completion",
      created: 7,
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: "Ebb." }, finish_reason: "stop" }],
    });
  });

  test("an error is judged as it came", async () => {
    expect(await document({ error: "no" })).toMatchObject({ reason: "classified" });
  });
});
