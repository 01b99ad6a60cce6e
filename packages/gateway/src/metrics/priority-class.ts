/** The classes of priority: RFC 9218 urgency 0 and 1, 2 and 3, 4 and 5, 6 and 7. */
export const PRIORITY_CLASSES = ["critical", "standard", "sheddable", "background"] as const;

export type PriorityClass = (typeof PRIORITY_CLASSES)[number];

/** The class of an urgency. */
export function classOf(priority: number): PriorityClass {
  return PRIORITY_CLASSES[Math.min(3, Math.max(0, Math.floor(priority / 2)))] ?? "standard";
}
