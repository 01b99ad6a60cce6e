/** What two texts begin and end with alike. The two parts do not overlap in either, and cut no character in half. */
export interface SharedEnds {
  readonly before: string;
  readonly behind: string;
}

/** The longest beginning that two texts share, and the longest end that they share behind it. */
export function sharedEnds(one: string, other: string): SharedEnds {
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one.charCodeAt(start) === other.charCodeAt(start)) start++;
  if (start > 0 && isHighSurrogate(one.charCodeAt(start - 1))) start--;
  let length = 0;
  while (
    length < shorter - start &&
    one.charCodeAt(one.length - 1 - length) === other.charCodeAt(other.length - 1 - length)
  ) {
    length++;
  }
  if (length > 0 && isLowSurrogate(one.charCodeAt(one.length - length))) length--;
  return { before: one.slice(0, start), behind: one.slice(one.length - length) };
}

/** What stands between such parts in a text; undefined where it does not begin and end so. */
export function between(text: string, { before, behind }: SharedEnds): string | undefined {
  if (text.length < before.length + behind.length || !text.startsWith(before) || !text.endsWith(behind)) {
    return undefined;
  }
  return text.slice(before.length, text.length - behind.length);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
