import { NotImitated } from "../../tool.ts";
import type { Column, Json } from "./api.ts";

/** As `--output-format` says. Keys are sorted, as Proxmox VE's printers do. */
export function printAnswer(data: Json, format: string, columns: readonly Column[] | undefined): string {
  if (data === null) return "";
  switch (format) {
    case "json":
      return `${compact(data)}\n`;
    case "json-pretty":
      return `${pretty(data, "")}\n`;
    case "yaml":
      return `---\n${yaml(data)}`;
    default:
      return text(data, columns);
  }
}

function entries(data: { readonly [key: string]: Json | undefined }): readonly (readonly [string, Json])[] {
  return Object.keys(data)
    .sort()
    .flatMap((key) => {
      const value = data[key];
      return value === undefined ? [] : [[key, value] as const];
    });
}
const isList = (data: Json): data is readonly Json[] => Array.isArray(data);

function compact(data: Json): string {
  if (isList(data)) return `[${data.map(compact).join(",")}]`;
  if (typeof data !== "object" || data === null) return JSON.stringify(data);
  return `{${entries(data)
    .map(([key, value]) => `${JSON.stringify(key)}:${compact(value)}`)
    .join(",")}}`;
}

function pretty(data: Json, indent: string): string {
  const inner = `${indent}   `;
  if (isList(data)) {
    if (data.length === 0) return "[]";
    return `[\n${data.map((each) => `${inner}${pretty(each, inner)}`).join(",\n")}\n${indent}]`;
  }
  if (typeof data !== "object" || data === null) return JSON.stringify(data);
  const pairs = entries(data).map(([key, value]) => `${inner}${JSON.stringify(key)} : ${pretty(value, inner)}`);
  return pairs.length === 0 ? "{}" : `{\n${pairs.join(",\n")}\n${indent}}`;
}

/** Flat records only: that is all that was recorded. */
function yaml(data: Json): string {
  const record = (each: Json, first: string, rest: string): string => {
    if (typeof each !== "object" || each === null || isList(each)) return `${first}${scalar(each)}\n`;
    return entries(each)
      .map(([key, value], index) => `${index === 0 ? first : rest}${key}: ${scalar(value)}\n`)
      .join("");
  };
  return isList(data) ? data.map((each) => record(each, "- ", "  ")).join("") : record(data, "", "");
}
function scalar(value: Json): string {
  if (typeof value === "object" && value !== null)
    throw new NotImitated("the embedded lab's pvesh prints flat YAML only");
  if (typeof value !== "string") return value === null ? "~" : String(value);
  return value === "" || /^[\d.+-]+$|^(true|false|null|~)$|[:#{}[\],&*!|>'"%@`]/.test(value)
    ? `'${value.replaceAll("'", "''")}'`
    : value;
}

function text(data: Json, columns: readonly Column[] | undefined): string {
  if (typeof data !== "object" || data === null) return `${String(data)}\n`;
  if (!isList(data)) {
    const rows = entries(data).map(([key, value]) => [key, cell(value)]);
    return table(["key", "value"], rows);
  }
  if (columns === undefined)
    throw new NotImitated("the embedded lab's pvesh prints this list as json only: say --output-format json");
  const rows = data.map((each) =>
    columns.map((column) =>
      typeof each === "object" && each !== null && !isList(each) ? cell(each[nameOf(column)]) : "",
    ),
  );
  return table(
    columns,
    rows.sort((a, b) => ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1)),
  );
}
function cell(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? compact(value) : String(value);
}

const nameOf = (column: Column) => (typeof column === "string" ? column : column.right);

function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) =>
    Math.max(nameOf(column).length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const pad = (text: string, index: number) => {
    const width = widths[index] ?? 0;
    return typeof columns[index] === "string" ? text.padEnd(width) : text.padStart(width);
  };
  const rule = (left: string, line: string, cross: string, right: string) =>
    `${left}${widths.map((width) => line.repeat(width + 2)).join(cross)}${right}\n`;
  const row = (cells: readonly string[]) =>
    `│${widths.map((_, index) => ` ${pad(cells[index] ?? "", index)} `).join("│")}│\n`;
  const between = rule("├", "─", "┼", "┤");
  const body = rows.map(row).join(between);
  return (
    rule("┌", "─", "┬", "┐") + row(columns.map(nameOf)) + rule("╞", "═", "╪", "╡") + body + rule("└", "─", "┴", "┘")
  );
}
