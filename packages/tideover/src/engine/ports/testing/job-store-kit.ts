import type { LeasedJob, NewJob } from "../job.ts";
import type { JobStore } from "../job-store.ts";
import { must } from "./conformance.ts";

/** A moment, in ms since the Unix epoch; the suite's times are relative to it. */
export const T = Date.UTC(2026, 10, 22);
export const KEEP = { now: T + 5, keptUntil: T + 1_000_000 };
export const LIVES = T + 500_000;
export const RESULT = { status: 200, body: '{"answer":"你好"}', provenance: { rung: "live" } };
export const BROKEN = { code: "ladder_exhausted", message: "busy", deadLetter: false };

let made = 0;

/** A job of the suite; everything that does not matter has a value. */
export function job(members: Partial<NewJob> = {}): NewJob {
  return {
    id: `job_${String(made++).padStart(6, "0")}`,
    kind: "ticket",
    tenant: "shop",
    operation: "chat",
    model: "deepseek-chat",
    request: new TextEncoder().encode('{"model":"deepseek-chat"}'),
    priority: 6,
    createdAt: T,
    notBefore: T,
    expiresAt: LIVES,
    ...members,
  };
}

export const order = (limit = 1, now = T + 1, owner = "w1") => ({ owner, until: now + 30_000, now, limit });

export async function put(store: JobStore, members: Partial<NewJob> = {}): Promise<string> {
  const accepted = await store.accept(job(members));
  must(accepted.type === "accepted", "a new job is accepted");
  return accepted.job.id;
}

export async function takeOne(store: JobStore, now = T + 1): Promise<LeasedJob> {
  const [taken] = await store.lease(order(1, now));
  must(taken !== undefined, "a waiting job can be leased");
  return taken;
}

export async function stateOf(store: JobStore, id: string): Promise<string | undefined> {
  return (await store.find(id))?.state;
}
