/** How long something is waited for, in ms, and how often it is looked for. */
const WAIT_MS = 20_000;
const LOOK_MS = 100;

/** Looks until there is something. @throws Error where there is nothing in time */
export async function until<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  const latest = Date.now() + WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > latest) throw new Error(`There was no ${what} within ${WAIT_MS} ms.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
