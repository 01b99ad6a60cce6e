/** A type whose members may be absent or, as a caller's `undefined`, present without a value. */
type Written<Settings> = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

/** The written settings over the defaults; a written `undefined` counts as absent, which a spread would not. */
export function withDefaults<Settings extends object>(
  defaults: Settings,
  written: Written<Settings> | undefined,
): Settings {
  const given = Object.entries(written ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...(Object.fromEntries(given) as Partial<Settings>) };
}
