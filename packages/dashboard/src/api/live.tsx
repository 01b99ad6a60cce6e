import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { useAccess } from "./access.tsx";
import { adminHeaders, ask } from "./ask.ts";
import { readEvents } from "./read-events.ts";
import type { LiveEvent, OverviewAnswer, Picture, ProviderEvent } from "./types.ts";

/** Most ticks that are kept: five minutes. */
const MAX_TICKS = 300;
/** Most events that are kept for lists. */
const MAX_RECENT = 100;
/** Pause before the stream is opened again, in ms: after the first loss, and at most. */
const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 8_000;
/** Without anything for so long, in ms, the stream is taken for lost: ticks come each second. */
const SILENCE_MS = 10_000;

/** How the event stream does. */
export type Connection = "connecting" | "live" | "lost" | "absent";

/** What is known of the gateway right now. */
export interface Live {
  readonly connection: Connection;
  /** Oldest first, a second each. */
  readonly ticks: readonly Picture[];
  /** What the gateway said of itself when the page was opened, or the stream came back. */
  readonly overview: OverviewAnswer | undefined;
  /** The request that ended last while the page was open: lists of requests are asked for again when it is another one. */
  readonly newestRequest: string | undefined;
  /** What happened to providers while the page was open, newest first. */
  readonly events: readonly ProviderEvent[];
}

const START: Live = { connection: "connecting", ticks: [], overview: undefined, newestRequest: undefined, events: [] };
const Context = createContext<Live>(START);

/** Follows the gateway's event stream, one for the whole dashboard, and opens it again when it breaks. */
export function LiveProvider({ children }: { readonly children: ComponentChildren }) {
  const { key, deny } = useAccess();
  const [live, setLive] = useState(START);

  // Another key opens the stream again.
  useEffect(() => {
    const controller = new AbortController();
    void follow(controller.signal, setLive, deny);
    return () => controller.abort();
  }, [key, deny]);

  return <Context.Provider value={live}>{children}</Context.Provider>;
}

/** What is known of the gateway right now. */
export function useLive(): Live {
  return useContext(Context);
}

type Change = (change: (before: Live) => Live) => void;

/** Keeps the stream open until the signal aborts or the gateway wants a key. */
async function follow(signal: AbortSignal, set: Change, deny: () => void): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const outcome = await followOnce(signal, set, () => {
      pauseMs = FIRST_PAUSE_MS;
    });
    if (outcome === "denied") return deny();
    if (signal.aborted) return;
    set((before) => ({ ...before, connection: outcome }));
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
  }
}

async function followOnce(signal: AbortSignal, set: Change, alive: () => void): Promise<"denied" | "lost" | "absent"> {
  const silence = new AbortController();
  const both = AbortSignal.any([signal, silence.signal]);
  const listen = () => setTimeout(() => silence.abort(new Error("The event stream fell silent.")), SILENCE_MS);
  let timer = listen();
  try {
    const overview = await ask<OverviewAnswer>("/admin/api/overview", { signal: both });
    if (overview.type === "denied") return "denied";
    if (overview.type === "value") {
      const { value } = overview;
      set((before) => ({ ...before, overview: value, ticks: joined(before.ticks, value.ticks) }));
    }
    const response = await fetch("/admin/api/live", { headers: adminHeaders(), cache: "no-store", signal: both });
    if (response.status === 401 || response.status === 403) return "denied";
    if (!response.ok) return response.status === 404 || response.status === 501 ? "absent" : "lost";
    for await (const frame of readEvents(response)) {
      clearTimeout(timer);
      timer = listen();
      alive();
      const event = readEvent(frame.event, frame.data);
      if (event !== undefined) set((before) => ({ ...taken(before, event), connection: "live" }));
    }
    return "lost";
  } catch {
    // The connection broke, the gateway restarts, or the page goes: the loop above knows what to do.
    return "lost";
  } finally {
    clearTimeout(timer);
  }
}

function readEvent(event: string, data: string): LiveEvent | undefined {
  if (event !== "tick" && event !== "provider" && event !== "requests") return undefined;
  return { event, data: JSON.parse(data) } as LiveEvent;
}

function taken(live: Live, { event, data }: LiveEvent): Live {
  if (event === "tick") return { ...live, ticks: joined(live.ticks, [data]) };
  if (event === "provider") return { ...live, events: [data, ...live.events].slice(0, MAX_RECENT) };
  return { ...live, newestRequest: data.at(-1)?.id ?? live.newestRequest };
}

/** Both in the order of time, each moment once. */
function joined(before: readonly Picture[], more: readonly Picture[]): readonly Picture[] {
  const last = before.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  const first = more[0]?.at ?? Number.POSITIVE_INFINITY;
  const kept = first > last ? before : before.filter(({ at }) => at < first);
  return [...kept, ...more].slice(-MAX_TICKS);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
