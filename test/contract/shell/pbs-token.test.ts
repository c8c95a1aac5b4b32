import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pbsToken } from "../../../engine/ops/scripts/pbs-token.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lab-pbs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What stands for the server's tool: it writes down its words, and tells a secret as that does, or fails. */
function tool(body: string): void {
  const path = join(folder, "proxmox-backup-manager");
  writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "$*" >>"${folder}/asked"\n${body}\n`);
  chmodSync(path, 0o755);
}
const answer = `cat <<'END'
Result: {
  "tokenid": "pve@pbs!lab",
  "value": "ea6da8b4-d6b3-44ec-9a6c-0cd7bfcb6ab6"
}
END`;

describe.each([["dash"], ["bash"], ["busybox", "ash"]])("%s", (...shell: readonly string[]) => {
  const run = (file: string) => {
    const [program = "sh", ...words] = shell;
    const env = { PATH: `${folder}:${process.env.PATH}` };
    return spawnSync(program, [...words, "-c", pbsToken, "pbs-token", "pve@pbs", "lab", file], {
      env,
      encoding: "utf8",
      // A bash whose stdin is a socket takes itself for a remote one, and reads somebody's .bashrc.
      stdio: ["ignore", "pipe", "pipe"],
    });
  };
  it("keeps the secret in a file of root's alone, and prints nothing", () => {
    tool(answer);
    const kept = join(folder, "it's the token");
    const made = run(kept);
    expect([made.status, made.stdout, made.stderr]).toEqual([0, "", ""]);
    expect(readFileSync(kept, "utf8")).toBe("ea6da8b4-d6b3-44ec-9a6c-0cd7bfcb6ab6\n");
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, "asked"), "utf8")).toBe("user generate-token pve@pbs lab\n");
    expect(readdirSync(folder).sort()).toEqual(["asked", "it's the token", "proxmox-backup-manager"]);
  });
  it("asks for no token where there is no place for its secret", () => {
    tool(answer);
    expect(run(join(folder, "none", "token")).status).not.toBe(0);
    expect(readdirSync(folder)).toEqual(["proxmox-backup-manager"]);
  });
  it.each([
    ["fails", "echo 'Error: token exists' >&2; exit 255", /token exists/],
    ["tells no secret", "echo Result: null", /told no secret/],
  ])("leaves nothing behind where the tool %s", (_, body, why) => {
    tool(body);
    const made = run(join(folder, "token"));
    expect([made.status, made.stderr]).toEqual([1, expect.stringMatching(why)]);
    expect(readdirSync(folder).sort()).toEqual(["asked", "proxmox-backup-manager"]);
  });
});
