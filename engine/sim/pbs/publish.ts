import { parseSectionConfig } from "../../formats/section-config.ts";
import { nodeAt } from "../files/file-tree.ts";
import { nodeText, sha256 } from "../files/node.ts";
import type { Session } from "../session.ts";
import type { FrozenHost } from "../world.ts";

const FOLDER = "/etc/proxmox-backup";
/** Where the hashes of tokens' secrets are, as JSON. */
export const SHADOW = `${FOLDER}/token.shadow`;

/** Tells the network what this backup server has: after each change of its files. What was stored in a datastore stays. */
export function publishServer(session: Session): void {
  const { host } = session;
  const names = parseSectionConfig(textAt(host, `${FOLDER}/datastore.cfg`))
    .filter(({ type }) => type === "datastore")
    .map(({ id }) => id);
  const servers = session.changeInternet();
  servers.backupServers ??= {};
  for (const address of addressesOf(host)) {
    const known = servers.backupServers[address];
    servers.backupServers[address] = {
      fingerprint: certificateOf(host),
      stores: Object.fromEntries(names.map((name) => [name, known?.stores[name] ?? []])),
      tokens: JSON.parse(textAt(host, SHADOW) || "{}"),
      acl: textAt(host, `${FOLDER}/acl.cfg`)
        .split("\n")
        .filter((line) => line !== ""),
    };
  }
}

/** SHA-256 of its certificate, which it makes for itself when it is installed. */
export function certificateOf(host: FrozenHost): string {
  return (sha256(`certificate of ${host.hostname}`).match(/../g) ?? []).join(":");
}

function addressesOf(host: FrozenHost): readonly string[] {
  return (host.description.addresses ?? []).map((each) => each.split("/")[0] ?? each);
}
function textAt(host: FrozenHost, path: string): string {
  const node = nodeAt(host, path);
  return node?.type === "file" ? nodeText(node) : "";
}
