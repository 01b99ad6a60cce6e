export type { Adapter, AttemptScope, RawAnswer } from "./adapter.ts";
export * from "./answer-stream.ts";
export type { Call, CallRequest, ContinuationTerms, Operation } from "./call.ts";
export { type Clock, sleep, type Timer } from "./clock.ts";
export { collect } from "./collect.ts";
export type { BreakerStateName, Emit, EngineEvent } from "./engine-event.ts";
export type { EngineEnvironment } from "./environment.ts";
export { estimateTokens } from "./estimate-tokens.ts";
export * from "./failure.ts";
export { isJsonObject, type Json, type JsonObject } from "./json.ts";
export type { Backoff, Jitter } from "./kernels/backoff.ts";
export { seededRandom } from "./kernels/seeded-random.ts";
export { type BudgetShape, TokenBudget } from "./kernels/token-budget.ts";
export { type AttemptOptions, attempt } from "./layers/attempt/attempt.ts";
export { type AccountState, newAccountState } from "./layers/balance/account-state.ts";
export { type Balance, type BalanceTarget, balance } from "./layers/balance/balance.ts";
export { Chaos } from "./layers/chaos/chaos.ts";
export type { ChaosFault, ChaosOptions } from "./layers/chaos/chaos-options.ts";
export { BREAKER_DEFAULTS, type BreakerOptions, CircuitBreaker } from "./layers/circuit-breaker/breaker.ts";
export { circuitBreaker } from "./layers/circuit-breaker/circuit-breaker.ts";
export { deadline, deadlineFailure } from "./layers/deadline/deadline.ts";
export { type Ask, type FailoverTarget, failover } from "./layers/failover/failover.ts";
export { FirstTokenTimes } from "./layers/hedge/first-token-times.ts";
export { type HedgeOptions, hedge } from "./layers/hedge/hedge.ts";
export type { HedgeTerms } from "./layers/hedge/hedge-terms.ts";
export { ladder, type Rung } from "./layers/ladder/ladder.ts";
export { limit } from "./layers/limit/limit.ts";
export type { LimitEvent } from "./layers/limit/limit-event.ts";
export {
  createLimitState,
  type LimitOptions,
  type LimitSnapshot,
  type LimitState,
} from "./layers/limit/limit-state.ts";
export { observe } from "./layers/observe/observe.ts";
export { type ResumeOptions, resume } from "./layers/resume/resume.ts";
export { type RetryOptions, retry } from "./layers/retry/retry.ts";
export { costBudget } from "./layers/tenant-quota/cost-budget.ts";
export { type Quota, TenantQuotas, tenantQuota } from "./layers/tenant-quota/tenant-quota.ts";
export type { Accepted, Answer, Outcome } from "./outcome.ts";
export type { AnswerContinuation, AnswerLog, ContinuationPlan, Fit, FitStep } from "./ports/continuation.ts";
export type { ByteSource, Transport, TransportRequest, TransportResponse } from "./ports/transport.ts";
export * from "./provenance.ts";
export type { IdSource, Random } from "./random.ts";
export { type AnswerHandler, type HandlerContext, handler } from "./rungs/handler.ts";
export { type Rule, type RuleFacts, rules } from "./rungs/rules.ts";
export { template } from "./rungs/template.ts";
export type { ComposeAnswer } from "./rungs/text-answer.ts";
export type { Layer, Service } from "./service.ts";
export { ACCOUNT_ORDER, compose, GROUP_ORDER, PROVIDER_ORDER, ROUTE_ORDER } from "./stack.ts";
