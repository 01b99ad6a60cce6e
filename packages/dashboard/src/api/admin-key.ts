/** Where the admin key lies: in the tab's session storage, gone with the tab, never in an address or a cookie. */
const PLACE = "tideover.admin-key";

/** The key that was given in this tab; undefined where none was needed yet, or where the browser keeps nothing. */
export function adminKey(): string | undefined {
  return storage()?.getItem(PLACE) ?? undefined;
}

/**
 * Remembers the key for this tab; undefined forgets it.
 * @returns false where the browser keeps nothing
 */
export function setAdminKey(key: string | undefined): boolean {
  const place = storage();
  if (key === undefined) place?.removeItem(PLACE);
  else place?.setItem(PLACE, key);
  return place !== undefined;
}

/** Browsers that are told to keep nothing throw where the storage is only looked at. */
function storage(): Storage | undefined {
  try {
    return window.sessionStorage;
  } catch {
    return undefined;
  }
}
