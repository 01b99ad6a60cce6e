/**
 * The edge handler as Deno (`deno serve`) and Bun (`bun run`) take it; `UPSTREAM` is the address of a simulated provider.
 * Where the runtime has the Cache API, answers are kept there too.
 */
import process from "node:process";
import { cacheAnswerStore, createEdgeHandler } from "@tideover/edge";

interface Bindings {
  readonly SHOP_KEY?: string;
  readonly UPSTREAM?: string;
}

const kept = globalThis.caches;
const handler = createEdgeHandler<Bindings>(
  ({ SHOP_KEY = "", UPSTREAM = "" }) => ({
    server: { keys: [{ name: "shop", key: SHOP_KEY }] },
    providers: {
      busy: { preset: "deepseek", apiKey: "sk-test", baseUrl: UPSTREAM, models: { "*": "fault-503" } },
      sound: { preset: "deepseek", apiKey: "sk-test", baseUrl: UPSTREAM },
    },
    routes: [{ model: "*", retry: "off", cache: { when: "always" }, ladder: ["busy", "sound"] }],
  }),
  {
    sharesInProcess: true,
    stores: {
      answers: () =>
        kept === undefined
          ? undefined
          : cacheAnswerStore({ cache: () => kept.open("tideover"), origin: "https://ask.example.com" }),
    },
  },
);

export default { fetch: (request: Request) => handler.fetch(request, process.env) };
