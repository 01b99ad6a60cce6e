import { randomUUID } from "node:crypto";
import type { Clock, IdSource } from "tideover/engine";
import { SystemClock } from "./system-clock.ts";

export { platformRandom as systemRandom } from "tideover/runtime";

/** The clock of this process. */
export const systemClock: Clock = new SystemClock();

/** Unguessable identifiers: UUIDs of version 4. Node's own function costs half of what the web's does. */
export const systemIds: IdSource = { next: () => randomUUID() };
