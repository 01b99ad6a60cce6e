export * from "./scripted.ts";
export { testCall } from "./test-call.ts";
export { VirtualClock } from "./virtual-clock.ts";
