import { dirname, join, resolve } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { isError } from "../errors/is-error.ts";
import type { FoundGuests } from "../inventory/guest.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { type LoadedInventory, type LoadInventoryOptions, loadInventory } from "../inventory/load-inventory.ts";
import { ignoring } from "../lint/ignoring.ts";
import type { Module } from "../module/define-module.ts";
import { checkSecrets } from "../plan/check-secrets.ts";
import { type CheckedPlay, checkSite } from "../plan/check-site.ts";
import type { TagSelection } from "../plan/expand.ts";
import { additionsOf } from "../plan/growths.ts";
import type { Shard } from "../plan/partition-hosts.ts";
import { shardPlays } from "../plan/shard-plays.ts";
import { type FileSource, findRoot, openSiteFiles, type SiteFiles } from "../site/files.ts";
import { loadSite } from "../site/load-site.ts";
import { modulesUsed } from "../site/modules-used.ts";
import { readSiteYaml } from "../site/read-site-yaml.ts";
import { readYaml } from "../site/read-yaml.ts";
import type { Site } from "../site/site.ts";
import type { Secret } from "../value/secret.ts";
import { parseExtraVars } from "../vars/extra-vars.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { type NodesAnswer, type NodesRequest, unreachableNode } from "./ask-nodes.ts";
import { perhapsLost, unknownTags, withoutInventory } from "./call-problems.ts";
import { describeSandbox } from "./describe-sandbox.ts";
import type { ModuleShelf } from "./module-shelf.ts";
import { openKeyring } from "./open-keyring.ts";
import { runPrograms } from "./run-programs.ts";
import { readShard } from "./shard-option.ts";

/** Options that say what is meant: which inventory, hosts, tasks and variables. */
export interface CallOptions {
  readonly inventory?: readonly string[];
  readonly limit?: string;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  readonly extraVars?: readonly string[];
  /** Tasks before the first one of this name do not run. */
  readonly startAtTask?: string;
  /** `2/4`, `auto`: only a part of the hosts, as `readShard` reads it. */
  readonly shard?: string;
}
export interface CallRequest {
  readonly source: FileSource;
  /** The current folder, absolute: relative paths of the call start here, and the site is looked for from here upwards. */
  readonly folder: string;
  readonly playbooks: readonly string[];
  readonly modules: ModuleShelf;
  /** What is wrong with those of the site. */
  readonly ofModules?: readonly Diagnostic[];
  /** The roles that ship with lab. */
  readonly libraryRoles: string;
  readonly options: CallOptions;
  /** Warnings that comments of the site say to ignore are told all the same, for who wants to know which comments do. */
  readonly keepIgnored?: boolean;
  /** Asks nodes for hosts that the inventory's files do not name. Without it nothing is connected to, and they stay unknown. */
  ask?(request: NodesRequest & Pick<Call, "sandbox">): Promise<NodesAnswer>;
  /** Opens what is encrypted, for a run. Without it nothing is opened: what a check needs not. */
  readonly keys?: KeysRequest;
}

export interface KeysRequest {
  /** Told of every text that was opened, before anybody can print it. */
  hide(secret: Secret): void;
  /** What cannot be opened is no error: it is only looked at. */
  readonly optional?: true;
  /** Asks for the passphrase on the terminal; null where nobody is there. */
  askPassphrase(): Promise<Secret | null>;
}

/** A call that was understood: all that a run needs to know of the site. */
export interface Call {
  readonly folder: string;
  readonly site: Site;
  readonly files: SiteFiles;
  readonly inventory: Inventory;
  readonly plays: readonly CheckedPlay[];
  /** Those that the site uses, or may come to use. */
  readonly modules: ReadonlyMap<string, Module>;
  readonly libraryRoles: string;
  readonly extraVars: VarsLayer;
  readonly selection: TagSelection;
  /** Which part of the hosts it is for, and the hosts of all parts. */
  readonly shard?: Shard & { readonly hosts: readonly string[] };
  /** Reads the inventory again, as it is by now. */
  readInventory(): Promise<LoadedInventory>;
  /** What the inventory says of hosts of the embedded lab. */
  readonly sandbox: Pick<ReturnType<typeof describeSandbox>, "describe">;
}
export interface LoadedCall {
  /** Null if it cannot be run. */
  readonly call: Call | null;
  /** What could be made sense of, also when something is wrong with it. */
  readonly seen: Pick<Call, "site" | "inventory" | "plays" | "extraVars" | "modules"> | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly files: SiteFiles;
}

