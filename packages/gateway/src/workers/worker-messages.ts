import type { ResolvedConfig } from "tideover/config";
import type { DegradedAnswer, ReviewInbox } from "tideover/engine";
import type { LogLevel } from "../logging/index.ts";
import type { News } from "./knowledge.ts";

/** The variable that makes a process a worker; its value is the worker's place, from 0. */
export const WORKER_VARIABLE = "TIDEOVER_WORKER";

/** The topics of the notes between the primary and a worker. */
export const NOTES = {
  /** From a worker: it is there and wants a {@link WorkerStart}. */
  hello: "hello",
  start: "start",
  /** From a worker: {@link Listening}. */
  listening: "listening",
  /** From a worker: it cannot start; the message says what to do. */
  failed: "failed",
  /** From a worker, again and again: {@link WorkerReport}. */
  report: "report",
  /** To a worker: another configuration, for the calls that come from now on. */
  reload: "reload",
  /** To a worker: take no more, and end within so many ms. */
  drain: "drain",
  /** From a worker: how many exchanges were cut when it ended. */
  drained: "drained",
  /** To a worker: the store of jobs has been opened. */
  jobsOpened: "jobs-opened",
  /** From a worker: exchanges that have ended. */
  exchanges: "exchanges",
  /** From a worker: something for the review inbox, an {@link InboxNote}. */
  inbox: "inbox",
  news: "news",
  permits: "permits",
  bounds: "bounds",
} as const;

/** What a worker is started with. */
export interface WorkerStart {
  /** Its place among those who share the providers' limits, and how many these are. */
  readonly slot: number;
  readonly parties: number;
  readonly config: ResolvedConfig;
  readonly host: string;
  readonly port: number;
  /** Where relative files of the configuration begin. */
  readonly folder: string;
  readonly log: { readonly level: LogLevel; readonly pretty: boolean; readonly color: boolean };
  /** Absent where nothing can be kept. */
  readonly jobs?: WorkerJobs | undefined;
  /** There is a review inbox. */
  readonly reviews: boolean;
  /** What is known already. */
  readonly news: readonly News[];
}

/** How a worker takes part in jobs. */
export interface WorkerJobs {
  /** Signs the links to them. */
  readonly secret: string;
  /** Somebody is to be told of their ends. */
  readonly announces: boolean;
  /** Routes give tickets; else the store only keeps answers under idempotency keys, and is opened by its first use. */
  readonly givesTickets: boolean;
  /** The store is open; else the note `jobsOpened` tells. */
  readonly isOpen: boolean;
}

/** A worker takes connections. */
export interface Listening {
  readonly url: string;
  readonly port: number;
}

/** Why a worker cannot start. */
export interface StartFailure {
  readonly name: string;
  readonly message: string;
}

/** How a worker is. */
export interface WorkerReport {
  /** Requests that it is answering. */
  readonly inFlight: number;
}

/** Something that a worker tells the review inbox: the operation and what it is told. */
export type InboxNote =
  | readonly ["offer", DegradedAnswer]
  | readonly ["ticketOpened", ...Parameters<ReviewInbox["ticketOpened"]>]
  | readonly ["answerStored", ...Parameters<ReviewInbox["answerStored"]>];
