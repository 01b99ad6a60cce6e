import type { JsonObject } from "../engine/index.ts";
import { type CallerError, callerError } from "./errors.ts";
import { quoted } from "./parse-headers.ts";

/** One model that the routes offer. */
export interface OfferedModel {
  readonly id: string;
  readonly ownedBy: string;
}

/** How many models an error message lists before it points to `/v1/models`. */
const MOST_LISTED = 20;

/** Whose form models are told in: both have a `/v1/models`. */
export type ModelForm = "openai" | "anthropic";

/** The body of `GET /v1/models`: all models at once, in either form. */
export function modelList(models: readonly OfferedModel[], form: ModelForm): JsonObject {
  if (form === "openai") return { object: "list", data: models.map(modelObject) };
  const data = models.map(modelInfo);
  return { data, has_more: false, first_id: models[0]?.id ?? null, last_id: models.at(-1)?.id ?? null };
}

/** The body of `GET /v1/models/{id}`, or the error for a model that no route offers. */
export function oneModel(models: readonly OfferedModel[], id: string, form: ModelForm): JsonObject | CallerError {
  const model = models.find((candidate) => candidate.id === id);
  if (model === undefined) return unknownModel(id, models);
  return form === "openai" ? modelObject(model) : modelInfo(model);
}

/** The error for a model that no route takes; it says which ones there are. */
export function unknownModel(model: string, offered: readonly OfferedModel[]): CallerError {
  const names = offered.slice(0, MOST_LISTED).map(({ id }) => id);
  const more = offered.length > names.length ? ` and ${offered.length - names.length} more (see /v1/models)` : "";
  const list = names.length === 0 ? "No route offers a model by name." : `Offered are: ${names.join(", ")}${more}.`;
  return callerError("unknown_model", `No route takes the model ${quoted(model)}. ${list}`, { param: "model" });
}

/** Anthropic's reference asks for the epoch where the time of release is not known. */
function modelInfo({ id }: OfferedModel): JsonObject {
  return { type: "model", id, display_name: id, created_at: "1970-01-01T00:00:00Z" };
}

/** `created` is not known for a route's model; strictly typed clients need the member, so it is there as 0. */
function modelObject({ id, ownedBy }: OfferedModel): JsonObject {
  return { id, object: "model", created: 0, owned_by: ownedBy };
}
