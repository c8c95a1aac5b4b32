import { nodeAt, put, seconds } from "../files/file-tree.ts";
import { keepBytes, nodeText } from "../files/node.ts";
import type { Session } from "../session.ts";
import type { FrozenHost } from "../world.ts";

/** The files of accounts as rows of fields; what the tools change is in them and nowhere else. */
export type AccountFile = "/etc/passwd" | "/etc/group" | "/etc/shadow" | "/etc/gshadow" | "/etc/subuid" | "/etc/subgid";
export type Row = readonly string[];

export function rowsOf(host: FrozenHost, file: AccountFile): readonly Row[] {
  const node = nodeAt(host, file);
  return node?.type === "file"
    ? nodeText(node)
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => line.split(":"))
    : [];
}

/** Writes the rows; a file that is not there is not made. */
export function setRows(session: Session, file: AccountFile, rows: readonly Row[]): void {
  const node = nodeAt(session.host, file);
  if (node?.type !== "file") return;
  const { encoding: _encoding, ...rest } = node;
  const content = keepBytes(Buffer.from(rows.map((row) => `${row.join(":")}\n`).join("")));
  put(session, file, { ...rest, mtime: seconds(session.host), ...content });
}
export function addRow(session: Session, file: AccountFile, row: Row): void {
  setRows(session, file, [...rowsOf(session.host, file), row]);
}
/** Changes the row of a name; `change` gives the fields that it shall have, or null to take it away. */
export function changeRow(session: Session, file: AccountFile, name: string, change: (row: Row) => Row | null): void {
  const rows = rowsOf(session.host, file);
  if (!rows.some(([each]) => each === name)) return;
  setRows(
    session,
    file,
    rows.flatMap((row) => {
      const next = row[0] === name ? change(row) : row;
      return next === null ? [] : [next];
    }),
  );
}
export function withField(row: Row, index: number, value: string): Row {
  return row.map((field, at) => (at === index ? value : field));
}

/** Debian's useradd and groupadd: the number after the highest of the range; services count down from 999. */
export function freeId(taken: readonly number[], system: boolean, wanted?: number): number {
  if (system) {
    for (let id = 999; id >= 100; id -= 1) if (!taken.includes(id)) return id;
  }
  // A group takes the number of its user, where that is one of the range.
  if (wanted !== undefined && wanted >= 1000 && wanted <= 60_000 && !taken.includes(wanted)) return wanted;
  return Math.max(999, ...taken.filter((id) => id >= 1000 && id < 60_000)) + 1;
}
