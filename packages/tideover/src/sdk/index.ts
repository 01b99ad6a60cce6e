export type { ChatOptions, ChatRequest } from "./chat.ts";
export { answer, createTideover, type Tideover, type TideoverOptions } from "./create-tideover.ts";
export { createFetchTransport, type Fetch } from "./fetch-transport.ts";
export { TideoverError } from "./tideover-error.ts";
