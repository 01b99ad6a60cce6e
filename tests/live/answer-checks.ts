import type { JsonObject } from "tideover/engine";
import { eventsOf, jsonOf, type LiveApi, messageOf } from "./api.ts";
import { finding, type LiveCheck } from "./live-check.ts";

/** Short answers cost next to nothing. */
const SHORT = 48;
/** Room to think and to answer. */
const THINKING = 800;

const ask = (model: string, content: string, more: JsonObject = {}): JsonObject => ({
  model,
  messages: [{ role: "user", content }],
  max_tokens: SHORT,
  thinking: { type: "disabled" },
  temperature: 0,
  ...more,
});
const deltaOf = (event: JsonObject): JsonObject =>
  (event.choices as readonly { delta?: JsonObject }[] | undefined)?.[0]?.delta ?? {};
const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";

/** What answers look like. */
export const ANSWER_CHECKS: readonly LiveCheck[] = [
  {
    name: "plain",
    documented: "content, finish_reason, usage with prompt_tokens = cache hit + cache miss, header x-ds-trace-id",
    async look(api) {
      const reply = await api.post("/chat/completions", ask(api.model, "Say the word tide and nothing else."));
      const content = messageOf(reply).content;
      const json = jsonOf(reply);
      const usage = (json.usage ?? {}) as Record<string, number>;
      const sum = (usage.prompt_cache_hit_tokens ?? Number.NaN) + (usage.prompt_cache_miss_tokens ?? Number.NaN);
      return finding(
        {
          content: isText(content),
          "hit + miss": sum === usage.prompt_tokens,
          "x-ds-trace-id": reply.header("x-ds-trace-id") !== null,
        },
        `${JSON.stringify(content)}, answered by ${json.model}, ${usage.prompt_tokens} + ${usage.completion_tokens} tokens`,
      );
    },
  },
  {
    name: "streamed",
    documented: "first event has the role and no content; then content; a finish_reason; [DONE]",
    async look(api) {
      const body = ask(api.model, "Name three seas.", { stream: true });
      const { events, done } = eventsOf(await api.post("/chat/completions", body));
      const first = deltaOf(events[0] ?? {});
      const contents = events.filter((event) => isText(deltaOf(event).content));
      const finish = events.some((event) => JSON.stringify(event).includes('"finish_reason":"'));
      return finding(
        {
          "role first": first.role === "assistant" && !isText(first.content),
          content: contents.length > 0,
          finish,
          "[DONE]": done,
        },
        `${events.length} events, ${contents.length} with content`,
      );
    },
  },
  {
    name: "usage placement",
    documented: "asked for: on a trailing event without choices, or on the finish event; unasked: on the finish event",
    async look(api) {
      const place = async (more: JsonObject) => {
        const body = ask(api.model, "Say yes.", { stream: true, ...more });
        const { events } = eventsOf(await api.post("/chat/completions", body));
        const withUsage = events.filter(({ usage }) => typeof usage === "object" && usage !== null);
        return withUsage.map(({ choices }) => (Array.isArray(choices) && choices.length > 0 ? "finish" : "trailing"));
      };
      const asked = await place({ stream_options: { include_usage: true } });
      const unasked = await place({});
      return finding(
        { "usage when asked": asked.length > 0, "at most once when unasked": unasked.length <= 1 },
        `asked: ${asked.join(" and ") || "none"}; unasked: ${unasked.join(" and ") || "none"}`,
      );
    },
  },
  {
    name: "thinking",
    documented: "reasoning_content before content, reasoning_tokens in the usage; on unless it is switched off",
    async look(api) {
      const body = ask(api.model, "What is 17 times 23? The number only.", {
        max_tokens: THINKING,
        thinking: { type: "enabled" },
      });
      const reply = await api.post("/chat/completions", body);
      const message = messageOf(reply);
      const usage = (jsonOf(reply).usage ?? {}) as { completion_tokens_details?: { reasoning_tokens?: number } };
      const tokens = usage.completion_tokens_details?.reasoning_tokens;
      return finding(
        {
          reasoning_content: isText(message.reasoning_content),
          content: isText(message.content),
          reasoning_tokens: (tokens ?? 0) > 0,
        },
        `${String(message.reasoning_content ?? "").length} characters of thought, ${tokens} tokens, then ${JSON.stringify(message.content)}`,
      );
    },
  },
  {
    name: "JSON mode",
    documented: "response_format json_object gives JSON; the prompt must hold the word json",
    async look(api) {
      const body = ask(api.model, 'Answer in json: an object with the member "sea" and the name of one.', {
        response_format: { type: "json_object" },
        max_tokens: 200,
      });
      const { content } = messageOf(await api.post("/chat/completions", body));
      const parsed = isText(content) ? (JSON.parse(content) as JsonObject) : {};
      return finding({ "an object with sea": isText(parsed.sea) }, JSON.stringify(content));
    },
  },
  {
    name: "tool call",
    documented: "finish_reason tool_calls; id call_00_…, type function, arguments as JSON text",
    async look(api) {
      const parameters = { type: "object", properties: { port: { type: "string" } }, required: ["port"] };
      const tool = { type: "function", function: { name: "tide_table", description: "Tides of a port", parameters } };
      const reply = await api.post(
        "/chat/completions",
        ask(api.model, "When is high water in Brest? Use the tool.", { tools: [tool], max_tokens: 200 }),
      );
      const message = messageOf(reply);
      const [call] = (message.tool_calls ?? []) as readonly {
        id: string;
        function: { name: string; arguments: string };
      }[];
      const given = call === undefined ? {} : (JSON.parse(call.function.arguments) as JsonObject);
      return finding(
        { "a call": call?.function.name === "tide_table", "its argument": isText(given.port), id: isText(call?.id) },
        `${call?.id} ${call?.function.name}(${call?.function.arguments})`,
      );
    },
  },
  {
    name: "prefix continuation at /beta",
    documented: "the answer holds only the new text, exactly",
    look: lookAtPrefix,
  },
];

/** An answer that was cut in the middle and continued must equal the uncut one. */
async function lookAtPrefix(api: LiveApi) {
  const question = "Write the numbers from 1 to 30 in one line, separated by a comma and a space. Nothing else.";
  const body = ask(api.model, question, { max_tokens: 200 });
  const whole = String(messageOf(await api.post("/chat/completions", body)).content);
  const cut = whole.slice(0, Math.floor(whole.length / 2));
  const messages = [
    { role: "user", content: question },
    { role: "assistant", content: cut, prefix: true },
  ];
  const rest = String(messageOf(await api.post("/beta/chat/completions", { ...body, messages })).content);
  return finding(
    { "no echo of the prefix": !rest.startsWith(cut), "equal to the uncut answer": cut + rest === whole },
    `…${JSON.stringify(cut.slice(-12))} + ${JSON.stringify(rest.slice(0, 12))}… (${cut.length} + ${rest.length} of ${whole.length} characters)`,
  );
}
