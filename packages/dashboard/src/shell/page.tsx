import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A page: its heading, which takes the focus when the page is entered, and what is on it. */
export function Page(properties: {
  readonly title: string;
  readonly intro?: string | undefined;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const { title, intro, aside, children } = properties;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Tideover`;
  }, [title]);
  useEffect(() => {
    // The first page that is shown does not take the focus from the address bar.
    if (document.activeElement !== document.body && document.activeElement !== null) heading.current?.focus();
  }, []);
  return (
    <>
      <div class="page-head">
        <div class="stack tight">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {intro === undefined ? null : <p>{intro}</p>}
        </div>
        {aside}
      </div>
      <div class="stack">{children}</div>
    </>
  );
}
