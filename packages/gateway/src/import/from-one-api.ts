import type { Draft, Upstream } from "./draft.ts";
import { baseUrlOf, presetOfChannel } from "./hosts.ts";
import { isMembers, listOf, type Members, membersOf, numberIn, textIn } from "./read-members.ts";

/** one-api's state of a channel that is in use. */
const ENABLED = 1;

interface Channel {
  readonly upstream: Upstream;
  readonly models: readonly string[];
  readonly renamed: Members;
  readonly priority: number;
  readonly place: string;
}

/** The channels in an answer of one-api's `GET /api/channel/`, or in a list of them. */
export function channelsIn(file: unknown): readonly unknown[] {
  if (Array.isArray(file)) return file;
  const { data } = membersOf(file);
  return Array.isArray(data) ? data : listOf(membersOf(data).items);
}

/** Carries over the channels of one-api: a route for each model, its channels by their priority. */
export function fromOneApi(file: unknown, draft: Draft): void {
  const channels = channelsIn(file).flatMap((entry, index) => channelOf(entry, index, draft));
  channels.sort((a, b) => b.priority - a.priority);
  for (const model of new Set(channels.flatMap(({ models }) => models))) {
    const ladder = channels
      .filter(({ models }) => models.includes(model))
      .map(({ upstream, renamed, place }) => draft.provider(upstream, model, textIn(renamed[model]) ?? model, place));
    draft.routes.push({ name: model, model, ladder: [...new Set(ladder)] });
  }
}

function channelOf(entry: unknown, index: number, draft: Draft): Channel[] {
  const channel = membersOf(entry);
  const name = textIn(channel.name);
  const place = name === undefined ? `channels[${index}]` : `channels[${index}] (${name})`;
  const address = textIn(channel.base_url);
  const preset = presetOfChannel(Number(channel.type), address !== undefined);
  if (channel.status !== undefined && channel.status !== ENABLED) {
    draft.note(place, "disabled");
    return [];
  }
  if (preset === undefined) {
    draft.note(`${place}.type`, "unknown-host", String(channel.type));
    return [];
  }
  if ((numberIn(channel.weight) ?? 0) > 0) draft.note(`${place}.weight`, "differs", "ladder");
  if (textIn(channel.group) !== undefined && channel.group !== "default")
    draft.note(`${place}.group`, "no-counterpart");
  const key = textIn(channel.key);
  return [
    {
      upstream: { preset, baseUrl: baseUrlOf(preset, address, true), key: key ?? `channel ${index}` },
      models: (textIn(channel.models) ?? "").split(",").flatMap((model) => textIn(model.trim()) ?? []),
      renamed: mappingOf(channel.model_mapping, `${place}.model_mapping`, draft),
      priority: typeof channel.priority === "number" ? channel.priority : 0,
      place,
    },
  ];
}

/** The mapping of models, which one-api keeps as JSON text. */
function mappingOf(value: unknown, place: string, draft: Draft): Members {
  if (isMembers(value)) return value;
  const text = textIn(value);
  if (text === undefined) return {};
  try {
    return membersOf(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    draft.note(place, "no-counterpart");
    return {};
  }
}
