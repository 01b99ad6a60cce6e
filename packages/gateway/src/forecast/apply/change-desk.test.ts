import { chmodSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadedConfig } from "tideover/config";
import { isCallerError } from "tideover/front";
import { VirtualClock } from "tideover/testing";
import { describe, expect, test } from "vitest";
import type { AppliedChange, Recommendation } from "../../admin/forecast-types.ts";
import { parseConfig } from "../../config/index.ts";
import { SILENT_LOG } from "../../logging/index.ts";
import { DataDir } from "../../stores/embedded/index.ts";
import { temporaryFolder } from "../../stores/embedded/testing/temporary-folder.ts";
import { ChangeDesk } from "./change-desk.ts";
import { CHANGES_DATABASE, ChangeTrail } from "./change-trail.ts";

const SECRET = "sk-that-nobody-may-see-0123456789";
const FILE = `# the shop's
providers:
  deepseek: { preset: deepseek, apiKey: ${SECRET}, limit: { max: 120 } } # as agreed
routes:
  - { name: copy, model: "*", ladder: [deepseek, ticket] }
`;
const RAISE: Recommendation = {
  id: "raise-limit:deepseek",
  kind: "raise-limit",
  subject: "deepseek",
  reason: { en: "It is too low.", zh: "太低。" },
  change: { path: "providers.deepseek.limit.max", from: 120, to: 240 },
};
const SHIFT: Recommendation = {
  ...RAISE,
  id: "shift-off-peak:deepseek",
  kind: "shift-off-peak",
  change: { path: "routes[].ladder[].ticket.offPeak", from: false, to: true },
};

interface Stage {
  readonly desk: ChangeDesk;
  readonly path: string;
  /** How often the file was read anew. */
  readonly reloads: () => number;
  readonly dataDir: DataDir;
}

async function stage(use: (stage: Stage) => Promise<void>, { file = true, refuses = false } = {}) {
  using folder = temporaryFolder();
  const path = join(folder.path, "tideover.yaml");
  writeFileSync(path, FILE, { mode: 0o640 });
  const load = (): LoadedConfig => {
    const loaded = parseConfig(readFileSync(path, "utf8"), {});
    if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
    return loaded;
  };
  let loaded = load();
  let reloads = 0;
  const settings = {
    path: file ? path : undefined,
    loaded: () => loaded,
    environment: {},
    async reload() {
      reloads++;
      if (!refuses) loaded = load();
    },
  };
  const dataDir = DataDir.open(join(folder.path, "data"), "test");
  const trail = new ChangeTrail(dataDir.database(CHANGES_DATABASE));
  try {
    const desk = new ChangeDesk({ settings, clock: new VirtualClock(), log: SILENT_LOG, trail });
    await use({ desk, path, reloads: () => reloads, dataDir });
  } finally {
    await dataDir.close();
  }
}

const applied = (outcome: AppliedChange | object): AppliedChange => {
  if (isCallerError(outcome)) throw new Error(outcome.message);
  return outcome as AppliedChange;
};

describe("a recommendation that is a setting", () => {
  test("is shown exactly, written with its comments, kept as it was before, put in force and into the trail", () =>
    stage(async ({ desk, path, reloads }) => {
      const shown = await desk.preview(RAISE);
      expect(shown).toMatchObject({ file: path, snippet: expect.stringContaining("max: 240") });
      expect(shown).not.toHaveProperty("blocked");
      expect(shown?.changes).toEqual([
        { section: "provider", name: "deepseek", setting: "limit.max", before: "120", after: "240" },
      ]);
      expect(JSON.stringify(shown)).not.toContain(SECRET);
      expect(readFileSync(path, "utf8")).toBe(FILE);

      const change = applied(await desk.apply(RAISE, shown?.digest ?? "", "Ada (admin key)"));
      expect(readFileSync(path, "utf8")).toBe(FILE.replace("max: 120", "max: 240"));
      expect(readFileSync(change.backup, "utf8")).toBe(FILE);
      expect(statSync(path).mode & 0o777).toBe(0o640);
      expect(reloads()).toBe(1);
      expect(change).toMatchObject({ by: "Ada (admin key)", id: RAISE.id, file: path, changes: shown?.changes });
      expect(desk.changes(10)).toEqual([change]);
    }));

  test("may be several settings: tickets of every route that asks the dear provider first", () =>
    stage(async ({ desk, path }) => {
      const shown = await desk.preview(SHIFT);
      applied(await desk.apply(SHIFT, shown?.digest ?? "", "Ada"));
      expect(readFileSync(path, "utf8")).toContain("ladder: [ deepseek, { ticket: { offPeak: true } } ]");
      // It is there now: nothing is left to change.
      expect(await desk.preview(SHIFT)).toBeUndefined();
    }));

  test("that is no setting has nothing to show", () =>
    stage(async ({ desk }) => {
      const { change: _, ...advice } = RAISE;
      expect(await desk.preview(advice)).toBeUndefined();
      expect(isCallerError(await desk.apply(advice, "", "Ada"))).toBe(true);
    }));
});

