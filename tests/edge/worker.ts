import { Environment } from "@marcbachmann/cel-js";
import {
  type AnswerCache,
  cacheAnswerStore,
  createEdgeHandler,
  FlightsObject,
  type KvNamespace,
  kvAnswerStore,
  type ObjectNamespace,
  objectFlightLedger,
  redisFlightLedger,
} from "@tideover/edge";
import { celConditions } from "tideover/runtime";

/** What the tests give the Worker: its configuration as JSON, and stores where they try them. */
interface Bindings {
  readonly CONFIGURATION: string;
  readonly ANSWERS?: KvNamespace;
  readonly FLIGHTS?: ObjectNamespace;
  /** Address of a Redis over HTTP, for flights. */
  readonly REDIS?: string;
  /** Where answers go to the Cache API: `default`, or the name of a cache. */
  readonly CACHE?: string;
}

export { FlightsObject };

/** What the platform has beside the standard. */
type WorkersCaches = CacheStorage & { readonly default: AnswerCache };

const cacheNamed = (name: string) => (name === "default" ? (caches as WorkersCaches).default : caches.open(name));

export default createEdgeHandler<Bindings>(({ CONFIGURATION }) => CONFIGURATION, {
  stores: {
    answers({ ANSWERS, CACHE }) {
      if (CACHE !== undefined)
        return cacheAnswerStore({ cache: () => cacheNamed(CACHE), origin: "https://ask.example.com" });
      return ANSWERS === undefined ? undefined : kvAnswerStore(ANSWERS);
    },
    flights({ FLIGHTS, REDIS }) {
      if (REDIS !== undefined) return redisFlightLedger({ url: REDIS, token: "any" });
      return FLIGHTS === undefined ? undefined : objectFlightLedger(FLIGHTS);
    },
  },
  compileCondition: celConditions(Environment),
});
