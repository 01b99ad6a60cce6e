/** compose.yaml brought up as it is, before a simulated provider: a request, tickets through the stores, and the figures. */
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "./engine.ts";
import { answered, type Gateway, succeeded, ticket } from "./gateway-client.ts";
import { waitUntil } from "./waiting.ts";

const FOLDER = "deploy/compose";
/** How long all services may take to be well on a busy machine, in ms. */
const HEALTHY_MS = 240_000;
/** How long Prometheus may take to have looked at both gateways, in ms; it looks every 15 s. */
const SCRAPED_MS = 120_000;
/** Where in the configurations the simulated provider takes DeepSeek's place. */
const PRESET = "preset: deepseek,";

/** What is brought up, by service: the file that it reads, where it is a gateway or a worker. */
const CONFIGURED = { interactive: "interactive.yaml", batch: "batch.yaml", worker: "batch.yaml" } as const;

/** @throws Error that says how to get Docker's plugin compose, when it is not there or older than the `!override` that is used */
export async function needCompose(engine: Engine): Promise<void> {
  const version = await engine.docker(["compose", "version", "--short"]).catch(() => "");
  // Built from its source with Go it calls itself `dev`.
  const [, major = "0", minor = "0"] = /^v?(\d+)\.(\d+)/.exec(version === "dev" ? "v2.29" : version) ?? [];
  if (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 24)) return;
  throw new Error(
    `Docker's plugin compose, 2.24 or later, is wanted as ~/.docker/cli-plugins/docker-compose; ${version || "none"} was found. ` +
      "Without a package: go install github.com/docker/compose/v2/cmd@v2.29.7",
  );
}

/**
 * Brings the services up in a project of its own, on free ports, and takes them down with all that they stored.
 * @param images variables that name images in place of the registry's; Grafana is left out where it is not among them
 * @param say is told of each thing that holds
 * @throws Error at the first thing that does not, with the end of what the services said
 */
export async function checkCompose(
  engine: Engine,
  image: string,
  images: Readonly<Record<string, string>>,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), "tideover-compose-"));
  const keys = Object.fromEntries(
    (readFileSync(`${FOLDER}/.env.example`, "utf8").match(/^[A-Z_]+(?==$)/gm) ?? []).map((name) => [
      name,
      randomBytes(24).toString("hex"),
    ]),
  );
  const override = join(place, "try.yaml");
  writeFileSync(override, overrideOf(place, image, openFiles()));
  const project = `tideover-try-${randomBytes(4).toString("hex")}`;
  const files = ["--file", `${FOLDER}/compose.yaml`, "--file", override, "--env-file", "/dev/null"];
  const env = { ...keys, ...images, TIDEOVER_IMAGE: image };
  const compose = (...args: readonly string[]) =>
    engine.docker(["compose", "--project-name", project, ...files, ...args], env);
  const services = [...Object.keys(CONFIGURED), "upstream", "prometheus"];
  try {
    await compose("config", "--quiet");
    const unset = engine.docker(["compose", ...files, "config", "--quiet"], { ...env, CACHE_PASSWORD: "" });
    await assert.rejects(unset, /CACHE_PASSWORD/);
    say("is valid, and an unset secret is an error before anything starts");

    await compose("up", "--detach", "--no-build", "--quiet-pull", ...services);
    const states = async () =>
      (await compose("ps", "--all", "--format", "{{.Service}} {{.State}} {{.Health}}"))
        .split("\n")
        .map((line) => line.trim());
    const isWell = (lines: readonly string[]) =>
      lines.length === services.length + 3 && lines.every((line) => /^\S+ running( healthy)?$/.test(line));
    await waitUntil("every service is well", HEALTHY_MS, states, isWell, signal);
    say("comes up: gateways, worker, Redis, PostgreSQL and RabbitMQ are healthy");

    const gateway = async (service: "interactive" | "batch", key: string | undefined): Promise<Gateway> => {
      assert.ok(key !== undefined);
      return { url: `http://${await compose("port", service, "8787")}`, key, signal };
    };
    const people = await gateway("interactive", keys.SHOP_KEY);
    const machines = await gateway("batch", keys.BATCH_KEY);
    await answered(people);
    const jobs = [await ticket(people), await ticket(machines)];
    // Both gateways have the same store, and neither works on jobs: what is done was done by the worker.
    for (const job of jobs) await succeeded(machines, job);
    const kept = await compose(
      ...["exec", "-T", "database", "psql", "-U", "tideover", "-At"],
      ...["-c", "select count(*) from tideover_jobs where state = 'succeeded'"],
    );
    assert.equal(kept, String(jobs.length));
    const consumers = await compose("exec", "-T", "queue", "rabbitmqctl", "-q", "list_queues", "name", "consumers");
    assert.match(consumers, /^tideover\S*\s+[1-9]/m);
    say("answers people, and the worker keeps the promises of both gateways through RabbitMQ and PostgreSQL");

    const prometheus = `http://${await compose("port", "prometheus", "9090")}`;
    const up = async () => {
      const response = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent("sum(up) == 2")}`);
      return ((await response.json()) as { readonly data: { readonly result: readonly unknown[] } }).data.result;
    };
    await waitUntil("Prometheus sees both gateways", SCRAPED_MS, up, (result) => result.length === 1, signal);
    say("is seen by Prometheus");

    await compose("stop", "interactive", "batch", "worker");
    const codes = await compose("ps", "--all", "--format", "{{.ExitCode}}", "interactive", "batch", "worker");
    assert.deepEqual(codes.split("\n"), ["0", "0", "0"]);
    say("stops in good order");
  } catch (error) {
    const said = await compose("logs", "--tail", "15").catch(() => "nothing");
    throw new Error(`${(error as Error).message}\nThe services said:\n${said}`, { cause: error });
  } finally {
    await compose("down", "--volumes", "--timeout", "5");
    rmSync(place, { recursive: true, force: true });
  }
}

/** Writes configurations, and gives a second compose file, that put a simulated provider in DeepSeek's place, and ports that are free. */
export function overrideOf(place: string, image: string, files: number): string {
  const lines = ["services:"];
  for (const [service, file] of Object.entries(CONFIGURED)) {
    const text = readFileSync(`${FOLDER}/${file}`, "utf8");
    if (!text.includes(PRESET)) throw new Error(`${FOLDER}/${file} has no "${PRESET}"`);
    const path = join(place, `${service}.yaml`);
    writeFileSync(path, text.replace(PRESET, `${PRESET} baseUrl: "http://upstream:8788",`), { mode: 0o644 });
    const mount = `{ type: bind, source: ${path}, target: /etc/tideover/tideover.yaml, read_only: true }`;
    lines.push(`  ${service}:`, `    volumes: [${mount}]`, `    ulimits: { nofile: ${files} }`);
    if (service !== "worker") lines.push('    ports: !override ["127.0.0.1::8787"]');
  }
  lines.push("  prometheus:", '    ports: !override ["127.0.0.1::9090"]');
  lines.push("  upstream:", `    image: ${image}`, "    networks: [front]", "    healthcheck: { disable: true }");
  lines.push('    command: ["upstream", "--profile", "faults", "--host", "0.0.0.0", "--port", "8788"]');
  return `${lines.join("\n")}\n`;
}

/** How many files a service may open: what compose.yaml says, or the most that this machine allows. */
function openFiles(): number {
  const most = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
  return most === "unlimited" ? 65_536 : Math.min(65_536, Number(most));
}
