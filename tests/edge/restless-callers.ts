import { connect } from "node:net";
import { seededRandom } from "tideover/engine";

/** What callers ask, and where. */
export interface RestlessOptions {
  readonly url: string;
  readonly callers: number;
  readonly seed: number;
}

/** Between two callers, in ms, at most. */
const PAUSE_MS = 40;
/** How long those who leave stay, in ms, at most. */
const STAY_MS = 900;

/**
 * Callers who ask much the same, streamed and not, of whom half leave somewhere on the way, closing or resetting their
 * connection. Resolves when the last connection is closed.
 */
export async function restlessCallers({ url, callers, seed }: RestlessOptions): Promise<void> {
  const random = seededRandom(seed);
  const upTo = (most: number) => Math.floor(random.next() * most);
  const closed: Promise<void>[] = [];
  for (let caller = 0; caller < callers; caller++) {
    const content = `Question ${upTo(8)}. sim_output_tokens=${10 + upTo(50)}`;
    const stream = random.next() < 0.5;
    const leaves = random.next() < 0.5 ? { afterMs: upTo(STAY_MS), resets: random.next() < 0.5 } : undefined;
    const body = JSON.stringify({ model: "m", stream, messages: [{ role: "user", content }] });
    closed.push(call(url, body, leaves));
    await new Promise((resolve) => setTimeout(resolve, upTo(PAUSE_MS)));
  }
  await Promise.all(closed);
}

function call(
  url: string,
  body: string,
  leaves: { readonly afterMs: number; readonly resets: boolean } | undefined,
): Promise<void> {
  const { hostname, port } = new URL(url);
  const head = [
    "POST /v1/chat/completions HTTP/1.1",
    `host: ${hostname}`,
    "connection: close",
    "content-type: application/json",
    `content-length: ${body.length}`,
  ];
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.on("data", () => {});
    socket.on("error", () => {});
    socket.once("close", () => resolve());
    socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
    if (leaves === undefined) return;
    setTimeout(() => {
      if (leaves.resets) socket.resetAndDestroy();
      else socket.destroy();
    }, leaves.afterMs);
  });
}
