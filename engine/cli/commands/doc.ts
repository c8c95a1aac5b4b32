import { languageManuals, languageTopics } from "../../doc/language-manuals.ts";
import type { Manual } from "../../doc/manual.ts";
import { moduleManual } from "../../doc/module-manual.ts";
import { parametersOf } from "../../doc/module-parameters.ts";
import { roleManual } from "../../doc/role-manual.ts";
import type { Module } from "../../module/define-module.ts";
import { createPaint } from "../../report/look.ts";
import { printManPage } from "../../report/print-man-page.ts";
import { ansibleModule } from "../../site/ansible-modules.ts";
import { findRoot } from "../../site/files.ts";
import { ansibleHint } from "../../site/keywords.ts";
import { nearest } from "../../text/nearest.ts";
import { padTo, shorten } from "../../text/shorten.ts";
import { wrap } from "../../text/wrap.ts";
import { complain } from "../complain.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { type FoundRole, findRoles, openRole } from "../find-roles.ts";
import { libraryRoles } from "../library-roles.ts";
import { pageOut } from "../page-out.ts";
import { loadSiteModules } from "../site-modules.ts";
import { shownFolder } from "../test-role.ts";
import { wantsColourOn } from "../wants-colour-on.ts";

export interface DocOptions {
  readonly json?: boolean;
  readonly pager: boolean;
}

type Modules = readonly Module[];

function places() {
  return { source: diskFiles, root: findRoot(diskFiles, process.cwd()), libraryRoles };
}

/** `lab doc [TOPIC]` */
export async function doc(topic: string | undefined, options: DocOptions): Promise<number> {
  const here = places();
  const roles = findRoles(here);
  const { modules: shelf } = await loadSiteModules(here.root);
  const modules = await shelf.load(shelf.names);
  if (topic === undefined) {
    if (options.json) process.stdout.write(json(listAsJson(modules, roles)));
    else await pageOut(listing(modules, roles), options);
    return exitCodes.done;
  }
  const pages = pagesOf(topic, modules, roles);
  if (pages.length === 0) {
    complain([unknownTopic(topic, modules, roles)], { source: () => undefined });
    return exitCodes.wrong;
  }
  if (options.json) {
    process.stdout.write(json({ v: 1, pages: pages.map((page) => asJson(page, modules)) }));
    return exitCodes.done;
  }
  const look = { colour: wantsColourOn(process.stdout), width: process.stdout.columns ?? 80 };
  await pageOut(pages.map((page) => printManPage(page, look)).join("\n\n\n"), options);
  return exitCodes.done;
}

/** What bears the name, modules first: `group` is a module, and `block` a keyword, too. */
function pagesOf(topic: string, modules: Modules, roles: readonly FoundRole[]): readonly Manual[] {
  const moduleNames = modules.map(({ name }) => name);
  const module = modules.find(({ name }) => name === topic);
  const named = roles.some(({ name }) => name === topic) || topic.includes("/");
  const role = named ? openRole(topic, places(), moduleNames).role : undefined;
  return [
    ...(module ? [moduleManual(module, moduleNames)] : []),
    ...(role ? [roleManual(role, whence(roles.find(({ name }) => name === topic)?.from, role.folder))] : []),
    ...languageManuals(topic),
  ];
}

function whence(from: FoundRole["from"] | undefined, folder: string): string {
  const words = {
    site: "A role of this site",
    package: "A role of an installed package",
    library: "A role that ships with lab",
  };
  return `${words[from ?? "package"]}, in ${shownFolder(places().root, folder)}.`;
}

function unknownTopic(topic: string, modules: Modules, roles: readonly FoundRole[]) {
  const foreign = ansibleModule(topic) ?? ansibleHint(topic);
  const near = nearest(topic, [...[...modules, ...roles].map(({ name }) => name), ...languageTopics()]);
  const hint =
    foreign ?? (near === undefined ? "`lab doc` lists modules and roles" : `did you mean \`lab doc ${near}\`?`);
  return { code: "unknown-topic", message: `there is no module, role, keyword or function \`${topic}\``, hint };
}

function listing(modules: Modules, roles: readonly FoundRole[]): string {
  const colour = wantsColourOn(process.stdout);
  const paint = createPaint(colour);
  const width = Math.min(process.stdout.columns ?? 80, 100);
  const line = (name: string, about: string): string => shorten(`  ${padTo(name, 20)}  ${about}`, width).trimEnd();
  const moduleNames = modules.map(({ name }) => name);
  const described = roles.map(({ name }) =>
    line(name, openRole(name, places(), moduleNames).role?.meta.description ?? ""),
  );
  const more =
    "`lab doc NAME` shows one of these, a keyword (`lab doc when`), a function (`lab doc join`), or what may stand where: play, task, settings, argument, keywords, functions, facts, connection.";
  return [
    paint("bold", "Modules"),
    ...modules.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, summary }) => line(name, summary)),
    "",
    paint("bold", "Roles"),
    ...described,
    "",
    ...wrap(more, width),
  ].join("\n");
}

function listAsJson(modules: Modules, roles: readonly FoundRole[]) {
  return {
    v: 1,
    modules: modules.map(({ name, kind, summary }) => ({ name, kind, summary })),
    roles: roles.map(({ name, from }) => ({ name, from })),
    topics: languageTopics(),
  };
}

function asJson(page: Manual, modules: Modules) {
  const module = page.kind === "module" ? modules.find(({ name }) => name === page.name) : undefined;
  return { ...page, ...(module && { parameters: parametersOf(module), examples: module.examples }) };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
