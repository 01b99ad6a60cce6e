import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { Bus, type BusMessage } from "./bus.ts";
import { CALL_BOUND_MS } from "./defaults.ts";

/** Two ends of a channel that clones what goes over it, as the one between processes does. */
function pair() {
  const clock = new VirtualClock();
  const ends: Bus[] = [];
  const state = { connected: true, silent: false };
  const channelTo = (other: number) => ({
    send(message: BusMessage) {
      if (!state.connected) return false;
      const copy: unknown = structuredClone(message);
      if (!state.silent) queueMicrotask(() => ends[other]?.receive(copy));
      return true;
    },
  });
  const here = new Bus(channelTo(1), clock);
  const there = new Bus(channelTo(0), clock);
  ends.push(here, there);
  return { here, there, clock, state };
}

test("a method of the other side is called with its object, and bytes and undefined stay what they are", async () => {
  const { here, there } = pair();
  class Store {
    readonly #kept = new Map<string, Uint8Array>();
    set(key: string, bytes: Uint8Array) {
      this.#kept.set(key, bytes);
    }
    get(key: string) {
      return Promise.resolve(this.#kept.get(key));
    }
    secret() {
      return "not offered";
    }
  }
  there.offer("store", new Store(), ["set", "get"]);
  await here.call("store", "set", ["a", new Uint8Array([1, 2])]);
  expect(await here.call("store", "get", ["a"])).toEqual(new Uint8Array([1, 2]));
  expect(await here.call("store", "get", ["b"])).toBeUndefined();
  await expect(here.call("store", "secret", [])).rejects.toThrow("store.secret is not offered.");
});

test("what the other side throws is thrown here, by name and message", async () => {
  const { here, there } = pair();
  there.offer("store", { purge: () => Promise.reject(new TypeError("A purge needs a key.")) }, ["purge"]);
  await expect(here.call("store", "purge", [{}])).rejects.toMatchObject({
    name: "TypeError",
    message: "A purge needs a key.",
  });
});

test("a signal among the arguments reaches the other side as one of its own", async () => {
  const { here, there, clock } = pair();
  let seen: AbortSignal | undefined;
  const wait = (_key: string, signal: AbortSignal) => {
    seen = signal;
    return new Promise(() => undefined);
  };
  there.offer("ledger", { wait }, ["wait"]);
  const scope = new AbortController();
  const waiting = here.call("ledger", "wait", ["k", scope.signal]);
  await clock.advance(1);
  expect(seen?.aborted).toBe(false);
  scope.abort(new Error("nobody waits"));
  await expect(waiting).rejects.toThrow("nobody waits");
  await clock.advance(1);
  expect(seen?.aborted).toBe(true);
  await expect(here.call("ledger", "wait", ["k", scope.signal])).rejects.toThrow("nobody waits");
});

test("a silent or gone process is an error, after a bound or at once, and leaves no timer", async () => {
  const { here, there, clock, state } = pair();
  there.offer("slow", { ask: () => new Promise(() => undefined) }, ["ask"]);
  const bounded = expect(here.call("slow", "ask", [])).rejects.toThrow("slow.ask was not answered within 30 s.");
  await clock.advance(CALL_BOUND_MS);
  await bounded;
  const gone = expect(here.call("slow", "ask", [])).rejects.toThrow("The other process is gone.");
  here.close();
  await gone;
  state.connected = false;
  await expect(here.call("slow", "ask", [])).rejects.toThrow("gone");
  expect(clock.pendingTimers).toBe(0);
});

test("what cannot be sent is an error of the call, and leaves nothing behind", async () => {
  const { here, clock } = pair();
  await expect(here.call("store", "set", [() => undefined])).rejects.toThrow("could not be cloned");
  expect(clock.pendingTimers).toBe(0);
});

test("notes reach who listens to their topic; what is no message of the bus is left alone", async () => {
  const { here, there, clock } = pair();
  const heard: unknown[] = [];
  there.on("reload", (data) => heard.push(data));
  here.note("reload", { config: 1 });
  here.note("other", 2);
  there.receive("hello");
  there.receive({ act: "from elsewhere" });
  await clock.advance(1);
  expect(heard).toEqual([{ config: 1 }]);
});
