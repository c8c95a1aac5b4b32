import { columnWidths } from "./column-widths.ts";
import { padTo } from "./shorten.ts";

/** Rows as aligned lines, two spaces between columns, all of them to the left. */
export function leftTable(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = columnWidths(rows);
  return rows.map((row) =>
    row
      .map((cell, column) => padTo(cell, widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
