/**
 * The classes of urgency (RFC 9218's 0 to 7 in pairs), the most urgent first. Brokers have no priorities that can be
 * relied on (RabbitMQ's quorum queues until 4.0, Kafka at all), so that each class has a queue of its own.
 */
export const JOB_CLASSES = ["critical", "standard", "sheddable", "background"] as const;

export type JobClass = (typeof JOB_CLASSES)[number];

/** The class of an urgency. */
export function classOf(priority: number): JobClass {
  return JOB_CLASSES[Math.max(0, Math.min(JOB_CLASSES.length - 1, Math.floor(priority / 2)))] ?? "background";
}

/** Whether the text can be a job's id; a broker's message may be anybody's. */
export function isJobId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}
