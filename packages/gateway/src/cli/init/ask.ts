import { isCancel, select, text } from "@clack/prompts";
import { listPresets } from "tideover/providers";
import type { Messages } from "../messages/index.ts";

/** What a person chose. */
export interface Choices {
  readonly preset: string;
  readonly baseUrl?: string | undefined;
  readonly template: string;
}

/** Asks on the terminal; undefined when the person gave up. */
export async function askChoices(messages: Messages): Promise<Choices | undefined> {
  const presets = listPresets();
  const preset = await select({
    message: messages.initQuestion,
    options: presets.map(({ preset: name, title }) => ({ value: name, label: title, hint: name })),
    initialValue: "deepseek",
    maxItems: 12,
  });
  if (isCancel(preset)) return undefined;
  const entry = presets.find(({ preset: name }) => name === preset);
  let baseUrl: string | undefined;
  if (entry !== undefined && needsBaseUrl(entry.baseUrl)) {
    const answer = await text({
      message: messages.initBaseUrl(entry.title),
      placeholder: entry.baseUrl ?? "http://127.0.0.1:8000/v1",
      validate: (value) => (isBaseUrl(value ?? "") ? undefined : messages.notAUrl("baseUrl", value ?? "")),
    });
    if (isCancel(answer)) return undefined;
    baseUrl = answer;
  }
  const template = await text({
    message: messages.initTemplate,
    defaultValue: "",
    initialValue: messages.initTemplateDefault,
  });
  if (isCancel(template)) return undefined;
  return { preset, baseUrl, template };
}

/** Whether a preset's address must be given: it has none, or parts of it to fill in. */
export function needsBaseUrl(address: string | undefined): boolean {
  return address === undefined || address.includes("{");
}

/** Whether a text can be a provider's address. */
export function isBaseUrl(value: string): boolean {
  return !value.includes("{") && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}
