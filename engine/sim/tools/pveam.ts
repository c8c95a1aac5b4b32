import { drop, nodeAt, put, seconds } from "../files/file-tree.ts";
import { nodeBytes, nodeText } from "../files/node.ts";
import { findProgram } from "../host/programs.ts";
import { type CommandForm, isCall, parameterErrors, readCommandLine } from "../pve/command/command-line.ts";
import { storageId } from "../pve/command/formats.ts";
import type { Schema } from "../pve/command/schema.ts";
import {
  archiveBytes,
  isOnline,
  knownAppliances,
  SOURCES,
  sentIndexes,
  sha512,
  standIn,
} from "../pve/storage/appliances.ts";
import { listVolumes } from "../pve/storage/list-volumes.ts";
import { storageTrouble } from "../pve/storage/storage-state.ts";

import { contentFolder, findStorage, readStorages } from "../pve/storage/storages.ts";
import { makeFolders } from "../pve/storage/write-storages.ts";
import type { Session } from "../session.ts";
import { fails, refuseArgument, says, type Tool, type ToolContext, type ToolResult } from "../tool.ts";

const text: Schema = { kind: "string" };
const id: Schema = { kind: "string", format: storageId };
const form = (usage: string, words: CommandForm["words"], options: CommandForm["options"] = {}): CommandForm => ({
  usage,
  words,
  options,
});
const AVAILABLE = form(
  "pveam available  [OPTIONS]",
  {},
  { section: { kind: "string", values: ["system", "mail", "turnkeylinux"] } },
);
const DOWNLOAD = form("pveam download <storage> <template>", { storage: id, template: text });
const LIST = form("pveam list <storage>", { storage: id });
const REMOVE = form("pveam remove <template_path>", { template_path: text });
const UPDATE = form("pveam update ", {});

const COMMANDS: Readonly<Record<string, (context: ToolContext, args: readonly string[]) => ToolResult>> = {
  available,
  download,
  help: () => says(HELP),
  list,
  remove,
  update,
};

/** pve-manager 8.4. That the sources answer and what wget prints is documented, not recorded. */
export const pveam: Tool = {
  name: "pveam",
  rests: "recorded",
  run(context, args) {
    const [word = "", ...rest] = args;
    if (context.session.user.uid !== 0) return fails(255, "please run as root\n");
    const command = COMMANDS[word];
    if (command === undefined) refuseArgument("pveam", word);
    return command(context, rest);
  },
};

function available({ session }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(AVAILABLE, args);
  if (!isCall(call)) return call;
  const wanted = call.params.get("section");
  const { appliances, warnings } = knownAppliances(session.host);
  const lines = appliances
    .filter(({ section }) => wanted === undefined || section === wanted)
    .map(({ section, file }) => `${section.padEnd(15)} ${file}\n`)
    .sort();
  return { code: 0, stdout: lines.join(""), stderr: warnings };
}

function update({ session }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(UPDATE, args);
  if (!isCall(call)) return call;
  makeFolders(session, "/var/lib/pve-manager/apl-info");
  const online = isOnline(session.host);
  const answers = online ? sentIndexes() : {};
  for (const [path, content] of Object.entries(answers)) putFile(session, path, content);
  const time = new Date(session.host.clockMs).toISOString().slice(0, 19).replace("T", " ");
  const log = Object.values(SOURCES).flatMap((source) => {
    const host = new URL(source).host;
    return online
      ? [`${time} start download ${source}/aplinfo.dat.gz`, `${time} update successful`]
      : [`${time} download failed: 500 Can't connect to ${host} (Temporary failure in name resolution)`];
  });
  const before = nodeAt(session.host, LOG);
  putFile(session, LOG, `${before?.type === "file" ? nodeText(before) : ""}${log.join("\n")}\n`);
  // Each name that is not resolved takes its time; that nothing came of it is no failure to the exit code.
  session.spend(online ? 1500 : 25_000);
  return online ? says("update successful\n") : fails(0, `update failed - see ${LOG} for details\n`);
}
const LOG = "/var/log/pveam.log";

