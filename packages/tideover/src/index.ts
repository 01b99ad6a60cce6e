export { ConfigError, defineConfig, type TideoverConfig } from "./config/index.ts";
export type { AnswerHandler, EngineEvent, HandlerContext } from "./engine/index.ts";
export * from "./sdk/index.ts";
