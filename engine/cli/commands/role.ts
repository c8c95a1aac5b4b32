import { join } from "node:path";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { createPaint, type Look } from "../../report/look.ts";
import { createTranscript } from "../../report/transcript.ts";
import { findRoot, openSiteFiles } from "../../site/files.ts";
import { openLoadContext } from "../../site/load-context.ts";
import { loadSettings } from "../../site/load-settings.ts";
import { padTo, shorten } from "../../text/shorten.ts";
import { wrap } from "../../text/wrap.ts";
import { complain } from "../complain.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { faultReport } from "../fault-report.ts";
import { type FoundRole, findRoles, openRole } from "../find-roles.ts";
import { libraryRoles } from "../library-roles.ts";
import { loadSiteModules } from "../site-modules.ts";
import { roleSkeleton } from "../skeleton/role-skeleton.ts";
import { type Stage, shownFolder, testRole } from "../test-role.ts";
import { wantsColourOn } from "../wants-colour-on.ts";
import { writeSkeleton } from "../write-skeleton.ts";

function places() {
  return { source: diskFiles, root: findRoot(diskFiles, process.cwd()), libraryRoles };
}

/** `lab role list` */
export async function listRoles({ json }: { readonly json?: boolean }): Promise<number> {
  const here = places();
  const { modules } = await loadSiteModules(here.root);
  const roles = findRoles(here).map((found) => ({
    ...found,
    folder: shownFolder(here.root, found.folder),
    description: openRole(found.name, here, modules.names).role?.meta.description ?? null,
  }));
  if (json) {
    process.stdout.write(`${JSON.stringify({ roles }, null, 2)}\n`);
    return exitCodes.done;
  }
  if (roles.length === 0) {
    process.stdout.write("There are no roles. Make one: lab role init NAME\n");
    return exitCodes.done;
  }
  const paint = createPaint(wantsColourOn(process.stdout));
  const width = process.stdout.columns ?? 80;
  const widest = Math.min(30, Math.max(...roles.map(({ name }) => name.length)));
  const titles: Readonly<Record<FoundRole["from"], string>> = {
    site: "Of this site",
    package: "Of installed packages",
    library: "Of lab",
  };
  const blocks = (["site", "package", "library"] as const).flatMap((from) => {
    const own = roles.filter((role) => role.from === from);
    if (own.length === 0) return [];
    const lines = own.map(({ name, description }) =>
      shorten(`  ${padTo(name, widest)}  ${description ?? ""}`, width).trimEnd(),
    );
    return [`${paint("bold", titles[from])}\n${lines.join("\n")}\n`];
  });
  process.stdout.write(`${blocks.join("\n")}\nlab doc ROLE shows what one takes.\n`);
  return exitCodes.done;
}

/** `lab role init NAME` */
export async function initRole(name: string): Promise<number> {
  const { root } = places();
  const files = openSiteFiles(diskFiles, root);
  const { rolesPath } = loadSettings(openLoadContext(files, new Set(), []));
  const folder = join(rolesPath[0] ?? join(root, "roles"), name);
  const wrong = nameTrouble(name, folder);
  if (wrong) {
    complain([wrong], { source: () => undefined });
    return exitCodes.wrong;
  }
  const written = writeSkeleton(folder, roleSkeleton(name));
  process.stdout.write(written.map((path) => `  ${shownFolder(root, join(folder, path))}\n`).join(""));
  process.stdout.write(`\nNext:\n  lab role test ${name}\n  lab doc ${name}\n`);
  return exitCodes.done;
}

function nameTrouble(name: string, folder: string): Diagnostic | undefined {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    const better = name
      .toLowerCase()
      .replace(/[^a-z0-9_]+/g, "_")
      .replace(/^[^a-z]+/, "");
    return {
      code: "bad-name",
      message: `\`${name}\` cannot be the name of a role: small letters, digits and _, a letter first`,
      ...(better !== "" && { hint: `name it ${better}` }),
    };
  }
  if (diskFiles.kind(folder) === undefined) return undefined;
  return { code: "role-exists", message: `there is a role ${name}: ${folder}`, hint: "choose another name" };
}

export interface TestRoleOptions {
  readonly json?: boolean;
  readonly diff?: boolean;
  readonly verbose: number;
}

/** `lab role test [ROLE…]` */
export async function testRoles(names: readonly string[], options: TestRoleOptions): Promise<number> {
  const here = places();
  const own = findRoles(here).filter(({ from }) => from === "site");
  const wanted = names.length > 0 ? names : own.map(({ name }) => name);
  if (wanted.length === 0) {
    complain(
      [{ code: "unknown-role", message: "this site has no roles of its own", hint: "make one: lab role init NAME" }],
      {
        source: () => undefined,
      },
    );
    return exitCodes.wrong;
  }
  const { modules } = await loadSiteModules(here.root);
  const opened = wanted.map((name) => ({ name, ...openRole(name, here, modules.names) }));
  const unknown = opened.filter(({ role }) => role === undefined);
  if (unknown.length > 0) {
    complain(
      unknown.flatMap(({ diagnostics }) => diagnostics),
      { source: () => undefined },
    );
    return exitCodes.wrong;
  }
  const stages: (Omit<Stage, "files" | "events" | "faults"> & { readonly role: string })[] = [];
  let failed = false;
  let wrong = false;
  for (const { name, role } of opened) {
    if (!role) continue;
    const tell = (stage: Stage): void => {
      const { files: _files, events: _events, faults: _faults, ...plain } = stage;
      stages.push({ role: name, ...plain });
      wrong ||= !stage.ok && stage.stage === "syntax";
      if (!options.json) show(name, shownFolder(here.root, role.folder), stage, options);
    };
    failed =
      !(await testRole({ ...here, folder: process.cwd(), role, modules, now: () => new Date() }, tell)) || failed;
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ v: 1, passed: !failed, stages }, null, 2)}\n`);
  if (wrong) return exitCodes.wrong;
  return failed ? exitCodes.failed : exitCodes.done;
}

let headed = "";

/** A line as each stage ends; under one that failed what there is to know. */
function show(name: string, folder: string, stage: Stage, options: TestRoleOptions): void {
  const colour = wantsColourOn(process.stdout);
  const width = process.stdout.columns ?? 80;
  const paint = createPaint(colour);
  const head = `${name} · ${folder} · ${stage.playbook}`;
  if (head !== headed) process.stdout.write(`${headed === "" ? "" : "\n"}${paint("bold", head)}\n`);
  headed = head;
  const word = stage.ok ? paint("green", "ok    ") : paint("red", "failed");
  process.stdout.write(`  ${padTo(stage.stage, 8)}  ${word}  ${stage.said}\n`);
  const look: Look = {
    colour,
    diff: true,
    profile: false,
    verbosity: options.verbose,
    source: (file) => stage.files?.source(file),
  };
  const transcript = createTranscript(look, true);
  const lines = (stage.events ?? [])
    .filter(({ type }) => type !== "recap")
    .flatMap((event) => transcript.lines(event, width));
  const details = (stage.details ?? []).flatMap((line) => wrap(line, width - 4).map((each) => `    ${each}`));
  for (const line of [...lines, ...details]) process.stdout.write(`${line}\n`);
  if (stage.diagnostics && stage.diagnostics.length > 0)
    complain(stage.diagnostics, stage.files ?? { source: () => undefined });
  for (const fault of stage.faults ?? []) process.stderr.write(`${faultReport(fault)}\n`);
}
