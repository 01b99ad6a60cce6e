import type { Clock, IdSource, Operation, Service } from "../engine/index.ts";
import type { CallerKey, Sha256 } from "./authenticate.ts";
import type { FrontBatches } from "./batch-endpoints.ts";
import type { EndpointGroups } from "./endpoint-groups.ts";
import type { ExchangeRecord } from "./exchange.ts";
import type { Readiness } from "./health.ts";
import type { FrontJobs } from "./job-endpoints.ts";
import type { OfferedModel } from "./models.ts";
import type { ResumableStreams } from "./resumable/resumable-streams.ts";
import type { FrontSettings } from "./settings.ts";
import type { FrontStatus } from "./status-endpoints.ts";

/** A call that was let in. One object may stand for all of them. */
export interface Admitted {
  /** It will be a stream, and waits for its first token: told once at the most. */
  waits(): void;
  /** A stream that waited begins. */
  begins(): void;
  /** Its exchange has ended: told once. */
  ends(isWaiting: boolean): void;
}

/** Whether this process has room for a call; where it has none, how long the caller should wait, in ms. */
export type Admission = Admitted | number;

/** What a requested model leads to. */
export interface FrontRoute {
  /** For logs and metrics. */
  readonly name: string;
  /** The route's whole stack. */
  readonly service: Service;
  /** The route's deadline from the arrival of a request, in ms; callers may only ask for a shorter one. */
  readonly deadlineMs: number;
  /** The models that the route offers by name. */
  readonly models: readonly string[];
  /** Whether it gives tickets to callers who ask for one. Default: no. */
  readonly givesTickets?: boolean | undefined;
  /** The longest life of a stream, in ms: the bound on a service that hangs. Default {@link DEFAULT_TOTAL_MS}. */
  readonly totalMs?: number | undefined;
}

/** What the front needs from whoever composes it. */
export interface FrontOptions {
  readonly clock: Clock;
  /** Request identifiers. */
  readonly ids: IdSource;
  /** The first route that takes the model; the calls in flight keep the one they were given. */
  findRoute(model: string, operation: Operation): FrontRoute | undefined;
  /** The models of all routes, for `/v1/models` and for error messages. */
  listModels(): readonly OfferedModel[];
  /** Callers' keys; empty means that everyone is anonymous and foreign hosts and origins are refused. */
  readonly keys: readonly CallerKey[];
  /** Beside those of calls in chat's form and of the models; `ALL_ENDPOINTS` for servers. */
  readonly endpoints: EndpointGroups;
  readonly settings?: Partial<FrontSettings> | undefined;
  /** SHA-256 as lower-case hex; needed for hashed keys and for passing callers' keys through. */
  readonly hash?: Sha256 | undefined;
  /** Requests may be answered from copies, so that those which repeat are worth remembering. It takes `hash`. */
  readonly requestsRepeat?: boolean | undefined;
  /** Tickets; absent where no route gives any. */
  readonly jobs?: FrontJobs | undefined;
  /** Streams that outlive their connection; absent where none do. */
  readonly streams?: ResumableStreams | undefined;
  /** Files and batches; absent where none are kept. */
  readonly batches?: FrontBatches | undefined;
  /** Who knows how well the routes answer; absent where nobody does. */
  readonly status?: FrontStatus | undefined;
  ready(): Readiness;
  /** Asked for each call once its caller is known and before anything is done for it. Absent: all are let in. */
  readonly admit?: ((priority: number) => Admission) | undefined;
  /** Told of the end of every exchange, on the request's path: it must be quick and must not throw. */
  readonly onExchange?: ((record: ExchangeRecord) => void) | undefined;
}
