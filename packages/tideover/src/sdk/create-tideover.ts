import {
  ConfigError,
  type ConfigIssue,
  type ResolvedConfig,
  resolveConfig,
  type TideoverConfig,
} from "../config/index.ts";
import type { AnswerHandler, AnswerStore, EngineEvent, Hash, JsonObject } from "../engine/index.ts";
import type { FindAdapter } from "../runtime/index.ts";
import type { ChatOptions, ChatRequest } from "./chat.ts";
import type { Fetch } from "./fetch-transport.ts";
import { loadOnce } from "./load-once.ts";

/** What the SDK may be given beside its configuration. */
export interface TideoverOptions {
  /** How providers are reached; default: the platform's fetch. */
  readonly fetch?: Fetch | undefined;
  /** Told what happens inside, for logs and metrics; it must be quick and must not throw. */
  readonly onEvent?: ((event: EngineEvent) => void) | undefined;
  /** A second level behind the answers in memory, such as one over a key-value store of an edge platform. */
  readonly answerStore?: AnswerStore | undefined;
  /** SHA-256, synchronous; default: one in TypeScript. On Node, `crypto.hash` is quicker. */
  readonly hash?: Hash | undefined;
  /**
   * Gives adapters to providers that are not reached by `fetch`: on Node, `localModels().findAdapter` of
   * `@tideover/local-model` for those of the preset `onnx`. Absent: such a provider's calls go to the next rung.
   */
  readonly findAdapter?: FindAdapter | undefined;
}

/** The engine inside an application. */
export interface Tideover {
  /**
   * Give it to a client as its `fetch`: OpenAI, Vercel AI SDK, LangChain.js. Whatever base URL the client has, its
   * requests go down the ladder here; only paths that the gateway has are answered. Like the platform's own, it rejects
   * with the signal's reason when the request is given up.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /**
   * The chunks of a chat answer as they come.
   * @throws TideoverError when there is no answer, or when it broke off; the signal's reason when that gave it up
   */
  chat(request: ChatRequest, options?: ChatOptions): AsyncGenerator<JsonObject, void, undefined>;
}

/**
 * Makes an engine from a configuration of the same shape as `tideover.yaml`, with functions as rungs. The configuration
 * is checked here and now; the engine itself, the larger part, is loaded while the application goes on, where its
 * bundler keeps dynamic imports apart. Requests wait for it.
 * @throws ConfigError for a configuration that cannot be used
 */
export function createTideover(config: TideoverConfig, options: TideoverOptions = {}): Tideover {
  const resolved = resolveConfig(config);
  if ("issues" in resolved) throw new ConfigError(resolved.issues);
  const expressions = rulesOfExpressions(resolved.config);
  if (expressions.length > 0) throw new ConfigError(expressions);
  const engine = loadOnce(async () => {
    const { engineInApp } = await import("./engine-in-app.ts");
    return engineInApp(resolved.config, options);
  });
  return {
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const { fetch } = await engine();
      request.signal.throwIfAborted();
      const response = await fetch(request);
      // A server has nobody left to tell; here the caller waits, as it would for the platform's fetch.
      if (request.signal.aborted) await response.body?.cancel();
      request.signal.throwIfAborted();
      return response;
    },
    async *chat(request, chatOptions = {}) {
      yield* (await engine()).chat(request, chatOptions);
    },
  };
}

/** A function as a rung of a ladder: it gives a text, a whole completion object, or undefined for no answer. */
export function answer(handler: AnswerHandler): AnswerHandler {
  return handler;
}

/** Rules whose condition is an expression: the gateway reads those, the SDK takes functions. */
function rulesOfExpressions({ routes }: ResolvedConfig): ConfigIssue[] {
  return routes.flatMap(({ ladder }, route) =>
    ladder.flatMap((rung, at) => {
      if (rung.kind !== "rules") return [];
      return rung.rules.flatMap(({ when }, index) => {
        if (typeof when !== "string") return [];
        const path = `routes[${route}].ladder[${at}].rules[${index}].when`;
        return [{ path, message: "is an expression, which the gateway reads; give the SDK a function" }];
      });
    }),
  );
}
