import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/**
 * Who may open a device in an unprivileged container, with the ids of one: a real user namespace, and a character device (that of
 * /dev/null, for a GPU there is none) as Proxmox VE makes it of a device key, and as a raw line binds it.
 */
let inside: ChildProcess;
const folder = mkdtempSync(join(tmpdir(), "lab-devices-"));
const [byKey, byLine] = [join(folder, "key"), join(folder, "line")];
const [RENDER, OF_NODE] = [106, 104];

beforeAll(() => {
  chmodSync(folder, 0o755);
  for (const path of [byKey, byLine]) {
    expect(spawnSync("mknod", [path, "c", "1", "3"]).status).toBe(0);
    chmodSync(path, 0o660);
  }
  chownSync(byKey, 100_000, 100_000 + RENDER);
  chownSync(byLine, 0, OF_NODE);
  inside = spawn("unshare", ["--user", "sleep", "60"], { stdio: "ignore" });
  const map = (name: string): string => `/proc/${inside.pid}/${name}_map`;
  // The namespace is there as soon as its map can be written and is still empty.
  const written = () => {
    try {
      for (const name of ["uid", "gid"]) writeFileSync(map(name), "0 100000 65536\n");
      return true;
    } catch {
      return false;
    }
  };
  for (let tries = 0; tries < 200 && !written(); tries += 1) spawnSync("sleep", ["0.05"]);
});
afterAll(() => {
  inside.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Opens it and reads nothing, as `verify` of the roles does. */
function open(path: string, groups: string): { readonly code: number | null; readonly said: string } {
  const enter = ["-t", String(inside.pid), "--user", "--setuid", "0", "--setgid", "0", "--"];
  const service = ["setpriv", "--reuid", "3001", "--regid", "3001", "--groups", groups, "--"];
  const { status, stderr } = spawnSync(
    "nsenter",
    [...enter, ...service, "dd", `if=${path}`, "of=/dev/null", "count=0", "status=none"],
    { encoding: "utf8", env: { PATH: process.env.PATH, LC_ALL: "C" } },
  );
  return { code: status, said: stderr };
}

test("a service opens the device of a key whose group it is in, and no other does; that of a raw line nobody opens", () => {
  expect(open(byKey, String(RENDER))).toEqual({ code: 0, said: "" });
  const refused = (path: string) => ({ code: 1, said: `dd: failed to open '${path}': Permission denied\n` });
  expect(open(byKey, "44")).toEqual(refused(byKey));
  for (const groups of [RENDER, OF_NODE]) expect(open(byLine, String(groups))).toEqual(refused(byLine));
});
