import { PassThrough, Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { TurnEnd } from "./turn-end.ts";

test("tasks run at the end of the turn in which they were added, in their order", async () => {
  const turnEnd = new TurnEnd();
  const ran: string[] = [];
  turnEnd.add(() => {
    ran.push("first");
    turnEnd.add(() => ran.push("of the next turn"));
  });
  turnEnd.add(() => ran.push("second"));
  await Promise.resolve();
  expect(ran).toEqual([]);
  await nextTurn();
  expect(ran).toEqual(["first", "second"]);
  await nextTurn();
  expect(ran).toEqual(["first", "second", "of the next turn"]);
});

test("last tasks run after all others of their turn, those that were added later included", async () => {
  const turnEnd = new TurnEnd();
  const ran: string[] = [];
  turnEnd.addLast(() => ran.push("noted"));
  turnEnd.add(() => ran.push("written"));
  await Promise.resolve();
  expect(ran).toEqual([]);
  await nextTurn();
  expect(ran).toEqual(["written", "noted"]);
  turnEnd.addLast(() => ran.push("alone"));
  await nextTurn();
  expect(ran.at(-1)).toBe("alone");
});

test("last tasks without end do not wait without end, and none is lost", async () => {
  const turnEnd = new TurnEnd();
  const ran: number[] = [];
  for (let task = 0; task < 3_000; task++) turnEnd.addLast(() => ran.push(task));
  expect(ran.length).toBeGreaterThan(1_000);
  await nextTurn();
  expect(ran).toEqual(Array.from({ length: 3_000 }, (_, task) => task));
});

test("a turn that brings very many runs them by the batch, in their order", async () => {
  const turnEnd = new TurnEnd();
  const ran: number[] = [];
  for (let task = 0; task < 200; task++) turnEnd.add(() => ran.push(task));
  expect(ran.length).toBeGreaterThan(100);
  await nextTurn();
  expect(ran).toEqual(Array.from({ length: 200 }, (_, task) => task));
});

test("what one turn writes to a stream goes out together at its end", async () => {
  const sent: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    writev(chunks, done) {
      sent.push(chunks.map(({ chunk }) => String(chunk)).join("|"));
      done();
    },
  });
  const turnEnd = new TurnEnd();
  turnEnd.sendWith(stream);
  stream.write("a");
  turnEnd.sendWith(stream);
  stream.write("b");
  expect(sent).toEqual([]);
  await nextTurn();
  expect(sent).toEqual(["a|b"]);
});

test("a stream that was destroyed meanwhile is left alone", async () => {
  const stream = new PassThrough();
  const turnEnd = new TurnEnd();
  turnEnd.sendWith(stream);
  stream.write("a");
  stream.destroy();
  await nextTurn();
  expect(stream.destroyed).toBe(true);
});
