/** What a person chose, kept in the browser over visits. Where the browser keeps nothing, the choice lasts as long as the page. */
type Choice = "language" | "theme" | "name";

const PREFIX = "tideover.";

/** What was chosen; undefined where nothing was, or where the browser gives no storage. */
export function kept(choice: Choice): string | undefined {
  return storage()?.getItem(PREFIX + choice) ?? undefined;
}

/** Remembers a choice. */
export function keep(choice: Choice, value: string): void {
  storage()?.setItem(PREFIX + choice, value);
}

/** Browsers that are told to keep nothing throw where the storage is only looked at. */
function storage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
