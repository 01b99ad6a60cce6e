import type { FlightEnding, FlightRead, FlightSeat } from "tideover/engine";

/** What a {@link FlightsObject} is asked, as JSON; each stands for the method of the ledger of that name. */
export type FlightMessage =
  | { readonly do: "join"; readonly leaseMs: number }
  | { readonly do: "append"; readonly token: number; readonly from: number; readonly entries: readonly string[] }
  | { readonly do: "end"; readonly token: number; readonly ending: FlightEnding; readonly lingerMs: number }
  | { readonly do: "release"; readonly token: number }
  | { readonly do: "read"; readonly from: number; readonly waitMs: number };

/** What it answers to each. */
export interface FlightReply {
  readonly join: FlightSeat;
  readonly append: boolean;
  readonly end: boolean;
  readonly release: null;
  readonly read: FlightRead | null;
}
