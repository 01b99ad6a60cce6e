import {
  ConfigError,
  type ConfigIssue,
  type ResolvedConfig,
  resolveConfig,
  type TideoverConfig,
} from "tideover/config";
import { interpolateValues } from "./interpolate-values.ts";

/** What the platform gives a handler beside the request: secrets and variables as texts, stores as objects. */
export type EdgeBindings = object;

/** Where an isolate is, as far as its platform says: Cloudflare does, in `request.cf`. */
export interface EdgePlace {
  /** Two letters, such as `AS` or `EU`. */
  readonly continent?: string;
  /** Two letters, such as `SG` or `DE`. */
  readonly country?: string;
  /** The data centre by its airport, such as `SIN`. */
  readonly colo?: string;
}

/**
 * A configuration of the shape of `tideover.yaml`: as an object, as JSON text, or made from the bindings and
 * the place. Texts in it may name secrets as `${NAME}` or `${NAME:-default}`, which are filled in from the bindings.
 */
export type EdgeConfiguration<Bindings extends EdgeBindings> =
  | TideoverConfig
  | string
  | ((bindings: Bindings, place: EdgePlace) => TideoverConfig | string);

/**
 * Reads a configuration. What it says of stores, the data folder, host, port and workers is the Node gateway's and has
 * no effect here.
 * @throws ConfigError for one that cannot be used
 */
export function edgeConfig<Bindings extends EdgeBindings>(
  configuration: EdgeConfiguration<Bindings>,
  bindings: Bindings,
  place: EdgePlace,
): ResolvedConfig {
  const written = typeof configuration === "function" ? configuration(bindings, place) : configuration;
  const parsed = typeof written === "string" ? parseJson(written) : written;
  const filled = interpolateValues(parsed, textsOf(bindings));
  if (filled.issues.length > 0) throw new ConfigError(filled.issues);
  const resolved = resolveConfig(filled.value);
  if ("issues" in resolved) throw new ConfigError(resolved.issues);
  const exposed = exposure(resolved.config);
  if (exposed !== undefined) throw new ConfigError([exposed]);
  return resolved.config;
}

/**
 * Where the isolate that a request came to is. An isolate does not move, and callers come to the nearest.
 * @param request of Cloudflare, where it has a member `cf`; of others, where nothing is known
 */
export function placeOf(request: Request): EdgePlace {
  const { cf } = request as Request & { readonly cf?: Partial<Record<string, unknown>> };
  const known = (["continent", "country", "colo"] as const).filter((name) => typeof cf?.[name] === "string");
  return Object.fromEntries(known.map((name) => [name, cf?.[name]]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The error's own text quotes what it has read, and that may be a secret.
    const message = "is not JSON; give the file as JSON, or parse its YAML before you give it";
    throw new ConfigError([{ path: "", message }]);
  }
}

/** Whoever can reach an edge handler is everyone. */
function exposure({ server }: ResolvedConfig): ConfigIssue | undefined {
  if (server.keys.length > 0 || server.open) return undefined;
  const message = "is missing: an edge handler is open to everyone, so anyone could use your accounts";
  return { path: "server.keys", message: `${message}; add keys, or say server.open: true` };
}

/** The bindings that are texts, as the environment of a configuration. */
function textsOf(bindings: EdgeBindings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(bindings).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
