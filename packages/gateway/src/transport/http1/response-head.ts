import { HttpError } from "./http-error.ts";

/** The head of a response, and what follows from it. */
export interface ResponseHead {
  readonly status: number;
  /** By lower-case name; several values joined by `, `. */
  readonly headers: ReadonlyMap<string, string>;
  /** How the body's end is told: by its length in bytes, by chunks, by the end of the connection; or there is none. */
  readonly body: number | "chunked" | "to-the-end" | "none";
  /** Whether the connection can carry another request afterwards. */
  readonly keepAlive: boolean;
  /** For how long the server says that it keeps the idle connection, in ms. */
  readonly keepAliveMs: number | undefined;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [^\r\n\0]*)?$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const LENGTH = /^\d{1,15}$/;

/**
 * Reads a response's head.
 * @param text the head in Latin-1, without the empty line at its end.
 * @throws HttpError `HTTP_INVALID` for one that is malformed or leaves open where the body ends.
 */
export function parseHead(text: string): ResponseHead {
  const lines = text.split("\r\n");
  const statusLine = STATUS_LINE.exec(lines[0] ?? "");
  if (statusLine === null) throw invalid("a status line that is none");
  const headers = new Map<string, string>();
  for (let index = 1; index < lines.length; index++) addHeader(headers, lines[index] ?? "");
  const status = Number(statusLine[2]);
  const isLatest = statusLine[1] === "1";
  const body = bodyOf(status, headers, isLatest);
  const connection = headers.get("connection")?.toLowerCase();
  const says = (word: string) => connection?.split(",").some((part) => part.trim() === word) === true;
  const keepAlive = body !== "to-the-end" && (isLatest ? !says("close") : says("keep-alive") && !says("close"));
  const hint = /(?:^|[,;\s])timeout=(\d{1,6})/.exec(headers.get("keep-alive") ?? "")?.[1];
  return { status, headers, body, keepAlive, keepAliveMs: hint === undefined ? undefined : Number(hint) * 1_000 };
}

function addHeader(headers: Map<string, string>, line: string): void {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(0, colon));
  // Also refuses a folded line, which begins with white space.
  if (!NAME.test(name)) throw invalid("a header without a proper name");
  const value = line.slice(colon + 1).trim();
  if (value.includes("\n") || value.includes("\r") || value.includes("\0"))
    throw invalid("a header that is not a line");
  const lower = name.toLowerCase();
  const before = headers.get(lower);
  headers.set(lower, before === undefined ? value : `${before}, ${value}`);
}

function bodyOf(status: number, headers: ReadonlyMap<string, string>, isLatest: boolean): ResponseHead["body"] {
  const length = headers.get("content-length");
  const coding = headers.get("transfer-encoding");
  if (length !== undefined && (coding !== undefined || !LENGTH.test(length))) {
    throw invalid("a length that is none, or is not the only statement of it");
  }
  if (coding !== undefined && (!isLatest || coding.toLowerCase() !== "chunked")) {
    throw invalid("a transfer coding other than chunked");
  }
  if (status < 200 || status === 204 || status === 304) return "none";
  if (coding !== undefined) return "chunked";
  return length === undefined ? "to-the-end" : Number(length);
}

function invalid(what: string): HttpError {
  return new HttpError("HTTP_INVALID", `The server sent ${what}.`);
}