/**
 * Files and options → the checked call. Everything that can be known before a run is found here, and told together.
 * Nothing is connected to but the nodes that know hosts of the inventory, and these only once its files are right.
 */
export async function loadCall(request: CallRequest): Promise<LoadedCall> {
  const { keys, folder } = request;
  // Who loads several times brings an unsealer along, which opens no more than a check needs.
  if (request.source.unsealer) return loadOnce(request);
  const root = findRoot(request.source, folder);
  const unsealer = openKeyring({
    root,
    wanted: keys === undefined ? "names" : keys.optional ? "possible" : "everything",
    hide: (secret) => keys?.hide(secret),
  });
  const withKeys = { ...request, source: { ...request.source, unsealer } };
  const loaded = await loadOnce(withKeys);
  if (keys === undefined || !unsealer.lacksPassphrase()) return loaded;
  const passphrase = await keys.askPassphrase();
  if (passphrase === null) return loaded;
  keys.hide(passphrase);
  unsealer.givePassphrase(passphrase);
  // What could not be opened was told as an error, or not read at all.
  return loadOnce(withKeys);
}

async function loadOnce(request: CallRequest): Promise<LoadedCall> {
  const { source, folder, playbooks, modules, libraryRoles, options } = request;
  const root = findRoot(source, folder);
  const loaded = loadSite(source, { root, folder, playbooks, libraryRoles, moduleNames: modules.names });
  const { site, files } = loaded;
  if (!site) return { call: null, seen: null, diagnostics: loaded.diagnostics, files };
  const byName = new Map((await usedOf(modules, site)).map((module) => [module.name, module]));
  const sources = options.inventory?.map((path) => resolve(folder, path)) ?? site.settings.inventory;
  const folders = site.playbooks.flatMap(({ file, plays }) => [
    dirname(resolve(root, file)),
    ...plays.map((play) => play.folder),
  ]);
  // Without a playbook those count that lie where `lab play` looks for one.
  const playbookFolders = [...new Set(playbooks.length > 0 ? folders : [root, join(root, "playbooks")])];
  const mayAdd = additionsOf(site);
  const extra = parseExtraVars(options.extraVars ?? [], {
    // An encrypted file is read when it is parsed.
    readFile: (path) => {
      const sealed = path.endsWith(".age") && files.kind(resolve(folder, path)) === "file";
      return sealed ? "" : files.read(resolve(folder, path));
    },
    parseYaml: (text, file) => {
      const { node, diagnostics } = file.endsWith(".age")
        ? readSiteYaml(files, resolve(folder, file))
        : readYaml(file, text, files.unsealer);
      return node ? { ok: true, value: node } : { ok: false, diagnostics };
    },
  });
  const extraVars: VarsLayer = extra.ok ? extra.value : { level: 8, origin: "-e", variables: new Map() };
  const readInventory = async (from: SiteFiles): Promise<LoadedInventory> => {
    const load = (more: Pick<LoadInventoryOptions, "found" | "programs">): LoadedInventory =>
      loadInventory(from, { sources, playbookFolders, mayAdd, ...more });
    const { programs, diagnostics: before } = load({});
    // A static check neither asks nodes nor runs what may ask anybody.
    if (request.ask === undefined || programs.length === 0 || before.some(isError)) {
      return withGuests((found) => load(found ? { found } : {}), extraVars, request.ask);
    }
    const { printed, diagnostics } = await runPrograms(programs, from, folder);
    const ask = diagnostics.some(isError) ? undefined : request.ask;
    const whole = await withGuests((found) => load({ programs: printed, ...(found && { found }) }), extraVars, ask);
    return { ...whole, diagnostics: [...whole.diagnostics, ...diagnostics] };
  };
  const { inventory, diagnostics: ofInventory } = await readInventory(files);
  const selection = { tags: options.tags ?? [], skipTags: options.skipTags ?? [] };
  const checked = checkSite({
    site,
    inventory,
    modules: byName,
    files,
    selection,
    extraVars,
    ...(options.limit !== undefined && { limit: options.limit }),
    ...(options.startAtTask !== undefined && { startAtTask: options.startAtTask }),
    readPatternFile: (path) => files.read(resolve(folder, path)),
  });
  const shard = options.shard === undefined ? null : readShard(options.shard, process.env);
  const sharded = shard?.kind === "shard" ? shardPlays(checked.plays, { inventory, extraVars }, shard.shard) : null;
  const plays = sharded?.plays ?? checked.plays;
  const { describe, diagnostics: ofSandbox } = describeSandbox(inventory, extraVars);
  const found = [
    ...(shard?.kind === "wrong" ? [shard.diagnostic] : []),
    ...(sharded?.diagnostics ?? []),
    ...(request.ofModules ?? []),
    ...loaded.diagnostics,
    ...(extra.ok ? [] : extra.diagnostics),
    ...(withoutInventory(inventory, ofInventory, checked.diagnostics, sources.map(files.show)) ?? [
      ...ofInventory,
      ...checked.diagnostics,
      ...ofSandbox,
      ...unknownTags(options, checked.plays),
    ]),
  ];
  const kept = found.filter(({ code, message }) => !perhapsLost(code, message, files));
  const diagnostics = request.keepIgnored ? kept : ignoring(kept, new Map(files.texts()), null);
  const seen = { site, inventory, plays: checked.plays, extraVars, modules: byName };
  if (diagnostics.some(isError)) return { call: null, seen, diagnostics, files };
  const closed =
    request.keys && !request.keys.optional
      ? checkSecrets({ plays, selection, inventory, extraVars, modules: byName, files })
      : [];
  if (closed.length > 0) return { call: null, seen, diagnostics: [...diagnostics, ...closed], files };
  const sandbox = { describe };
  const call = {
    // Files remember what they have read.
    readInventory: () => readInventory(openSiteFiles(source, root)),
    folder,
    site,
    files,
    inventory,
    plays,
    modules: byName,
    libraryRoles,
    extraVars,
    selection,
    ...(shard?.kind === "shard" && sharded && { shard: { ...shard.shard, hosts: sharded.hosts } }),
    sandbox,
  };
  return { call, seen, diagnostics, files };
}

