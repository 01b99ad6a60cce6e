/** Where a job stands; `unknown` when its link says nothing of it any more. */
export type TicketStatus = "queued" | "running" | "succeeded" | "failed" | "expired" | "cancelled" | "unknown";

const WAITING: readonly string[] = ["queued", "running"] satisfies TicketStatus[];
const ENDED: readonly string[] = ["succeeded", "failed", "expired", "cancelled", "unknown"] satisfies TicketStatus[];

/** A promise of a later answer, as the page knows it. A new object with each change. */
export interface Ticket {
  /** The page's own name for it: what the answer is for. */
  readonly key: string;
  /** The signed link that the gateway gave: it lets this one job be read, and nothing else. */
  readonly url: string;
  readonly status: TicketStatus;
  /** The body of the answer, once it succeeded. */
  readonly answer?: unknown;
  /** Why there is none. */
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  /** When it is likely to be done, in ms since the Unix epoch. */
  readonly estimatedCompletionAt?: number | undefined;
}

/** Whether a ticket is done with, for better or worse. */
export function hasEnded({ status }: Pick<Ticket, "status">): boolean {
  return ENDED.includes(status);
}

/** A ticket after its job's document has come. @returns undefined for what is no such document */
export function readTicket({ key, url }: Pick<Ticket, "key" | "url">, document: unknown): Ticket | undefined {
  if (!isObject(document) || document.object !== "job" || !isStatus(document.status)) return undefined;
  const { status, response, error, estimated_completion_at: estimate } = document;
  return {
    key,
    url,
    status,
    ...(status === "succeeded" && isObject(response) ? { answer: response.body } : {}),
    ...(isObject(error) ? { error: { code: String(error.code), message: String(error.message) } } : {}),
    ...(typeof estimate === "number" ? { estimatedCompletionAt: estimate * 1_000 } : {}),
  };
}

function isStatus(value: unknown): value is TicketStatus {
  return typeof value === "string" && (WAITING.includes(value) || ENDED.includes(value));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
