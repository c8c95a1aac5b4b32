import type { Target } from "../connection.ts";
import { Unreachable } from "../connection.ts";
import type { LogIn } from "./log-in.ts";
import type { SshSettings } from "./ssh-settings.ts";

export type Phase = "connect" | "handshake" | "log-in";

const network: Readonly<Record<string, readonly [string, string]>> = {
  ECONNREFUSED: ["nothing listens there", "does the host's sshd run, and on this port (lab_port)?"],
  ENOTFOUND: ["the name is not known", "check lab_host, the ssh configuration's HostName and your DNS."],
  EAI_AGAIN: ["the name server does not answer", "is your own network up?"],
  EHOSTUNREACH: ["there is no way to the host", "is it switched on, and in this network?"],
  ENETUNREACH: ["there is no way to its network", "is your own network (VPN, mesh) up?"],
  ETIMEDOUT: ["it does not answer", "is it switched on, and does a firewall drop the packets?"],
  EMFILE: ["this process has no file left to open", "raise `ulimit -n`, or run on fewer hosts (`--limit`)."],
  ECONNRESET: ["it hung up", "does a firewall or `MaxStartups` of its sshd turn us away?"],
};

/** The other end is there, and has closed the door before it said that it speaks SSH. */
export function hungUp(error: Error & { readonly code?: unknown }): boolean {
  return error.code === "ECONNRESET" || error.code === "EPIPE" || /lost before handshake/i.test(error.message);
}

/** Says in a user's words why a host could not be reached or did not let us in. */
export function explainFailure(
  target: Target,
  settings: SshSettings,
  phase: Phase,
  error: Error & { readonly code?: unknown },
  login: Pick<LogIn, "tried" | "accepted">,
): Unreachable {
  const where = `${settings.hostName} port ${settings.port}`;
  const code = hungUp(error) ? "ECONNRESET" : error.code;
  const known = typeof code === "string" ? network[code] : undefined;
  switch (phase) {
    case "connect":
      return new Unreachable(
        `${target.name}: cannot connect to ${where}: ${known?.[0] ?? error.message}`,
        known?.[1] ?? "is it switched on, and does a firewall drop the packets?",
      );
    case "handshake":
      return new Unreachable(
        `${target.name}: ${where} answers, but speaks no SSH that we understand: ${known?.[0] ?? error.message}`,
        /no matching/i.test(error.message)
          ? "its sshd offers outdated algorithms only; update it."
          : (known?.[1] ?? "is this the port of its sshd, and is the host not overloaded?"),
      );
    case "log-in":
      return refusedLogin(target, settings, where, error, login);
  }
}

function refusedLogin(
  target: Target,
  settings: SshSettings,
  where: string,
  error: Error,
  login: Pick<LogIn, "tried" | "accepted">,
): Unreachable {
  const accepted = login.accepted();
  const lines = login.tried().map((line) => `\n  - ${line}`);
  if (accepted.length > 0) lines.push(`\n  - the server takes: ${accepted.join(", ")}`);
  // What the library says when nothing is left to offer tells nothing that the lines do not.
  const why = /all configured authentication methods failed/i.test(error.message) ? "" : ` (${error.message})`;
  const tooMany = /too many authentication failures/i.test(error.message);
  return new Unreachable(
    `${target.name}: cannot log in to ${where} as ${settings.user}${why}${lines.length === 0 ? "" : ":"}${lines.join("")}`,
    tooMany
      ? "too many keys were offered: name the right one (lab_private_key or IdentityFile) and set IdentitiesOnly yes."
      : `check lab_user, and that the host's ~${settings.user}/.ssh/authorized_keys has one of these keys.`,
  );
}
