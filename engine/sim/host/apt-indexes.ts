import { type AptSource, aptListName, parseDeb822Sources } from "../../formats/apt-sources.ts";
import { readKeyFile } from "../../formats/gpg-keys.ts";
import { nodeAt } from "../files/file-tree.ts";
import { nodeBytes, nodeText } from "../files/node.ts";
import { NotImitated, type ToolContext } from "../tool.ts";
import { placeFile } from "./programs.ts";

/** Archives that the lab reaches; by whose key one of them is signed, where the lab knows the key. */
const ARCHIVES: Readonly<Record<string, string | null>> = {
  "deb.debian.org": null,
  "security.debian.org": null,
  "download.proxmox.com": null,
  "download.docker.com": null,
  "pkgs.tailscale.com": "2596A99EAAB33821893C0A79458CA832957F5868",
  "packages.example.com": "CD6283CEA48235F580997A832F0ED9EB38D4F70F",
};

/** Reads the indexes of the sources in one file, as `apt-get update` does when it is told to look at no other. */
export function updateFrom(context: ToolContext, path: string): { readonly code: number; readonly stderr: string } {
  const { host } = context.session;
  const node = nodeAt(host, path);
  for (const source of node?.type === "file" ? parseDeb822Sources(nodeText(node)) : []) {
    if (!source.enabled) continue;
    for (const uri of source.uris) {
      const archive = URL.canParse(uri) ? new URL(uri).host : "";
      if (!Object.hasOwn(ARCHIVES, archive)) throw new NotImitated(`the embedded lab knows no packages at ${uri}`);
      const key = ARCHIVES[archive];
      for (const suite of source.suites) {
        if (typeof key === "string" && !signedBy(context, source).includes(key)) {
          const id = key.slice(-16);
          const stderr = `W: GPG error: ${uri} ${suite} InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY ${id}\nE: The repository '${uri} ${suite} InRelease' is not signed.\n`;
          return { code: 100, stderr };
        }
        placeFile(context, `/var/lib/apt/lists/${aptListName(uri, suite)}InRelease`, `Suite: ${suite}\n`, "0644");
      }
    }
  }
  return { code: 0, stderr: "" };
}

/** Of every source that the lab knows; what an update of all of them leaves behind. */
export function updateKnown(context: ToolContext): void {
  const { files } = context.session.host;
  for (const path of Object.keys(files).filter((each) => /^\/etc\/apt\/sources\.list\.d\/[^/]+\.sources$/.test(each))) {
    try {
      updateFrom(context, path);
    } catch (error) {
      // What one source cannot give does not keep apt from reading the others.
      if (!(error instanceof NotImitated)) throw error;
    }
  }
}

function signedBy({ session }: ToolContext, source: AptSource): readonly string[] {
  const ring = nodeAt(session.host, source.options["signed-by"] ?? "");
  return ring?.type === "file" ? (readKeyFile(nodeBytes(ring))?.fingerprints ?? []) : [];
}
