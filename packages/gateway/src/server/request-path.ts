/**
 * The path (with query) of a request target: origin form as it is, absolute form (`http://host/path`, RFC 9112
 * section 3.2.2) without its origin, `*` as it is. Undefined for anything else.
 */
export function requestPath(target: string | undefined): string | undefined {
  if (target === undefined || target === "") return undefined;
  if (target.startsWith("/") || target === "*") return target;
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return undefined;
  const url = new URL(target);
  return url.pathname + url.search;
}
