import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const COMMAND = fileURLToPath(new URL("../../bin/tideover.js", import.meta.url));

test("a command whose reader has enough ends as it would have", async () => {
  const child = spawn(process.execPath, [COMMAND, "simulate", "busy-hour", "--calls", "20", "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => {
    said += bytes.toString();
  });
  // As `head -c 0` does: the report is then written to a pipe that nobody reads.
  child.stdout.destroy();
  const [code] = (await once(child, "close")) as [number | null];
  expect(said).not.toContain("EPIPE");
  expect(code).toBe(0);
}, 60_000);
