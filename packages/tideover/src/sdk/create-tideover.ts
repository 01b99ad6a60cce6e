import { ConfigError, resolveConfig, type TideoverConfig } from "../config/index.ts";
import {
  type AnswerHandler,
  type AnswerStore,
  type EngineEvent,
  type Hash,
  type JsonObject,
  SDK_CACHE_MEMORY_BYTES,
  sha256,
  type Transport,
} from "../engine/index.ts";
import { createHandler, type Handler, toFetch } from "../front/index.ts";
import {
  type CompileCondition,
  createRuntime,
  frontRoutes,
  platformClock,
  platformIds,
  platformRandom,
  type Runtime,
} from "../runtime/index.ts";
import { type ChatOptions, type ChatRequest, chatEvents } from "./chat.ts";
import { createFetchTransport, type Fetch } from "./fetch-transport.ts";

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
}

/** The engine inside an application. */
export interface Tideover {
  /**
   * Give it to a client as its `fetch`: OpenAI, Vercel AI SDK, LangChain.js. Whatever base URL the client has, its
   * requests go down the ladder here; only paths that the gateway has are answered.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /**
   * The chunks of a chat answer as they come.
   * @throws TideoverError when there is no answer, or when it broke off
   */
  chat(request: ChatRequest, options?: ChatOptions): AsyncGenerator<JsonObject, void, undefined>;
}

/**
 * Makes an engine from a configuration of the same shape as `tideover.yaml`, with functions as rungs.
 * @throws ConfigError for a configuration that cannot be used
 */
export function createTideover(config: TideoverConfig, options: TideoverOptions = {}): Tideover {
  const resolved = resolveConfig(config);
  if ("issues" in resolved) throw new ConfigError(resolved.issues);
  const transport: Transport = createFetchTransport(options.fetch);
  const environment = { clock: platformClock, random: platformRandom, emit: options.onEvent };
  const { hash = sha256, answerStore: store } = options;
  const runtime = createRuntime(resolved.config, {
    environment,
    transport,
    compileCondition: needsFunction,
    caching: { hash, memoryBytes: SDK_CACHE_MEMORY_BYTES, store },
  });
  const handler = handlerOf(runtime);
  const answer = toFetch(handler);
  return {
    fetch: (input, init) => answer(new Request(input, init)),
    chat: (request, chatOptions = {}) => chatEvents(handler, { ...defaultModel(runtime), ...request }, chatOptions),
  };
}

/** A function as a rung of a ladder: it gives a text, a whole completion object, or undefined for no answer. */
export function answer(handler: AnswerHandler): AnswerHandler {
  return handler;
}

const needsFunction: CompileCondition = (expression) => {
  throw new TypeError(`The rule "${expression}" is an expression, which the gateway reads; give the SDK a function.`);
};

function handlerOf(runtime: Runtime): Handler {
  const { server } = runtime.config;
  return createHandler({
    clock: platformClock,
    ids: platformIds,
    ...frontRoutes(runtime),
    // The application itself is the only caller: there is nobody to authenticate, and no page that could reach it.
    keys: [],
    settings: { allowedHosts: ["*"], provenance: server.provenance },
    ready: () => ({ ready: true, reasons: [] }),
  });
}

/** The first model that the routes offer by name. */
function defaultModel(runtime: Runtime): { model?: string } {
  const model = runtime.routes.flatMap((route) => route.models)[0]?.id;
  return model === undefined ? {} : { model };
}
