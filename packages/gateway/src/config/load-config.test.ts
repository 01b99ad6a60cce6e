import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatIssue, formatOrigin } from "tideover/config";
import { afterEach, describe, expect, test } from "vitest";
import { loadConfig } from "./load-config.ts";
import { fileWith, load, problems } from "./testing/texts.ts";

/** The example of the product's description. */
const EXAMPLE = `server:
  host: 127.0.0.1
  port: 8787
  dataDir: .tideover
  keys:
    - { name: shop, key: "\${SHOP_KEY}", tenant: shop, maxPriority: 1, rate: { requests: 600/m, tokens: 2M/m } }
providers:
  deepseek: { preset: deepseek, apiKey: "\${DEEPSEEK_API_KEY}", breaker: { consecutive: 5, open: 30s }, limit: { concurrency: auto, max: 500 } }
  ark:      { preset: volcengine, apiKey: "\${ARK_API_KEY}", models: { deepseek-flash: deepseek-v4-flash-ga-260731 } }
  box:      { preset: openai-compatible, baseUrl: "http://127.0.0.1:8000/v1", degraded: true }
  tiny:     { preset: onnx, model: "onnx-community/DeepSeek-R1-Distill-Qwen-1.5B-ONNX", dtype: q4, degraded: true }
stores:
  cache: "redis://127.0.0.1:6379"
  jobs:  "postgres://localhost/tideover"
  queue: "amqp://localhost"
routes:
  - name: product-copy
    model: "deepseek-*"
    deadline: 60s
    firstToken: 10s
    gap: 30s
    cache: { fresh: 1h, stale: 7d, when: always }
    retry: { attempts: 3, baseDelay: 1s, maxDelay: 30s, jitter: full, budget: 10% }
    hedge: off
    resume: auto
    ladder:
      - deepseek
      - ark
      - box
      - stale
      - rules: [ { when: "metadata.category == 'gift-card'", answer: "…" } ]
      - template: { text: "{{metadata.name}}: {{metadata.features}}", review: true }
      - ticket
`;
const ENVIRONMENT = { SHOP_KEY: "shop-secret", DEEPSEEK_API_KEY: "sk-deepseek", ARK_API_KEY: "ark-secret" };

describe("the example of the product's description", () => {
  test("loads, and warns of what is of no use, with its line", () => {
    const { warnings } = load(EXAMPLE, ENVIRONMENT);
    expect(warnings.map((issue) => formatIssue(issue, "tideover.yaml"))).toEqual([
      "tideover.yaml:11: providers.tiny: is on no ladder, so it is never asked",
    ]);
  });

  test("becomes what it says", () => {
    const { config } = load(EXAMPLE, ENVIRONMENT);
    expect(config.server.keys).toEqual([
      {
        name: "shop",
        key: "shop-secret",
        tenant: "shop",
        maxPriority: 1,
        rate: { requests: { count: 600, perMs: 60_000 }, tokens: { count: 2_000_000, perMs: 60_000 } },
      },
    ]);
    expect(config.providers.deepseek).toMatchObject({
      apiKeys: ["sk-deepseek"],
      breaker: { consecutive: 5, open: 30_000 },
      limit: { concurrency: "auto", max: 500 },
    });
    expect(config.routes[0]).toMatchObject({
      deadline: 60_000,
      firstToken: 10_000,
      gap: 30_000,
      retry: { attempts: 3, baseDelay: 1_000, maxDelay: 30_000, jitter: "full", budget: 0.1 },
      ladder: [
        { kind: "provider", provider: "deepseek" },
        { kind: "provider", provider: "ark" },
        { kind: "provider", provider: "box" },
        { kind: "stale" },
        { kind: "rules" },
        { kind: "template", text: "{{metadata.name}}: {{metadata.features}}" },
        { kind: "ticket" },
      ],
    });
  });

  test("tells where each value came from", () => {
    const { origins } = load(EXAMPLE, ENVIRONMENT);
    const from = (path: string) => {
      const origin = origins.get(path);
      return origin === undefined ? undefined : formatOrigin(origin);
    };
    expect(from("server.port")).toBe("file line 3");
    expect(from("server.drain")).toBe("default");
    expect(from("server.keys[0].key")).toBe("environment SHOP_KEY");
    expect(from("providers.deepseek.apiKeys")).toBe("environment DEEPSEEK_API_KEY");
    expect(from("providers.deepseek.baseUrl")).toBe("preset deepseek");
    expect(from("providers.box.baseUrl")).toBe("file line 10");
    expect(from("providers.deepseek.breaker.open")).toBe("file line 8");
    expect(from("providers.deepseek.breaker.ratio")).toBe("default");
    expect(from("routes[0].retry.attempts")).toBe("file line 23");
    expect(from("routes[0].ladder[3]")).toBe("file line 30");
    expect(from("routes[0].ladder[4]")).toBe("file line 31");
  });
});

