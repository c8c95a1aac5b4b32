/** The only door for modules, ours and a site's own. */
export { arg, read, write } from "../ops/build.ts";
export type {
  Argv,
  Content,
  ExecAnswer,
  FileType,
  HttpAnswer,
  JobProgress,
  OpReply,
  Ownership,
  ReadOp,
  Stat,
  Step,
  StreamedContent,
  WriteOp,
} from "../ops/ir.ts";
export type { JobState } from "../ops/job/job-state.ts";
export { jobState } from "../ops/job/job-state.ts";
export { Secret } from "../value/secret.ts";
export { Unknown } from "../value/unknown.ts";
export type { Value, ValueMap } from "../value/value.ts";
export type { ContentFileObserved, ContentFileParams, WantedContent } from "./content-file.ts";
export {
  contentFileParams,
  contentFilePlan,
  contentFileProbes,
  contentFileProbesAfter,
  contentFileResult,
} from "./content-file.ts";
export type { Act, ControllerOutcome, Module, Observed, Probes, Reading, Settle, Verb } from "./define-module.ts";
export { defineAction, defineControllerAction, defineModule, defineReading } from "./define-module.ts";
export {
  DNS_NAME,
  diskSize,
  guestId,
  guestNotes,
  guestStartup,
  guestTags,
  mebibytes,
  publicKeys,
  storageId,
  subOption,
  wordList,
} from "./guest-params.ts";
export type { Headers, HttpExpectation } from "./http-request.ts";
export {
  basicAuth,
  httpExpectParams,
  httpHeaders,
  httpTrouble,
  httpUrl,
  withHeader,
} from "./http-request.ts";
export { MEMBERS, needsQuorum } from "./needs-quorum.ts";
export { noFolder } from "./no-folder.ts";
export { type NamedOption, optionChanges, updateWords } from "./option-changes.ts";
export type { WantedOwnership } from "./ownership.ts";
export { compareOwnership, givenOwnership, ownershipParams } from "./ownership.ts";
export type {
  Condition,
  Contributed,
  Contribution,
  ExpressionValue,
  LoadedVariable,
  LocalDest,
  LocalFile,
  LocalTree,
  TemplateFile,
  VarsFile,
  VarsTree,
} from "./params.ts";
export {
  absolutePath,
  atCreate,
  condition,
  contributed,
  environment,
  expression,
  fileMode,
  localDest,
  localFile,
  localTree,
  maybeSecret,
  oneOrMore,
  ownerName,
  presence,
  secret,
  templateFile,
  varsFile,
  varsTree,
} from "./params.ts";
export { plainData, plainValue } from "./plain-data.ts";
export type { Change, Fields, Plan, Refusal, Waiting } from "./plan.ts";
export { change, refuse, refuseYet, waiting } from "./plan.ts";
export { asciiComment, haGuest, haName, noPveNode, pveNode, pveNodes } from "./pve-params.ts";
export type { RunCommandObserved, RunCommandParams } from "./run-command.ts";
export { runCommand, runCommandParams, runCommandProbes, runCommandResult } from "./run-command.ts";
export { seconds } from "./seconds.ts";
export type { TailscaleAccess, TailscaleApi } from "./tailscale-api.ts";
export {
  TAILNET,
  tailscaleAccess,
  tailscaleApiParams,
  tailscaleApiUrl,
  tailscaleAuth,
  tailscaleTailnet,
  tailscaleToken,
  tailscaleTrouble,
} from "./tailscale-api.ts";
export { tailscaleRoute, tailscaleTag } from "./tailscale-params.ts";
export { lineExpression, newFileParams, newFileProblems, newFileTrouble, placeAmong } from "./text-edit.ts";
export { utf8Locale } from "./utf8-locale.ts";
export { validateParam } from "./validate-param.ts";
