import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { startPostgres } from "../harness/postgres.ts";
import { type RunningPrometheus, startPrometheus } from "../harness/prometheus.ts";
import type { Beside } from "./beside/beside.ts";
import { consoleCommands, withoutLines } from "./commands.ts";
import { problemsOfConfiguration } from "./configurations.ts";
import { type DocsStage, docsStage, type Ended } from "./docs-stage.ts";
import { GIVEN } from "./given.ts";
import { hasPython } from "./installed.ts";
import { markOf } from "./marks.ts";
import { type Block, blocksOf, CHECKOUT, guidePages } from "./pages.ts";
import { type Programs, writePrograms } from "./programs.ts";
import { queriesOf, unknownNames } from "./queries.ts";
import { RECIPES, recipeOf } from "./recipes.ts";
import { SHOWN_ANSWERS } from "./shown-answers.ts";
import { differencesOf, documentsIn } from "./shown-documents.ts";
import { compareOutput } from "./shown-output.ts";
import { isAlsoInEnglish } from "./translations.ts";

const BLOCKS = guidePages().flatMap((page) => blocksOf(page));
const PROGRAMS = ["ts", "tsx", "js"];
const PYTHON = "python";
const PICTURES = ["text", "mermaid"];
/** The longest that one block may take, in ms, on a machine that is busy with much else. */
const BLOCK_MS = 200_000;

const placeOf = ({ page, line, language }: Block) => `${page}:${line} (${language})`;
const named = (chosen: readonly Block[]) => chosen.map((block) => [placeOf(block), block] as const);
const isNotRun = (block: Block) => {
  const mark = markOf(block);
  return mark?.how === "not run" && mark.lines.length === 0;
};
const translated = BLOCKS.filter((block) => isAlsoInEnglish(block));
const run = BLOCKS.filter((block) => !isNotRun(block) && !translated.includes(block));

let stage: DocsStage;
let programs: Programs;
beforeAll(async () => {
  stage = await docsStage();
  programs = await writePrograms(
    run.filter(({ language }) => PROGRAMS.includes(language)),
    stage.here,
  );
}, BLOCK_MS);
afterAll(async () => {
  programs?.remove();
  await stage?.[Symbol.asyncDispose]();
}, BLOCK_MS);

test("every block is proven, or says why it is not", () => {
  const proven = [...PROGRAMS, PYTHON, ...PICTURES, "toml", "yaml", "sh", "console", "promql", "json", "jsonl", "html"];
  expect(run.filter(({ language }) => !proven.includes(language)).map(placeOf)).toEqual([]);
  const onlyRead = run.filter((block) => block.language === "toml" && markOf(block)?.how !== "only read");
  expect(onlyRead.map(placeOf), "of another program, so only read").toEqual([]);
  const marks = BLOCKS.map((block) => markOf(block)).filter((mark) => mark !== undefined);
  const reasons = Map.groupBy(marks, ({ how, reason }) => `${how}: ${reason}`);
  const pictures = run.filter(({ language }) => PICTURES.includes(language)).length;
  const some = run.filter((block) => ["only compiled", "only read"].includes(markOf(block)?.how ?? "")).length;
  const none = BLOCKS.filter(isNotRun).length;
  process.stdout.write(
    `Blocks of the pages: ${BLOCKS.length}; executed ${run.length - pictures - some}, compiled or read only ${some}, ` +
      `not run ${none}, pictures ${pictures}, the same in two languages ${translated.length}.\n` +
      [...reasons].map(([reason, those]) => `  ${reason}: ${those.length}\n`).join(""),
  );
});

test("nothing is prepared for a block that is not there", () => {
  for (const { page, holds } of [...RECIPES, ...GIVEN, ...SHOWN_ANSWERS]) {
    const those = BLOCKS.filter((block) => block.page === page && block.text.includes(holds));
    expect(those.length, `${page}: ${holds}`).toBeGreaterThan(0);
  }
});

describe("configurations", () => {
  test.each(named(run.filter(({ language }) => language === "yaml")))("%s", (_place, block) => {
    if (markOf(block)?.how === "only read") expect(parse(block.text)).toBeTypeOf("object");
    else expect(problemsOfConfiguration(block.text)).toEqual([]);
  });
});

describe("pictures hold nothing that is to be executed", () => {
  test.each(named(run.filter(({ language }) => PICTURES.includes(language))))("%s", (_place, { text }) => {
    expect(text).not.toMatch(/^\s*(?:\$ |npm |npx |node |curl |tideover |docker |helm )/m);
  });
});

describe("programs", () => {
  const typed = run.filter(({ language }) => language === "ts" || language === "tsx");
  test.each(named(typed))("%s compiles", (_place, block) => {
    expect(programs.problemsOf(block)).toBe("");
  });

  const running = run.filter((block) => PROGRAMS.includes(block.language) && markOf(block)?.how !== "only compiled");
  test.each(named(running))(
    "%s runs",
    async (_place, block) => {
      prepare(block);
      expect(await stage.node(programs.fileOf(block))).toMatchObject({ code: 0, output: expect.any(String) });
    },
    BLOCK_MS,
  );
});

describe.skipIf(!hasPython())("programs in Python", () => {
  test.each(named(run.filter(({ language }) => language === PYTHON)))(
    "%s runs",
    async (_place, block) => {
      const { folder } = prepare(block);
      writeFileSync(`${folder}/program.py`, stage.here(block.text));
      expect(await stage.shell("python3 program.py", folder)).toMatchObject({ code: 0, output: expect.any(String) });
    },
    BLOCK_MS,
  );
});

