/** Lines of /etc/passwd, /etc/group and /etc/shadow, which `getent` prints the same way. What is no such line is left out. */

export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}
export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}
export interface ShadowEntry {
  readonly name: string;
  /** A hash, `*`, or either behind a `!`, which locks it. */
  readonly password: string;
  /** Days since the epoch; null: never. */
  readonly expires: number | null;
}

export function parsePasswd(text: string): readonly PasswdEntry[] {
  return rows(text).flatMap(([name, , uid, gid, comment = "", home = "", shell = ""]) =>
    isName(name) && isNumber(uid) && isNumber(gid)
      ? [{ name, uid: Number(uid), gid: Number(gid), comment, home, shell }]
      : [],
  );
}

export function parseGroups(text: string): readonly GroupEntry[] {
  return rows(text).flatMap(([name, , gid, members = ""]) =>
    isName(name) && isNumber(gid)
      ? [{ name, gid: Number(gid), members: members.split(",").filter((each) => each !== "") }]
      : [],
  );
}

export function parseShadow(text: string): readonly ShadowEntry[] {
  return rows(text).flatMap(([name, password = "", , , , , , expires = ""]) =>
    isName(name) ? [{ name, password, expires: isNumber(expires) ? Number(expires) : null }] : [],
  );
}

/** `2027-01-31` as days since the epoch; null if there is no such day. */
export function daysOfDate(date: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return null;
  const time = Date.parse(`${date}T00:00:00Z`);
  // A 30th of February is taken for the 1st of March by some: what comes out must be what went in.
  return Number.isNaN(time) || dateOfDays(time / DAY_MS) !== date ? null : time / DAY_MS;
}
export function dateOfDays(days: number): string {
  const time = new Date(days * DAY_MS);
  return Number.isNaN(time.getTime()) ? `day ${days}` : time.toISOString().slice(0, 10);
}
const DAY_MS = 86_400_000;

function rows(text: string): readonly (readonly string[])[] {
  return text.split("\n").map((line) => line.split(":"));
}
/** Lines that begin with + or - are hooks of NIS, comments are nobody's. */
function isName(name: string | undefined): name is string {
  return name !== undefined && name !== "" && !/^[+#-]/.test(name);
}
function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d+$/.test(text);
}
