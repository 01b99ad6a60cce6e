import { ALL_WIRES } from "../providers/index.ts";
import { chaos } from "./chaos.ts";
import type { Features } from "./features.ts";
import { hedging } from "./hedging.ts";
import { longPrompts } from "./long-prompts.ts";
import { review } from "./review.ts";
import { sharedFlights } from "./shared-flights.ts";
import { similarAnswers } from "./similar-answers.ts";
import { tickets } from "./tickets.ts";

/** Every feature, there from the start: for servers. */
export const ALL_FEATURES: Features = {
  ...ALL_WIRES,
  chaos,
  hedging,
  longPrompts,
  review,
  sharedFlights,
  similarAnswers,
  tickets,
};
