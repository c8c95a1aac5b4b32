import type { HttpAnswer } from "../../ops/ir.ts";
import { containerNow } from "../docker/container-now.ts";
import { dockerOf } from "../docker/engine.ts";
import { controlRoles, forwardedPort, isGluetun, stoppedNote, tunnelRuns } from "../docker/gluetun.ts";
import { containerRoot, enterDocker } from "../docker/inside-container.ts";
import type { DockerContainer } from "../docker/state.ts";
import { placeFile } from "../host/programs.ts";
import type { Session } from "../session.ts";
import { NotImitated } from "../tool.ts";
import type { Frozen } from "../world.ts";
import { type HttpRequest, type HttpService, isOwn, json, text } from "./service.ts";

/** gluetun's control server (v3.41, with roles), and whoever tells a host its public address. */
export const gluetun: HttpService = {
  name: "gluetun",
  rests: "documented",
  answer(session, request) {
    if (request.url.href === "https://ipinfo.io/ip") return text(200, `${OWN_ADDRESS}\n`);
    const found = Object.values(dockerOf(session.host).containers).find((each) => listensAt(session, each, request));
    return found === undefined ? null : answered(session, found, request);
  },
};
/** Of the line at home, and of the tunnel's other end. */
const OWN_ADDRESS = "203.0.113.7";
const TUNNEL_ADDRESS = "198.51.100.23";

function listensAt(session: Session, container: Frozen<DockerContainer>, request: HttpRequest): boolean {
  if (!isGluetun(container) || !containerNow(session.host, container).running) return false;
  return container.ports.some(({ target, port }) => target === "8000/tcp" && isOwn(session, request, Number(port)));
}

function answered(session: Session, container: Frozen<DockerContainer>, request: HttpRequest): HttpAnswer {
  const { method, url, headers, body } = request;
  const route = `${method} ${url.pathname}`;
  const key = headers["x-api-key"];
  const may = controlRoles(session, container).some((role) => role.key === key && role.routes.includes(route));
  if (!may) return text(401, "Unauthorized\n");
  const runs = tunnelRuns(session, container);
  switch (route) {
    case "GET /v1/vpn/status":
      return json(200, { status: runs ? "running" : "stopped" });
    case "PUT /v1/vpn/status":
      return json(200, { outcome: setStatus(session, container, body) });
    case "GET /v1/publicip/ip":
      return json(200, runs ? { public_ip: TUNNEL_ADDRESS, country: "Netherlands" } : { public_ip: "" });
    case "GET /v1/portforward":
      return json(200, { port: forwardedPort(session, container) });
    default:
      throw new NotImitated(`the embedded lab does not imitate gluetun's ${route}`);
  }
}

function setStatus(session: Session, container: Frozen<DockerContainer>, body: string): string {
  const stop = /"status"\s*:\s*"stopped"/.test(body);
  const inside = enterDocker(session, container.id, containerRoot);
  const { startedAt } = containerNow(session.host, container);
  if (inside !== undefined) placeFile({ session: inside }, stoppedNote, stop ? String(startedAt) : "", "0600");
  return stop ? "stopped" : "running";
}
