import { argumentTerms, defaultsOf } from "../../engine/doc/role-manual.ts";
import type { Role } from "../../engine/site/site.ts";

const marks = /(<!-- arguments: [^\n]*-->\n)[\s\S]*?(<!-- \/arguments -->)/;

/** A role's README.md with the table of its arguments as its meta/arguments.yml says; null where it has no place for one. */
export function roleReadme(role: Role, text: string): string | null {
  if (!marks.test(text)) return null;
  const main = role.arguments?.entries.get("main");
  const rows = main
    ? argumentTerms([...main.declared.values()], defaultsOf(role, main.layer)).map(({ name, notes, text: meaning }) => {
        const fallback = notes.find((note) => note.startsWith("default: "))?.replace("default: ", "");
        const told = notes.filter((note) => !note.startsWith("default: ")).join(", ");
        return `| \`${name}\` | ${told} | ${fallback === undefined ? "" : `\`${fallback}\``} | ${meaning} |`;
      })
    : [];
  const table = ["| argument | type | default | meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
  return text.replace(marks, (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
}
