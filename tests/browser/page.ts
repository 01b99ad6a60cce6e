/** The script of the page in the tests: the kit as a shop would use it, within reach of the test. */
import {
  createUseTide,
  defineTideWhen,
  followTide,
  LastAnswers,
  levelOf,
  resumedEvents,
  Tickets,
  type Tide,
} from "@tideover/browser";
import { h, render } from "preact";
import { useSyncExternalStore } from "preact/compat";

const gateway = document.body.dataset.gateway ?? location.origin;
const tide = followTide({ gateway });
defineTideWhen(tide);

const useTide = createUseTide(useSyncExternalStore, tide);
function Notice() {
  const { level } = useTide("product-copy");
  return h("output", { id: "notice" }, level);
}
const root = document.querySelector("#app");
if (root !== null) render(h(Notice, {}), root);

const tickets = new Tickets({ gateway });
tickets.subscribe(() => {
  const place = document.querySelector("#tickets");
  if (place !== null) place.textContent = JSON.stringify(tickets.get());
});
const resumed = tickets.resume();
const answers = new LastAnswers();

/**
 * The text of a streamed chat answer, and how often its connection was lost.
 * @param by whom a lost stream is asked for again: the shop, with its key, or the gateway, by the signed link
 */
async function readChat(prompt: string, by: "shop" | "gateway" = "gateway") {
  let text = "";
  let losses = 0;
  const done: string[] = [];
  const ask = () =>
    fetch("/api/chat", {
      method: "POST",
      headers: { "content-type": "application/json", "tideover-resumable": "?1" },
      body: JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: prompt }] }),
    });
  const onConnection = (connected: boolean) => {
    if (!connected) losses += 1;
    document.body.dataset.connected = String(connected);
  };
  for await (const { data } of resumedEvents(ask, {
    onConnection,
    silenceMs: 5_000,
    ...(by === "gateway" ? { gateway } : {}),
  })) {
    if (data === "[DONE]") {
      done.push(data);
      continue;
    }
    const { choices, error } = JSON.parse(data);
    if (error !== undefined) throw new Error(JSON.stringify(error));
    text += choices?.[0]?.delta?.content ?? "";
    document.body.dataset.length = String(text.length);
  }
  return { text, losses, done: done.length };
}

/** The text of a whole chat answer. */
async function askChat(prompt: string): Promise<string> {
  const response = await fetch("/api/chat", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: prompt }] }),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return (await response.json()).choices[0].message.content;
}

const kit = {
  level: (route?: string) => levelOf(tide.get(), route),
  tide: (): Tide => tide.get(),
  readChat,
  askWithKept: (key: string, prompt: string, patienceMs: number) =>
    answers.ask(key, () => askChat(prompt), {
      patienceMs,
      onLater: (value) => {
        document.body.dataset.later = value;
      },
    }),
  follow: (key: string, url: string) => tickets.follow(key, url),
  resumed,
};

declare global {
  interface Window {
    kit: typeof kit;
  }
}
window.kit = kit;
tide.subscribe(() => {
  document.body.dataset.level = tide.get().level;
});
