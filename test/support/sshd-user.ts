import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";

/** A user of this machine that exists for one test. Needs root. */
export interface TestUser {
  readonly name: string;
  readonly password: string;
  /** The line of sudoers after the user's name, such as `ALL=(ALL) NOPASSWD: ALL`; null takes it away. */
  maySudo(rule: string | null): void;
  remove(): void;
}

export function makeUser(): TestUser {
  const name = `labtest${randomBytes(3).toString("hex")}`;
  const password = `p ${randomBytes(6).toString("hex")} 'ö$`;
  const sudoers = `/etc/sudoers.d/${name}`;
  execFileSync("useradd", ["--create-home", "--shell", "/bin/sh", name]);
  execFileSync("chpasswd", { input: `${name}:${password}\n` });
  const maySudo = (rule: string | null): void => {
    rmSync(sudoers, { force: true });
    if (rule === null) return;
    mkdirSync("/etc/sudoers.d", { recursive: true });
    // timestamp_timeout=0: a password that was right once would otherwise not be asked for again.
    writeFileSync(sudoers, `Defaults:${name} timestamp_timeout=0\n${name} ${rule}\n`, { mode: 0o440 });
  };
  return {
    name,
    password,
    maySudo,
    remove: () => {
      maySudo(null);
      execFileSync("userdel", ["--force", "--remove", name], { stdio: "ignore" });
    },
  };
}
