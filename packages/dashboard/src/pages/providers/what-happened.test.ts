import { expect, test } from "vitest";
import type { ProviderEvent, ProviderHappening } from "../../api/types.ts";
import { createFormat } from "../../format/format.ts";
import { partsWords } from "../../parts/words.ts";
import { eventTone, whatHappened } from "./what-happened.ts";
import { providersWords } from "./words.ts";

const event = (happening: ProviderHappening): ProviderEvent => ({ at: 0, provider: "p", text: "", ...happening });
const breaker = (state: string, reason: string) => event({ type: "breaker-changed", model: "m", state, reason });

test.each<[ProviderEvent, string, string, string]>([
  [
    breaker("open", "3 failures in a row: http-503"),
    "outage",
    "m: open, 3 failures in a row: http-503",
    "m：断开，连续失败 3 次：http-503",
  ],
  [
    breaker("open", "5 of 12 calls failed: reset"),
    "outage",
    "m: open, 5 of 12 calls failed: reset",
    "m：断开，12 次调用中失败 5 次：reset",
  ],
  [breaker("half-open", "open time is over"), "busy", "m: probing, open time is over", "m：试探中，断开时间已到"],
  [breaker("closed", "probes succeeded"), "normal", "m: closed, probes succeeded", "m：闭合，试探成功"],
  [breaker("closed", "something new"), "normal", "m: closed, something new", "m：闭合，something new"],
  [
    event({ type: "account-isolated", account: "a", reason: "http-401" }),
    "outage",
    "the key a is refused (http-401)",
    "密钥 a 被拒绝（http-401）",
  ],
  [
    event({ type: "limit-changed", model: "m", limit: 20.6, inFlight: 7 }),
    "quiet",
    "m: 20 at once, 7 in flight",
    "m：并发 20，进行中 7",
  ],
])("%j", (happened, tone, english, chinese) => {
  const told = (language: "en" | "zh") =>
    whatHappened(happened, {
      text: providersWords[language],
      breakers: partsWords[language].breakers,
      format: createFormat(language),
    });
  expect([eventTone(happened), told("en"), told("zh")]).toEqual([tone, english, chinese]);
});
