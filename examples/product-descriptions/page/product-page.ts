/** The script of a product's page: its description, whatever the service is like. */
import {
  defineTideWhen,
  followTide,
  hasEnded,
  LastAnswers,
  resumedEvents,
  StreamLostError,
  Tickets,
} from "@tideover/browser";
import type { Description } from "../description.ts";
import { WORDS } from "./words.ts";

/** How long a text that was ordered is waited for before the page asks what there is now, in ms. */
const ORDER_PATIENCE_MS = 10_000;

const { product = "", gateway = location.origin, ticket: ordered = "" } = document.body.dataset;
const language = document.documentElement.lang === "zh" ? "zh" : "en";
const words = WORDS[language];
const key = `${language}-product-${product}`;
const place = document.querySelector("#description");
const note = document.querySelector("#note");
/** Gives up the answer that is being written, for the next question. */
let asking = new AbortController();
const answers = new LastAnswers();
const tickets = new Tickets({ gateway });
const tide = followTide({ gateway });

defineTideWhen(tide);
document.querySelector("#ask")?.addEventListener("submit", (event) => {
  event.preventDefault();
  void showAnswer(String(new FormData(event.target as HTMLFormElement).get("question")));
});
document.querySelector("#poem button")?.addEventListener("click", () => void showAnswer(words.poemQuestion));
tickets.subscribe(showTicket);
await tickets.resume();
if (ordered !== "" && tickets.find(key) === undefined) await tickets.follow(key, ordered);
await waitForOrder();
await showDescription();

/** Waits for a text that was ordered: until it is there, or is not to be expected soon. */
async function waitForOrder(): Promise<void> {
  if (tickets.find(key) === undefined) return;
  if (isExpected()) show({ text: "", rung: "ordered" }, words.queued);
  const patience = AbortSignal.timeout(ORDER_PATIENCE_MS);
  while (isExpected() && !patience.aborted) {
    const change = Promise.withResolvers<void>();
    const stops = [tickets.subscribe(change.resolve), tide.subscribe(change.resolve)];
    patience.addEventListener("abort", () => change.resolve(), { once: true });
    await change.promise;
    for (const stop of stops) stop();
  }
}

/** In a brownout it may take hours. */
function isExpected(): boolean {
  const ticket = tickets.find(key);
  return ticket !== undefined && !hasEnded(ticket) && tide.get().level === "normal";
}

async function showDescription(): Promise<void> {
  try {
    const shown = await answers.ask(key, load, { onLater: (description) => show(description, "") });
    if (shown.from === "kept") show(shown.value, words.oldAndAlone(age(shown.ageSeconds)));
    else {
      const { ageSeconds, rung, ticket } = shown.value;
      show(shown.value, rung === "stale" ? words.old(age(ageSeconds ?? 0)) : "");
      if (ticket !== undefined) await followOnce(ticket);
    }
  } catch {
    show({ text: "", rung: "none" }, words.none);
  }
  showTicket();
}

/** The answer as it is written, over lost connections; in place of the last one, which is given up. */
async function showAnswer(question: string): Promise<void> {
  const answer = document.querySelector<HTMLElement>("#answer");
  const answerNote = document.querySelector("#answer-note");
  if (answer === null || answerNote === null) return;
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  answer.textContent = "";
  answerNote.textContent = "";
  answer.dataset.state = "writing";
  const ask = () => fetch(`/${language}/products/${product}/ask`, { method: "POST", body: question, signal });
  const onConnection = (connected: boolean) => {
    answer.dataset.state = connected ? "writing" : "waiting";
  };
  try {
    for await (const { data } of resumedEvents(ask, { gateway, signal, onConnection })) {
      if (data === "[DONE]") answer.dataset.state = "whole";
      else {
        const { choices, error } = JSON.parse(data);
        if (error !== undefined) throw new StreamLostError(error.message, error.status, data);
        answer.textContent += choices?.[0]?.delta?.content ?? "";
      }
    }
  } catch {
    if (signal.aborted) return;
    answer.dataset.state = "broken";
    answerNote.textContent = words.brokeOff;
  }
}

async function load(): Promise<Description> {
  const response = await fetch(`/api/${language}/products/${product}`, { cache: "no-store" });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** The ticket that came with what is shown: the decision of a person completes that one. */
async function followOnce(link: string): Promise<void> {
  const { pathname } = new URL(link, gateway);
  const known = tickets.find(key);
  // Its signature may be a newer one; the job is the same.
  if (known === undefined || new URL(known.url).pathname !== pathname) await tickets.follow(key, link);
}

/** The better text takes the place of the template, or of nothing, as soon as it is there. */
function showTicket(): void {
  const ticket = tickets.find(key);
  const rung = place?.getAttribute("data-rung");
  if (ticket === undefined || (rung !== "template" && rung !== "ordered")) return;
  if (ticket.status === "succeeded") {
    const { choices } = ticket.answer as {
      readonly choices: readonly { readonly message: { readonly content: string } }[];
    };
    show({ text: choices[0]?.message.content ?? "", rung: "ticket" }, "");
  } else if (!hasEnded(ticket)) show(undefined, rung === "ordered" ? words.queued : words.better);
}

function show(description: Pick<Description, "text" | "rung"> | undefined, said: string): void {
  if (description !== undefined && place !== null) {
    place.textContent = description.text;
    place.setAttribute("data-rung", description.rung);
  }
  if (note !== null) note.textContent = said;
}

function age(seconds: number): string {
  if (seconds < 120) return words.seconds(seconds);
  return seconds < 7_200 ? words.minutes(Math.round(seconds / 60)) : words.hours(Math.round(seconds / 3_600));
}
