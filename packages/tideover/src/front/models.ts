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

/** The body of `GET /v1/models`. */
export function modelList(models: readonly OfferedModel[]): JsonObject {
  return { object: "list", data: models.map(modelObject) };
}

/** The body of `GET /v1/models/{id}`, or the error for a model that no route offers. */
export function oneModel(models: readonly OfferedModel[], id: string): JsonObject | CallerError {
  const model = models.find((candidate) => candidate.id === id);
  return model === undefined ? unknownModel(id, models) : modelObject(model);
}

/** The error for a model that no route takes; it says which ones there are. */
export function unknownModel(model: string, offered: readonly OfferedModel[]): CallerError {
  const names = offered.slice(0, MOST_LISTED).map(({ id }) => id);
  const more = offered.length > names.length ? ` and ${offered.length - names.length} more (see /v1/models)` : "";
  const list = names.length === 0 ? "No route offers a model by name." : `Offered are: ${names.join(", ")}${more}.`;
  return callerError("unknown_model", `No route takes the model ${quoted(model)}. ${list}`, { param: "model" });
}

/** `created` is not known for a route's model; strictly typed clients need the member, so it is there as 0. */
function modelObject({ id, ownedBy }: OfferedModel): JsonObject {
  return { id, object: "model", created: 0, owned_by: ownedBy };
}
