/** Lines of a table whose columns begin below each other; the last column is not padded. */
export function tableLines(rows: readonly (readonly string[])[], indent = "  "): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cellsOf(cell));
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - cellsOf(cell)));
    return `${indent}${cells.join("  ")}`.trimEnd();
  });
}

/** Terminal cells that a text takes: East Asian wide characters take two. */
function cellsOf(text: string): number {
  let cells = 0;
  for (const character of text) {
    cells += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/u.test(
      character,
    )
      ? 2
      : 1;
  }
  return cells;
}
