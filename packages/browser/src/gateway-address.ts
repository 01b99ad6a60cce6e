/**
 * A gateway's address as it was given, without slashes at its end; empty where none was: the page's own origin.
 * @throws TypeError for what would be taken for a path below the page, such as `ai.example.com`
 */
export function gatewayAddress(gateway: string | URL | undefined): string {
  if (gateway === undefined) return "";
  const given = String(gateway);
  const isAddress = /^https?:\/\/[^/]/i.test(given) && URL.canParse(given);
  // One slash: a path of the page's own origin. Two would name another host.
  if (isAddress || /^\/(?!\/)/.test(given)) return given.replace(/\/+$/, "");
  throw new TypeError(
    `A gateway is an address such as https://ai.example.com, or a path of the page's own origin such as /ai; not ${JSON.stringify(given)}.`,
  );
}
