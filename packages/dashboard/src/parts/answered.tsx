import type { ComponentChildren } from "preact";
import type { Answer } from "../api/ask.ts";
import { useWords } from "../language/language.tsx";
import { Empty } from "./parts.tsx";
import { partsWords } from "./words.ts";

/** Shows an answer of the gateway when it is there, and says honestly why where it is not. */
export function Answered<Value>(properties: {
  readonly answer: Answer<Value> | undefined;
  again?(): void;
  readonly children: (value: Value) => ComponentChildren;
}) {
  const { answer, again, children } = properties;
  const text = useWords(partsWords);
  if (answer === undefined) return <div class="skeleton" role="status" aria-label={text.loading} />;
  if (answer.type === "value") return <>{children(answer.value)}</>;
  if (answer.type === "absent") return <Empty title={text.absent}>{text.absentWhy}</Empty>;
  if (answer.type === "denied") return <Empty title={text.denied}>{text.deniedWhy}</Empty>;
  return (
    <Empty title={text.failed}>
      {answer.status === undefined ? text.unreachable : answer.message}{" "}
      {again === undefined ? null : (
        <button type="button" class="button plain little" onClick={again}>
          {text.again}
        </button>
      )}
    </Empty>
  );
}
