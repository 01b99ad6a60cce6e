import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { simulate } from "../cli/commands/simulate.ts";
import { helpOf } from "../cli/help.ts";
import { messagesIn } from "../cli/messages/index.ts";
import { readArguments } from "../cli/read-arguments.ts";
import { scriptedIo } from "../cli/testing/scripted-io.ts";

const SCENARIO = `
name: afternoon
duration: 40s
providers:
  deepseek:
    slots: 20
    schedule:
      - { at: 20s, profile: outage }
config:
  routes:
    - model: "*"
      deadline: 30s
      ladder:
        - deepseek
        - rules: [ { when: "model.startsWith('other')", answer: "no" } ]
        - template: { text: "Later." }
arrivals: { rate: 2 }
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function run(...argv: string[]) {
  const io = scriptedIo(folder);
  const messages = messagesIn("en");
  const args = readArguments(argv, simulate.flags(messages), messages);
  const code = await simulate.run(args, { io, messages, language: "en" });
  return { code, out: io.out() };
}

test("a file becomes a table, and a report", async () => {
  await writeFile(join(folder, "afternoon.yaml"), SCENARIO);
  const { code, out } = await run("afternoon.yaml", "--html", "report.html");
  expect(code).toBe(0);
  expect(out).toMatch(/SIMULATED: afternoon, generated arrivals/);
  for (const row of ["tideover", "classic", "sdk", "none", "oracle"]) expect(out).toContain(`\n  ${row}`);
  expect(out).toContain("kept every promise");
  expect(await readFile(join(folder, "report.html"), "utf8")).toContain("<svg");
});

test("JSON holds the figures of every seed, for a shipped scenario and a trace", async () => {
  const rows = [
    "TIMESTAMP,ContextTokens,GeneratedTokens",
    "2023-11-16 18:15:46.1,10,20",
    "2023-11-16 18:15:47.2,10,30",
  ];
  await writeFile(join(folder, "trace.csv"), rows.join("\r\n"));
  const { out } = await run("busy-hour", "--seeds", "2", "--trace", "trace.csv", "--json");
  const report = JSON.parse(out);
  expect(report).toMatchObject({
    arrivals: "trace",
    seeds: [1, 2],
    strategies: [{ strategy: "tideover" }, {}, {}, {}],
  });
  expect(report.strategies[0].bySeed.map(({ calls }: { calls: number }) => calls)).toEqual([2, 2]);
});

test("the gate prints every aim beside its figure, and fails when one is missed", async () => {
  await writeFile(
    join(folder, "afternoon.yaml"),
    SCENARIO.replace("duration: 40s", "duration: 40s\ntrouble: { from: 20s, to: 30s }"),
  );
  const { code, out } = await run("afternoon.yaml", "--gate", "--first-seed", "7");
  expect(out).toContain("mean of seed 7.");
  expect(out).toMatch(/(met|MISSED) +live .*>= 97\.0% of the ceiling/);
  expect(code).toBe(out.includes("MISSED") || out.includes("broke promises") ? 1 : 0);
  const { out: json } = await run("afternoon.yaml", "--gate", "--json");
  expect(JSON.parse(json).gate).toContainEqual({ figure: "wrong", value: "0", aim: "0", met: true });
});

test("what is wrong is told with its file and line", async () => {
  await writeFile(join(folder, "wrong.yaml"), SCENARIO.replace("slots: 20", "slots: many"));
  await expect(run("wrong.yaml")).rejects.toThrow(/wrong\.yaml:6: providers\.deepseek\.slots: must be a number/);
  await writeFile(join(folder, "config.yaml"), SCENARIO.replace("- deepseek\n", "- nobody\n"));
  await expect(run("config.yaml")).rejects.toThrow(/routes\[0\]\.ladder\[0\]/);
  await expect(run("no-such.yaml")).rejects.toThrow(/Known scenarios: busy-hour, flash-crowd/);
  await expect(run("busy-hour", "--trace", "none.csv")).rejects.toThrow(/none\.csv cannot be read/);
  await expect(run("busy-hour", "--seeds", "0")).rejects.toThrow(/--seeds is "0"/);
});

test("its help is there in English and in Chinese", () => {
  expect(helpOf(simulate, messagesIn("en"))).toContain("tideover simulate busy-hour");
  expect(helpOf(simulate, messagesIn("zh"))).toMatch(/[\u4e00-\u9fff]/);
});
