import type { ComponentChildren } from "preact";
import { Card, Empty } from "./parts.tsx";

/** A list that is shown page by page, or why there is nothing in it, with the way to the newest and to older ones. */
export function ListPages(properties: {
  readonly title: string;
  readonly note?: string | undefined;
  /** What is said in place of a list with nothing in it. */
  readonly nothing: { readonly title: string; readonly why: string };
  /** Where the page begins; undefined for the newest. */
  readonly place: string | undefined;
  /** Of the last one on the page; undefined where there is none. */
  readonly lastId: string | undefined;
  readonly hasMore: boolean;
  readonly words: { readonly newest: string; readonly more: string };
  /** @param place undefined for the newest */
  go(place: string | undefined): void;
  readonly children: ComponentChildren;
}) {
  const { title, note, nothing, place, lastId, hasMore, words, go, children } = properties;
  return (
    <>
      {lastId === undefined ? (
        <Card>
          <Empty title={nothing.title}>{nothing.why}</Empty>
        </Card>
      ) : (
        <Card title={title} note={note} flush>
          {children}
        </Card>
      )}
      <div class="row">
        {place === undefined ? null : (
          <button type="button" class="button" onClick={() => go(undefined)}>
            {words.newest}
          </button>
        )}
        {hasMore ? (
          <button type="button" class="button" onClick={() => go(lastId)}>
            {words.more}
          </button>
        ) : null}
      </div>
    </>
  );
}
