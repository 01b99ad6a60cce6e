import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLog, type LogOptions } from "./log.ts";
import { maskSecrets, redact } from "./redact.ts";

function logged(options: LogOptions = {}) {
  const lines: string[] = [];
  const log = createLog({ ...options, destination: { write: (line) => lines.push(line) } });
  return { log, lines };
}

describe("JSON lines", () => {
  test("one object a line, with level, time, facts and message", () => {
    const { log, lines } = logged();
    log.info({ requestId: "r1", status: 200, promptTokens: 12 }, "Answered.");
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith("\n")).toBe(true);
    const entry = JSON.parse(lines[0] ?? "");
    expect(entry).toMatchObject({ level: "info", requestId: "r1", status: 200, promptTokens: 12, msg: "Answered." });
    expect(entry.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  test("entries below the level are not kept", () => {
    const { log, lines } = logged({ level: "warn" });
    log.info({}, "no");
    log.warn({}, "yes");
    expect(lines).toHaveLength(1);
    expect([log.enabled("info"), log.enabled("error")]).toEqual([false, true]);
  });

  test("an error keeps its type, code, message and cause", () => {
    const { log, lines } = logged();
    const error = Object.assign(new Error("outer", { cause: new TypeError("inner") }), { code: "E1" });
    log.error({ error }, "Failed.");
    expect(JSON.parse(lines[0] ?? "").error).toMatchObject({
      type: "Error",
      code: "E1",
      message: "outer",
      cause: { type: "TypeError", message: "inner" },
    });
  });
});

describe("records", () => {
  test("are lines like any other, without what is undefined", () => {
    const { log, lines } = logged({ level: "info" });
    log.record("info", { requestId: 'r"1"', status: 200, stream: false, route: undefined, ms: 1.5 }, "Done.");
    log.record("debug", { requestId: "r2" }, "Not kept.");
    expect(lines).toHaveLength(1);
    const { time, ...entry } = JSON.parse(lines[0] ?? "");
    expect(entry).toEqual({ level: "info", requestId: 'r"1"', status: 200, stream: false, ms: 1.5, msg: "Done." });
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  test("hide what looks like a credential in any of their texts, and shorten the long ones", () => {
    const { log, lines } = logged();
    log.record("warn", { model: "x Bearer s3cr3t-value", url: "http://u:s3cr3t-value@h/" }, "key sk-s3cr3t-value");
    log.record("info", { model: `${"x".repeat(5_000)}s3cr3t-value` }, "Long.");
    expect(lines.join()).not.toContain("s3cr3t-value");
    expect(lines[1]?.length).toBeLessThan(3_000);
  });
});

describe("what is never shown", () => {
  const secret = "s3cr3t-value";
  test.each([
    "authorization",
    "Authorization",
    "x-api-key",
    "apiKey",
    "api_key",
    "apiKeys",
    "messages",
    "prompt",
    "input",
    "content",
    "reasoning_content",
    "body",
    "password",
    "cookie",
  ])("the member %s, at any depth", (name) => {
    const { log, lines } = logged();
    log.info({ [name]: secret, nested: { list: [{ [name]: [secret] }] } }, "Request.");
    expect(lines.join()).not.toContain(secret);
  });

  test("credentials inside texts, messages and errors", () => {
    const { log, lines } = logged();
    const error = new Error(`refused Authorization: Bearer ${secret}`);
    log.warn({ error, url: `http://user:${secret}@proxy:3128/`, note: "sk-0123456789abcdef" }, `key sk-${secret}`);
    expect(lines.join()).not.toContain(secret);
    expect(lines.join()).not.toContain("0123456789abcdef");
    expect(lines.join()).toContain("user:[hidden]@proxy");
  });

  test("whatever surrounds it: any object with a secret member", () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 4 }), fc.string({ minLength: 1 }), (around, name) => {
        const shown = JSON.stringify(redact({ [name]: { ...around, apiKey: secret, deep: [{ messages: [secret] }] } }));
        expect(shown).not.toContain(secret);
      }),
    );
  });

  test("ordinary texts stay as they are", () => {
    for (const text of ["Connection refused at 127.0.0.1:80", "http://example.com/v1", "task-oriented answer"]) {
      expect(maskSecrets(text)).toBe(text);
    }
  });

  test("long, deep and binary values have bounds", () => {
    const deep: { next?: unknown } = {};
    deep.next = deep;
    const shown = JSON.stringify(
      redact({ deep, long: "x".repeat(10_000), many: Array(1_000).fill(1), raw: Buffer.alloc(9) }),
    );
    expect(shown.length).toBeLessThan(3_000);
    expect(shown).toContain("[9 bytes]");
  });
});

describe("pretty lines", () => {
  test("one line for people", () => {
    const { log, lines } = logged({ pretty: true });
    log.warn({ provider: "deepseek", ms: 12, why: "two words" }, "Breaker opened.");
    expect(lines[0]?.slice(12)).toBe(' warn  Breaker opened. provider=deepseek ms=12 why="two words"\n');
    expect(lines[0]?.slice(0, 12)).toMatch(/^\d\d:\d\d:\d\d\.\d\d\d$/);
  });

  test("nothing that a caller sends can begin a new line or colour the terminal", () => {
    const { log, lines } = logged({ pretty: true });
    log.info({ path: "/\n12:00 error forged", model: "\u001b[31mred" }, "a\r\nb");
    expect(lines[0]?.indexOf("\n")).toBe((lines[0]?.length ?? 0) - 1);
    expect(lines[0]).not.toContain("\u001b");
    expect(lines[0]).not.toContain("\r");
  });

  test("colours only when asked for", () => {
    const { log, lines } = logged({ pretty: true, color: true });
    log.error({}, "x");
    expect(lines[0]).toContain("\u001b[31m");
  });
});
