export type { Adapter, AttemptScope, RawAnswer } from "./adapter.ts";
export * from "./answer-stream.ts";
export type { BegunAnswer, CacheTerms, Call, CallRequest, ContinuationTerms, Operation } from "./call.ts";
export { type Clock, sleep, type Timer } from "./clock.ts";
export { collect } from "./collect.ts";
export type { BreakerStateName, Emit, EngineEvent } from "./engine-event.ts";
export type { EngineEnvironment } from "./environment.ts";
export { estimateTokens, promptTokens } from "./estimate-tokens.ts";
export * from "./failure.ts";
export type { Hash } from "./hash.ts";
export { isJsonObject, type Json, type JsonObject } from "./json.ts";
export type { Backoff, Jitter } from "./kernels/backoff.ts";
export { type LoopSample, OpenRoom, type OpenRoomShape } from "./kernels/open-room.ts";
export { S3Fifo } from "./kernels/s3-fifo.ts";
export { seededRandom } from "./kernels/seeded-random.ts";
export {
  type Answered,
  LEVELS,
  type Level,
  type LevelShape,
  type ServiceFacts,
  ServiceLevel,
} from "./kernels/service-level.ts";
export { sha256 } from "./kernels/sha256.ts";
export { TimerQueue } from "./kernels/timer-queue.ts";
export { type BudgetShape, TokenBudget } from "./kernels/token-budget.ts";
export { type AttemptOptions, attempt } from "./layers/attempt/attempt.ts";
export { LearnedFirstToken } from "./layers/attempt/learned-first-token.ts";
export { type AccountState, newAccountState } from "./layers/balance/account-state.ts";
export { type Balance, type BalanceTarget, balance } from "./layers/balance/balance.ts";
export { AnswerCache, type AnswerCacheParts, type CacheFigures } from "./layers/cache/answer-cache.ts";
export { type CacheOptions, cache } from "./layers/cache/cache.ts";
export { CACHE_MEMORY_BYTES, SDK_CACHE_MEMORY_BYTES } from "./layers/cache/defaults.ts";
export { type RequestKeys, requestKeys } from "./layers/cache/request-key.ts";
export { Chaos } from "./layers/chaos/chaos.ts";
export type { ChaosFault, ChaosOptions } from "./layers/chaos/chaos-options.ts";
export { BREAKER_DEFAULTS, type BreakerOptions, CircuitBreaker } from "./layers/circuit-breaker/breaker.ts";
export { circuitBreaker } from "./layers/circuit-breaker/circuit-breaker.ts";
export { deadline, deadlineFailure } from "./layers/deadline/deadline.ts";
export { type Ask, type FailoverTarget, failover, type Refusal } from "./layers/failover/failover.ts";
export { FirstTokenTimes } from "./layers/hedge/first-token-times.ts";
export { type HedgeOptions, hedge } from "./layers/hedge/hedge.ts";
export type { HedgeTerms } from "./layers/hedge/hedge-terms.ts";
export { idempotency } from "./layers/idempotency/idempotency.ts";
export { ladder, type Rung } from "./layers/ladder/ladder.ts";
export { limit } from "./layers/limit/limit.ts";
export type { LimitEvent } from "./layers/limit/limit-event.ts";
export {
  createLimitState,
  type LimitOptions,
  type LimitSnapshot,
  type LimitState,
} from "./layers/limit/limit-state.ts";
export { longPrompt } from "./layers/long-prompt/long-prompt.ts";
export type { FittedRequest, PromptFitter, SummaryPlan } from "./layers/long-prompt/prompt-fitter.ts";
export { observe } from "./layers/observe/observe.ts";
export { respondAsync } from "./layers/respond-async/respond-async.ts";
export { withTicket } from "./layers/respond-async/with-ticket.ts";
export { type ResumeOptions, resume } from "./layers/resume/resume.ts";
export { type RetryOptions, retry } from "./layers/retry/retry.ts";
export {
  type AcrossProcessesOptions,
  acrossProcesses,
  type SharedLedger,
  sharedLedger,
} from "./layers/single-flight/across-processes.ts";
export { Flights, singleFlight } from "./layers/single-flight/single-flight.ts";
export {
  type CostBudgetOptions,
  costBudget,
  type NamedBudget,
  Spending,
  type SpentBudget,
} from "./layers/tenant-quota/cost-budget.ts";
export { type Quota, type QuotaUse, TenantQuotas, tenantQuota } from "./layers/tenant-quota/tenant-quota.ts";
export type { Accepted, Answer, Outcome } from "./outcome.ts";
export type { AnswerForm } from "./ports/answer-form.ts";
export {
  type AnswerStore,
  type FoundVector,
  isSelected,
  type PurgeSelection,
  type QuestionVector,
  readStoredAnswer,
  requireSelection,
  STORED_ANSWER_VERSION,
  type StoredAnswer,
} from "./ports/answer-store.ts";
export type { AnswerContinuation, AnswerLog, ContinuationPlan, Fit, FitStep } from "./ports/continuation.ts";
export {
  type FlightEnding,
  type FlightLedger,
  type FlightRead,
  type FlightSeat,
  FORGOTTEN_AFTER_MS,
} from "./ports/flight-ledger.ts";
export * from "./ports/job.ts";
export type { JobDelivery, JobQueue } from "./ports/job-queue.ts";
export type {
  AcceptResult,
  HoldState,
  JobListing,
  JobNotice,
  JobPage,
  JobStore,
  Keeping,
  LeaseOrder,
  Release,
  SweepOrder,
  Swept,
} from "./ports/job-store.ts";
export { MemoryFlightLedger } from "./ports/memory-flight-ledger.ts";
export type { DegradedAnswer, ReviewInbox } from "./ports/review-inbox.ts";
export type { TicketDesk, TicketTerms } from "./ports/ticket-desk.ts";
export type { ByteReader, ByteSource, Transport, TransportRequest, TransportResponse } from "./ports/transport.ts";
export * from "./provenance.ts";
export type { IdSource, Random } from "./random.ts";
export { type AnswerHandler, type HandlerContext, handler } from "./rungs/handler.ts";
export { type Rule, type RuleFacts, rules } from "./rungs/rules.ts";
export { type SimilarRung, similar } from "./rungs/similar/similar.ts";
export { SimilarQuestions } from "./rungs/similar/similar-questions.ts";
export { stale } from "./rungs/stale.ts";
export { template } from "./rungs/template.ts";
export type { ComposeAnswer } from "./rungs/text-answer.ts";
export { mayHaveTicket, ticket } from "./rungs/ticket.ts";
export { type Layer, type Ready, readyOutcome, type Service, withReady } from "./service.ts";
export { ACCOUNT_ORDER, compose, GROUP_ORDER, PROVIDER_ORDER, ROUTE_ORDER } from "./stack.ts";
