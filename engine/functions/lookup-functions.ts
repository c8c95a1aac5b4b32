import { Secret } from "../value/secret.ts";
import { isList } from "../value/value.ts";
import { given, listOf, textOf } from "./arguments.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";

// What these give is data: braces in it are no template.
const name: Param = { name: "name", type: "string" };

const file: LabFunction = {
  name: "file",
  topic: "look-ups",
  summary: "The text of a file of the role (`files/`) or beside the playbook, without white space at its end.",
  params: [name],
  returns: "string",
  sharesName: true,
  looksUp: "file",
  run([wanted], outside) {
    const { text, secret } = outside.file(textOf(wanted));
    return secret ? new Secret(text.trimEnd()) : text.trimEnd();
  },
  example: { template: '{{ file "motd" }}', cel: 'file("motd")', gives: "Welcome to {{ this }} lab" },
};

const fileLines: LabFunction = {
  name: "file_lines",
  topic: "look-ups",
  summary: "The lines of such a file, without empty ones and those that begin with `#`.",
  params: [name],
  returns: "list",
  looksUp: "file",
  run([wanted], outside) {
    const { text, secret } = outside.file(textOf(wanted));
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    const said = lines.filter((line) => line !== "" && !line.startsWith("#"));
    return secret ? said.map((line) => new Secret(line)) : said;
  },
  example: {
    template: '{{ file_lines "keys/ada.pub" }}',
    cel: 'file_lines("keys/ada.pub")',
    gives: ["ssh-ed25519 AAAA ada"],
  },
};

const fileglob: LabFunction = {
  name: "fileglob",
  topic: "look-ups",
  summary: "The names of such files that match a pattern with `*` and `?` in its last part, sorted.",
  params: [{ name: "pattern", type: "string" }],
  returns: "list",
  looksUp: "file",
  run: ([pattern], outside) => [...outside.glob(textOf(pattern))],
  example: {
    template: '{{ fileglob "keys/*.pub" }}',
    cel: 'fileglob("keys/*.pub")',
    gives: ["keys/ada.pub", "keys/ben.pub"],
  },
};

const firstFound: LabFunction = {
  name: "first_found",
  topic: "look-ups",
  summary: "The first of these names that such a file has, or a list of names; null where there is none.",
  params: [{ name: "name", type: "string or list" }],
  variadic: true,
  returns: "any",
  looksUp: "file",
  run(args, outside) {
    const names = args.flatMap((each) => (isList(each) ? listOf(each) : [given(each)]));
    for (const each of names) {
      if (typeof each !== "string") throw new FunctionFailure("the names of files are texts");
      // Patterns have no place here: a name with a star in it is a name.
      if (outside.has(each)) return each;
    }
    return null;
  },
  example: {
    vars: { os: "debian" },
    template: '{{ first_found (format "%s.conf" os) "motd" }}',
    cel: 'first_found(os + ".conf", "motd")',
    gives: "motd",
  },
};

const env: LabFunction = {
  name: "env",
  topic: "look-ups",
  summary: "A variable of the environment in which lab was called; else the second argument, or an error.",
  params: [name, { name: "otherwise", type: "any", optional: true }],
  returns: "any",
  sharesName: true,
  looksUp: "env",
  run([wanted, otherwise], outside) {
    const value = outside.env(textOf(wanted)) ?? otherwise;
    if (value !== undefined) return value;
    throw new FunctionFailure(`the environment has no ${textOf(wanted)}`, "a second argument is taken in its place");
  },
  example: { template: '{{ env "EDITOR" }}', cel: 'env("EDITOR")', gives: "vi" },
  more: [{ template: '{{ env "NO_SUCH" "none" }}', cel: 'env("NO_SUCH", "none")', gives: "none" }],
};

export const lookupFunctions: readonly LabFunction[] = [file, fileLines, fileglob, firstFound, env];
