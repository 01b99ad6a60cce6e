import type { Call, Clock, Failure, Transport } from "../engine/index.ts";
import type { PreparedRequest } from "./prepare.ts";
import type { Account, ProviderDefinition } from "./provider.ts";

/** A request in the provider's own form, and the way to send it that brings back an answer in chat's. */
export interface Spoken {
  readonly type: "spoken";
  readonly prepared: PreparedRequest;
  readonly sender: Transport;
}

/** To whom a request is said, and through what. */
export interface Addressee {
  readonly definition: ProviderDefinition;
  readonly account: Account;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** Says a chat request in the form of a provider, or why it cannot be said in it. */
export type Speak = (chat: PreparedRequest, call: Call, to: Addressee) => Spoken | Failure;

/** What providers speak beside chat's form, by translation. Whoever makes adapters gives those that are needed. */
export interface Wires {
  readonly messages?: Speak | undefined;
  readonly kserve?: Speak | undefined;
}

/** Most providers speak chat. */
export const speakChat: Speak = (prepared, _call, { transport }) => ({ type: "spoken", prepared, sender: transport });
