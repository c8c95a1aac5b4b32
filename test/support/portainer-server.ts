import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new Portainer's API over TLS with a certificate of its own: as its source answers, errors included. */
export interface PortainerServer {
  readonly url: string;
  /** Who may log in: name → password. */
  readonly users: Map<string, string>;
  /** Nobody came in time. */
  locked: boolean;
  /** `POST /api/auth`, in order. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

export async function startPortainerServer(): Promise<PortainerServer> {
  const folder = mkdtempSync(join(tmpdir(), "lab-portainer-"));
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-subj",
      "/CN=localhost",
      "-keyout",
      keyFile,
      "-out",
      certFile,
    ],
    { stdio: "ignore" },
  );
  const asked: string[] = [];
  const users = new Map<string, string>();
  const server = createServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const call = `${request.method} ${request.url}`;
      asked.push(call);
      const { status, body, headers } = answer(own, call, Buffer.concat(chunks).toString("utf8"));
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(body === null ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no address");
  const own: PortainerServer = {
    url: `https://127.0.0.1:${address.port}`,
    users,
    locked: false,
    asked,
    stop: () =>
      new Promise((resolve) => {
        rmSync(folder, { recursive: true, force: true });
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return own;
}

interface Answer {
  readonly status: number;
  readonly body: object | null;
  readonly headers?: Readonly<Record<string, string>>;
}

function answer({ users, locked }: PortainerServer, call: string, text: string): Answer {
  const wrong = (status: number, message: string, details = ""): Answer => ({ status, body: { message, details } });
  if (locked)
    return {
      ...wrong(303, "Administrator initialization timeout"),
      headers: { "redirect-reason": "AdminInitTimeout" },
    };
  if (call === "GET /api/system/status")
    return { status: 200, body: { Version: "2.27.9", InstanceID: "3f1c0a52-0000-4000-a000-000000000001" } };
  if (call === "GET /api/users/admin/check")
    return users.size > 0
      ? { status: 204, body: null }
      : wrong(404, "No administrator account found inside the database");
  const { Username: name, Password: password } = text === "" ? {} : JSON.parse(text);
  if (typeof name !== "string" || typeof password !== "string") return wrong(400, "Invalid request payload");
  if (call === "POST /api/users/admin/init") {
    if (users.size > 0)
      return wrong(409, "Unable to create administrator user", "An administrator user already exists");
    if (password.length < 12) return wrong(400, "Password does not meet the requirements");
    users.set(name, password);
    return { status: 200, body: { Id: 1, Username: name, Role: 1 } };
  }
  if (call !== "POST /api/auth") return wrong(404, "not found");
  return users.get(name) === password
    ? { status: 200, body: { jwt: "eyJ.planted-token.xyz" } }
    : wrong(422, "Invalid credentials", "Unauthorized");
}
