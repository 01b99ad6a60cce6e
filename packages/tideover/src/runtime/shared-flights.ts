import { acrossProcesses, sharedLedger } from "../engine/index.ts";

/** One answer for identical requests of several processes. */
export const sharedFlights = { ledgerOf: sharedLedger, layerOf: acrossProcesses };
