import { sha256 } from "../../files/node.ts";
import { privilegesOn } from "../../pbs/find-store.ts";
import { certificateOf } from "../../pbs/publish.ts";
import type { Session } from "../../session.ts";
import { says, type ToolResult } from "../../tool.ts";
import { sectionsOf, textOf } from "./config.ts";
import { error, type Given } from "./given.ts";

/** Of the certificate that the server has made for itself. */
export function certificate({ host }: Session): ToolResult {
  return says(
    [
      `Subject: O = Proxmox Backup Server, OU = ${sha256(host.hostname).slice(0, 8)}, CN = ${host.hostname}.localdomain`,
      `    DNS:${host.hostname}`,
      "    DNS:localhost",
      `Issuer: O = Proxmox Backup Server, OU = ${sha256(host.hostname).slice(0, 8)}, CN = ${host.hostname}.localdomain`,
      "Validity:",
      "    Not Before: Jan  1 00:00:00 2026 GMT",
      "    Not After : May  4 00:00:00 3025 GMT",
      `Fingerprint (sha256): ${certificateOf(host)}`,
      "Public key type: rsaEncryption",
      "Public key bits: 4096",
      "",
    ].join("\n"),
  );
}

/** What a user or token may do where, with whether it counts below. */
export function permissions(session: Session, who: string, options: Given): ToolResult {
  const [user = ""] = who.split("!");
  if (!sectionsOf(session, "user").some(({ id }) => id === user)) return error(`no such user '${user}'`);
  const acl = textOf(session, "acl").split("\n");
  const named = options.get("path")?.[0];
  const paths = named === undefined ? new Set(acl.flatMap((line) => line.split(":")[2] ?? [])) : [named];
  const found = [...paths].flatMap((path) => {
    const privileges = [...privilegesOn(acl, who, path)].map((each) => [each, true] as const);
    return privileges.length === 0 ? [] : [[path, Object.fromEntries(privileges)] as const];
  });
  return says(`${JSON.stringify(Object.fromEntries(found))}\n`);
}
