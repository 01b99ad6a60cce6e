import type { AnswerShape, Interruption } from "../faults/fault-effect.ts";
import { ERROR_INSIDE_STREAM } from "../faults/fault-table.ts";
import { type Framing, framingOf } from "./framing.ts";
import { type ResponseTiming, waitAlive, waitForStart } from "./response-timing.ts";
import { end, expire, type Script, wait, write } from "./script.ts";
import { blankLines, breakConnection, hold } from "./stream-script.ts";

/** An unstreamed answer. */
export interface Document {
  readonly json: string;
  /** Answer tokens in it. */
  readonly tokens: number;
  /** Where its text begins; an endless document is filled from here on. */
  readonly endless?: Iterable<string> | undefined;
}

/** An unstreamed answer over time: blank lines while it is made, then all at once, with what its shape does to it. */
export function* documentScript(document: Document, timing: ResponseTiming, shape: AnswerShape): Script {
  const framing = framingOf(shape);
  if (shape.blankLines !== undefined) return yield* blankLines(shape.blankLines, timing, framing);
  if (!(yield* waitForStart(timing, framing.blank))) return yield expire();
  if (shape.interruption !== undefined) return yield* interrupt(document, shape.interruption, timing, framing);
  if (document.endless !== undefined) return yield* endlessDocument(document.endless, timing);
  if (shape.tokenIntervalMs !== undefined) return yield* trickle(document, timing);
  yield* waitAlive(timing.tokensMs(document.tokens), timing, framing.blank);
  yield write(framing.document(document.json), document.tokens);
  if (shape.done === "open" || shape.done === "missing-open") yield* hold(timing, true);
  else yield end(true);
}

function* interrupt(document: Document, interruption: Interruption, timing: ResponseTiming, framing: Framing): Script {
  const generated = Math.min(document.tokens, interruption.afterTokens);
  yield* waitAlive(timing.tokensMs(generated), timing, framing.blank);
  if (interruption.how === "error") {
    yield write(ERROR_INSIDE_STREAM);
    return yield end(false);
  }
  // After no token there is nothing of the document yet; otherwise it breaks off in the middle.
  const half = interruption.afterTokens === 0 ? "" : document.json.slice(0, document.json.length >> 1);
  yield write(half === "" ? framing.blank : half);
  switch (interruption.how) {
    case "hold":
      return yield* hold(timing, false);
    case "drop":
    case "reset":
      return yield* breakConnection(interruption.how);
    default:
      return yield end(false);
  }
}

function* trickle(document: Document, timing: ResponseTiming): Script {
  for (const character of document.json) {
    yield wait(timing.tokensMs(1));
    yield write(character);
  }
  yield write("", document.tokens);
  yield end(true);
}

function* endlessDocument(text: Iterable<string>, timing: ResponseTiming): Script {
  yield write('{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"');
  for (const token of text) {
    yield wait(timing.tokensMs(1));
    yield write(JSON.stringify(token).slice(1, -1), 1);
  }
}
