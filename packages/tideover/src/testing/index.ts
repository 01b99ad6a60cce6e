export { MemoryFlightLedger } from "../engine/ports/memory-flight-ledger.ts";
export {
  ANSWER_STORE_CONFORMANCE,
  type AnswerStoreFixture,
  QUESTION_VECTOR_CONFORMANCE,
  storedAnswer,
} from "../engine/ports/testing/answer-store-conformance.ts";
export { CLOCK_CONFORMANCE, type ClockFixture } from "../engine/ports/testing/clock-conformance.ts";
export type { ConformanceCase } from "../engine/ports/testing/conformance.ts";
export {
  FLIGHT_LEDGER_CONFORMANCE,
  type FlightLedgerFixture,
} from "../engine/ports/testing/flight-ledger-conformance.ts";
export { JOB_QUEUE_SUITE } from "../engine/ports/testing/job-queue-suite.ts";
export { JOB_STORE_SUITE } from "../engine/ports/testing/job-store-suite.ts";
export { MemoryAnswerStore } from "../engine/ports/testing/memory-answer-store.ts";
export * from "./scripted.ts";
export { testCall } from "./test-call.ts";
export { VirtualClock } from "./virtual-clock.ts";
