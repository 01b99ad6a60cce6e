import type { ResolvedConfig } from "../config/index.ts";
import { type JsonObject, SDK_CACHE_MEMORY_BYTES, sha256 } from "../engine/index.ts";
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
import type { TideoverOptions } from "./create-tideover.ts";
import { ENDPOINTS_IN_APP } from "./endpoints-in-app.ts";
import { loadFeatures } from "./features-in-app.ts";
import { createFetchTransport } from "./fetch-transport.ts";

/** What a Tideover does once its engine is there. */
export interface EngineInApp {
  readonly fetch: (request: Request) => Promise<Response>;
  chat(request: ChatRequest, options: ChatOptions): AsyncGenerator<JsonObject, void, undefined>;
}

/**
 * Makes the engine of a configuration that was checked. It is the larger part of the SDK, and in a module of its own so
 * that a page is not kept waiting for it: see `create-tideover.ts`.
 */
export async function engineInApp(config: ResolvedConfig, options: TideoverOptions): Promise<EngineInApp> {
  const features = await loadFeatures(config);
  const environment = { clock: platformClock, random: platformRandom, emit: options.onEvent };
  const { hash = sha256, answerStore: store } = options;
  const runtime = createRuntime(config, {
    environment,
    transport: createFetchTransport(options.fetch),
    compileCondition: needsFunction,
    features,
    findAdapter: options.findAdapter,
    caching: { hash, memoryBytes: SDK_CACHE_MEMORY_BYTES, store },
  });
  const handler = handlerOf(runtime);
  return {
    fetch: toFetch(ofAnyType(handler)),
    chat: (request, chatOptions) => chatEvents(handler, { ...defaultModel(runtime), ...request }, chatOptions),
  };
}

/** A configuration with such a rule was refused before it came here. */
const needsFunction: CompileCondition = (expression) => {
  throw new TypeError(`The rule "${expression}" is an expression, which only the gateway reads.`);
};

function handlerOf(runtime: Runtime): Handler {
  const { server } = runtime.config;
  return createHandler({
    clock: platformClock,
    ids: platformIds,
    ...frontRoutes(runtime),
    endpoints: ENDPOINTS_IN_APP,
    // The application itself is the only caller: there is nobody to authenticate, and no page that could reach it.
    keys: [],
    settings: { allowedHosts: ["*"], provenance: server.provenance },
    ready: () => ({ ready: true, reasons: [] }),
  });
}

/** A front without keys wants JSON by name, lest a web page posts to it. No page can reach this one. */
function ofAnyType(handler: Handler): Handler {
  const json = "application/json";
  return (request) =>
    handler({ ...request, header: (name) => (name === "content-type" ? json : request.header(name)) });
}

/** What a request that names no model asks for where no route offers one by name, but one takes every name. */
const ANY_MODEL = "default";

/** The first model that the routes offer by name, else any that one of them takes. */
function defaultModel(runtime: Runtime): { model?: string } {
  const offered = runtime.routes.flatMap((route) => route.models)[0]?.id;
  if (offered !== undefined) return { model: offered };
  return runtime.findRoute(ANY_MODEL) === undefined ? {} : { model: ANY_MODEL };
}
