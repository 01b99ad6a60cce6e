import type { CliIo, Signal } from "../cli-io.ts";

/** A process that a test plays: what was written, the signals it sends, the exits that were asked for. */
export interface ScriptedIo extends CliIo {
  readonly out: () => string;
  readonly err: () => string;
  readonly exits: readonly number[];
  send(signal: Signal): void;
  /** How many signal callbacks are there now. */
  listeners(): number;
}

/** Makes one; English and without a terminal unless said. */
export function scriptedIo(folder: string, more: Partial<Pick<CliIo, "env" | "interactive">> = {}): ScriptedIo {
  let out = "";
  let err = "";
  const exits: number[] = [];
  const callbacks = new Map<Signal, Set<() => void>>();
  return {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    interactive: false,
    env: { TIDEOVER_LANG: "en" },
    folder,
    ...more,
    onSignal(signal, callback) {
      const known = callbacks.get(signal) ?? new Set();
      callbacks.set(signal, known.add(callback));
      return () => known.delete(callback);
    },
    exit: (code) => exits.push(code),
    out: () => out,
    err: () => err,
    exits,
    send: (signal) => {
      for (const callback of [...(callbacks.get(signal) ?? [])]) callback();
    },
    listeners: () => [...callbacks.values()].reduce((count, known) => count + known.size, 0),
  };
}
