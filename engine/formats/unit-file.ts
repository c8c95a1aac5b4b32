/** Files of systemd: units and what is dropped in beside them. */

/** Section → option → its values, in order. */
export type UnitSections = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** The sections as a file. */
export function renderUnit(sections: UnitSections): string {
  return Object.entries(sections)
    .map(([section, options]) => {
      const lines = Object.entries(options).flatMap(([option, values]) =>
        values.map((value) => `${option}=${value}\n`),
      );
      return `[${section}]\n${lines.join("")}`;
    })
    .join("\n");
}

/** Sections that systemd reads in every unit, and that of each type of its own. Others it skips with a warning that few read. */
const COMMON = ["Unit", "Install"];
const OWN: Readonly<Record<string, readonly string[]>> = {
  service: ["Service"],
  socket: ["Socket"],
  timer: ["Timer"],
  mount: ["Mount"],
  automount: ["Automount"],
  swap: ["Swap"],
  path: ["Path"],
  slice: ["Slice"],
  scope: ["Scope"],
  target: [],
};
export const UNIT_TYPES: readonly string[] = Object.keys(OWN);

/** What systemd would pass over or refuse in such a file, a sentence each. `dropIn`: it need not be a whole unit. */
export function unitProblems(text: string, type: string, dropIn: boolean): readonly string[] {
  const known = [...COMMON, ...(Object.hasOwn(OWN, type) ? (OWN[type] ?? []) : [])];
  const problems: string[] = [];
  const options = new Set<string>();
  let section: string | null = null;
  let continued = false;
  text.split("\n").forEach((line, index) => {
    const at = `line ${index + 1}`;
    const comment = /^\s*[#;]/.test(line);
    if (continued) {
      // Comments in the middle of a long line are allowed, and do not end it.
      if (!comment) continued = line.endsWith("\\");
      return;
    }
    if (line.trim() === "" || comment) return;
    const header = /^\s*\[([^\]]*)\]\s*$/.exec(line)?.[1];
    if (header !== undefined) {
      section = header;
      if (!known.includes(header) && !header.startsWith("X-")) {
        problems.push(
          `${at}: systemd knows no section [${header}] in a .${type}: it has ${known.map((each) => `[${each}]`).join(", ")}`,
        );
      }
      return;
    }
    continued = line.endsWith("\\");
    const option = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*=/.exec(line)?.[1];
    if (option === undefined) problems.push(`${at}: expected Option=value, got "${line.trim().slice(0, 60)}"`);
    else if (section === null) problems.push(`${at}: ${option}= stands above the first section`);
    else options.add(`${section}.${option}`);
  });
  if (continued) problems.push("the last line ends in a backslash: it is continued by nothing");
  if (problems.length === 0 && !dropIn) problems.push(...missing(type, options));
  return problems;
}

function missing(type: string, options: ReadonlySet<string>): readonly string[] {
  const has = (pattern: RegExp) => [...options].some((option) => pattern.test(option));
  if (type === "service" && !has(/^Service\.(ExecStart|ExecStop|SuccessAction)$/))
    return ["a service needs ExecStart= in [Service]"];
  if (type === "timer" && !has(/^Timer\.On[A-Z]/))
    return ["a timer needs a time in [Timer]: OnCalendar=, OnBootSec= …"];
  if (type === "mount" && !has(/^Mount\.What$/)) return ["a mount needs What= in [Mount]"];
  if (type === "socket" && !has(/^Socket\.Listen/)) return ["a socket needs a Listen…= in [Socket]"];
  if (type === "path" && !has(/^Path\.(Path|Directory)/))
    return ["a path needs a Path…= or DirectoryNotEmpty= in [Path]"];
  return [];
}