function download({ session }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(DOWNLOAD, args);
  if (!isCall(call)) return call;
  const { storage: storageId = "", template = "" } = Object.fromEntries(call.params);
  const { appliances, warnings } = knownAppliances(session.host);
  const appliance = appliances.find(({ file }) => file === template);
  if (appliance === undefined) {
    const error = parameterErrors(DOWNLOAD.usage, { template: "no such template" }, 2);
    return { ...error, stderr: warnings + error.stderr };
  }
  const storage = findStorage(session.host, storageId);
  if (storage === undefined) return fails(255, `${warnings}storage '${storageId}' does not exist\n`);
  const trouble = storageTrouble(session, storage);
  if (trouble !== null) return fails(trouble.code, `${warnings}${trouble.message}\n`);
  const folder = contentFolder(storage, "vztmpl");
  if (folder === null || !storage.content.has("vztmpl"))
    return fails(255, `${warnings}storage '${storageId}' does not support templates\n`);
  const path = `${folder}/${template}`;
  const { url, sha512sum } = appliance;
  let out = `downloading ${url} to ${path}\n`;
  // From here it is a task: what goes wrong is told, and the exit code does not know.
  const failed = (why: string): ToolResult => ({ code: 0, stdout: out, stderr: `${warnings}${why}\n` });
  const there = nodeAt(session.host, path);
  if (there?.type === "file") {
    out += "calculating checksum of existing file...";
    const got = sha512(nodeBytes(there));
    if (got === sha512sum || sha512sum === null) {
      const stdout = `${out}OK, got correct file already, no need to download\n`;
      return { code: 0, stdout, stderr: warnings };
    }
    out += "\n";
    return failed(`checksum mismatch: got '${got}' != expect '${sha512sum}', aborting`);
  }
  const temporary = `${path}.tmp_dwnl.${session.host.pve?.nextPid ?? 2000}`;
  const wget = `wget --progress=dot:giga -O ${temporary} ${url}`;
  if (findProgram({ session }, "wget") === undefined)
    return failed(`download failed: open3: exec of ${wget} failed: No such file or directory at ${TOOLS_PM}`);
  if (!isOnline(session.host)) return failed(`download failed: command '${wget}' failed: exit code 4`);
  const content = standIn(template);
  const bytes = archiveBytes(template);
  session.spend(2000 + bytes / 20_000);
  if (sha512sum !== null && sha512(content) !== sha512sum) {
    out += "calculating checksum...\n";
    return failed(`checksum mismatch: got '${sha512(content)}' != expect '${sha512sum}'`);
  }
  makeFolders(session, folder);
  putFile(session, path, content);
  const { pve } = session.change();
  if (pve !== undefined) pve.volumes[`${storageId}:vztmpl/${template}`] = { bytes, format: "tar" };
  const verified = sha512sum === null ? "" : "calculating checksum...OK, checksum verified\n";
  return { code: 0, stdout: `${out}${verified}download of '${url}' to '${path}' finished\n`, stderr: warnings };
}
const TOOLS_PM = "/usr/share/perl5/PVE/Tools.pm line 527.";

function list({ session }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(LIST, args);
  if (!isCall(call)) return call;
  const id = call.params.get("storage") ?? "";
  const { storages, warnings } = readStorages(session.host);
  const storage = storages.find((each) => each.id === id);
  if (storage === undefined) return fails(255, `${warnings}storage '${id}' does not exist\n`);
  if (!storage.content.has("vztmpl")) return fails(255, `${warnings}Storage does not support templates!\n`);
  const trouble = storageTrouble(session, storage);
  if (trouble !== null) return fails(trouble.code, `${warnings}${trouble.message}\n`);
  const rows = listVolumes(session, storage)
    .filter(({ content }) => content === "vztmpl")
    .map(({ volid, bytes }) => `${volid.padEnd(60)} ${(bytes / 1024 ** 2).toFixed(2).padEnd(4)}MB\n`);
  return { code: 0, stdout: `${"NAME".padEnd(60)} SIZE  \n${rows.join("")}`, stderr: warnings };
}

function remove({ session }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(REMOVE, args);
  if (!isCall(call)) return call;
  const volid = call.params.get("template_path") ?? "";
  const [, id = "", kind = "", name = ""] = /^([^:/]+):([^/]+)\/(.+)$/.exec(volid) ?? [];
  if (id === "") return fails(2, `can't find file '${volid}'\n`);
  const storage = findStorage(session.host, id);
  if (storage === undefined) return fails(255, `storage '${id}' does not exist\n`);
  if (kind !== "vztmpl") return fails(255, `unable to use volume ${volid} - content type needs to be 'vztmpl'\n`);
  const path = `${contentFolder(storage, "vztmpl")}/${name}`;
  if (nodeAt(session.host, path) === undefined) return fails(2, `volume '${volid}' does not exist\n`);
  drop(session, path);
  delete session.change().pve?.volumes[volid];
  return says("");
}

function putFile(session: Session, path: string, content: string): void {
  put(session, path, { type: "file", mode: "0644", uid: 0, gid: 0, mtime: seconds(session.host), content });
}

const HELP = `USAGE: pveam available  [OPTIONS]

  List available templates.

  --section  <mail | system | turnkeylinux>
	     Restrict list to specified section.

USAGE: pveam download <storage> <template>

  Download appliance templates.

  <storage>  <storage ID>
	     The storage where the template will be stored

  <template> <string>
	     The template which will downloaded

USAGE: pveam help [<extra-args>] [OPTIONS]

  Get help about specified command.

  <extra-args> <array>
	     Shows help for a specific command

  --verbose  <boolean>
	     Verbose output format.

USAGE: pveam list <storage>

  Get list of all templates on storage

  <storage>  <storage ID>
	     Only list templates on specified storage

USAGE: pveam remove <template_path>

  Remove a template.

  <template_path> <string>
	     The template to remove.

USAGE: pveam update 

  Update Container Template Database.


`;
