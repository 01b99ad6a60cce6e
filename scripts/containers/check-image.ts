/** The image run as docs/deployment.md says: a read-only root, nobody's account, a volume, and an end that drains. */
import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "./engine.ts";
import { answered, ask, type Gateway, succeeded, ticket } from "./gateway-client.ts";
import { waitUntil } from "./waiting.ts";

/** Who the image is. */
const USER = "10001:10001";
/** How long a container may take to be healthy on a busy machine, in ms; the first look is after 15 s. */
const HEALTHY_MS = 120_000;
/** The slow answer: a token every half second, so that it is open for long enough to stop the gateway meanwhile. */
const SLOW = { model: "fault-trickle-500", max_tokens: 16, stream: true };
/** What has no place in the image. */
const TOOLS = ["npm", "npx", "yarn", "gcc", "cc", "make", "python3", "perldoc", "curl", "wget", "git"];

/** Runs the image and looks. @param say is told of each thing that holds @throws Error at the first that does not */
export async function checkImage(
  engine: Engine,
  image: string,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  const name = `tideover-try-${randomBytes(4).toString("hex")}`;
  const [upstream, gateway, volume] = [`${name}-upstream`, `${name}-gateway`, `${name}-data`];
  const place = mkdtempSync(join(tmpdir(), "tideover-try-"));
  const file = join(place, "tideover.yaml");
  const key = randomBytes(24).toString("hex");
  writeFileSync(file, configuration(upstream), { mode: 0o644 });
  try {
    await engine.docker(["network", "create", name]);
    await engine.docker([
      ...["run", "--detach", "--name", upstream, "--network", name, "--no-healthcheck", image],
      ...["upstream", "--profile", "faults", "--host", "0.0.0.0", "--port", "8788"],
    ]);
    await engine.docker(
      [
        ...["run", "--detach", "--name", gateway, "--network", name, "--publish", "127.0.0.1::8787"],
        ...["--read-only", "--tmpfs", "/tmp", "--volume", `${volume}:/data`, "--stop-timeout", "330"],
        ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"],
        ...[
          "--volume",
          `${file}:/etc/tideover/tideover.yaml:ro`,
          "--env",
          "DEEPSEEK_API_KEY",
          "--env",
          "SHOP_KEY",
          image,
        ],
      ],
      { DEEPSEEK_API_KEY: "sk-try", SHOP_KEY: key },
    );
    const inspect = (format: string) => engine.docker(["inspect", "--format", format, gateway]);
    await waitUntil(
      "it is healthy",
      HEALTHY_MS,
      () => inspect("{{.State.Health.Status}}"),
      (it) => it === "healthy",
      signal,
    );
    say("becomes healthy by its own check, with a read-only root and no capability");

    const exec = (...command: readonly string[]) => engine.docker(["exec", gateway, ...command]);
    assert.equal(await exec("sh", "-c", 'echo "$(id -u):$(id -g)"'), USER);
    assert.equal(await exec("sh", "-c", `for it in ${TOOLS.join(" ")}; do command -v $it; done; true`), "");
    await assert.rejects(exec("sh", "-c", ": > /app/try"), /Read-only file system/);
    assert.equal(await exec("stat", "--format", "%n %a %u", "/", "/data"), "/ 755 0\n/data 700 10001");
    say(`runs as ${USER}, without a package manager or compiler, and writes to /data and /tmp only`);

    const at = async (): Promise<Gateway> => {
      const address = (await engine.docker(["port", gateway, "8787/tcp"])).split("\n")[0];
      return { url: `http://${address}`, key, signal };
    };
    await answered(await at());
    const job = await ticket(await at());
    await succeeded(await at(), job);
    say("answers, and keeps a ticket's promise");

    const open = await ask(await at(), SLOW);
    assert.equal(open.status, 200);
    const reader = open.body?.pipeThrough(new TextDecoderStream()).getReader();
    assert.ok(reader !== undefined);
    const first = await reader.read();
    assert.ok(first.value?.includes('"content"'), first.value);
    const stopped = engine.docker(["stop", gateway]);
    let rest = "";
    for (let read = await reader.read(); !read.done; read = await reader.read()) rest += read.value;
    await stopped;
    assert.match(rest, /data: \[DONE\]\s*$/);
    assert.equal(await inspect("{{.State.ExitCode}} {{.State.OOMKilled}}"), "0 false");
    say("is told to stop in the middle of a stream, finishes the stream and ends with code 0");

    await engine.docker(["start", gateway]);
    const ready = async () => (await fetch(`${(await at()).url}/readyz`)).status;
    await waitUntil("it is ready again", HEALTHY_MS, ready, (status) => status === 200, signal);
    await succeeded(await at(), job);
    say("starts again with what it knew: the ticket's answer is in the volume");
  } catch (error) {
    const said = await engine.docker(["logs", "--tail", "40", gateway]).catch(() => "nothing");
    throw new Error(`${(error as Error).message}\nThe gateway said:\n${said}`, { cause: error });
  } finally {
    await clearAway(engine, name, [gateway, upstream], volume);
    rmSync(place, { recursive: true, force: true });
  }
}

const configuration = (upstream: string): string => `server:
  host: 0.0.0.0
  dataDir: /data
  drain: 5m
  keys: [{ name: shop, key: "\${SHOP_KEY}", tenant: shop }]
providers:
  deepseek: { preset: deepseek, baseUrl: "http://${upstream}:8788", apiKey: "\${DEEPSEEK_API_KEY}" }
routes:
  - { name: all, model: "*", ladder: [deepseek, stale, ticket] }
`;

/** Removes what the try has made, also where it did not get so far. */
async function clearAway(
  engine: Engine,
  network: string,
  containers: readonly string[],
  volume: string,
): Promise<void> {
  await engine.docker(["rm", "--force", "--volumes", ...containers]);
  await engine.docker(["volume", "rm", "--force", volume]);
  const networks = await engine.docker(["network", "ls", "--quiet", "--filter", `name=^${network}$`]);
  if (networks !== "") await engine.docker(["network", "rm", network]);
}
