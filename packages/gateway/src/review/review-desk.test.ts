import { type Answer, failure, sha256, streamOf } from "tideover/engine";
import type { ByHand } from "tideover/jobs";
import type { ReviewedAnswer, RouteReview } from "tideover/runtime";
import { testCall, textEvent, VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { SILENT_LOG } from "../logging/index.ts";
import { DataDir } from "../stores/embedded/index.ts";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { TICKET_RETRY_MS } from "./defaults.ts";
import { ReviewDesk } from "./review-desk.ts";
import { GatheringInbox } from "./review-inbox.ts";
import { REVIEW_DATABASE } from "./review-schema.ts";
import type { ReviewStore } from "./review-store.ts";
import { SqliteReviewStore } from "./sqlite-review-store.ts";

interface Stage {
  readonly desk: ReviewDesk;
  readonly store: ReviewStore;
  readonly clock: VirtualClock;
  readonly inbox: GatheringInbox;
  /** What is stored in place of the template, by entry. */
  readonly stored: string[];
  /** What the jobs were told. */
  readonly told: string[];
  readonly id: string;
}

/** One entry with a ticket, before jobs that answer as they are told, one answer after the other. */
async function stage(byHand: (ByHand | Error)[], use: (stage: Stage) => Promise<void>, isRouteThere = true) {
  using folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  try {
    const store = new SqliteReviewStore(dataDir.database(REVIEW_DATABASE));
    const clock = new VirtualClock();
    const inbox = new GatheringInbox({ store, clock, hash: sha256, log: SILENT_LOG });
    const stored: string[] = [];
    const told: string[] = [];
    const review: RouteReview = {
      write: async (_, text) => (text === "unfit" ? failure("incompatible", "x", "JSON was asked for.") : saying(text)),
      regenerate: async () => failure("overloaded", "x", "busy"),
      async store({ id }, { text }) {
        stored.push(`${id}: ${text}`);
        return true;
      },
    };
    const desk = new ReviewDesk({
      ...{ store, inbox, clock, log: SILENT_LOG },
      findReview: () => (isRouteThere ? review : undefined),
      jobs: {
        async answerByHand(id, tenant, { body }) {
          told.push(`${id} of ${tenant}: ${body}`);
          const answer = byHand.shift() ?? "ended";
          if (answer instanceof Error) throw answer;
          return answer;
        },
      },
    });
    const { request } = testCall();
    inbox.offer({ tenant: "shop", request, route: "copy", rung: "template", key: "k", text: "lamp: soon" });
    inbox.ticketOpened("k", "job-1");
    await inbox.flush();
    const id = (await store.list("waiting", undefined, 1))[0]?.id ?? "";
    await use({ desk, store, clock, inbox, stored, told, id });
    await desk.stop();
    expect(clock.pendingTimers).toBe(0);
  } finally {
    await dataDir.close();
  }
}

function saying(text: string): ReviewedAnswer {
  const origin = { rung: "template", degraded: false } as const;
  const answer: Answer = { type: "answer", origin, stream: streamOf([textEvent(text, "stop")]) };
  return { text, answer, document: JSON.stringify(text), provenance: {} };
}

const { signal } = new AbortController();
const edit = (text: string) => ({ action: "edit", by: "Ann", text }) as const;

test("a decision is stored, completes the ticket, and can be taken again", () =>
  stage(["answered", "ended"], async ({ desk, store, stored, told, id }) => {
    expect(await desk.decide(id, edit("better"), signal)).toMatchObject({ state: "edited", answer: "better" });
    expect(await desk.decide(id, edit("best"), signal)).toMatchObject({ answer: "best" });
    expect(stored).toEqual([`${id}: better`, `${id}: best`]);
    expect(told).toEqual(['job-1 of shop: "better"', 'job-1 of shop: "best"']);
    expect((await store.detail(id))?.events.map(({ effect }) => effect)).toEqual([
      undefined,
      "stored for whoever asks the same; ticket job-1: completed",
      "stored for whoever asks the same; ticket job-1: ended",
    ]);
  }));

test("a ticket that a worker is asking for is completed as soon as the worker gives up", () =>
  stage(["busy", "busy", new Error("away"), "answered"], async ({ desk, clock, told, id }) => {
    await desk.decide(id, edit("better"), signal);
    expect(told).toHaveLength(1);
    for (const waitMs of TICKET_RETRY_MS) await clock.advance(waitMs);
    expect(told).toHaveLength(4);
  }));

test("a job store that is away costs the ticket, not the decision", () =>
  stage([new Error("away")], async ({ desk, store, stored, id }) => {
    expect(await desk.decide(id, edit("better"), signal)).toMatchObject({ state: "edited" });
    expect(stored).toHaveLength(1);
    expect((await store.detail(id))?.events.at(-1)?.effect).toContain("the job store did not answer");
  }));

test("what cannot be decided says why, and changes nothing", () =>
  stage([], async ({ desk, store, inbox, stored, told, id }) => {
    const refusals = [
      await desk.decide("review_none", { action: "approve", by: "Ann" }, signal),
      await desk.decide(id, edit("unfit"), signal),
      await desk.decide(id, { action: "regenerate", by: "Ann", preview: false }, signal),
    ];
    expect(refusals).toMatchObject([{ why: "missing" }, { why: "unfit" }, { why: "unavailable" }]);
    expect((await store.find(id))?.entry.state).toBe("waiting");
    inbox.answerStored("k");
    expect(await desk.decide(id, { action: "approve", by: "Ann" }, signal)).toMatchObject({ why: "conflict" });
    expect([stored, told]).toEqual([[], []]);
  }));

test("an entry of a route that is gone can only be dismissed", () =>
  stage(
    [],
    async ({ desk, told, id }) => {
      expect(await desk.decide(id, { action: "approve", by: "Ann" }, signal)).toMatchObject({ why: "conflict" });
      expect(await desk.decide(id, { action: "dismiss", by: "Ann" }, signal)).toMatchObject({ state: "dismissed" });
      expect(told).toEqual([]);
    },
    false,
  ));
