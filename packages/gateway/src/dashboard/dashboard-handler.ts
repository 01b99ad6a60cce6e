import type { Handler, HttpRequest, HttpResponse } from "tideover/front";
import type { Log } from "../logging/index.ts";
import { buildDashboard, needsBuild } from "./build-dashboard.ts";
import { type DashboardFile, type DashboardFiles, readDashboard } from "./dashboard-files.ts";
import { BUILT_FOLDER, DASHBOARD_PATH, isDashboardPath, SOURCE_FOLDER } from "./dashboard-paths.ts";
import { buildingPage, failedPage } from "./waiting-page.ts";

/** What the dashboard's files are served with. */
export interface DashboardParts {
  readonly log: Pick<Log, "info" | "error">;
  /** Where the built files lie, where not in the gateway's package. */
  readonly built?: string | undefined;
  /** Where the sources lie, where not beside the gateway's package; there are none in a published package. */
  readonly sources?: string | undefined;
}

/** A year, in seconds: the longest that caches honour (RFC 9111 names no limit; a year is the custom). */
const FOR_GOOD = "public, max-age=31536000, immutable";

/**
 * Everything from the gateway itself, nothing inline, nobody frames it. Styles that scripts set (charts) are not
 * inline styles to a browser.
 */
const SAFETY: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

type Build = "unknown" | "under way" | "failed" | DashboardFiles;

/**
 * Serves the dashboard's files at `/dashboard`. In a source checkout they are built at first need, in a process of
 * their own, when they are missing or older than their sources; meanwhile a plain page says so and reloads. The files
 * hold no secret; the API that they talk to asks who calls.
 */
export function createDashboardHandler(parts: DashboardParts): Handler {
  const { log, built = BUILT_FOLDER, sources = SOURCE_FOLDER } = parts;
  let build: Build = "unknown";

  async function prepare(): Promise<void> {
    build = "under way";
    try {
      if (await needsBuild(sources, built)) {
        const begun = performance.now();
        await buildDashboard(sources, built);
        log.info({ event: "dashboard-built", ms: Math.round(performance.now() - begun) }, "The dashboard was built.");
      }
      build = await readDashboard(built);
    } catch (error) {
      build = "failed";
      log.error({ event: "dashboard-failed", error }, "The dashboard could not be built; everything else works.");
    }
  }

  return async (request) => {
    if (request.method !== "GET") return page(405, "Only GET is answered here.", { allow: "GET, HEAD" });
    // A failed build is tried again when somebody asks again.
    if (build === "unknown" || build === "failed") {
      const failed = build === "failed";
      const ready = prepare();
      if (!failed) await Promise.race([ready, soon()]);
      else await ready;
    }
    // Read anew: it changes while this waits.
    const state = build as Build;
    if (state === "failed") return page(503, failedPage());
    if (typeof state === "string") return page(503, buildingPage(), { "retry-after": "1" });
    return serve(request, state);
  };
}

/** Files that are built already are read in some 20 ms: no page about building is worth showing for that. */
function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 300));
}

function serve(request: HttpRequest, files: DashboardFiles): HttpResponse {
  const path = request.path.split("?")[0] ?? "";
  const name = path.slice(DASHBOARD_PATH.length + 1);
  const file = files.get(name);
  if (file !== undefined && name !== "index.html") return fileResponse(request, file);
  if (name.startsWith("assets/")) return page(404, "There is no such file; reload the dashboard.");
  // Every other path is a page of the dashboard itself, which reads the address.
  const index = files.get("index.html");
  return index === undefined ? page(404, "There is no dashboard here.") : fileResponse(request, index);
}

function fileResponse(request: HttpRequest, file: DashboardFile): HttpResponse {
  const headers = {
    ...SAFETY,
    "content-type": file.type,
    "cache-control": file.hashed ? FOR_GOOD : "no-cache",
    vary: "accept-encoding",
  };
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(request.header("accept-encoding") ?? "");
  return takesGzip
    ? { status: 200, headers: { ...headers, "content-encoding": "gzip" }, body: file.compressed }
    : { status: 200, headers, body: file.bytes };
}

function page(status: number, html: string, more: Readonly<Record<string, string>> = {}): HttpResponse {
  const headers = { ...SAFETY, ...more, "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  return { status, headers, body: Buffer.from(html) };
}

/** Puts the dashboard in front of a gateway. A person who asks for the bare address is led to it. */
export function withDashboard(parts: DashboardParts, rest: Handler): Handler {
  const dashboard = createDashboardHandler(parts);
  return (request) => {
    if (isDashboardPath(request.path)) return dashboard(request);
    return request.path === "/" && isPerson(request) ? Promise.resolve(LED_THERE) : rest(request);
  };
}

const LED_THERE: HttpResponse = {
  status: 302,
  headers: { location: DASHBOARD_PATH, "cache-control": "no-store" },
  body: new Uint8Array(),
};

/** Browsers ask for a page; programs are told what is wrong with the path. */
function isPerson(request: HttpRequest): boolean {
  return request.method === "GET" && (request.header("accept") ?? "").includes("text/html");
}
