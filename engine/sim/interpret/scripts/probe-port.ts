import { listeningPorts } from "../../host/listening.ts";
import { isLoopback } from "../../http/service.ts";
import { NotImitated } from "../../tool.ts";
import { type ScriptImitation, scriptFails } from "./script-result.ts";

/** engine/ops/scripts/probe-port.ts: the host itself; what other hosts do, one host of the lab does not see. */
export const probePort: ScriptImitation = (session, argv) => {
  const [host = "", port = ""] = argv;
  if (!isLoopback(session, host) && host !== "::1" && !session.host.description.addresses?.includes(host))
    throw new NotImitated(`the embedded lab does not imitate what listens at ${host} port ${port}`);
  if (listeningPorts(session.host).includes(Number(port))) return { code: 0, stdout: "", stderr: "" };
  return scriptFails(1, "Connection refused");
};
