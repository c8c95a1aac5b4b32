import { columnWidths } from "./column-widths.ts";
import { displayWidth } from "./display-width.ts";

/** Rows as aligned lines, two spaces between columns: the first column to the left, the others, being numbers, to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = columnWidths(rows);
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const gap = " ".repeat((widths[column] ?? 0) - displayWidth(cell));
        return column === 0 ? cell + gap : gap + cell;
      })
      .join("  ")
      .trimEnd(),
  );
}
