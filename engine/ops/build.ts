import type { Secret } from "../value/secret.ts";
import type {
  Argv,
  Content,
  ExecAnswer,
  ExecSpec,
  FileSpec,
  HttpAnswer,
  HttpSpec,
  Ownership,
  ReadOp,
  ScriptSpec,
  SecretFile,
  Stat,
  StatSpec,
  Step,
  StreamedContent,
  WaitUntil,
  WriteFileSpec,
  WriteOp,
} from "./ir.ts";

type ExecOptions = Omit<ExecSpec, "kind" | "argv">;
type FileOptions = Pick<FileSpec, "maxBytes" | "at">;
type WriteFileOptions = Ownership & Pick<WriteFileSpec, "lock" | "validate"> & Touches;
type Touches = Pick<WriteOp, "touches">;
type Course = Pick<WriteOp, "job" | "mayDrop">;

/** Looks. Each is a value that says what to look at; nothing is sent by making one. */
export const read = {
  /** Runs a command that changes nothing. Any exit code is an answer unless `okCodes` says otherwise. */
  exec: (argv: Argv, options: ExecOptions = {}): ReadOp<ExecAnswer> => ({
    kind: "exec",
    effect: "read",
    argv,
    ...options,
  }),
  /** The text of a file; null if there is none. A file that is not UTF-8 text, a directory or one that may not be read fails the task. */
  text: (path: string, options: FileOptions = {}): ReadOp<string | null> => ({
    kind: "file",
    effect: "read",
    as: "text",
    path,
    ...options,
  }),
  /** The bytes of a file; null if there is none. */
  file: (path: string, options: FileOptions = {}): ReadOp<Uint8Array | null> => ({
    kind: "file",
    effect: "read",
    as: "bytes",
    path,
    ...options,
  }),
  /** Type, mode, owner, size, times; null if there is nothing. Follows symlinks only if told. */
  stat: (
    path: string,
    { follow = false, sha256 = false, ...rest }: Partial<Pick<StatSpec, "follow" | "sha256" | "at">> = {},
  ): ReadOp<Stat | null> => ({ kind: "stat", effect: "read", path, follow, sha256, ...rest }),
  /** The names in a folder, sorted by code unit; null if there is no such folder. */
  list: (path: string): ReadOp<readonly string[] | null> => ({ kind: "list", effect: "read", path }),
  http: (request: Omit<HttpSpec, "kind">): ReadOp<HttpAnswer> => ({ kind: "http", effect: "read", ...request }),
  script: (
    name: string,
    argv: readonly string[],
    options: Pick<ScriptSpec, "stdin" | "limitMs" | "at"> = {},
  ): ReadOp<ExecAnswer> => ({
    kind: "script",
    effect: "read",
    name,
    argv,
    ...options,
  }),
  /** What became of a job that was started on the host; `jobState` reads the answer. */
  job: (id: string): ReadOp<ExecAnswer> => ({ kind: "script", effect: "read", name: "job-look", argv: [id] }),
} as const;

/** Changes. */
export const write = {
  /** Runs a command. A code other than 0 is a failure unless `okCodes` says otherwise. */
  exec: (argv: Argv, options: ExecOptions & Touches & Course = {}): WriteOp => ({
    kind: "exec",
    effect: "write",
    argv,
    ...options,
  }),
  /** Replaces a file atomically, or makes it. Follows symlinks, keeps ACLs and extended attributes. */
  text: (path: string, content: string | Secret, options: WriteFileOptions = {}): WriteOp => ({
    kind: "write-file",
    effect: "write",
    path,
    content,
    ...options,
  }),
  file: (path: string, content: Content, options: WriteFileOptions = {}): WriteOp => ({
    kind: "write-file",
    effect: "write",
    path,
    content,
    ...options,
  }),
  mkdir: (path: string, options: Ownership & { readonly parents?: boolean } = {}): WriteOp => {
    const { parents = false, ...ownership } = options;
    return { kind: "mkdir", effect: "write", path, parents, ...ownership };
  },
  remove: (path: string, options: { readonly recursive?: boolean } = {}): WriteOp => ({
    kind: "remove",
    effect: "write",
    path,
    recursive: options.recursive ?? false,
  }),
  /** Makes or replaces a symlink; refuses to replace anything else. */
  symlink: (path: string, target: string): WriteOp => ({ kind: "symlink", effect: "write", path, target }),
  attributes: (path: string, attributes: Ownership): WriteOp => ({
    kind: "attributes",
    effect: "write",
    path,
    ...attributes,
  }),
  /** A large file, streamed and verified by its checksum. */
  upload: (path: string, content: StreamedContent, options: Ownership = {}): WriteOp => ({
    kind: "upload",
    effect: "write",
    path,
    content,
    ...options,
  }),
  http: (request: Omit<HttpSpec, "kind"> & Touches): WriteOp => ({ kind: "http", effect: "write", ...request }),
  script: (
    name: string,
    argv: readonly string[],
    options: Pick<ScriptSpec, "stdin" | "limitMs"> & Touches = {},
  ): WriteOp => ({
    kind: "script",
    effect: "write",
    name,
    argv,
    ...options,
  }),
  waitUntil: <A>(
    probe: ReadOp<A>,
    holds: (answer: A) => boolean,
    options: Pick<WaitUntil<A>, "why" | "forMs" | "hopeless" | "explain">,
  ): Step => {
    const step: WaitUntil<A> = { kind: "wait-until", probe, holds, ...options };
    return step as unknown as Step;
  },
} as const;

/** Words of an argv that are more than text. */
export const arg = {
  /** The path of a 0600 file that holds the secret while the command runs. */
  file: (content: Secret, prefix = ""): SecretFile => ({ kind: "secret-file", content, prefix }),
} as const;
