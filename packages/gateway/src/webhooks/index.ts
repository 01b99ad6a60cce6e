export { ReceiverProxy } from "./receiver-proxy.ts";
export { WebhookOutbox } from "./webhook-outbox.ts";
export { Webhooks } from "./webhooks.ts";
