import { createHash } from "node:crypto";
import { nodeAt, put, seconds } from "../../files/file-tree.ts";
import { nodeText, sha256 } from "../../files/node.ts";
import { publishServer, SHADOW } from "../../pbs/publish.ts";
import type { Session } from "../../session.ts";
import { says, type ToolResult } from "../../tool.ts";
import { keepSections, sectionsOf } from "./config.ts";
import { error } from "./given.ts";

export function generateToken(session: Session, [user = "", name = ""]: readonly string[]): ToolResult {
  const sections = sectionsOf(session, "user");
  const tokenid = `${user}!${name}`;
  if (sections.some(({ id }) => id === tokenid)) return error(`token '${name}' for user '${user}' already exists.`);
  keepSections(session, "user", [...sections, { type: "token", id: tokenid, options: new Map() }]);
  const hex = createHash("sha256").update(`${session.host.hostname} ${tokenid} ${session.host.clockMs}`).digest("hex");
  const value = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
  keepSecrets(session, { ...secretsOf(session), [tokenid]: sha256(value) });
  return says(`Result: ${JSON.stringify({ tokenid, value }, null, 2)}\n`);
}

export function deleteToken(session: Session, [user = "", name = ""]: readonly string[]): ToolResult {
  const sections = sectionsOf(session, "user");
  const tokenid = `${user}!${name}`;
  if (!sections.some(({ id }) => id === tokenid)) return error(`token '${name}' of user '${user}' does not exist.`);
  keepSections(
    session,
    "user",
    sections.filter(({ id }) => id !== tokenid),
  );
  keepSecrets(session, Object.fromEntries(Object.entries(secretsOf(session)).filter(([id]) => id !== tokenid)));
  return says("");
}

/** The hashes of tokens' secrets. In real they are salted; nobody reads them but the server. */
function secretsOf(session: Session): Readonly<Record<string, string>> {
  const node = nodeAt(session.host, SHADOW);
  return node?.type === "file" ? JSON.parse(nodeText(node)) : {};
}
function keepSecrets(session: Session, secrets: Readonly<Record<string, string>>): void {
  const content = `${JSON.stringify(secrets)}\n`;
  put(session, SHADOW, { type: "file", mode: "0600", uid: 34, gid: 34, mtime: seconds(session.host), content });
  publishServer(session);
}
