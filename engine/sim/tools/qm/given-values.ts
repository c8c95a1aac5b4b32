import { nodeOf } from "../../files/look-at-path.ts";
import { nodeText } from "../../files/node.ts";
import type { GuestCall } from "../../pve/command/guest-command.ts";
import { PveError } from "../../pve/command/pve-error.ts";
import { VM_KEYS } from "../../pve/vm/keys/vm-keys.ts";
import { hashPassword } from "../../pve/vm/vm-values.ts";
import type { Session } from "../../session.ts";

/**
 * The options of a call as the interface behind the command gets them: the command takes the name of a file with public
 * keys and hands on what is in it. Throws PveError.
 */
export function handedOn(session: Session, cwd: string, { options }: GuestCall): ReadonlyMap<string, string> {
  const path = options.get("sshkeys");
  if (path === undefined) return options;
  const node = nodeOf(session, path.startsWith("/") ? path : `${cwd}/${path}`);
  if (node?.type !== "file") throw new PveError(`can't open '${path}' - No such file or directory`, 2);
  const keys = nodeText(node);
  for (const key of keys.split("\n"))
    if (key.trim() !== "" && !key.startsWith("#") && !/^(\S.* )?(ssh-|ecdsa-|sk-)\S+\s+[A-Za-z0-9+/=]+/.test(key))
      throw new PveError("SSH public key validation error");
  return new Map([...options, ["sshkeys", encodeURIComponent(keys)]]);
}

/** Those that are keys of the configuration, as they are kept there. */
export function keysOf(session: Session, options: ReadonlyMap<string, string>): Map<string, string> {
  const values = new Map<string, string>();
  for (const [key, value] of options) {
    if (key === "cdrom") values.set("ide2", `${value},media=cdrom`);
    else if (Object.hasOwn(VM_KEYS, key)) values.set(key, key === "cipassword" ? hashPassword(session, value) : value);
  }
  return values;
}
