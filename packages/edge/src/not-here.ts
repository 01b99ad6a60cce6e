import { type CallerError, callerError } from "tideover/front";

/** What the Node gateway has and an edge handler has not, by the beginning of its path. */
const ELSEWHERE: readonly (readonly [prefix: string, what: string])[] = [
  ["/v1/jobs", "Jobs"],
  ["/v1/batches", "Batches"],
  ["/v1/files", "Files"],
  ["/v1/streams", "Resumable streams"],
  ["/v1/status/stream", "The stream of the status"],
  ["/dashboard", "The dashboard"],
  ["/admin", "The admin API"],
  ["/metrics", "The metrics"],
];

/**
 * The error for a path of the Node gateway that needs a durable store or a lasting process; undefined for all others.
 * @param path as it was sent, with its query
 */
export function notHere(path: string): CallerError | undefined {
  const bare = path.split(/[?#]/, 1)[0] ?? "";
  const found = ELSEWHERE.find(([prefix]) => bare === prefix || bare.startsWith(`${prefix}/`));
  if (found === undefined) return undefined;
  const [prefix, what] = found;
  const message = `${what} (${prefix}): only the gateway on Node has that, an edge handler keeps nothing that lasts.`;
  return callerError("invalid_request", message, { status: 404 });
}
