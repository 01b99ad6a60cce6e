export { readRabbitAddress } from "./rabbitmq-address.ts";
export { RabbitQueue } from "./rabbitmq-queue.ts";
