import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { startUpstreamServer } from "@tideover/simulator";
import { writeFortnight } from "../harness/fortnight.ts";
import { freePorts, ServerProcess } from "../harness/server-process.ts";
import { PYTHON_PROGRAMS } from "./installed.ts";
import { CHECKOUT } from "./pages.ts";

/** Longest time of one command, in ms. */
const COMMAND_MS = 150_000;

/** Calls at once that the configuration allows DeepSeek: more than the pages make. */
const LIMIT = 120;

/** How a command ended, and what it wrote, errors included. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Where the pages' commands run: a folder with a configuration, a gateway that serves it, a simulated provider. */
export interface DocsStage extends AsyncDisposable {
  /** Address of the gateway, without a path. */
  readonly url: string;
  /** Address of the simulated provider. */
  readonly upstream: string;
  /** The folder that the gateway was started in. */
  readonly folder: string;
  /** A new folder without anything in it. */
  emptyFolder(): string;
  /** Runs a shell script as a reader would who pastes it, with the checkout's commands. Never rejects for its exit code. */
  shell(script: string, folder?: string): Promise<Ended>;
  /** The folder that the last script ended in. */
  lastFolder(): string;
  /** Runs a JavaScript or TypeScript file with Node; DeepSeek's own host is the simulated provider. */
  node(file: string): Promise<Ended>;
  /** The messages that the gateway's webhook was sent. */
  readonly received: readonly unknown[];
  /** A text with this run's `{port}` and `{upstream}`. */
  filled(text: string): string;
  /** What a page says, with this gateway's address in place of the usual one. */
  here(text: string): string;
}

/** Starts it; ended by `await using`. */
export async function docsStage(): Promise<DocsStage> {
  const root = mkdtempSync(`${tmpdir()}/tideover-docs-`);
  const folder = `${root}/gateway`;
  mkdirSync(folder);
  for (const name of ["examples", "deploy"]) symlinkSync(`${CHECKOUT}${name}`, `${folder}/${name}`);
  const upstream = await startUpstreamServer({ profile: "faults" });
  const hooks = await listenForWebhooks();
  const [port = 0, shop = 0, shopGateway = 0, shopUpstream = 0] = await freePorts(4);
  writeFileSync(`${folder}/tideover.yaml`, configuration(port, upstream.url, hooks.url));
  // Its forecast has something to go by, and its limit is to be raised.
  await writeFortnight(`${folder}/.tideover`, { route: "product-copy", provider: "deepseek", atOnce: 2 * LIMIT });
  const env: NodeJS.ProcessEnv = {
    ...withoutKeys(process.env),
    PATH: `${CHECKOUT}tests/docs/shims:${PYTHON_PROGRAMS}:${process.env.PATH}`,
    TIDEOVER_LANG: "en",
    NO_COLOR: "1",
    NODE_OPTIONS: "",
    // Many short commands load the same modules.
    NODE_COMPILE_CACHE: `${root}/compile-cache`,
    DOCS_NODE: process.execPath,
    DOCS_NPM: "npm",
    DOCS_CHECKOUT: CHECKOUT.replace(/\/$/, ""),
    DOCS_TIDEOVER: `${CHECKOUT}packages/gateway/bin/tideover.js`,
    DOCS_UPSTREAM: upstream.url,
    DOCS_PORT: `${port}`,
    SHOP_PORT: `${shop}`,
    GATEWAY_PORT: `${shopGateway}`,
    UPSTREAM_PORT: `${shopUpstream}`,
    DATA_DIR: `${root}/shop`,
  };
  env.DOCS_NPM = (await run("bash", ["-c", "command -v npm"], root, process.env)).output.trim();
  const url = `http://127.0.0.1:${port}`;
  const gateway = new ServerProcess({
    name: "the gateway of the pages",
    command: process.execPath,
    args: [`${CHECKOUT}packages/gateway/bin/tideover.js`, "serve"],
    options: { cwd: folder, env },
    isReady: async () => (await fetch(`${url}/readyz`)).ok,
    startMs: 60_000,
  });
  const close = async () => {
    await gateway.stop("SIGTERM");
    await upstream.close();
    await hooks.close();
    rmSync(root, { recursive: true, force: true });
  };
  try {
    await gateway.start();
  } catch (error) {
    await close();
    throw error;
  }
  let empty = 0;
  const here = (text: string) => text.replaceAll(/(?:127\.0\.0\.1|localhost):8787/g, `127.0.0.1:${port}`);
  const left = `${root}/left`;
  return {
    url,
    upstream: upstream.url,
    folder,
    received: hooks.received,
    emptyFolder() {
      const made = `${root}/empty-${empty++}`;
      mkdirSync(made);
      return made;
    },
    shell: (script, within = folder) =>
      run("bash", ["-e", "-o", "pipefail", "-c", `trap 'pwd > ${left}' EXIT\n${here(script)}`], within, env),
    lastFolder: () => readFileSync(left, "utf8").trim(),
    node: (file) =>
      run(
        process.execPath,
        ["--conditions=tideover-source", "--import", `${CHECKOUT}tests/docs/simulated-host.ts`, file],
        folder,
        { ...env, DEEPSEEK_API_KEY: "simulated", ANTHROPIC_API_KEY: "simulated" },
      ),
    filled: (text) => text.replaceAll("{port}", `${port}`).replaceAll("{upstream}", upstream.url),
    here,
    [Symbol.asyncDispose]: close,
  };
}

