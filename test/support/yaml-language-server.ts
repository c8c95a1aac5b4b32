import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** What an editor shows of a document, from the real yaml-language-server. Lines and columns from 1, as everywhere here. */
export interface Editor {
  /** What it marks, in the order of the lines. */
  problems(path: string, text: string): Promise<readonly Problem[]>;
  /** The names that it offers at a place. */
  completions(path: string, text: string, line: number, column: number): Promise<readonly string[]>;
  /** The explanation at a place, as Markdown; empty where there is none. */
  hover(path: string, text: string, line: number, column: number): Promise<string>;
  close(): void;
}
export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}
interface Published {
  readonly uri: string;
  readonly diagnostics: readonly {
    readonly message: string;
    readonly range: { readonly start: { readonly line: number; readonly character: number } };
  }[];
}

/** Starts the server for a folder, with the settings that an editor would have read there. */
export async function openEditor(folder: string, settings: Readonly<Record<string, unknown>>): Promise<Editor> {
  const program = createRequire(import.meta.url).resolve("yaml-language-server/bin/yaml-language-server");
  const server = spawn(process.execPath, [program, "--stdio"], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
  const yaml = {
    validate: true,
    hover: true,
    completion: true,
    format: { enable: false },
    schemaStore: { enable: false },
    schemas: settings["yaml.schemas"],
    customTags: settings["yaml.customTags"],
  };
  let configured = (): void => {};
  const ready = new Promise<void>((resolve) => {
    configured = resolve;
  });
  const published = new Map<string, (found: Published) => void>();
  const answers = new Map<number, (message: Message) => void>();
  listen(server, (message) => {
    if (message.method === "textDocument/publishDiagnostics") {
      const found = message.params as Published;
      published.get(found.uri)?.(found);
    } else if (message.method === "workspace/configuration") {
      const { items } = message.params as { readonly items: readonly { readonly section?: string }[] };
      say({ id: message.id, result: items.map(({ section }) => (section === "yaml" ? yaml : {})) });
      configured();
    } else if (message.method !== undefined && message.id !== undefined) say({ id: message.id, result: null });
    else if (message.id !== undefined) answers.get(message.id)?.(message);
  });

  let last = 0;
  const say = (message: object): void => {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    server.stdin?.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  };
  const ask = (method: string, params: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      last += 1;
      answers.set(last, ({ error, result }) => (error ? reject(new Error(error.message)) : resolve(result)));
      say({ id: last, method, params });
    });

  const root = pathToFileURL(folder).href;
  await ask("initialize", {
    processId: process.pid,
    rootUri: root,
    workspaceFolders: [{ uri: root, name: "site" }],
    capabilities: {
      workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } },
      textDocument: {
        completion: { completionItem: { documentationFormat: ["markdown"] } },
        hover: { contentFormat: ["markdown"] },
        publishDiagnostics: {},
      },
    },
  });
  say({ method: "initialized", params: {} });
  say({ method: "workspace/didChangeConfiguration", params: { settings: { yaml } } });

  // What is asked before it has read its settings is answered without them.
  await ready;
  let version = 0;
  const opened = new Set<string>();
  const open = (path: string, text: string): { readonly uri: string; readonly found: Promise<Published> } => {
    const uri = `${root}/${path}`;
    version += 1;
    const found = new Promise<Published>((resolve) => published.set(uri, resolve));
    if (opened.has(uri)) {
      const params = { textDocument: { uri, version }, contentChanges: [{ text }] };
      say({ method: "textDocument/didChange", params });
    } else
      say({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "yaml", version, text } } });
    opened.add(uri);
    return { uri, found };
  };
  const at = (uri: string, line: number, column: number) => ({
    textDocument: { uri },
    position: { line: line - 1, character: column - 1 },
  });
  return {
    async problems(path, text) {
      const { diagnostics } = await open(path, text).found;
      return diagnostics
        .map(({ message, range: { start } }) => ({ line: start.line + 1, column: start.character + 1, message }))
        .sort((left, right) => left.line - right.line);
    },
    async completions(path, text, line, column) {
      const { uri } = open(path, text);
      const list = (await ask("textDocument/completion", at(uri, line, column))) as {
        readonly items: readonly { readonly label: string }[];
      };
      return list.items.map(({ label }) => label);
    },
    async hover(path, text, line, column) {
      const { uri } = open(path, text);
      const shown = (await ask("textDocument/hover", at(uri, line, column))) as {
        readonly contents: { readonly value: string };
      } | null;
      return shown?.contents.value ?? "";
    },
    close: () => {
      server.kill();
    },
  };
}

function listen(server: ChildProcess, take: (message: Message) => void): void {
  let buffer = Buffer.alloc(0);
  server.stdout?.on("data", (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const head = buffer.indexOf("\r\n\r\n");
      const length = /Content-Length: (\d+)/i.exec(buffer.subarray(0, Math.max(head, 0)).toString());
      const end = head + 4 + Number(length?.[1] ?? 0);
      if (head < 0 || buffer.length < end) return;
      const message = JSON.parse(buffer.subarray(head + 4, end).toString()) as Message;
      buffer = buffer.subarray(end);
      take(message);
    }
  });
}
