export { WebhookOutbox } from "./webhook-outbox.ts";
export { Webhooks } from "./webhooks.ts";
