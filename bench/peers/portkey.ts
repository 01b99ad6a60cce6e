import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The version that is compared with; raise it with a new run of the bench. */
const PACKAGE = "@portkey-ai/gateway@1.15.2";

/**
 * The library that its server is built on, in the newest version within the range Portkey asks for with which it can
 * stream: with later ones every stream is answered 500 (`TypeError: immutable`, known to its maintainers).
 */
const SERVER_LIBRARY = { "@hono/node-server": "1.14.1" };

/** How long the installation may take, in ms. */
const INSTALL_MS = 180_000;

/** What its documentation asks for to reach an OpenAI-compatible host of one's own. */
export function PORTKEY_HEADERS(upstreamPort: number): Record<string, string> {
  return { "x-portkey-provider": "openai", "x-portkey-custom-host": `http://127.0.0.1:${upstreamPort}/v1` };
}

/** The Portkey gateway, run as `npx @portkey-ai/gateway` would; {@link installPortkey} comes first. */
export function portkeyCommand({ port, peersFolder }: { readonly port: number; readonly peersFolder: string }) {
  return { program: process.execPath, args: [startFile(peersFolder), `--port=${port}`] };
}

/**
 * Installs it outside of the repository, unless it is there.
 * @throws Error when that fails.
 */
export function installPortkey(peersFolder: string): void {
  if (existsSync(startFile(peersFolder))) return;
  const folder = folderOf(peersFolder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, overrides: SERVER_LIBRARY }));
  const args = ["install", "--no-audit", "--no-fund", "--save-exact", PACKAGE];
  const { status, stderr } = spawnSync("npm", args, { cwd: folder, encoding: "utf8", timeout: INSTALL_MS });
  if (status !== 0) throw new Error(`${PACKAGE} could not be installed: ${String(stderr).trim().slice(-300)}`);
}

/** Another choice of versions is another installation. */
function folderOf(peersFolder: string): string {
  return join(peersFolder, [PACKAGE, ...Object.values(SERVER_LIBRARY)].join("-").replace(/[@/]/g, "_"));
}

function startFile(peersFolder: string): string {
  return join(folderOf(peersFolder), "node_modules/@portkey-ai/gateway/build/start-server.js");
}