/** All of them where something is named that is none: which one is meant is guessed among all. */
function usedOf(shelf: ModuleShelf, site: Site): Promise<readonly Module[]> {
  const used = modulesUsed(site);
  const all = used === null || ![...used].every((name) => shelf.names.includes(name));
  return shelf.load(all ? shelf.names : used);
}

/** The inventory, with what its nodes have answered. Where they cannot be asked, it says so, and of itself what its files say. */
async function withGuests(
  load: (found: FoundGuests | null) => LoadedInventory,
  extraVars: VarsLayer,
  ask: CallRequest["ask"],
): Promise<LoadedInventory> {
  const written = load(null);
  const { sources, inventory, diagnostics } = written;
  if (ask === undefined || sources.length === 0 || diagnostics.some(isError)) return written;
  const { describe, diagnostics: ofSandbox } = describeSandbox(inventory, extraVars);
  if (ofSandbox.some(isError)) return written;
  const answer = await ask({ sources, inventory, extraVars, sandbox: { describe } });
  if (answer.diagnostics.some(isError)) return { ...written, diagnostics: [...diagnostics, ...answer.diagnostics] };
  const whole = load(answer.found);
  return { ...whole, diagnostics: [...whole.diagnostics, ...answer.diagnostics] };
}

/** Whether a call cannot be run for the one reason that nodes do not answer: the site and the call may be right. */
export function isUnreachable(diagnostics: readonly Diagnostic[]): boolean {
  const errors = diagnostics.filter(isError);
  return errors.length > 0 && errors.every(({ code }) => code === unreachableNode);
}
