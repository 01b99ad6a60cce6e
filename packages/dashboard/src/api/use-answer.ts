import { useCallback, useEffect, useState } from "preact/hooks";
import { useAccess } from "./access.tsx";
import { type Answer, ask } from "./ask.ts";

/** An answer that is on its way or there, and how to ask again. */
export interface Asked<Value> {
  /** Undefined until the first answer. It stays while a newer one is on its way. */
  readonly answer: Answer<Value> | undefined;
  again(): void;
}

/**
 * Asks the gateway for something and keeps it fresh while it is shown.
 * @param path undefined asks nothing
 * @param everyMs ask again after so long; nothing is asked while the page is hidden
 * @param query what is added to the path each time it is asked, such as the time of then
 */
export function useAnswer<Value>(path: string | undefined, everyMs?: number, query?: () => string): Asked<Value> {
  const { deny, key } = useAccess();
  const [state, setState] = useState<{ readonly path: string; readonly answer: Answer<Value> }>();
  const [turn, setTurn] = useState(0);

  // Another key or another turn asks again.
  useEffect(() => {
    if (path === undefined) return;
    const controller = new AbortController();
    ask<Value>(query === undefined ? path : path + query(), { signal: controller.signal }).then(
      (answer) => {
        if (answer.type === "denied") deny();
        setState({ path, answer });
      },
      () => undefined,
    );
    return () => controller.abort();
  }, [path, turn, key, deny]);

  useEffect(() => {
    if (everyMs === undefined || path === undefined) return;
    const timer = setInterval(() => {
      if (!document.hidden) setTurn((before) => before + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, path]);

  const again = useCallback(() => setTurn((before) => before + 1), []);
  return { answer: state?.path === path ? state?.answer : undefined, again };
}
