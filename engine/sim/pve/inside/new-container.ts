import { sha256 } from "../../files/node.ts";
import { newHost } from "../../host/new-host.ts";
import type { Session } from "../../session.ts";
import type { Host, Node } from "../../world.ts";
import { setUpInside } from "./set-up-inside.ts";

export interface NewContainer {
  readonly vmid: string;
  /** The template's volume id, path or file name: an Alpine by its name, else a Debian. */
  readonly template: string;
  readonly hostname: string;
  /** Its configuration: what the network and the resolver are set to. Unsaid: the host name alone. */
  readonly values?: ReadonlyMap<string, string>;
  /** What becomes root's `authorized_keys`. */
  readonly sshKeys?: string;
  /** Root's password in clear; only its hash is kept. */
  readonly password?: string;
}

/** The inside of a new container, as its template unpacks and Proxmox VE then sets it up. It has not been started. */
export function newContainer({ host: node }: Session, wanted: NewContainer): Host {
  const { vmid, template, hostname, sshKeys, password } = wanted;
  const alpine = (template.split("/").at(-1) ?? template).startsWith("alpine");
  const inside = newHost({ kind: "container", name: hostname, system: alpine ? "alpine" : "debian" });
  inside.clockMs = node.clockMs;
  setUpInside(inside, node, vmid, wanted.values ?? new Map([["hostname", hostname]]));
  const mtime = Math.floor(node.clockMs / 1000);
  const put = (path: string, made: Pick<Node, "mode"> & { readonly content?: string }) => {
    const { mode, content } = made;
    const common = { mode, uid: 0, gid: 0, mtime };
    inside.files[path] =
      content === undefined ? { type: "directory", ...common } : { type: "file", ...common, content };
  };
  if (sshKeys !== undefined) {
    put("/root/.ssh", { mode: "0700" });
    put("/root/.ssh/authorized_keys", { mode: "0700", content: sshKeys });
  }
  const shadow = inside.files["/etc/shadow"];
  if (password !== undefined && shadow?.type === "file") {
    const hash = `$6$${sha256(vmid).slice(0, 16)}$${sha256(password)}`;
    shadow.content = shadow.content.replace(/^root:[^:]*/m, () => `root:${hash}`);
  }
  return inside;
}
