/**
 * Tries the real DeepSeek and prints what was seen beside what is documented. Costs a few thousand tokens.
 * Needs DEEPSEEK_API_KEY; without it nothing is checked, and it says what would be. DEEPSEEK_BASE_URL and
 * DEEPSEEK_MODEL choose another host or model. The key is never printed.
 */
import { ACCOUNT_CHECKS } from "./account-checks.ts";
import { ANSWER_CHECKS } from "./answer-checks.ts";
import { type LiveApi, liveApi } from "./api.ts";
import { gatewayCheck } from "./gateway-check.ts";
import type { Finding, LiveCheck } from "./live-check.ts";

/** Longest observation that is shown, in characters. */
const MOST_SHOWN = 240;
const key = process.env.DEEPSEEK_API_KEY ?? "";
const baseUrl = process.env.DEEPSEEK_BASE_URL || "https://api.deepseek.com";
const model = process.env.DEEPSEEK_MODEL || "deepseek-flash";
const checks = [...ACCOUNT_CHECKS, ...ANSWER_CHECKS, gatewayCheck(baseUrl, key)];

process.exitCode = key === "" ? sayWhatWouldBe() : await checkAll(liveApi(baseUrl, key, model));

function sayWhatWouldBe(): number {
  say(`NOTHING WAS CHECKED: DEEPSEEK_API_KEY is not set. With it, these would be tried at ${baseUrl}:`);
  for (const [index, { name, documented }] of checks.entries())
    say(`${`${index + 1}`.padStart(3)}. ${name}: ${documented}`);
  return 0;
}

async function checkAll(api: LiveApi): Promise<number> {
  say(`Checking ${baseUrl} with ${model}`);
  let differing = 0;
  for (const [index, check] of checks.entries()) {
    const { observed, agrees } = await look(check, api);
    if (!agrees) differing++;
    say(`${`${index + 1}`.padStart(3)}. ${agrees ? "as documented" : "DIFFERS"}: ${check.name}`);
    say(`       documented: ${check.documented}`);
    say(`       observed:   ${shortened(api.hideKey(observed))}`);
  }
  say(`${checks.length - differing} as documented, ${differing} differ`);
  return differing === 0 ? 0 : 1;
}

async function look(check: LiveCheck, api: LiveApi): Promise<Finding> {
  try {
    return await check.look(api);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
    return { observed: `${error instanceof Error ? error.message : String(error)}${cause}`, agrees: false };
  }
}

function shortened(text: string): string {
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
