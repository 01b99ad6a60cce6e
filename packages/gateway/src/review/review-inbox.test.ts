import { sha256 } from "tideover/engine";
import { testCall, VirtualClock } from "tideover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasPostgres, type PostgresServer, startPostgres } from "../../../../tests/harness/postgres.ts";
import { SILENT_LOG } from "../logging/log.ts";
import { DataDir } from "../stores/embedded/index.ts";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { PostgresLink, readPostgresAddress } from "../stores/jobs-postgres/index.ts";
import { GATHER_MS, KEYS_FRESH_MS, MOST_PENDING, MOST_WAITING, RETRY_MS } from "./defaults.ts";
import { PostgresReviewStore, REVIEW_SCHEMA } from "./postgres-review-store.ts";
import { GatheringInbox } from "./review-inbox.ts";
import { REVIEW_DATABASE } from "./review-schema.ts";
import type { ReviewStore } from "./review-store.ts";
import { SqliteReviewStore } from "./sqlite-review-store.ts";

interface Stage {
  readonly store: ReviewStore;
  readonly clock: VirtualClock;
  readonly inbox: GatheringInbox;
  /** A caller of this question is given this text. */
  offer(question: string, text?: string, tenant?: string): void;
}

const inDataDir = async (use: (store: ReviewStore) => Promise<void>) => {
  using folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  try {
    await use(new SqliteReviewStore(dataDir.database(REVIEW_DATABASE)));
  } finally {
    await dataDir.close();
  }
};

let server: PostgresServer | undefined;

function linkTo(url: string): PostgresLink {
  const address = readPostgresAddress(url);
  if ("problem" in address) throw new Error(address.problem);
  return new PostgresLink(address, { schema: REVIEW_SCHEMA, connections: 2 });
}

const inPostgres = async (use: (store: ReviewStore) => Promise<void>) => {
  const store = new PostgresReviewStore(linkTo(server?.newDatabase() ?? ""));
  await use(store).finally(() => store.close());
};

/** An inbox before a store, of whose questions so far nobody has heard. */
function inboxBefore(store: ReviewStore, log = SILENT_LOG): Stage {
  const clock = new VirtualClock();
  const inbox = new GatheringInbox({ store, clock, hash: sha256, log });
  const offer = (question: string, text = `template for ${question}`, tenant = "shop") => {
    const body = { model: "m", messages: [{ role: "user", content: question }] };
    const { request } = testCall({ request: { model: "m", body } });
    inbox.offer({ tenant, request, route: "copy", rung: "template", key: `key of ${question}`, text });
  };
  return { store, clock, inbox, offer };
}

describe.each([
  ["the data folder", inDataDir, true],
  ["PostgreSQL", inPostgres, hasPostgres()],
])("in %s", (name, open, isThere) => {
  beforeAll(async () => {
    if (name === "PostgreSQL" && isThere) server = await startPostgres();
  }, 90_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    server = undefined;
  }, 60_000);

  const stage = (use: (stage: Stage) => Promise<void>) => open((store) => use(inboxBefore(store)));

  test.runIf(isThere)("the same answer to the same request is one entry, however often it was given", () =>
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
      const entries = await store.list("waiting", undefined, 10);
      expect(entries.map(({ question, given, tickets }) => [question, given, tickets])).toEqual([
        ["chair", 1, []],
        ["lamp", 1_001, ["job-1", "job-2"]],
      ]);
      expect(await store.detail(entries[1]?.id ?? "")).toMatchObject({
        original: "template for lamp",
        request: { messages: [{ content: "lamp" }] },
        events: [{ action: "received", by: "tideover" }],
      });
    }),
  );

  test.runIf(isThere)("what waits is bounded: the longest not given makes room, and is counted", () =>
    stage(async ({ store, clock, inbox, offer }) => {
      for (let batch = 0; batch < 3; batch++) {
        for (let count = 0; count < MOST_PENDING - 100; count++) offer(`${batch}-${count}`);
        await inbox.flush();
        await clock.advance(10);
      }
      expect((await store.counts()).waiting).toBe(MOST_WAITING);
      expect(await store.dropped()).toBe(3 * (MOST_PENDING - 100) - MOST_WAITING);
      for (let count = 0; count < MOST_PENDING + 7; count++) offer(`flood-${count}`);
      await inbox.flush();
      expect(await store.dropped()).toBe(3 * (MOST_PENDING - 100) - MOST_WAITING + MOST_PENDING + 7);
    }),
  );

  test.runIf(isThere)("a live answer to the same request leaves nothing to decide; given again, it waits again", () =>
    stage(async ({ store, clock, inbox, offer }) => {
      offer("lamp");
      await inbox.flush();
      inbox.answerStored("key of something else");
      inbox.answerStored("key of lamp");
      await inbox.flush();
      expect(await store.counts()).toMatchObject({ waiting: 0, superseded: 1 });
      await clock.advance(1_000);
      offer("lamp");
      await inbox.flush();
      expect(await store.counts()).toMatchObject({ waiting: 1, superseded: 0 });
    }),
  );

  test.runIf(isThere)("a decision stands against what was given before it, and falls when its answer is lost", () =>
    stage(async ({ store, clock, inbox, offer }) => {
      offer("lamp");
      await inbox.flush();
      const [entry] = await store.list(undefined, undefined, 1);
      const id = entry?.id ?? "";
      offer("lamp");
      await clock.advance(10);
      const at = clock.wallTime();
      expect(await store.decide(id, { state: "edited", at, by: "Ann", action: "edit", text: "better" })).toBe(true);
      await inbox.flush();
      expect((await store.find(id))?.entry).toMatchObject({
        state: "edited",
        answer: "better",
        decidedBy: "Ann",
        given: 2,
      });
      await clock.advance(10);
      offer("lamp");
      await inbox.flush();
      expect((await store.find(id))?.entry).toMatchObject({ state: "waiting", answer: "template for lamp" });
      expect((await store.detail(id))?.events.map(({ action }) => action)).toEqual(["received", "edit"]);
    }),
  );

  test.runIf(isThere)("a tenant's entries are erased with their trail, and nobody else's", () =>
    stage(async ({ store, inbox, offer }) => {
      offer("lamp", "a", "shop");
      offer("chair", "b", "other");
      await inbox.flush();
      expect(await store.erase("shop")).toBe(1);
      expect((await store.list(undefined, undefined, 10)).map(({ tenant }) => tenant)).toEqual(["other"]);
    }),
  );
});

