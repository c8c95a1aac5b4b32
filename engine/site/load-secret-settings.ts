import type { Node } from "../value/node.ts";
import { knownEntries } from "./check-keys.ts";
import { expectMap, expectNames, expectText, type Named, type Report } from "./expect.ts";
import { keywords } from "./keywords.ts";
import type { SecretSettings } from "./site.ts";

/** `secrets:` of lab.yml. A key whose check sum is wrong is found when something is encrypted with it. */
export function loadSecretSettings(node: Node, report: Report): SecretSettings {
  const settings: { -readonly [Key in keyof SecretSettings]: SecretSettings[Key] } = { recipients: [] };
  const map = expectMap(node, "secrets", report);
  for (const { key, value } of map ? knownEntries(map, "`secrets`", keywords.secrets, report) : []) {
    if (key === "recipients")
      settings.recipients = expectNames(value, key, report).filter((each) => check(each, report));
    else {
      const path = expectText(value, key, report);
      if (path !== undefined) settings.identity = path;
    }
  }
  return settings;
}

function check({ name, place }: Named, report: Report): boolean {
  if (/^age1[02-9ac-hj-np-z]{20,}$/.test(name)) return true;
  const wrong = (message: string, hint: string): boolean => {
    report({ code: "bad-recipient", message, place, hint });
    return false;
  };
  if (/^AGE-SECRET-KEY-/i.test(name)) {
    const hint = "take it out of the file and make a new one: lab secret keygen; its public key begins with age1";
    return wrong("this is a private key, and whoever has the site can read it now", hint);
  }
  if (/^ssh-/.test(name)) return wrong("keys of SSH are not supported", "lab secret keygen makes a key of age");
  return wrong("this is no public key of age", "one begins with age1 and has 62 letters: lab secret keygen prints it");
}
