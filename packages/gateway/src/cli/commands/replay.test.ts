import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstreamServer } from "@tideover/simulator";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "../run-cli.ts";
import { scriptedIo } from "../testing/scripted-io.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function run(line: string, io = scriptedIo(folder)) {
  const code = await runCli(["replay", ...line.split(" ").filter((word) => word !== "")], io);
  return { code, out: io.out(), err: io.err(), listeners: io.listeners() };
}

const TRACE = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46,10,5\r\n2023-11-16 18:15:47,20,9\r\n";

test("a trace through the built-in gateway: a table of what became of it", async () => {
  await writeFile(join(folder, "trace.csv"), TRACE);
  const { code, out, err, listeners } = await run("trace.csv --profile faults --speed 100");
  expect([code, err, listeners]).toEqual([0, "", 0]);
  expect(out).toContain("SIMULATED providers");
  expect(out).toMatch(/live +2 +100\.0%/);
  expect(out).toMatch(/as they should be +2/);
});

test("--json gives one line for scripts, --url goes to a running server and says what cannot be compared", async () => {
  await using server = Object.assign(await startUpstreamServer({ profile: "faults" }), {
    [Symbol.asyncDispose]: () => server.close(),
  });
  const { code, out } = await run(`--generated --seconds 3 --speed 50 --json --url ${server.url}/v1/`);
  const result = JSON.parse(out);
  expect([code, result.url, result.upstreams, result.stopped]).toEqual([0, server.url, [], false]);
  expect(result.requests).toBe(server.model.counters.requests - 1);
  expect(result.outcomes).toEqual({ answered: result.requests });
  expect(result.verdicts["not-compared"]).toBe(result.requests);
});

test("a provider without a gateway that cuts answers: exit 1, and the table says why", async () => {
  await writeFile(join(folder, "trace.csv"), TRACE);
  await using server = Object.assign(await startUpstreamServer({ profile: "faults", faultFor: () => "cut-clean-2" }), {
    [Symbol.asyncDispose]: () => server.close(),
  });
  const { code, out } = await run(`trace.csv --speed 100 --stream 100% --url ${server.url}`);
  expect(code).toBe(1);
  expect(out).toMatch(/WRONG: cut, passed as whole +2/);
});

test("a signal stops it early, with what is known until then", async () => {
  const io = scriptedIo(folder);
  setTimeout(() => io.send("SIGINT"), 150);
  const { code, out, listeners } = await run("--generated --seconds 1000 --profile faults", io);
  expect([code, listeners]).toEqual([1, 0]);
  expect(out).toContain("Stopped before its end");
  expect(out).toContain("Answered by");
});

describe("command lines and files that are wrong", () => {
  test.each([
    ["", 2, "Name a trace file, or give --generated."],
    ["a.csv --generated", 2, "Give a trace file or --generated, not both."],
    ["a.csv b.csv", 2, 'Unexpected argument "b.csv".'],
    ["--trace a.csv", 2, "Unknown flag --trace."],
    ["a.csv --url here", 2, '--url is "here"; it must be an address'],
    ["a.csv --url http://127.0.0.1:1 --profile calm", 2, "--profile is for the simulated provider"],
    ["a.csv --speed fast", 2, '--speed is "fast"; it must be a number from 0.01 to 1000.'],
    ["a.csv --speed 0", 2, '--speed is "0"'],
    ["a.csv --stream 101%", 2, '--stream is "101%"; it must be a share such as 80% or 0.8.'],
    ["a.csv --seconds 0", 2, '--seconds is "0"; it must be a whole number from 1 to 86400.'],
    ["a.csv --deadline soon", 2, '--deadline is "soon": '],
    ["a.csv --deadline 0s", 2, '--deadline is "0s": '],
    ["a.csv", 1, "There is no file a.csv."],
    ["--generated --url http://127.0.0.1:1", 1, "Nothing answers at http://127.0.0.1:1: "],
  ])("%s", async (line, code, message) => {
    const result = await run(line);
    expect(result.err).toContain(message);
    expect([result.code, result.out]).toEqual([code, ""]);
  });

  test("a bad line is told before anything is sent", async () => {
    await writeFile(join(folder, "trace.csv"), `${TRACE}2023-11-16 18:15:48,many,2\n`);
    const { code, out, err } = await run("trace.csv");
    expect([code, out]).toEqual([1, ""]);
    expect(err).toBe('trace.csv, line 4, column ContextTokens: "many" is not a whole number from 0 to 1000000.\n');
  });
});
