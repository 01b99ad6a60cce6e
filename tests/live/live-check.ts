import type { LiveApi } from "./api.ts";

/** What was seen, and whether it is what the documentation and this project rely on. */
export interface Finding {
  readonly observed: string;
  readonly agrees: boolean;
}

/** One thing that this project believes about DeepSeek. */
export interface LiveCheck {
  readonly name: string;
  /** What is documented, or was seen before; shown beside what is seen now. */
  readonly documented: string;
  look(api: LiveApi): Promise<Finding>;
}

/** What was seen, item by item; it agrees when every item does. */
export function finding(items: Readonly<Record<string, boolean>>, observed: string): Finding {
  const differing = Object.entries(items).flatMap(([item, agrees]) => (agrees ? [] : [item]));
  if (differing.length === 0) return { observed, agrees: true };
  return { observed: `${observed}; NOT: ${differing.join(", ")}`, agrees: false };
}
