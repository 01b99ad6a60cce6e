export { readKafkaAddress } from "./kafka-address.ts";
export { KafkaQueue } from "./kafka-queue.ts";
