import { errorMessage } from "../../api/ask.ts";
import { readEvents } from "../../api/read-events.ts";

/** What is asked in the playground. */
export interface ChatQuestion {
  readonly model: string;
  readonly prompt: string;
  readonly stream: boolean;
  /** A caller's key; empty for none. */
  readonly key: string;
  /** Such as `5s`; empty for the route's. */
  readonly deadline: string;
  /** A `Cache-Control` directive; `default` for none. */
  readonly cache: string;
}

/** One try of a provider, as the `tideover` member of an answer tells it. */
export interface ToldAttempt {
  readonly provider: string;
  readonly outcome: string;
  readonly ms: number;
}

/** The account of an answer that the gateway gives in-band. */
export interface Told {
  readonly rung?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly degraded?: boolean;
  readonly age_seconds?: number;
  readonly attempts?: readonly ToldAttempt[];
  readonly seams?: readonly {
    readonly at: number;
    readonly from: string;
    readonly to: string;
    readonly mode: string;
  }[];
}

/** What has come of a question so far. Times in ms since it was sent. */
export interface ChatResult {
  readonly state: "sent" | "answering" | "whole" | "stopped" | "failed";
  readonly status?: number | undefined;
  readonly text: string;
  readonly reasoning: string;
  readonly firstTokenMs?: number | undefined;
  readonly totalMs?: number | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly told?: Told | undefined;
  /** The error's message, where there was one. */
  readonly error?: string | undefined;
  /** Where the ticket is read, where one was given. */
  readonly ticket?: string | undefined;
}

/** Headers that say how the answer came about. */
const TOLD_BY_HEADERS = /^(?:tideover-|cache-status$|age$|server-timing$|retry-after$|x-should-retry$|location$)/;
/** Most of an answer that is kept, in characters. */
const MAX_TEXT = 400_000;

/**
 * Sends a chat through the gateway as any caller would. Never rejects.
 * @param report called with every change, the last one included
 */
export async function sendChat(
  question: ChatQuestion,
  signal: AbortSignal,
  report: (result: ChatResult) => void,
): Promise<void> {
  const began = performance.now();
  const since = () => performance.now() - began;
  let result: ChatResult = { state: "sent", text: "", reasoning: "", headers: [] };
  const change = (more: Partial<ChatResult>) => {
    result = { ...result, ...more };
    report(result);
  };
  change({});
  try {
    const response = await fetch("/v1/chat/completions", request(question, signal));
    const headers = [...response.headers].filter(([name]) => TOLD_BY_HEADERS.test(name));
    change({ status: response.status, headers });
    if (!response.ok || response.status === 202 || !isStream(response)) {
      change({ ...wholeAnswer(response.status, await response.text()), totalMs: since() });
      return;
    }
    for await (const frame of readEvents(response)) {
      if (frame.data === "[DONE]") {
        change({ state: "whole", totalMs: since() });
        continue;
      }
      const chunk = readChunk(frame.data);
      if (chunk.error !== undefined) change({ state: "failed", error: chunk.error });
      const isContent = chunk.text !== "" || chunk.reasoning !== "";
      change({
        ...(result.state === "sent" && isContent ? { state: "answering" as const } : {}),
        text: (result.text + chunk.text).slice(0, MAX_TEXT),
        reasoning: (result.reasoning + chunk.reasoning).slice(0, MAX_TEXT),
        firstTokenMs: result.firstTokenMs ?? (isContent ? since() : undefined),
        told: chunk.told ?? result.told,
      });
    }
    // A stream without its last mark was cut, whatever its text looks like.
    if (result.state !== "whole" && result.state !== "failed") change({ state: "failed", error: "", totalMs: since() });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    change(signal.aborted ? { state: "stopped" } : { state: "failed", error: message });
    change({ totalMs: since() });
  }
}

function request(question: ChatQuestion, signal: AbortSignal): RequestInit {
  const { model, prompt, stream, key, deadline, cache } = question;
  return {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(key === "" ? {} : { authorization: `Bearer ${key}` }),
      ...(deadline === "" ? {} : { "tideover-deadline": deadline }),
      ...(cache === "default" ? {} : { "cache-control": cache }),
    },
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content: prompt }] }),
    signal,
  };
}

function isStream(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/event-stream") === true;
}

interface Chunk {
  readonly text: string;
  readonly reasoning: string;
  readonly told?: Told | undefined;
  readonly error?: string | undefined;
}

interface Message {
  readonly content?: unknown;
  readonly reasoning_content?: unknown;
}

interface Document {
  readonly choices?: readonly { readonly delta?: Message; readonly message?: Message }[];
  readonly tideover?: Told;
  readonly error?: { readonly message?: unknown };
}

function readChunk(data: string): Chunk {
  const document = parse(data);
  const message = document.choices?.[0]?.delta ?? document.choices?.[0]?.message;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const error = document.error === undefined ? undefined : text(document.error.message);
  return { text: text(message?.content), reasoning: text(message?.reasoning_content), told: document.tideover, error };
}

function wholeAnswer(status: number, body: string): Partial<ChatResult> {
  const { text, reasoning, told } = readChunk(body);
  if (status >= 400) return { state: "failed", error: errorMessage(body) ?? body.slice(0, 500), told };
  if (status !== 202) return { state: "whole", text, reasoning, told };
  const { id } = parse(body) as { readonly id?: unknown };
  return { state: "whole", told, ticket: typeof id === "string" ? id : "" };
}

function parse(text: string): Document {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    // Whatever it is, it holds no answer; the state says that none came.
    return {};
  }
}
