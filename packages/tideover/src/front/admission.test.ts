import { expect, test } from "vitest";
import { failure, sleep } from "../engine/index.ts";
import type { Admitted } from "./front-options.ts";
import { isWholeBody } from "./http.ts";
import {
  answerOf,
  CHAT,
  chunks,
  FINISH,
  harness,
  parsed,
  request,
  ScriptedStream,
  STREAMED,
  textOf,
} from "./testing/front-harness.ts";

/** One who lets everybody in and notes what it is told. */
function doorkeeper() {
  const told: string[] = [];
  const admitted: Admitted = {
    waits: () => void told.push("waits"),
    begins: () => void told.push("begins"),
    ends: (isWaiting) => void told.push(isWaiting ? "ends waiting" : "ends"),
  };
  return { told, admit: () => admitted };
}

test("whoever lets a stream in is told that it waits, that it begins, and that it ends", async () => {
  const { told, admit } = doorkeeper();
  const { clock, handler } = harness(
    async (call, at) => {
      await sleep(at, 500, call.signal);
      return answerOf(new ScriptedStream(at, [{ events: chunks("one") }, { after: 100, events: [FINISH] }, {}]));
    },
    { admit },
  );
  const answered = handler(request({ body: STREAMED }));
  await clock.advance(400);
  expect(told).toEqual(["waits"]);
  await clock.advance(100);
  const { body } = await answered;
  if (isWholeBody(body)) throw new Error("expected a body that is read");
  await body.read();
  expect(told).toEqual(["waits", "begins"]);
  for (;;) {
    const piece = body.read();
    await clock.advance(100);
    if ((await piece) === undefined) break;
  }
  expect(told).toEqual(["waits", "begins", "ends"]);
});

test("a whole answer does not wait, and neither does what is refused once it was read", async () => {
  const { told, admit } = doorkeeper();
  const { handler } = harness(
    (_call, at) => answerOf(new ScriptedStream(at, [{ events: [...chunks("one"), FINISH] }, {}])),
    {
      admit,
    },
  );
  expect((await handler(request({ body: CHAT }))).status).toBe(200);
  expect(told).toEqual(["ends"]);
  expect((await handler(request({ body: { ...CHAT, model: "unknown" } }))).status).toBe(404);
  expect(told).toEqual(["ends", "ends"]);
});

test("a stream that fails before its first token does not count as waiting any more", async () => {
  const { told, admit } = doorkeeper();
  const { handler } = harness(() => failure("fault", "down", "Down."), { admit });
  await handler(request({ body: STREAMED }));
  expect(told.filter((each) => each === "waits")).toHaveLength(1);
  expect(told.filter((each) => each === "begins" || each === "ends waiting")).toHaveLength(1);
  expect(told.at(-1)).toMatch(/^ends/);
});

test("where there is no room the caller is told at once when to come again, and nothing is read", async () => {
  const asked: number[] = [];
  const admit = (priority: number) => {
    asked.push(priority);
    return 5_000;
  };
  const { handler, calls } = harness(() => failure("fault", "down", "Down."), { admit });
  const response = await handler(request({ headers: { priority: "u=4" }, body: "no JSON" }));
  expect([response.status, response.headers["retry-after"], parsed(await textOf(response)).error?.code]).toEqual([
    503,
    "5",
    "load_shed",
  ]);
  expect([asked, calls]).toEqual([[4], []]);
});
