import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PendingNote } from "../../../engine/run/session/pending-note.ts";
import { dropNotes, pendingProbe, readNotes, recordNotes } from "../../../engine/run/session/pending-note.ts";
import { answers, shells, unprivileged } from "../../support/shell-run.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "lab's notes "));
  if (process.getuid?.() === 0) execFileSync("chown", ["1:1", home]);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const folder = () => join(home, ".local/state/lab/pending");
const note = (id: string, handler: string): PendingNote => ({
  id: id.repeat(16),
  handler,
  role: null,
  file: "playbooks/site.yml",
  host: "h1",
  run: "run-1",
  task: "conf",
});
const hostile = `it's "quoted" $(touch /tmp/lab-pwned) \`x\` \\ \n %s ü`;
const notes = [note("a", "restart"), note("b", hostile)];

describe.each(shells)("notifications that wait on a host, in %s", (shell) => {
  const options = () => ({ shell, login: unprivileged, env: { PATH: process.env.PATH, HOME: home } });
  const look = async () => {
    const [reply] = await answers([pendingProbe], options());
    if (!reply) throw new Error("no reply");
    return readNotes(reply);
  };

  it("lie there whole until they are dropped; then nothing is left", async () => {
    expect(await look()).toEqual([]);
    expect((await answers([recordNotes(notes)], options()))[0]?.kind).toBe("done");
    expect(await look()).toEqual(notes.map((each) => ({ note: each, roots: false })));
    expect(readdirSync(folder())).toEqual([`${"a".repeat(16)}.json`, `${"b".repeat(16)}.json`]);
    expect(JSON.parse(readFileSync(join(folder(), `${"b".repeat(16)}.json`), "utf8"))).toMatchObject({
      handler: hostile,
    });
    expect(statSync(folder()).mode & 0o777).toBe(0o755);
    await answers([dropNotes(["a".repeat(16)])], options());
    expect((await look()).map((each) => each.note.handler)).toEqual([hostile]);
    await answers([dropNotes(["b".repeat(16), "c".repeat(16)])], options());
    expect(existsSync(join(home, ".local/state/lab"))).toBe(false);
  });

  it("touch nothing but their own: names that are none, files of others", async () => {
    await answers([recordNotes(notes)], options());
    writeFileSync(join(home, ".local/state/lab/other"), "x");
    for (const id of ["../../../../etc/passwd", "", "*", "a b", "-rf"]) {
      expect((await answers([dropNotes([id])], options()))[0]?.kind).toBe("done");
    }
    expect(await look()).toHaveLength(2);
    await answers([dropNotes(notes.map(({ id }) => id))], options());
    expect(readdirSync(join(home, ".local/state/lab"))).toEqual(["other"]);
    const [refused] = await answers([recordNotes([{ ...note("a", "x"), id: "../x" }])], options());
    expect(refused?.kind).toBe("failed");
  });

  it("say so where there is no place for them", async () => {
    mkdirSync(join(home, ".local"));
    writeFileSync(join(home, ".local/state"), "in the way");
    const [reply] = await answers([recordNotes(notes)], options());
    expect(reply).toMatchObject({ kind: "failed", error: { message: expect.stringContaining("no folder for it") } });
    expect(await look()).toEqual([]);
  });

  it("are those of XDG_STATE_HOME where that is said", async () => {
    const state = join(home, "state");
    const env = { PATH: process.env.PATH, HOME: home, XDG_STATE_HOME: state };
    await answers([recordNotes(notes)], { ...options(), env });
    expect(readdirSync(join(state, "lab/pending"))).toHaveLength(2);
  });
});
