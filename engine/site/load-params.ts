import type { ValueSource } from "../value/expression.ts";
import type { MapEntry } from "../value/node.ts";
import { isText, type Report } from "./expect.ts";
import { brokenValue, readValue } from "./read-value.ts";

// These take a whole command line as their value; an `=` in it means nothing.
const commandLines = new Set(["command", "shell"]);
const freeForm = /^([a-z_]+)=(?:"([^"]*)"|'([^']*)'|(?!=)((?:\{\{.*?\}\}|\S)*))/;

/** What stands below a module. Where it is wrong the task stays, so that what it registers or is called is known all the same. */
const ofCommand = /(?:^|\s)(creates|removes|chdir|executable|stdin|unless)=(\S+)/;

export function loadParams({ key, keyPlace, value }: MapEntry, report: Report): ValueSource {
  if (value.broken) return brokenValue(value.place);
  // `module:` alone is a module without parameters.
  if (value.kind === "scalar" && value.value === null) return { kind: "map", entries: [], place: keyPlace };
  const pair = isText(value) && value.tag === undefined ? freeForm.exec(value.value) : null;
  if (pair && isText(value) && !commandLines.has(key)) {
    const shown = pair[2] ?? pair[3] ?? pair[4] ?? "";
    const more = /\s\w+=/.test(value.value) ? ", …" : "";
    report({
      code: "free-form",
      message: "parameters are not written as `key=value`",
      place: value.place,
      hint: `write a map: \`${key}: { ${pair[1]}: ${/[{}:#,[\]]/.test(shown) ? JSON.stringify(shown) : shown}${more} }\``,
    });
    return brokenValue(value.place);
  }
  // Ansible takes these out of the command line; here they would become words of the command.
  const option = isText(value) && commandLines.has(key) ? ofCommand.exec(value.value) : null;
  if (option && isText(value)) {
    const command = value.value.replace(new RegExp(ofCommand, "g"), "").trim();
    report({
      code: "free-form",
      message: `\`${option[1]}\` is not written into the command`,
      place: value.placeAt(option.index + (option[0].startsWith(" ") ? 1 : 0), (option[1]?.length ?? 0) + 1),
      hint: `write a map: \`${key}: { cmd: ${JSON.stringify(command)}, ${option[1]}: ${option[2]} }\``,
    });
    return brokenValue(value.place);
  }
  return readValue(value, report) ?? brokenValue(value.place);
}
