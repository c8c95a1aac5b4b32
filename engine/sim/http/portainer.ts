import { member, parseJson } from "../../formats/json.ts";
import type { HttpAnswer } from "../../ops/ir.ts";
import { containerNow } from "../docker/container-now.ts";
import { dockerOf } from "../docker/engine.ts";
import type { DockerContainer } from "../docker/state.ts";
import { volumePath } from "../docker/volumes.ts";
import { nodeAt } from "../files/file-tree.ts";
import { nodeText, sha256 } from "../files/node.ts";
import { placeFile } from "../host/programs.ts";
import type { Session } from "../session.ts";
import { NotImitated } from "../tool.ts";
import type { Frozen } from "../world.ts";
import { type HttpRequest, type HttpService, isOwn, json } from "./service.ts";

/** Portainer CE 2.2x, by its source: of its API what a new one is set up with. What it knows is in its volume. */
export const portainer: HttpService = {
  name: "portainer",
  rests: "documented",
  answer(session, request) {
    const container = Object.values(dockerOf(session.host).containers).find((each) =>
      listensAt(session, each, request),
    );
    return container === undefined ? null : answered(session, container, request);
  },
};

const LOCKS_AFTER_MS = 5 * 60_000;
const VERSION = "2.27.9";

interface Kept {
  readonly instance: string;
  readonly users: readonly { readonly name: string; readonly hash: string }[];
}

function listensAt(session: Session, container: Frozen<DockerContainer>, request: HttpRequest): boolean {
  if (!/(?:^|\/)portainer\/portainer-(?:ce|ee)(?:[:@]|$)/.test(container.imageName)) return false;
  if (!containerNow(session.host, container).running) return false;
  const inner = request.url.protocol === "https:" ? "9443" : "9000";
  if (container.networkMode === "host") return isOwn(session, request, Number(inner));
  return container.ports.some(
    ({ target, port }) => target === `${inner}/tcp` && port !== "" && isOwn(session, request, Number(port)),
  );
}

function answered(
  session: Session,
  container: Frozen<DockerContainer>,
  { method, url, body }: HttpRequest,
): HttpAnswer {
  const path = databaseOf(container);
  const kept = readDatabase(session, path, container.id);
  const since = containerNow(session.host, container).startedAt ?? session.host.clockMs;
  const call = `${method} ${url.pathname}`;
  if (kept.users.length === 0 && session.host.clockMs - since > LOCKS_AFTER_MS && call !== "GET /api/status")
    return json(
      303,
      { message: "Administrator initialization timeout", details: "" },
      { "redirect-reason": "AdminInitTimeout" },
    );
  switch (call) {
    case "GET /api/status":
    case "GET /api/system/status":
      return json(200, { Version: VERSION, InstanceID: kept.instance });
    case "GET /api/users/admin/check":
      return kept.users.length > 0
        ? { status: 204, headers: {}, body: "" }
        : problem(404, "No administrator account found inside the database", "Object not found inside the database");
    case "POST /api/users/admin/init":
      return init(session, path, kept, body);
    case "POST /api/auth":
      return logIn(kept, body);
    default:
      throw new NotImitated(`the embedded lab does not imitate Portainer's ${call}`);
  }
}

function init(session: Session, path: string, kept: Kept, body: string): HttpAnswer {
  const { name, password } = credentialsIn(body);
  if (name === "" || name.includes(" "))
    return problem(400, "Invalid request payload", "Invalid username. Must not contain any whitespace");
  if (password === "") return problem(400, "Invalid request payload", "Invalid password");
  if (kept.users.length > 0)
    return problem(409, "Unable to create administrator user", "An administrator user already exists");
  if (password.length < 12) return problem(400, "Password does not meet the requirements", "");
  const users = [{ name, hash: hashOf(name, password) }];
  placeFile({ session }, path, `${JSON.stringify({ ...kept, users })}\n`, "0600");
  return json(200, { Id: 1, Username: name, Role: 1 });
}

/** A login is kept nowhere, so that to Portainer's data it is a look. */
function logIn({ users }: Kept, body: string): HttpAnswer {
  const { name, password } = credentialsIn(body);
  if (name === "") return problem(400, "Invalid request payload", "Invalid username");
  if (password === "") return problem(400, "Invalid request payload", "Invalid password");
  const known = users.some((user) => user.name === name && user.hash === hashOf(name, password));
  return known
    ? json(200, { jwt: `lab.${sha256(`session of ${name}`)}.jwt` })
    : problem(422, "Invalid credentials", "Unauthorized");
}

function credentialsIn(body: string): { readonly name: string; readonly password: string } {
  const parsed = parseJson(body);
  const text = (field: string): string => {
    const value = member(parsed, field) ?? member(parsed, field.toLowerCase());
    return typeof value === "string" ? value : "";
  };
  return { name: text("Username"), password: text("Password") };
}
function hashOf(name: string, password: string): string {
  return sha256(`portainer ${name} ${password}`);
}
function problem(status: number, message: string, details: string): HttpAnswer {
  return json(status, { message, details });
}

/** The image has a volume at /data, so there is always one: that of the project, or one without a name. */
function databaseOf({ mounts, id }: Frozen<DockerContainer>): string {
  const data = mounts.find(({ target }) => target === "/data");
  if (data === undefined) return `${volumePath(id)}/portainer.db`;
  return `${data.kind === "volume" ? volumePath(data.source) : data.source}/portainer.db`;
}

function readDatabase(session: Session, path: string, id: string): Kept {
  const empty = { instance: instanceOf(id), users: [] };
  const node = nodeAt(session.host, path);
  if (node?.type !== "file") return empty;
  try {
    return { ...empty, ...JSON.parse(nodeText(node)) };
  } catch (error) {
    if (error instanceof SyntaxError) return empty;
    throw error;
  }
}
function instanceOf(id: string): string {
  const hex = sha256(`portainer ${id}`);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
