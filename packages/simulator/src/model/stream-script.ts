import type { AnswerShape, Interruption } from "../faults/fault-effect.ts";
import { ERROR_INSIDE_STREAM } from "../faults/fault-table.ts";
import type { Frame } from "../forms/answer-meta.ts";
import { type Framing, framingOf } from "./framing.ts";
import { type ResponseTiming, waitForStart } from "./response-timing.ts";
import { end, expire, type Script, wait, write } from "./script.ts";

/** The event that a malformed stream holds: a chunk that breaks off inside its content. */
const BROKEN_EVENT = '{"id":"broken","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"';
/** Lets what was written leave the machine before a reset takes it back, ms. */
const BEFORE_RESET_MS = 5;

/** A streamed answer over time, with whatever its shape does to it. */
export function* streamScript(frames: Generator<Frame>, timing: ResponseTiming, shape: AnswerShape): Script {
  const framing = framingOf(shape);
  if (shape.blankLines !== undefined) return yield* blankLines(shape.blankLines, timing, framing);
  if (!(yield* waitForStart(timing, framing.comment))) return yield expire();
  let interruption = shape.interruption;
  if (interruption?.beforeRole) return yield* interrupt(interruption, timing, framing);
  let sent = 0;
  for (const frame of frames) {
    const strikes =
      interruption !== undefined &&
      (frame.part === "finish" ||
        // The opening of a tool call holds no token, yet it is content.
        (frame.part === "content" && sent + Math.max(1, frame.tokens) > interruption.afterTokens));
    if (strikes && interruption !== undefined) {
      yield* interrupt(interruption, timing, framing);
      if (interruption.how !== "malformed") return;
      interruption = undefined;
    }
    if (sent > 0 && frame.tokens > 0) yield wait(timing.tokensMs(frame.tokens));
    sent += frame.tokens;
    yield write(framing.event(frame.json), frame.tokens);
  }
  if (shape.done === undefined || shape.done === "open") yield write(framing.event("[DONE]"));
  if (shape.done === "open" || shape.done === "missing-open") yield* hold(timing, true);
  else yield end(true);
}

/** Blank lines at the keep-alive cadence, then the end of the body. */
export function* blankLines(count: number, timing: ResponseTiming, framing: Framing): Script {
  for (let line = 0; line < count; line++) {
    yield wait(timing.keepAliveMs());
    yield write(framing.blank);
  }
  yield end(false);
}

/** Nothing more on an open connection, until the provider closes it. */
export function* hold(timing: ResponseTiming, whole: boolean): Script {
  yield wait(timing.holdMs);
  yield { type: "drop", whole };
}

/** A connection that breaks inside the body. */
export function* breakConnection(how: "drop" | "reset"): Script {
  if (how === "reset") yield wait(BEFORE_RESET_MS);
  yield { type: how, whole: false };
}

function* interrupt(interruption: Interruption, timing: ResponseTiming, framing: Framing): Script {
  switch (interruption.how) {
    case "drop":
    case "reset":
      return yield* breakConnection(interruption.how);
    case "end":
      return yield end(false);
    case "hold":
      return yield* hold(timing, false);
    case "error":
      yield write(framing.event(ERROR_INSIDE_STREAM));
      return yield end(false);
    case "malformed":
      // The layout that cuts an event into lines parses it first, which this one is made not to survive.
      return yield write(`data: ${BROKEN_EVENT}\n\n`);
  }
}