describe("a file that cannot be used is refused with the line", () => {
  const cases: [string, string, string[]][] = [
    ["an empty file", "", ["tideover.yaml: the file is empty; write at least providers and routes"]],
    ["comments only", "# nothing\n", ["tideover.yaml: the file is empty; write at least providers and routes"]],
    [
      "an unknown key",
      fileWith("server:\n  hots: 127.0.0.1"),
      ["tideover.yaml:2: server: unknown key `hots`; did you mean `host`?"],
    ],
    [
      "several things wrong, in the order of the lines",
      fileWith("server:\n  port: 70000\n  drain: 30\n  unary: true"),
      [
        "tideover.yaml:2: server.port: must be 65535 or less, got 70000",
        'tideover.yaml:3: server.drain: "30" is not a duration; write a number with a unit, such as 200ms, 30s, 5m, 1h or 7d',
        "tideover.yaml:4: server: unknown key `unary`; it belongs under server.keepAlive",
      ],
    ],
    [
      "a key written twice",
      fileWith("server:\n  port: 1\n  host: localhost\n  port: 2"),
      ["tideover.yaml:4: the key `port` is there twice; keep one"],
    ],
    [
      "a variable that is not set",
      fileWith(`server:\n  adminKey: "\${ADMIN_KEY}"`),
      [
        `tideover.yaml:2: server.adminKey: needs the environment variable ADMIN_KEY, which is not set; set it, or write \${ADMIN_KEY:-default}`,
      ],
    ],
    [
      "a placeholder that is none",
      fileWith(`server:\n  adminKey: "\${ADMIN KEY}"`),
      [
        `tideover.yaml:2: server.adminKey: has a \${ that is not \${NAME} or \${NAME:-default}; write $\${ for the characters themselves`,
      ],
    ],
    [
      "an open door",
      fileWith("server:\n  host: 0.0.0.0"),
      [
        "tideover.yaml:2: server.host: 0.0.0.0 can be reached from other machines and there are no keys, so anyone could use your accounts; add server.keys, or say server.open: true",
      ],
    ],
    [
      "a value that is not there",
      fileWith("server:\n  port:"),
      ["tideover.yaml:2: server.port: must be a number, got nothing"],
    ],
    [
      "a second document",
      `${fileWith("")}---\na: 1\n`,
      [expect.stringMatching(/^tideover\.yaml:\d+: is not valid YAML: /) as never],
    ],
    [
      "an unknown tag",
      fileWith("server:\n  host: !secret x"),
      [expect.stringMatching(/^tideover\.yaml:2: is not valid YAML: .*tag/i) as never],
    ],
    [
      "a bracket that is not closed",
      "routes: [",
      [expect.stringMatching(/^tideover\.yaml:\d+: is not valid YAML: /) as never],
    ],
    [
      "a bare variable in braces",
      fileWith(`server: { keys: [ { name: shop, key: \${SHOP_KEY} } ] }`),
      [`tideover.yaml:1: is not valid YAML: inside { } and [ ], \${SHOP_KEY} must stand in quotes: "\${SHOP_KEY}"`],
    ],
    [
      "a schedule that no calendar has",
      fileWith('warm: [{ prompts: w.jsonl, schedule: "99 * * * *" }]'),
      [
        expect.stringMatching(
          /^tideover\.yaml:1: warm\[0\]\.schedule: is no cron expression \(.*\); write minute, /,
        ) as never,
      ],
    ],
    [
      "stores that there are not",
      fileWith(
        "stores:\n  cache: memcached://x\n  jobs: mysql://root:secret@db\n  queue: sqs://x\n  history: postgres://db",
      ),
      [
        "tideover.yaml:2: stores.cache: must be sqlite, memory, or an address such as redis://127.0.0.1:6379",
        "tideover.yaml:4: stores.queue: must be embedded, or an address such as amqp://localhost or kafka://localhost:9092",
        "tideover.yaml:3: stores.jobs: must be sqlite, or an address such as postgres://localhost/tideover",
        "tideover.yaml:5: stores.history: names no database; write postgres://user:password@host:5432/database",
      ],
    ],
    [
      "a key from a prototype",
      fileWith("server:\n  __proto__: { port: 1 }"),
      ["tideover.yaml:1: server: unknown key `__proto__`"],
    ],
  ];

  test.each(cases)("%s", (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  test("a rule's condition that is none", () => {
    const text = `routes:
  - model: "*"
    ladder:
      - template: { text: t }
      - rules:
          - { when: "true", answer: a }
          - { when: "metdata.x == 1", answer: b }
`;
    expect(problems(text)).toEqual([
      expect.stringMatching(/^tideover\.yaml:7: routes\[0\]\.ladder\[1\]\.rules\[1\]\.when: .*metdata/),
    ]);
  });

  test("an empty variable never makes a key", () => {
    expect(problems(fileWith(`server:\n  adminKey: "\${KEY}"`), { KEY: "" })).toEqual([
      "tideover.yaml:2: server.adminKey: must not be empty",
    ]);
  });

  test("aliases that grow without bound, or stand in themselves, are not followed", () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[..."bcdefg"]
      .map((name, index) => {
        const inner = `*${"abcdef"[index]}`;
        return `${name}: &${name} [${Array.from({ length: 10 }, () => inner).join(",")}]`;
      })
      .join("\n")}\n`;
    expect(problems(bomb)).toEqual([expect.stringMatching(/the file is too large once its aliases are followed/)]);
    expect(problems("routes: &r [*r]\n")).toEqual([expect.stringMatching(/too large once its aliases|not valid YAML/)]);
  });
});

describe("a file", () => {
  const folders: string[] = [];
  const newFolder = async () => {
    const folder = await mkdtemp(join(tmpdir(), "tideover-config-"));
    folders.push(folder);
    return folder;
  };
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });

  test("is loaded from its path", async () => {
    const path = join(await newFolder(), "tideover.yaml");
    await writeFile(path, EXAMPLE);
    expect(await loadConfig(path, ENVIRONMENT)).toMatchObject({ config: { server: { port: 8787 } } });
  });

  test("that cannot be read says why", async () => {
    const folder = await newFolder();
    const message = async (path: string) => {
      const loaded = await loadConfig(path, {});
      return "issues" in loaded ? loaded.issues[0]?.message : undefined;
    };
    expect(await message(join(folder, "none.yaml"))).toBe(
      "there is no such file; write one with `tideover init`, or name another with --config",
    );
    expect(await message(folder)).toBe("is a folder; name the file in it");
    await writeFile(join(folder, "latin.yaml"), new Uint8Array([0x61, 0x3a, 0x20, 0xe9]));
    expect(await message(join(folder, "latin.yaml"))).toBe("is not UTF-8 text; save it as UTF-8");
    await writeFile(join(folder, "large.yaml"), "#".repeat(1_048_577));
    expect(await message(join(folder, "large.yaml"))).toBe("is larger than 1 MiB; that is no configuration");
  });
});
