import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a hub does wrong, for the files whose path matches. */
export interface HubFault {
  readonly path: string;
  /** Ends the connection after so many bytes of the answer's body. */
  readonly cutAfter?: number;
  /** Changes a byte of what is sent. */
  readonly corrupt?: boolean;
  readonly status?: number;
  /** Ignores the range that was asked for. */
  readonly wholeOnly?: boolean;
  /** How many requests it strikes. Default 1. */
  times?: number;
}

/** A hub on this machine. */
export interface HubServer extends AsyncDisposable {
  readonly url: string;
  /** Each request: method, path and what matters of its headers. */
  readonly requests: { readonly path: string; readonly range?: string; readonly authorization?: string }[];
  readonly faults: HubFault[];
  /** Replaces a file, as a new commit does. */
  put(path: string, bytes: Uint8Array): void;
}

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
/** Files above this lie in large-file storage, behind a redirect to another host. */
const LARGE_BYTES = 10_000;

/**
 * A server that behaves as Hugging Face's hub does towards a client that fetches files: the commit and the list of
 * files, `X-Linked-Etag` and a redirect to storage for large files, ranges, ETags, 404.
 */
export async function startHub(repository: string, files: ReadonlyMap<string, Uint8Array>): Promise<HubServer> {
  const stored = new Map(files);
  const requests: HubServer["requests"][number][] = [];
  const faults: HubFault[] = [];
  const storage = createServer((request, response) => {
    note(request, "storage");
    const path = decodeURIComponent((request.url ?? "").slice("/storage/".length));
    const bytes = stored.get(path);
    if (bytes === undefined) end(response, 404);
    else sendFile(request, response, bytes, `"${sha256(bytes)}"`, faultFor(path));
  });
  await listen(storage);
  const storageUrl = `http://127.0.0.1:${(storage.address() as AddressInfo).port}`;

  const note = (request: IncomingMessage, where: string) => {
    const { range, authorization } = request.headers;
    requests.push({
      path: where === "storage" ? `storage:${request.url}` : (request.url ?? ""),
      ...(range === undefined ? {} : { range }),
      ...(authorization === undefined ? {} : { authorization }),
    });
  };
  const faultFor = (path: string): HubFault | undefined => {
    const fault = faults.find((one) => path.includes(one.path) && (one.times ?? 1) > 0);
    if (fault !== undefined) fault.times = (fault.times ?? 1) - 1;
    return fault;
  };
  const server = createServer((request, response) => {
    note(request, "hub");
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (path === `/api/models/${repository}/revision/main`) return json(response, { sha: COMMIT });
    if (path === `/api/models/${repository}/tree/${COMMIT}`) return json(response, [...stored].map(entryOf));
    const file = path.startsWith(`/${repository}/resolve/${COMMIT}/`)
      ? decodeURIComponent(path.split("/").slice(5).join("/"))
      : undefined;
    const bytes = file === undefined ? undefined : stored.get(file);
    if (file === undefined || bytes === undefined) return end(response, 404);
    if (bytes.length <= LARGE_BYTES) return sendFile(request, response, bytes, `"${gitId(bytes)}"`, faultFor(file));
    response.writeHead(302, {
      location: `${storageUrl}/storage/${encodeURIComponent(file)}`,
      "x-linked-etag": `"${sha256(bytes)}"`,
      "x-linked-size": String(bytes.length),
      "x-repo-commit": COMMIT,
    });
    response.end();
  });
  await listen(server);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    faults,
    put: (path, bytes) => void stored.set(path, bytes),
    async [Symbol.asyncDispose]() {
      for (const one of [server, storage]) {
        one.closeAllConnections();
        await new Promise((resolve) => one.close(resolve));
      }
    },
  };
}

function entryOf([path, bytes]: [string, Uint8Array]) {
  const common = { type: "file", path, size: bytes.length, oid: gitId(bytes) };
  if (bytes.length <= LARGE_BYTES) return common;
  return { ...common, lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } };
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  etag: string,
  fault: HubFault | undefined,
): void {
  if (fault?.status !== undefined) {
    end(response, fault.status);
    return;
  }
  const asked = fault?.wholeOnly === true ? undefined : /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1];
  const start = asked === undefined ? 0 : Number(asked);
  if (start >= bytes.length && bytes.length > 0) {
    end(response, 416);
    return;
  }
  const part = Uint8Array.from(bytes.subarray(start));
  if (fault?.corrupt === true) part[part.length - 1] = (part[part.length - 1] ?? 0) ^ 1;
  response.writeHead(asked === undefined ? 200 : 206, {
    etag,
    "content-length": part.length,
    "accept-ranges": "bytes",
    ...(asked === undefined ? {} : { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
  });
  if (fault?.cutAfter === undefined) {
    response.end(part);
    return;
  }
  response.write(part.subarray(0, fault.cutAfter), () => setTimeout(() => response.socket?.destroy(), 20));
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status);
  response.end();
}

function listen(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function gitId(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
