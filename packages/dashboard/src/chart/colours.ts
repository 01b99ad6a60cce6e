/**
 * The colour that a token stands for now, as canvases need it: `light-dark()` is resolved by an element alone.
 * @param percent how much of it is left, the rest being transparent
 */
export function colourOf(token: string, percent = 100): string {
  const probe = document.createElement("span");
  probe.style.color = percent === 100 ? `var(${token})` : `color-mix(in srgb, var(${token}) ${percent}%, transparent)`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
