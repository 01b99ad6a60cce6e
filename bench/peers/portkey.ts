import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The version that is compared with; raise it with a new run of the bench. */
const PACKAGE = "@portkey-ai/gateway@1.15.2";

/** The Node that its own image runs it on: `node:20-alpine`, says the Dockerfile of its repository. */
const ITS_NODE = "node@20.20.2";

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

/** Whose Node it runs on: its own image's, or the one that Tideover runs on. */
export type PortkeyNode = "its own" | "Tideover's";

/** The Portkey gateway, run as its README says; {@link installPortkey} comes first. */
export function portkeyCommand(place: {
  readonly port: number;
  readonly peersFolder: string;
  readonly node: PortkeyNode;
}) {
  const { port, peersFolder, node } = place;
  const program = node === "its own" ? itsNode(peersFolder) : process.execPath;
  return { program, args: [startFile(peersFolder), `--port=${port}`] };
}

/**
 * Installs it and its Node outside of the repository, unless they are there.
 * @throws Error when that fails.
 */
export function installPortkey(peersFolder: string): void {
  if (existsSync(startFile(peersFolder)) && existsSync(itsNode(peersFolder))) return;
  const folder = folderOf(peersFolder);
  mkdirSync(folder, { recursive: true });
  // The package of Node fetches its binary in a script, which newer versions of npm run only when told to.
  const description = { private: true, overrides: SERVER_LIBRARY, allowScripts: { node: true } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(description));
  const args = ["install", "--no-audit", "--no-fund", "--save-exact", PACKAGE, ITS_NODE];
  const { status, stderr } = spawnSync("npm", args, { cwd: folder, encoding: "utf8", timeout: INSTALL_MS });
  if (status !== 0) throw new Error(`${PACKAGE} could not be installed: ${String(stderr).trim().slice(-300)}`);
}

/** Another choice of versions is another installation. */
function folderOf(peersFolder: string): string {
  return join(peersFolder, [PACKAGE, ITS_NODE, ...Object.values(SERVER_LIBRARY)].join("-").replace(/[@/]/g, "_"));
}

function itsNode(peersFolder: string): string {
  return join(folderOf(peersFolder), "node_modules/node/bin/node");
}

function startFile(peersFolder: string): string {
  return join(folderOf(peersFolder), "node_modules/@portkey-ai/gateway/build/start-server.js");
}