describe("the file stays as it is", () => {
  const refused = async (desk: ChangeDesk, digest: string, why: RegExp) => {
    const outcome = await desk.apply(RAISE, digest, "Ada");
    expect(isCallerError(outcome) && { status: outcome.status, message: outcome.message }).toEqual({
      status: 409,
      message: expect.stringMatching(why),
    });
    expect(desk.changes(10)).toEqual([]);
  };

  test("where it was changed since it was looked at", () =>
    stage(async ({ desk, path }) => {
      const shown = await desk.preview(RAISE);
      writeFileSync(path, `${FILE}# a word\n`);
      await refused(desk, shown?.digest ?? "", /changed since/);
      expect(readFileSync(path, "utf8")).toBe(`${FILE}# a word\n`);
    }));

  test("where another value is recommended by now than the one that was looked at", () =>
    stage(async ({ desk, path }) => {
      const shown = await desk.preview(RAISE);
      const more = { ...RAISE, change: { path: "providers.deepseek.limit.max", from: 120, to: 500 } };
      const outcome = await desk.apply(more, shown?.digest ?? "", "Ada");
      expect(isCallerError(outcome) && outcome.message).toMatch(/look again/);
      expect(readFileSync(path, "utf8")).toBe(FILE);
    }));

  test("where the gateway then refuses it: the old one is back", () =>
    stage(
      async ({ desk, path, reloads }) => {
        const shown = await desk.preview(RAISE);
        await refused(desk, shown?.digest ?? "", /old one is back/);
        expect(readFileSync(path, "utf8")).toBe(FILE);
        expect(reloads()).toBe(2);
      },
      { refuses: true },
    ));

  test("where there is none: the change is given to be written by hand", () =>
    stage(
      async ({ desk }) => {
        const shown = await desk.preview(RAISE);
        expect(shown).toMatchObject({
          file: null,
          blocked: { en: expect.stringMatching(/without a configuration file/) },
          changes: [],
        });
        expect(shown?.snippet).toBe("providers:\n  deepseek:\n    limit:\n      max: 240\n");
        await refused(desk, shown?.digest ?? "", /without a configuration file/);
      },
      { file: false },
    ));

  test("where it is read-only, or a link to something else", () =>
    stage(async ({ desk, path }) => {
      chmodSync(path, 0o444);
      const readOnly = await desk.preview(RAISE);
      expect(readOnly?.blocked?.en).toMatch(/must not write/);
      expect(readOnly?.changes).toHaveLength(1);
      await refused(desk, readOnly?.digest ?? "", /must not write/);
      renameSync(path, `${path}.real`);
      symlinkSync(`${path}.real`, path);
      const linked = await desk.preview(RAISE);
      expect(linked?.blocked?.en).toMatch(/symbolic link/);
      await refused(desk, linked?.digest ?? "", /symbolic link/);
    }));

  test("where it is not what is in force, or could not be", () =>
    stage(async ({ desk, path }) => {
      writeFileSync(path, FILE.replace("copy", "copy, nmae: x"));
      const shown = await desk.preview(RAISE);
      expect(shown?.blocked?.en).toMatch(/would be refused/);
      await refused(desk, shown?.digest ?? "", /would be refused/);
    }));
});

test("who may read and write the file stays as it was, whatever the process's own mask says", () =>
  stage(async ({ desk, path }) => {
    chmodSync(path, 0o666);
    applied(await desk.apply(RAISE, (await desk.preview(RAISE))?.digest ?? "", "Ada"));
    expect(statSync(path).mode & 0o777).toBe(0o666);
  }));

test("a trail that cannot be written undoes nothing: the log remembers", () =>
  stage(async ({ desk, path, dataDir }) => {
    const shown = await desk.preview(RAISE);
    await dataDir.close();
    applied(await desk.apply(RAISE, shown?.digest ?? "", "Ada"));
    expect(readFileSync(path, "utf8")).toContain("max: 240");
  }));

test("of two who apply the same at once, one does", () =>
  stage(async ({ desk }) => {
    const digest = (await desk.preview(RAISE))?.digest ?? "";
    const outcomes = await Promise.all(["Ada", "Ben"].map((by) => desk.apply(RAISE, digest, by)));
    expect(outcomes.map(isCallerError)).toEqual([false, true]);
    expect(desk.changes(10)).toHaveLength(1);
  }));