describe("documents", () => {
  test.each(named(run.filter(({ language }) => language === "json")))(
    "%s is of the form that really comes",
    async (_place, block) => {
      const shown = documentsIn(block.text);
      const answer = SHOWN_ANSWERS.find(({ page, holds }) => page === block.page && block.text.includes(holds));
      const real = (await answer?.ask(stage)) ?? [];
      expect(real).toHaveLength(shown.length);
      const differences = shown.flatMap((document, index) => differencesOf(document, real[index]));
      // Refused before the request has a number.
      const isTooLarge = block.text.includes("payload_too_large");
      expect(differences.filter((found) => !(isTooLarge && found.startsWith(".error.request_id")))).toEqual([]);
    },
    BLOCK_MS,
  );

  test.each(named(run.filter(({ language }) => language === "jsonl")))(
    "%s is JSON, line by line",
    (_place, { text }) => {
      for (const line of text.trim().split("\n")) expect(JSON.parse(line)).toBeTypeOf("object");
    },
  );

  test.each(named(run.filter(({ language }) => language === "html")))(
    "%s uses what the kit has",
    (_place, { text }) => {
      expect(text).toContain("<tide-when");
      for (const [, attributes = ""] of text.matchAll(/<tide-when([^>]*)>/g)) {
        for (const [, name, value = ""] of attributes.matchAll(/([\w-]+)="([^"]*)"/g)) {
          expect(["level", "route", "otherwise"]).toContain(name);
          if (name === "level")
            expect(["normal", "busy", "degraded", "outage"]).toEqual(expect.arrayContaining(value.split(" ")));
          if (name === "otherwise") expect(value).toBe("disable");
        }
      }
    },
  );
});

describe("commands", () => {
  test.each(named(run.filter(({ language }) => language === "sh")))(
    "%s",
    async (_place, block) => {
      if (!(recipeOf(block).canRun?.() ?? true)) return;
      await using beside = await recipeOf(block).beside?.();
      const { folder, exits, replaced } = await prepared(block, { beside });
      const script = replaced(withoutLines(block.text, markOf(block)?.lines ?? []));
      const { alone, files } = recipeOf(block);
      // The same commands in a folder of their own do the same: pages that begin alike need it only once.
      const ended = await (alone === true && files === undefined ? once(script) : stage.shell(script, folder));
      expect(exits, ended.output).toContain(ended.code);
      await beside?.prove();
    },
    BLOCK_MS,
  );

  test.each(named(run.filter(({ language }) => language === "console")))(
    "%s",
    async (_place, block) => {
      const { canRun, database: wantsDatabase } = recipeOf(block);
      if (!(canRun?.() ?? true)) return;
      await using database = wantsDatabase === true ? await startPostgres() : undefined;
      const { folder, exits, replaced } = await prepared(block, { database: database?.newDatabase() });
      let within = folder;
      const learned: (readonly [string, string])[] = [];
      for (const { command, output } of consoleCommands(block.text)) {
        if (markOf(block)?.lines.some((line) => command.includes(line)) === true) continue;
        const ended = await stage.shell(replacing(replaced(command), learned), within);
        within = stage.lastFolder();
        expect(exits, ended.output).toContain(ended.code);
        const compared = compareOutput(output, ended.output);
        expect(compared.missing, `not in the output of ${command}:\n${ended.output}`).toBeUndefined();
        learned.push(...compared.learned);
      }
    },
    BLOCK_MS,
  );
});

describe("queries", () => {
  let prometheus: RunningPrometheus;
  let alsoTold: readonly string[];
  beforeAll(async () => {
    prometheus = await startPrometheus(new URL(stage.url).host);
    const metrics = await (await fetch(`${stage.url}/metrics`)).text();
    alsoTold = [...metrics.matchAll(/^# TYPE (\w+)/gm)].map(([, name = ""]) => name);
  }, BLOCK_MS);
  afterAll(() => prometheus?.[Symbol.asyncDispose](), BLOCK_MS);

  test.each(named(run.filter(({ language }) => language === "promql")))(
    "%s is understood by Prometheus, and asks for what is told",
    async (_place, block) => {
      for (const query of queriesOf(block.text)) {
        expect(unknownNames(query, alsoTold), query).toEqual([]);
        // It throws for a query that it does not understand.
        expect(await prometheus.query(query)).toBeInstanceOf(Array);
      }
    },
    BLOCK_MS,
  );
});

/** What came of scripts that need nothing but an empty folder. */
const alreadyRun = new Map<string, Promise<Ended>>();

function once(script: string): Promise<Ended> {
  // Comments are in the page's language.
  const commands = script.replaceAll(/\s+#.*$/gm, "");
  const ended = alreadyRun.get(commands) ?? stage.shell(script, stage.emptyFolder());
  alreadyRun.set(commands, ended);
  return ended;
}

/** Puts a block's files where it runs. */
function prepare(block: Block, database = ""): { readonly folder: string; readonly exits: readonly number[] } {
  const { files = {}, alone, within, inCheckout, exits = [0] } = recipeOf(block);
  const folder = alone === true ? stage.emptyFolder() : `${stage.folder}/${within ?? ""}`;
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(`${folder}/${name}`, stage.filled(text).replaceAll("{database}", database));
  }
  return { folder: inCheckout === true ? CHECKOUT : folder, exits };
}

async function prepared(
  block: Block,
  { database, beside }: { database?: string | undefined; beside?: Beside | undefined },
) {
  const { inPlaceOf = [], before } = recipeOf(block);
  const place = prepare(block, database);
  const known = [...inPlaceOf, ...((await before?.(stage.url)) ?? []), ...(beside?.inPlaceOf ?? [])];
  for (const [text] of known) expect(block.text).toContain(text);
  return { ...place, replaced: (text: string) => replacing(text, known) };
}

function replacing(text: string, known: readonly (readonly [string, string])[]): string {
  return known.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
}
