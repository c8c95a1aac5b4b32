import type { Target } from "../connection/connection.ts";
import { EvaluationError } from "../value/evaluation-error.ts";
import type { Scope } from "../value/scope.ts";
import { Secret } from "../value/secret.ts";
import { typeName } from "../value/value.ts";
import type { RunOptions } from "./run-context.ts";

/** The connection variables of a host (`lab_…`), the command line's options where they are unsaid. */
export function targetOf(name: string, scope: Scope, options: RunOptions): Target {
  const text = (variable: string): string | undefined => {
    const value = scope.get(variable);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") throw wrong(variable, "a text", typeName(value));
    return value;
  };
  const secret = (variable: string): Secret | undefined => {
    const value = scope.get(variable);
    if (value === undefined || value === null) return undefined;
    if (value instanceof Secret) return value;
    if (typeof value !== "string" && typeof value !== "number") throw wrong(variable, "a text", typeName(value));
    return new Secret(String(value));
  };
  const port = scope.get("lab_port") ?? undefined;
  if (port !== undefined && !(typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65536)) {
    throw wrong("lab_port", "a number from 1 to 65535", typeName(port));
  }
  const host = text("lab_host");
  const user = options.remoteUser ?? text("lab_user");
  const privateKey = options.privateKey ?? text("lab_private_key");
  const password = secret("lab_password") ?? options.connectionPassword;
  const passphrase = secret("lab_passphrase");
  const becomePassword = secret("lab_become_password") ?? options.becomePassword;
  return {
    name,
    connection: text("lab_connection") ?? "ssh",
    ...(host !== undefined && { host }),
    ...(typeof port === "number" && { port }),
    ...(user !== undefined && { user }),
    ...(privateKey !== undefined && { privateKey }),
    ...(password && { password }),
    ...(passphrase && { passphrase }),
    ...(becomePassword && { becomePassword }),
  };
}

function wrong(variable: string, wanted: string, got: string): EvaluationError {
  return new EvaluationError({ code: "wrong-type", message: `\`${variable}\`: expected ${wanted}, got ${got}` });
}
