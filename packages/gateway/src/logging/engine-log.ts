import type { EngineEvent } from "tideover/engine";
import type { Log } from "./log.ts";

/** Logs what happens inside the engine: what an operator must act on as a warning, the rest for debugging. */
export function engineLog(log: Log): (event: EngineEvent) => void {
  return (event) => {
    switch (event.type) {
      case "breaker-changed": {
        const { type, provider, account, model, state, reason } = event;
        const text = `Circuit breaker of ${provider} (${model}): ${state}. ${reason}`;
        log[state === "open" ? "warn" : "info"]({ event: type, provider, account, model, state, reason }, text);
        return;
      }
      case "account-isolated": {
        const { type, provider, account, failure } = event;
        const text = `${provider} refuses the key "${account}" (${failure.reason}). Check the key and the balance.`;
        log.error({ event: type, provider, account, reason: failure.reason, status: failure.status }, text);
        return;
      }
      case "attempt-ended":
        if (!log.enabled("debug")) return;
        log.debug({ event: event.type, requestId: event.call.id, ...event.record }, "Attempt ended.");
        return;
      case "rung-failed":
        if (!log.enabled("debug")) return;
        log.debug(
          { event: event.type, requestId: event.call.id, rung: event.rung, reason: event.failure.reason },
          event.failure.message,
        );
        return;
      case "retry-scheduled":
      case "retry-refused": {
        if (!log.enabled("debug")) return;
        const { type, call, provider } = event;
        const more = type === "retry-scheduled" ? { delayMs: Math.round(event.delayMs) } : { why: event.why };
        log.debug({ event: type, requestId: call.id, provider, ...more }, `Retry of ${provider}.`);
        return;
      }
      case "chaos-injected":
        log.warn(
          { event: event.type, requestId: event.call.id, provider: event.provider, fault: event.fault },
          `Chaos: ${event.fault} injected into a call to ${event.provider}, as configured.`,
        );
        return;
      case "store-changed":
        logStore(log, event);
        return;
      case "hedge-started":
      case "hedge-ended":
      case "hedge-refused":
      case "permit-refused":
      case "limit-changed": {
        if (!log.enabled("debug")) return;
        const { type, ...facts } = event;
        const call = "call" in facts ? { requestId: facts.call.id, call: undefined } : {};
        log.debug({ event: type, ...facts, ...call }, `${type.replace("-", " ")}.`);
        return;
      }
      default:
        return;
    }
  };
}

function logStore(log: Log, event: Extract<EngineEvent, { type: "store-changed" }>): void {
  const { type, store, available, reason } = event;
  const what = store === "cache" ? "The second level of the cache" : "The store that shares answers";
  const text = available ? `${what} is back: ${reason}.` : `${what} is left alone for a while: ${reason}.`;
  log[available ? "info" : "warn"]({ event: type, store, available, reason }, text);
}
