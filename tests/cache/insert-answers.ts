/** Puts a million distinct answers into a cache of 256 MiB and prints how much heap it takes. Needs `--expose-gc`. */
import { createHash } from "node:crypto";
import { AnswerCache, CACHE_MEMORY_BYTES, seededRandom } from "tideover/engine";
import { storedAnswer, VirtualClock } from "tideover/testing";
import { chatAnswerForm } from "tideover/wire";

const INSERTS = 1_000_000;
/** How often the heap is looked at: after a collection, so that only what is held counts. */
const LOOK_EVERY = 100_000;

const collect = globalThis.gc;
if (collect === undefined) throw new Error("Run this with --expose-gc.");
const random = seededRandom(1);
const clock = new VirtualClock();
const cache = new AnswerCache({ memoryBytes: CACHE_MEMORY_BYTES, form: chatAnswerForm }, { clock, random });
collect();
const before = heap();
let most = 0;
for (let index = 1; index <= INSERTS; index++) {
  const key = createHash("sha256").update(String(index)).digest("hex");
  cache.set(key, storedAnswer(clock.wallTime(), { events: answerEvents(index) }));
  if (index % LOOK_EVERY !== 0) continue;
  collect();
  most = Math.max(most, heap() - before);
}
const { entries, bytes } = cache.figures;
const heapBytes = heap() - before;
process.stdout.write(
  JSON.stringify({
    inserts: INSERTS,
    configuredBytes: CACHE_MEMORY_BYTES,
    believedBytes: bytes,
    heapBytes,
    mostHeapBytes: most,
    entries,
  }),
);

/** From 1 to 40 chunks of a stream, with text of its own in each, one in eight Chinese. */
function answerEvents(index: number): string[] {
  const count = 1 + Math.floor(random.next() * 40);
  const word = index % 8 === 0 ? "潮水上涨" : "tide rises";
  return Array.from({ length: count }, (_, at) =>
    JSON.stringify({
      id: `chatcmpl-${index}`,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta: { content: `${word} ${index} ${at}` }, finish_reason: null }],
    }),
  );
}

function heap(): number {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}
