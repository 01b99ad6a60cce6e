import { speakGenerate } from "./kserve-wire.ts";
import { speakMessages } from "./messages-wire.ts";
import type { Wires } from "./wires.ts";

/** Every wire, there from the start: for servers. */
export const ALL_WIRES: Wires = { messages: speakMessages, kserve: speakGenerate };
