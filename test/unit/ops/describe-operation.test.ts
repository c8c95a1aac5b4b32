import { expect, it } from "vitest";
import { arg, read, write } from "../../../engine/ops/build.ts";
import { describeOperation } from "../../../engine/ops/describe-operation.ts";
import type { Operation } from "../../../engine/ops/ir.ts";
import { Secret } from "../../../engine/value/secret.ts";

const secret = new Secret("geheimes Wort");
const upload = { kind: "streamed" as const, size: 5, sha256: "", open: async function* () {} };

it.each<[Operation, string]>([
  [read.exec(["sysctl", "-n", "--", "net.ipv4.ip_forward"]), "sysctl -n -- net.ipv4.ip_forward"],
  [write.exec(["chpasswd"], { stdin: secret }), "chpasswd < (stdin)"],
  [write.exec(["tool", arg.file(secret, "--config="), "it's"]), "tool --config=*** 'it'\\''s'"],
  [write.exec(["echo", "a\nb\u001b[2J"]), "echo 'a\\x0ab\\x1b[2J'"],
  [read.text("/etc/x"), "read /etc/x"],
  [read.stat("/etc/x", { sha256: true }), "stat /etc/x and hash it"],
  [read.list("/etc"), "list /etc"],
  [
    read.http({ method: "GET", url: "https://me:word@host/x", headers: { Authorization: secret } }),
    "GET https://me:***@host/x",
  ],
  [read.script("tree-attributes", ["count", "/srv"]), "script tree-attributes count /srv"],
  [write.text("/etc/x", "zwölf Bytes", { mode: "0644" }), "write /etc/x (12 bytes, 0644)"],
  [write.text("/etc/x", secret, { owner: "root", group: "adm" }), "write /etc/x (13 bytes, root:adm)"],
  [write.upload("/srv/iso", upload), "upload /srv/iso (5 bytes)"],
  [write.mkdir("/srv/a", { parents: true, mode: "0750", group: "media" }), "mkdir -p /srv/a (0750, :media)"],
  [write.remove("/srv/a b", { recursive: true }), "remove -r '/srv/a b'"],
  [write.symlink("/a", "b"), "symlink /a -> b"],
  [write.attributes("/a", { owner: "root" }), "attributes /a (root)"],
])("%#: %s", (operation, text) => {
  expect(describeOperation(operation)).toBe(text);
});
