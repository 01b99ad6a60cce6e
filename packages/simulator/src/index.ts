export type { Arrival, ArrivalPlan } from "./arrivals/arrival.ts";
export { readTrace, TraceError } from "./arrivals/read-trace.ts";
export { requestBody } from "./callers/request-body.ts";
export type { AnswerShape, FaultEffect, Interruption, UsagePlacement } from "./faults/fault-effect.ts";
export { type FaultDefinition, listFaults } from "./faults/fault-table.ts";
export { startUpstreamServer, type UpstreamServer, type UpstreamServerOptions } from "./http/upstream-server.ts";
export { createInProcessTransport } from "./in-process/in-process-transport.ts";
export { checkInvariants, INVARIANTS, watchInvariants } from "./invariants/check-invariants.ts";
export { type Invariant, perCall, type Violation, type Watch } from "./invariants/invariant.ts";
export {
  type Counterexample,
  describeCounterexample,
  runSeeds,
  type SeedOptions,
  type SeedReport,
} from "./invariants/run-seeds.ts";
export {
  type CompareLimitersOptions,
  compareLimiters,
  LIMITER_CONDITIONS,
  type LimiterCondition,
  type LimiterFigures,
  type LimiterReport,
} from "./limiters/compare-limiters.ts";
export { beatenIn, limiterRows } from "./limiters/limiter-table.ts";
export type { UpstreamCounters } from "./model/counters.ts";
export type { FaultQuestion, UpstreamOptions } from "./model/options.ts";
export type { PacingOverrides } from "./model/pacing.ts";
export { type FaultShare, findProfile, listProfiles, type Profile } from "./model/profiles.ts";
export { createUpstreamModel, type UpstreamModel } from "./model/upstream-model.ts";
export type { ReasoningHistory } from "./model/validate-request.ts";
export type { UpstreamExchange, UpstreamRequest, UpstreamWire } from "./model/wire.ts";
export { type OracleFigures, runOracle } from "./oracle/oracle.ts";
export { type CompareOptions, type Comparison, compareStrategies } from "./report/compare.ts";
export { type Figures, figuresOf } from "./report/figures.ts";
export { type GateLine, judgeGate } from "./report/gate.ts";
export { htmlReport } from "./report/html-report.ts";
export { comparisonRows } from "./report/table.ts";
export { type ProviderServers, startProviderServers } from "./scenario/provider-servers.ts";
export { readScenario } from "./scenario/read-scenario.ts";
export { arrivalsOf, type RunOptions, runScenario } from "./scenario/run-scenario.ts";
export type { Scenario } from "./scenario/scenario.ts";
export type { RunSummary, ScenarioResult } from "./scenario/scenario-result.ts";
export { findScenario, listScenarios } from "./scenario/shipped/index.ts";
export { engineConfig, type ProviderAddress, STRATEGIES, type StrategyName } from "./scenario/strategy.ts";
export type { ScenarioIssue } from "./scenario/written-value.ts";
export type { PrefixBehaviour } from "./text/continue-answer.ts";
export { type ExpectedAnswer, expectedAnswer } from "./text/expected-answer.ts";
export type { ContinuationMode } from "./text/partial-answer.ts";
export type { TextRules } from "./text/plan-answer.ts";
