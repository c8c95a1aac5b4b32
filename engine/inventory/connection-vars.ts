import { connectionKinds } from "../site/connection-kinds.ts";
import type { Report } from "../site/expect.ts";
import { nearest } from "../text/nearest.ts";
import type { ValueSource } from "../value/expression.ts";
import { typeName } from "../value/value.ts";
import type { Variable } from "../vars/layer.ts";

export interface ConnectionVar {
  readonly name: string;
  readonly type: "text" | "integer" | "boolean" | "map";
  readonly summary: string;
  readonly values?: readonly string[];
  /** The lowest and the highest number. */
  readonly range?: readonly [number, number];
  /** Ansible's names for it. */
  readonly ansible?: readonly string[];
}

/** How a host is reached, the one table. */
export const connectionVars: readonly ConnectionVar[] = [
  {
    name: "lab_host",
    type: "text",
    summary: "Name or address to connect to. Default: the host's name in the inventory.",
    ansible: ["ansible_host", "ansible_ssh_host"],
  },
  {
    name: "lab_port",
    type: "integer",
    summary: "Port. Default: as the ssh configuration says, else 22.",
    range: [1, 65535],
    ansible: ["ansible_port", "ansible_ssh_port"],
  },
  {
    name: "lab_user",
    type: "text",
    summary: "User to log in as. Default: as the ssh configuration says, else your own name.",
    ansible: ["ansible_user", "ansible_ssh_user"],
  },
  {
    name: "lab_password",
    type: "text",
    summary: "Password to log in with. Better a key.",
    ansible: ["ansible_password", "ansible_ssh_pass", "ansible_ssh_password"],
  },
  {
    name: "lab_private_key",
    type: "text",
    summary: "Path of the private key on the controller.",
    ansible: ["ansible_ssh_private_key_file", "ansible_private_key_file"],
  },
  {
    name: "lab_passphrase",
    type: "text",
    summary: "What opens the private key.",
    ansible: ["ansible_ssh_private_key_passphrase"],
  },
  {
    name: "lab_connection",
    type: "text",
    summary: "The way in. Default ssh.",
    values: connectionKinds,
    ansible: ["ansible_connection"],
  },
  {
    name: "lab_node",
    type: "text",
    summary: "Of a container: the host of the inventory on which it runs, through which it is entered.",
  },
  {
    name: "lab_vmid",
    type: "integer",
    summary: "Of a container: its number on its node.",
  },
  {
    name: "lab_container",
    type: "text",
    summary: "Of a Docker container: its name on the host that `lab_node` names.",
  },
  {
    name: "lab_project",
    type: "text",
    summary: "Of a Docker container: the Compose project that it belongs to; with `lab_service`, in place of its name.",
  },
  {
    name: "lab_service",
    type: "text",
    summary: "Of a Docker container: the service of that project that it runs.",
  },
  {
    name: "lab_wait_for_network",
    type: "boolean",
    summary: "Of a container: wait until it has a default route before anything is done in it. Default false.",
  },
  {
    name: "lab_become",
    type: "boolean",
    summary: "Act as another user unless a play or task says otherwise.",
    ansible: ["ansible_become"],
  },
  {
    name: "lab_become_user",
    type: "text",
    summary: "The user to become. Default root.",
    ansible: ["ansible_become_user"],
  },
  {
    name: "lab_become_password",
    type: "text",
    summary: "The password that sudo asks for.",
    ansible: ["ansible_become_password", "ansible_become_pass", "ansible_sudo_pass"],
  },
  {
    name: "lab_shard_key",
    type: "text",
    summary: "Hosts of the same key are in the same part of a run with `--shard`. Default: hosts of one machine are.",
  },
  {
    name: "lab_sandbox",
    type: "map",
    summary: "What the host is made of in the embedded lab: mounts, answers to commands, and more.",
  },
];

const byAnsible = new Map(
  connectionVars.flatMap((known) => (known.ansible ?? []).map((name) => [name, known.name] as const)),
);

/** `lab_` belongs to the engine: a mistyped one would be ignored, and the connection go elsewhere. */
export function checkConnectionVars(variables: ReadonlyMap<string, Variable>, report: Report): void {
  for (const [name, { place, content }] of variables) {
    if (name.startsWith("ansible_")) {
      const ours = byAnsible.get(name);
      const hint = ours === undefined ? "there is none of this meaning: remove it" : `write \`${ours}\``;
      report({
        code: "ansible-variable",
        message: `\`${name}\` means nothing here: connection variables begin with lab_`,
        place,
        hint,
      });
    }
    if (!name.startsWith("lab_")) continue;
    const known = connectionVars.find((candidate) => candidate.name === name);
    if (known === undefined) {
      const names = connectionVars.map((candidate) => candidate.name);
      const guess = nearest(name, names);
      const hint = guess === undefined ? `known are ${names.join(", ")}` : `did you mean \`${guess}\`?`;
      report({
        code: "unknown-connection-variable",
        message: `there is no connection variable \`${name}\``,
        place,
        hint,
      });
    } else if (content.kind === "source") checkLiteral(known, content.source, report);
  }
}

function checkLiteral(known: ConnectionVar, source: ValueSource, report: Report): void {
  if (source.kind === "expression") return;
  const value = source.kind === "literal" ? source.value : undefined;
  const type = value === undefined ? source.kind : typeName(value);
  const wanted = known.type === "text" ? "string" : known.type;
  const { place } = source;
  if (type === "secret" && known.type === "text") return;
  if (type !== wanted) {
    report({
      code: "wrong-type",
      message: `\`${known.name}\` must be ${article[known.type]}, not ${shownTypes[type] ?? `a ${type}`}`,
      place,
      ...hintFor(known, value),
    });
  } else if (known.range && typeof value === "number" && (value < known.range[0] || value > known.range[1])) {
    const message = `\`${known.name}\` must be from ${known.range[0]} to ${known.range[1]}, not ${value}`;
    report({ code: "wrong-value", message, place });
  } else if (known.values && typeof value === "string" && !known.values.includes(value)) {
    const guess = nearest(value, known.values);
    const hint = guess === undefined ? `known are ${known.values.join(", ")}` : `did you mean ${guess}?`;
    report({ code: "unknown-connection", message: `\`${known.name}\` knows no \`${value}\``, place, hint });
  }
}

/** `yes` is a text in YAML 1.2, and a quoted port a text in every YAML. */
function hintFor({ name, type }: ConnectionVar, value: unknown): { readonly hint?: string } {
  if (typeof value === "number" && type === "text") return { hint: "put it in quotes" };
  if (typeof value !== "string") return {};
  if (type === "integer" && /^\d+$/.test(value)) return { hint: `write it without quotes: \`${name}: ${value}\`` };
  const meant = /^(yes|on)$/i.test(value) ? "true" : /^(no|off)$/i.test(value) ? "false" : undefined;
  return type === "boolean" && meant !== undefined ? { hint: `write \`${name}: ${meant}\`` } : {};
}

const shownTypes: Readonly<Record<string, string>> = { null: "nothing", string: "a text", integer: "an integer" };

const article = { text: "a text", integer: "a whole number", boolean: "true or false", map: "a map" } as const;