describe.runIf(hasPostgres())("an inbox that gateways share", () => {
  beforeAll(async () => {
    server = await startPostgres();
  }, 90_000);
  afterAll(() => server?.[Symbol.asyncDispose](), 60_000);

  async function shared(use: (one: Stage, other: Stage) => Promise<void>) {
    const url = server?.newDatabase() ?? "";
    const stores = [0, 1].map(() => new PostgresReviewStore(linkTo(url)));
    const [one, other] = stores.map((store) => inboxBefore(store));
    if (one === undefined || other === undefined) throw new Error("Two were made.");
    try {
      await use(one, other);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  }

  test("the same answer of two is one entry; one's decision is seen by the other, and one's live answer settles it", () =>
    shared(async (one, other) => {
      for (const { offer, inbox } of [one, other]) {
        offer("lamp");
        offer("chair");
        await inbox.flush();
      }
      const entries = await other.store.list("waiting", undefined, 10);
      expect(entries.map(({ question, given }) => [question, given])).toEqual([
        ["chair", 2],
        ["lamp", 2],
      ]);
      const id = entries[1]?.id ?? "";
      const decided = { state: "edited", at: one.clock.wallTime(), by: "Ann", action: "edit", text: "better" } as const;
      expect(await one.store.decide(id, decided)).toBe(true);
      expect((await other.store.detail(id))?.events.map(({ action }) => action)).toEqual(["received", "edit"]);
      other.inbox.answerStored("key of chair");
      await other.inbox.flush();
      expect(await one.store.counts()).toMatchObject({ waiting: 0, edited: 1, superseded: 1 });
    }));

  test("a live answer settles what another gateway put there, once it has looked again", () =>
    shared(async (one, other) => {
      await other.inbox.flush();
      one.offer("lamp");
      await one.inbox.flush();
      await other.clock.advance(KEYS_FRESH_MS);
      // The first stored answer has the keys read again, any later one is among them.
      other.inbox.answerStored("key of something else");
      await other.inbox.flush();
      other.inbox.answerStored("key of lamp");
      await other.inbox.flush();
      expect(await one.store.counts()).toMatchObject({ waiting: 0, superseded: 1 });
    }));

  test(
    "a database that is away costs nothing that there was room for",
    () =>
      shared(async ({ offer, inbox, clock, store }) => {
        await inbox.flush();
        await server?.kill();
        offer("lamp");
        await inbox.flush();
        offer("lamp");
        for (let count = 0; count < MOST_PENDING + 3; count++) offer(`flood-${count}`);
        await inbox.flush();
        await server?.start();
        await expect
          .poll(
            async () => {
              await clock.advance(RETRY_MS);
              await inbox.flush();
              return store.counts().then(
                ({ waiting }) => waiting,
                () => 0,
              );
            },
            { timeout: 30_000 },
          )
          .toBe(MOST_PENDING);
        const lamp = (await store.list(undefined, undefined, 1_000)).find(({ question }) => question === "lamp");
        expect(lamp?.given).toBe(2);
        expect(await store.dropped()).toBe(4);
      }),
    90_000,
  );
});
