import type { Recommendation } from "../../api/types.ts";
import { useFormat, useLanguage, useWords } from "../../language/language.tsx";
import { Badge, Card } from "../../parts/parts.tsx";
import { capacityWords } from "./words.ts";

/** What to do, with the change of the configuration that it means. */
export function Advice({ recommendations }: { readonly recommendations: readonly Recommendation[] }) {
  const text = useWords(capacityWords);
  const { language } = useLanguage();
  const format = useFormat();
  return (
    <Card title={text.advice}>
      {recommendations.length === 0 ? (
        <p class="soft">{text.noAdvice}</p>
      ) : (
        <ul class="stack">
          {recommendations.map((one) => (
            <li key={`${one.kind} ${one.subject}`} class="stack tight">
              <div class="row">
                <Badge tone="accent">{text.kinds[one.kind] ?? one.kind}</Badge>
                <h3>{one.subject}</h3>
                {one.by === undefined ? null : <span class="soft small">{text.by(format.hour(one.by))}</span>}
                {one.saves === undefined ? null : (
                  <span class="soft small">{text.saves(format.money(one.saves.amount, one.saves.currency))}</span>
                )}
              </div>
              <p>{one.reason[language]}</p>
              {one.change === undefined ? null : (
                <p class="small soft">
                  {text.change}: <code>{one.change.path}</code>{" "}
                  <code>
                    {written(one.change.from)} → {written(one.change.to)}
                  </code>
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function written(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "–");
}
