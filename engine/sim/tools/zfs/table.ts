export interface Column {
  readonly heading: string;
  /** At least so wide. */
  readonly width: number;
  readonly right: boolean;
}

/** A table with headings: columns two spaces apart, nothing behind the last. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], headings = true): string {
  const widths = columns.map(({ heading, width }, index) =>
    Math.max(heading.length, width, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `${cells
      .map((cell, index) => {
        if (columns[index]?.right) return cell.padStart(widths[index] ?? 0);
        return index === cells.length - 1 ? cell : cell.padEnd(widths[index] ?? 0);
      })
      .join("  ")}\n`;
  return `${headings ? line(columns.map(({ heading }) => heading)) : ""}${rows.map(line).join("")}`;
}
