import { sha256 } from "tideover/engine";
import { testCall, VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { SILENT_LOG } from "../logging/log.ts";
import { DataDir } from "../stores/embedded/index.ts";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { GATHER_MS, MOST_PENDING, MOST_WAITING } from "./defaults.ts";
import { GatheringInbox } from "./review-inbox.ts";
import { REVIEW_DATABASE } from "./review-schema.ts";
import { ReviewStore } from "./review-store.ts";

interface Stage {
  readonly store: ReviewStore;
  readonly clock: VirtualClock;
  readonly inbox: GatheringInbox;
  /** A caller of this question is given this text. */
  offer(question: string, text?: string, tenant?: string): void;
}

async function stage(use: (stage: Stage) => Promise<void>): Promise<void> {
  using folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  try {
    const store = new ReviewStore(dataDir.database(REVIEW_DATABASE));
    const clock = new VirtualClock();
    const inbox = new GatheringInbox({ store, clock, hash: sha256, log: SILENT_LOG });
    const offer = (question: string, text = `template for ${question}`, tenant = "shop") => {
      const body = { model: "m", messages: [{ role: "user", content: question }] };
      const { request } = testCall({ request: { model: "m", body } });
      inbox.offer({ tenant, request, route: "copy", rung: "template", key: `key of ${question}`, text });
    };
    await use({ store, clock, inbox, offer });
  } finally {
    await dataDir.close();
  }
}

test("the same answer to the same request is one entry, however often it was given", () =>
  stage(async ({ store, clock, inbox, offer }) => {
    for (let count = 0; count < 1_000; count++) offer("lamp");
    offer("chair");
    inbox.ticketOpened("key of lamp", "job-1");
    inbox.ticketOpened("key of lamp", "job-1");
    await clock.advance(GATHER_MS);
    await inbox.flush();
    offer("lamp");
    inbox.ticketOpened("key of lamp", "job-2");
    await inbox.flush();
    const entries = store.list("waiting", undefined, 10);
    expect(entries.map(({ question, given, tickets }) => [question, given, tickets])).toEqual([
      ["chair", 1, []],
      ["lamp", 1_001, ["job-1", "job-2"]],
    ]);
    expect(store.detail(entries[1]?.id ?? "")).toMatchObject({
      original: "template for lamp",
      request: { messages: [{ content: "lamp" }] },
      events: [{ action: "received", by: "tideover" }],
    });
  }));

test("what waits is bounded: the longest not given makes room, and is counted", () =>
  stage(async ({ store, clock, inbox, offer }) => {
    for (let batch = 0; batch < 3; batch++) {
      for (let count = 0; count < MOST_PENDING - 100; count++) offer(`${batch}-${count}`);
      await inbox.flush();
      await clock.advance(10);
    }
    expect(store.counts().waiting).toBe(MOST_WAITING);
    expect(store.dropped).toBe(3 * (MOST_PENDING - 100) - MOST_WAITING);
    for (let count = 0; count < MOST_PENDING + 7; count++) offer(`flood-${count}`);
    await inbox.flush();
    expect(store.dropped).toBe(3 * (MOST_PENDING - 100) - MOST_WAITING + MOST_PENDING + 7);
  }));

test("a live answer to the same request leaves nothing to decide; given again, it waits again", () =>
  stage(async ({ store, clock, inbox, offer }) => {
    offer("lamp");
    await inbox.flush();
    inbox.answerStored("key of something else");
    inbox.answerStored("key of lamp");
    await inbox.flush();
    expect(store.counts()).toMatchObject({ waiting: 0, superseded: 1 });
    await clock.advance(1_000);
    offer("lamp");
    await inbox.flush();
    expect(store.counts()).toMatchObject({ waiting: 1, superseded: 0 });
  }));

test("a decision stands against what was given before it, and falls when its answer is lost", () =>
  stage(async ({ store, clock, inbox, offer }) => {
    offer("lamp");
    await inbox.flush();
    const [entry] = store.list(undefined, undefined, 1);
    const id = entry?.id ?? "";
    offer("lamp");
    await clock.advance(10);
    const at = clock.wallTime();
    expect(await store.decide(id, { state: "edited", at, by: "Ann", action: "edit", text: "better" })).toBe(true);
    await inbox.flush();
    expect(store.find(id)?.entry).toMatchObject({ state: "edited", answer: "better", decidedBy: "Ann", given: 2 });
    await clock.advance(10);
    offer("lamp");
    await inbox.flush();
    expect(store.find(id)?.entry).toMatchObject({ state: "waiting", answer: "template for lamp" });
    expect(store.detail(id)?.events.map(({ action }) => action)).toEqual(["received", "edit"]);
  }));

test("a tenant's entries are erased with their trail, and nobody else's", () =>
  stage(async ({ store, inbox, offer }) => {
    offer("lamp", "a", "shop");
    offer("chair", "b", "other");
    await inbox.flush();
    expect(await store.erase("shop")).toBe(1);
    expect(store.list(undefined, undefined, 10).map(({ tenant }) => tenant)).toEqual(["other"]);
  }));
