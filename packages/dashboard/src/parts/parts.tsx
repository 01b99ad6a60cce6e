import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** How grave something is; the names are the levels of the service. */
export type Tone = "normal" | "busy" | "degraded" | "outage" | "quiet" | "accent";

/** A part of a page with a heading. */
export function Card(properties: {
  readonly title?: ComponentChildren;
  readonly note?: ComponentChildren;
  readonly aside?: ComponentChildren;
  /** What is in it reaches the edges: a table. */
  readonly flush?: boolean | undefined;
  readonly children: ComponentChildren;
}) {
  const { title, note, aside, flush, children } = properties;
  const id = useId();
  return (
    <section class={flush === true ? "card flush" : "card"} aria-labelledby={title === undefined ? undefined : id}>
      {title === undefined ? null : (
        <header>
          <h2 id={id}>{title}</h2>
          {note === undefined ? null : <p class="card-note">{note}</p>}
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}

/** A word about a state. The word says it; the colour repeats it. */
export function Badge({ tone = "quiet", children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return (
    <span class="badge" data-tone={tone}>
      {children}
    </span>
  );
}

/** A few figures with their names. */
export function Figures(properties: {
  /** Two in a row, in narrow places. */
  readonly pairs?: boolean | undefined;
  readonly children: ComponentChildren;
}) {
  return <dl class={properties.pairs === true ? "figures in-pairs" : "figures"}>{properties.children}</dl>;
}

/** One figure with its name. */
export function Figure(properties: {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly note?: ComponentChildren;
}) {
  const { name, value, note } = properties;
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        {value}
        {note === undefined ? null : <div class="note">{note}</div>}
      </dd>
    </div>
  );
}

/** How much of something is used. */
export function Meter(properties: {
  readonly value: number;
  readonly of: number;
  readonly label: string;
  readonly colour?: string | undefined;
}) {
  const { value, of, label, colour = "--accent" } = properties;
  const share = of > 0 ? Math.min(1, Math.max(0, value / of)) : 0;
  return (
    // biome-ignore lint/a11y/useSemanticElements: no browser lets a <meter> be given colours of its own
    <span
      class="meter"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={of}
      aria-valuenow={Math.min(value, of)}
      style={{ "--swatch": `var(${colour})` }}
    >
      <span style={{ width: `${share * 100}%` }} />
    </span>
  );
}

/** Says that there is nothing, and why. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <svg
        viewBox="0 0 64 24"
        fill="none"
        stroke="currentColor"
        stroke-width="2.5"
        stroke-linecap="round"
        aria-hidden="true"
      >
        <path d="M2 8c7.500 0 7.500-5 15-5s7.500 5 15 5 7.500-5 15-5 7.500 5 15 5" />
        <path d="M2 18c7.500 0 7.500-5 15-5s7.500 5 15 5 7.500-5 15-5 7.500 5 15 5" opacity=".5" />
      </svg>
      <h3>{title}</h3>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}

/** A short message about what has just happened; read out when it appears. */
export function Notice({ tone = "accent", children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return (
    <div class="notice" data-tone={tone} role={tone === "outage" ? "alert" : "status"}>
      {children}
    </div>
  );
}

/** A table that scrolls sideways where it must; it can be reached by keyboard for that. */
export function TableArea(properties: {
  readonly label: string;
  readonly class?: string | undefined;
  readonly children: ComponentChildren;
}) {
  const { label, children } = properties;
  const place = properties.class === undefined ? "table-wrap" : `table-wrap ${properties.class}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    // biome-ignore lint/a11y/useSemanticElements: a section would be one more landmark with the same name
    <div class={place} tabIndex={0} role="group" aria-label={label}>
      <table>{children}</table>
    </div>
  );
}

/** A choice of one among a few, all in sight. */
export function Choices<Value extends string>(properties: {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  choose(value: Value): void;
}) {
  const { label, value, options, choose } = properties;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in a row in every browser
    <div class="choices" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => choose(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
