/** Which packages of `package-lock.json` come with a package: what it needs, and what those need, as npm has placed them. */

/** One entry of the lock file's `packages`, as far as it is read here. */
export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  /** A workspace: the entry only points at its folder. */
  readonly link?: boolean;
  readonly resolved?: string;
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The lock file, version 3: packages by the place where they are installed (`node_modules/a/node_modules/b`). */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/**
 * The places of the named packages and of all that they need at run time, sorted. An optional dependency that the lock does
 * not have is left out; a workspace stands as its own folder.
 * @throws Error when a package that is needed is not locked
 */
export function lockedClosure(lock: LockFile, names: readonly string[]): readonly string[] {
  const places = new Set<string>();
  const visit = (from: string, name: string, optional: boolean): void => {
    const place = placeNeeded(lock, from, name);
    if (place === undefined) {
      if (optional) return;
      throw new Error(`${name}, which ${from === "" ? "was asked for" : `${from} needs`}, is not in the lock file.`);
    }
    if (places.has(place)) return;
    places.add(place);
    const entry = lock.packages[place] ?? {};
    for (const needed of Object.keys(entry.dependencies ?? {})) {
      // npm writes optional dependencies among the others, too.
      visit(place, needed, entry.optionalDependencies?.[needed] !== undefined);
    }
    for (const needed of Object.keys(entry.optionalDependencies ?? {})) visit(place, needed, true);
  };
  for (const name of names) visit("", name, false);
  return [...places].sort();
}

/** The name of the package at a place; npm writes it only where it is not that of its folder. */
export function nameAt(lock: LockFile, place: string): string {
  const [, installed] = place.match(/(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/) ?? [];
  return lock.packages[place]?.name ?? installed ?? place.slice(place.lastIndexOf("/") + 1);
}

/**
 * Where Node would find a package from a place: in the nearest `node_modules` at or above it; a workspace's own folder, where
 * that is a link to one. Undefined where it is not locked.
 */
export function placeNeeded(lock: LockFile, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    const place = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (!folder.endsWith("node_modules") && lock.packages[place] !== undefined) return folderOf(lock, place);
    if (folder === "") return undefined;
  }
}

/** The folder that a place stands for: a workspace's own, where the place is a link to it. */
function folderOf(lock: LockFile, place: string): string {
  const entry = lock.packages[place];
  return entry?.link === true && entry.resolved !== undefined ? entry.resolved : place;
}
