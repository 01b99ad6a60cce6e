import type { Call } from "../call.ts";
import type { Failure } from "../failure.ts";
import type { Accepted, Outcome } from "../outcome.ts";
import type { Service } from "../service.ts";

/** What a route says about its tickets. */
export interface TicketTerms {
  /** How long a job may wait for its answer, in ms. */
  readonly expiresMs: number;
  /** Equal requests of a tenant share one job, whether or not they name an idempotency key. */
  readonly shared?: boolean | undefined;
  /** The earliest moment at which a job accepted at `now` may run (both ms since the Unix epoch), for cheap hours. */
  readonly notBefore?: ((now: number, call: Omit<Call, "signal">) => number) | undefined;
}

/** Who turns calls into jobs. */
export interface TicketDesk {
  /** Accepts a call as a job for the workers. Resolves once the job is kept for good. Never rejects. */
  open(call: Call, terms: TicketTerms): Promise<Accepted | Failure>;
  /**
   * Accepts a call whose attempt runs as a job that this process holds: the attempt's answer becomes the job's, and
   * when it gives none the job goes to the workers. Whatever happens, the desk owns `running` from now on; one that is
   * still to begin does so once the job is kept for good.
   * @param stop ends the attempt: the job was cancelled, or could not be kept
   */
  adopt(
    call: Call,
    running: Promise<Outcome> | (() => Promise<Outcome>),
    stop: (reason: Failure) => void,
    terms: TicketTerms,
  ): Promise<Accepted | Failure>;
  /**
   * Answers a call that names an idempotency key, and whose caller waits: with what the same request got before, or by
   * `next`, whose answer is then kept. Another request under the same key is the failure `idempotency_mismatch`.
   */
  once(call: Call, next: Service): Promise<Outcome>;
}