/** A receiver of webhooks on a free port. */
async function listenForWebhooks() {
  const received: unknown[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      received.push(JSON.parse(body));
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** What the pages assume about the reader's own gateway: its routes offer all that they show. */
function configuration(port: number, upstream: string, hook: string): string {
  const at = (model: string, more = "") =>
    `{ preset: deepseek, apiKey: simulated, baseUrl: "${upstream}", models: { "*": ${model} }${more} }`;
  return `server:
  port: ${port}
  webhooks: [{ url: "${hook}", secrets: ["whsec_${btoa("of the pages").padEnd(32, "A")}"], private: true }]
providers:
  deepseek: { preset: deepseek, apiKey: simulated, baseUrl: "${upstream}", limit: { max: ${LIMIT} } }
  ark: ${at("deepseek-flash")}
  silent: ${at("fault-silence")}
  narrow: ${at("fault-silence", ", limit: { concurrency: 1 }")}
  busy: ${at("fault-503")}
  limited: ${at("fault-429")}
  unpaid: ${at("fault-402")}
  cutting: ${at("fault-cut-20")}
routes:
  - { name: patient, model: "patient-*", ladder: [silent, ticket] }
  - { name: down, model: "down-*", firstToken: 1s, retry: off, ladder: [silent, template: { text: "{{metadata.name}}", review: true }] }
  - { name: second, model: "second-*", ladder: [busy, ark] }
  - { name: narrow, model: "narrow-*", ladder: [narrow] }
  - { name: late, model: "late-*", ladder: [silent] }
  - { name: exhausted, model: "exhausted-*", retry: off, ladder: [busy, limited] }
  - { name: unpaid, model: "unpaid-*", ladder: [unpaid] }
  - { name: cut, model: "cut-*", resume: off, ladder: [cutting] }
  - { name: faults, model: "fault-*", ladder: [deepseek, ticket] }
  - { name: product-copy, model: "deepseek-*", ladder: [deepseek, ark, ticket] }
`;
}

/** The environment without the keys that a gateway would take for providers of its own. */
function withoutKeys(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !/_API_KEY$|^AWS_BEARER|^TIDEOVER_|^VITEST|^NODE_OPTIONS$/.test(name),
    ),
  );
}

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      command,
      args,
      { cwd, env, timeout: COMMAND_MS, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const late = error?.killed === true ? `\n(killed after ${COMMAND_MS} ms)` : "";
        resolve({ code: child.exitCode ?? 1, output: `${stdout}${stderr}${late}` });
      },
    );
    child.stdin?.end();
  });
}
