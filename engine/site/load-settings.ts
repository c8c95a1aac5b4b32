import { join, resolve } from "node:path";
import { knownEntries } from "./check-keys.ts";
import { expectInteger, expectMap, expectNames, expectText } from "./expect.ts";
import { keywords } from "./keywords.ts";
import type { LoadContext } from "./load-context.ts";
import { loadRunSettings } from "./load-run-settings.ts";
import { loadSecretSettings } from "./load-secret-settings.ts";
import type { Settings } from "./site.ts";

/** lab.yml of the site's root, every key with its default. Paths come out absolute. */
export function loadSettings(context: LoadContext): Settings {
  const { files, report } = context;
  const absolute = (paths: readonly string[]): readonly string[] => paths.map((path) => resolve(files.root, path));
  const settings: { -readonly [Key in keyof Settings]: Settings[Key] } = {
    inventory: absolute(["inventory"]),
    rolesPath: absolute(["roles"]),
    machines: "together",
    secrets: { recipients: [] },
  };
  const node = context.yaml(join(files.root, "lab.yml"));
  const map = node === null ? undefined : expectMap(node, "lab.yml", report);
  for (const { key, value } of map ? knownEntries(map, "lab.yml", keywords.settings, report) : []) {
    if (key === "inventory" || key === "roles_path") {
      const paths = absolute(expectNames(value, key, report).map(({ name }) => name));
      if (key === "inventory") settings.inventory = paths;
      else settings.rolesPath = paths;
    } else if (key === "secrets") {
      settings.secrets = loadSecretSettings(value, report);
    } else if (key === "runs") {
      const runs = loadRunSettings(value, report);
      if (runs) settings.runs = runs;
    } else if (key === "forks") {
      const forks = expectInteger(value, key, { min: 1, max: 1_000 }, report);
      if (forks !== undefined) settings.forks = forks;
    } else {
      const machines = expectText(value, key, report);
      if (machines === "together" || machines === "apart") settings.machines = machines;
      else if (machines !== undefined) {
        report({
          code: "wrong-value",
          message: `\`machines\` knows no \`${machines}\``,
          place: value.place,
          hint: "it is `together` or `apart`",
        });
      }
    }
  }
  return settings;
}
