import { z } from "zod";
import { hostName, knownKeys, sameHostKey, withKnownKeys, withoutKnownKeys } from "../engine/formats/known-hosts.ts";
import { parentFolder } from "../engine/formats/paths.ts";
import { sshPublicKeyProblem } from "../engine/formats/ssh-public-key.ts";
import { absolutePath, change, defineModule, noFolder, presence, read, write } from "../engine/module/index.ts";

const params = z
  .strictObject({
    host: z
      .string()
      .max(255)
      .regex(/^[a-z0-9_:]([a-z0-9_.:-]*[a-z0-9])?$/i, {
        error: "expected the name or address of a host, without a port",
      })
      .describe("Name or address, as it is used to connect."),
    port: z.int().min(1).max(65535).default(22).describe("Port of its SSH server."),
    key: z
      .union([z.string(), z.array(z.string())], { error: "expected a host key as text, or a list of them" })
      .transform((given, context) => {
        const lines = (typeof given === "string" ? given.split(/\r?\n/) : given).map((line) => line.trim());
        return lines
          .filter((line) => line !== "" && !line.startsWith("#"))
          .flatMap((line) => {
            const problem = sshPublicKeyProblem(line);
            const [type = "", blob = ""] = line.split(/\s+/);
            if (problem === null && /^(ssh|ecdsa|sk)-/.test(type)) return [{ type, blob }];
            context.addIssue({
              code: "custom",
              message: problem ?? "expected the key alone, as in the .pub file: without the host in front",
            });
            return [];
          });
      })
      .optional()
      .describe("Its public key, or several of different types, as in `/etc/ssh/ssh_host_ed25519_key.pub`."),
    state: presence.describe("`absent`: the host is not known any more (with `key`: not by that one)."),
    path: absolutePath
      .default("/etc/ssh/ssh_known_hosts")
      .describe("The file; unsaid it is the one that counts for every user of the host."),
    hashed: z.boolean().default(false).describe("Write a new line with the host's name hashed."),
  })
  .superRefine(({ key, state }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (state === "present" && (key === undefined || key.length === 0))
      wrong("key", "say the key by which the host is known");
    const types = (key ?? []).map(({ type }) => type);
    if (new Set(types).size < types.length && state === "present") wrong("key", "a host has one key of each type");
  });

export const knownHost = defineModule({
  name: "known_host",
  summary: "Let a host know the SSH keys of another one.",
  description: `Of each type that is given the host has exactly that key: an older one of the type is replaced, keys of other types
stay. Hashed lines are recognised. Lines with a mark (\`@revoked\`, \`@cert-authority\`) and patterns are left alone.`,
  params,
  probes: ({ path }) => ({ text: read.text(path), folder: read.stat(parentFolder(path), { follow: true }) }),
  plan({ host, port, key, state, path, hashed }, { text, folder }) {
    const name = hostName(host, port);
    const is = text ?? "";
    const wanted = key ?? [];
    if (state === "present" && folder?.type !== "directory") {
      return noFolder(parentFolder(path));
    }
    const next =
      state === "present"
        ? withKnownKeys(is, name, wanted, hashed)
        : withoutKnownKeys(is, name, (each) => key === undefined || wanted.some((other) => sameHostKey(other, each)));
    const shown = (content: string) => knownKeys(content, name).map(({ type, blob }) => `${type} ${blob}`);
    const [before, after] = [{ keys: shown(is) }, { keys: shown(next) }];
    return change(before, after, [next !== is && write.text(path, next, text === null ? { mode: "0644" } : {})]);
  },
  result: ({ host, port, path }, { text }) => ({
    path,
    keys: knownKeys(text ?? "", hostName(host, port)).map(({ type, blob }) => `${type} ${blob}`),
  }),
  examples: [
    `known_host:
  host: backup1.example
  key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f`,
    `known_host:
  host: 192.0.2.10
  port: 2222
  key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
  hashed: true`,
    "known_host: { host: backup1.example, state: absent }",
  ],
});
