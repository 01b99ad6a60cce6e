import type { SettingChange } from "../api/types.ts";
import { useWords } from "../language/language.tsx";
import { TableArea } from "./parts.tsx";
import { partsWords } from "./words.ts";

/** What would change in a configuration, value by value; nothing where nothing would. */
export function ChangeTable(properties: { readonly label: string; readonly changes: readonly SettingChange[] }) {
  const text = useWords(partsWords);
  const { label, changes } = properties;
  if (changes.length === 0) return null;
  const value = (known: string | null) => known ?? <span class="faint">{text.notThere}</span>;
  return (
    <TableArea label={label}>
      <thead>
        <tr>
          <th scope="col">{text.setting}</th>
          <th scope="col">{text.before}</th>
          <th scope="col">{text.after}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ section, name, setting, before, after }) => (
          <tr key={`${section} ${name} ${setting}`}>
            <th scope="row" class="mono">
              {[section, name, setting].filter((part) => part !== "").join(" ")}
            </th>
            <td class="mono wraps">{value(before)}</td>
            <td class="mono wraps">{value(after)}</td>
          </tr>
        ))}
      </tbody>
    </TableArea>
  );
}
