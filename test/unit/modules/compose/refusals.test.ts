import { describe, expect, it, test } from "vitest";
import { Secret } from "../../../../engine/value/secret.ts";
import { compose } from "../../../../modules/compose/index.ts";
import { problemsOf } from "../../../support/plan-module.ts";

const app = { image: "busybox:1.36" };
const task = (services: unknown, more: object = {}) => ({
  project: "p",
  dir: "/srv/p",
  definition: { services, ...(more as { top?: object }).top },
  ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== "top")),
});
const one = (service: object, more: object = {}) => task({ app: { ...app, ...service } }, more);

describe("is refused before anything is sent", () => {
  test.each<[string, unknown, RegExp]>([
    ["no name", { dir: "/srv/p", definition: { services: { app } } }, /project/],
    ["an empty name", { ...one({}), project: "" }, /name of a project/],
    ["a name in capitals", { ...one({}), project: "Media" }, /name of a project/],
    ["a name that is an option", { ...one({}), project: "--rm" }, /name of a project/],
    ["a name with a shell's signs", { ...one({}), project: "p;reboot" }, /name of a project/],
    ["a name with a newline", { ...one({}), project: "p\nq" }, /name of a project/],
    ["no folder", { project: "p", definition: { services: { app } } }, /dir: say the folder/],
    ["a relative folder", { ...one({}), dir: "srv" }, /absolute path/],
    ["the root as its folder", { ...one({}), dir: "/" }, /folder of its own/],
    ["no definition", { project: "p", dir: "/srv/p" }, /say what the project is/],
    ["a definition that is a text", { project: "p", dir: "/srv/p", definition: "services: {}" }, /expected a map/],
    ["a definition that is a list", { project: "p", dir: "/srv/p", definition: [1] }, /expected a map/],
    ["no services", task({}), /there are no services/],
    ["an unknown parameter", { ...one({}), restart: true }, /Unrecognized key/],
    ["compose_files without src", { ...one({}), compose_files: ["a.yaml"] }, /goes with src/],
    ["volumes: remove of what shall be there", { ...one({}), volumes: "remove" }, /state: absent alone/],
    ["a wait of no time", { ...one({}), wait_timeout: 0 }, /wait_timeout/],
    ["a service that is not in it", { ...one({}), services: ["web"] }, /there is no service web/],
    ["a service by a hostile name", { ...one({}), services: ["--all"] }, /name of a service/],
    ["a file outside", { ...one({}), files: { "../x": { content: "" } } }, /must not hold/],
    [
      "a file by its absolute path",
      { ...one({}), files: { "/etc/passwd": { content: "" } } },
      /path in the project's folder/,
    ],
    ["a file with a NUL", { ...one({}), files: { "a\0b": { content: "" } } }, /NUL/],
    ["a file of nothing", { ...one({}), files: { a: {} } }, /say what the file shall hold/],
    ["two files at one place", { ...one({}), files: { "compose.yaml": { content: "" } } }, /given twice/],
    [
      "the file of the marks",
      { ...one({}), files: { ".lab.override.yaml": { content: "" } } },
      /written by this module/,
    ],
    [
      "a secret that all may read",
      { ...one({}), files: { key: { content: new Secret("xxxxxxxx"), mode: "0644" } } },
      /cannot be read by all/,
    ],
    ["a variable by no name", { ...one({}), env: { "A B": "x" } }, /not the name of a variable/],
    ["a variable of Docker's own", { ...one({}), env: { DOCKER_HOST: "x" } }, /means something to Docker/],
    ["a variable with a NUL", { ...one({}), env: { A: "x\0" } }, /NUL/],
    ["a variable that is not set", one({ environment: { A: "${NOT_SET}" } }, { env: {} }), /NOT_SET is not set/],
    [
      "a variable that must be set",
      one({ environment: { A: "${X:?give it}" } }, { env: { X: "" } }),
      /X is required: give it/,
    ],
    ["half a variable", one({ command: "echo ${X" }, { env: {} }), /begins no variable/],
    ["an unknown key", one({ imgae: "x" }), /no key imgae \(did you mean image\?\)/],
    ["an unknown key above", task({ app }, { top: { service: {} } }), /no key service \(did you mean services\?\)/],
    ["include", task({ app }, { top: { include: ["other.yaml"] } }), /cannot be followed/],
    ["extends of a file", one({ extends: { file: "base.yaml", service: "x" } }), /extends another file/],
    ["extends of nobody", one({ extends: "nobody" }), /there is no service nobody/],
    ["build", one({ build: "." }), /images are not built here/],
    ["no image", task({ app: { command: "x" } }), /expected the name of an image/],
    ["no tag", one({ image: "busybox" }), /not pinned/],
    ["latest", one({ image: "lscr.io:443/x/y:latest" }), /not pinned/],
    ["an image that is an option", one({ image: "--help:1" }), /no name of an image/],
    ["an image with a blank", one({ image: "a b:1" }), /no name of an image/],
    [
      "ports in another one's network",
      dependent({ ports: ["8080:8080"] }),
      /app cannot have ports of its own: they belong to vpn/,
    ],
    ["a host name there", dependent({ hostname: "x" }), /app cannot have hostname/],
    ["a depends_on that drops the restart", dependent({ depends_on: ["vpn"] }), /takes away that it is restarted/],
    [
      "the same with a condition",
      dependent({ depends_on: { vpn: { condition: "service_healthy" } } }),
      /restart: true/,
    ],
    ["the network of nobody", one({ network_mode: "service:nobody" }), /there is no service nobody/],
    ["network_mode and networks", one({ network_mode: "host", networks: ["default"] }), /contradict/],
    ["depends_on nobody", one({ depends_on: ["nobody"] }), /there is no service nobody/],
    [
      "no condition",
      task({ app: { ...app, depends_on: { db: { condition: "up" } } }, db: app }),
      /"up" is no condition/,
    ],
    ["a ring", task({ a: { ...app, depends_on: ["b"] }, b: { ...app, depends_on: ["a"] } }), /in a ring: a, b/],
    ["a network that is not defined", one({ networks: ["lan"] }), /lan is not among the networks/],
    ["a volume that is not defined", one({ volumes: ["data:/data"] }), /data is not among the volumes/],
    ["a secret that is not defined", one({ secrets: ["key"] }), /key is not among the secrets/],
    [
      "an external secret",
      one({ secrets: ["key"] }, { top: { secrets: { key: { external: true } } } }),
      /only a swarm has/,
    ],
    ["two mounts at one place", one({ volumes: ["/a:/x", "/b:/x"] }), /two mounts at \/x/],
    ["a mount at no place", one({ volumes: ["/a:x"] }), /no place in the container/],
    ["somebody's home", one({ volumes: ["~/a:/x"] }), /whose home/],
    ["no port", one({ ports: ["http"] }), /is no port/],
    ["a port beyond all", one({ ports: ["70000:80"] }), /is no port/],
    [
      "one port twice",
      task({ a: { ...app, ports: ["80:80"] }, b: { ...app, ports: ["80:8080"] } }),
      /published by a, too/,
    ],
    [
      "one name twice",
      task({ a: { ...app, container_name: "x" }, b: { ...app, container_name: "x" } }),
      /same container_name/,
    ],
    ["many of one name", one({ container_name: "x", scale: 2 }), /cannot have one name/],
    ["half a container", one({ scale: 1.5 }), /whole number/],
    ["no way to restart", one({ restart: "sometimes" }), /no way to restart/],
    [
      "gluetun without its wall",
      one({ environment: { FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT: "off" } }),
      /kill switch/,
    ],
    ["a secret in the environment", one({ environment: { KEY: new Secret("hunter2hunter2") } }), /docker inspect/],
    [
      "a secret that a variable brings there",
      one({ environment: ["KEY=${PRIVATE}"] }, { env: { PRIVATE: new Secret("hunter2hunter2") } }),
      /docker inspect/,
    ],
    [
      "a secret that its bare name brings there",
      one({ environment: ["PRIVATE"] }, { env: { PRIVATE: new Secret("hunter2hunter2") } }),
      /docker inspect/,
    ],
    ["a secret in a command", one({ command: ["x", new Secret("hunter2hunter2")] }), /docker inspect/],
  ])("%s", (_, raw, message) => {
    expect(problemsOf(compose, raw).join("\n")).toMatch(message);
  });
});

describe("is taken", () => {
  test.each<[string, unknown]>([
    ["a plain service", one({})],
    ["a digest instead of a tag", one({ image: `busybox@sha256:${"a".repeat(64)}` })],
    ["latest, if told so", one({ image: "busybox" }, { allow_latest: true })],
    [
      "a secret in the environment, if told so",
      one({ environment: { K: new Secret("x") } }, { allow_secret_environment: true }),
    ],
    [
      "a dependent as it should be",
      dependent({ depends_on: { vpn: { condition: "service_healthy", restart: true } } }),
    ],
    ["a dependent that says nothing", dependent({})],
    ["anchors' leftovers", task({ app }, { top: { "x-common": { a: 1 } } })],
    ["a dollar sign", one({ command: "echo $$HOME" }, { env: {} })],
    ["variables that only the host knows", one({ environment: { A: "${NOT_SET}" } }, { env_files: ["more.env"] })],
    ["unicode", one({ environment: { MOTTO: "fröhlich 🦆" } })],
    ["nothing but its name, to be gone", { project: "p", state: "absent", volumes: "remove" }],
  ])("%s", (_, raw) => {
    expect(problemsOf(compose, raw)).toEqual([]);
  });

  it("and what is not known before the run hides nothing of what is", () => {
    const hole = Symbol("hole");
    const raw = one({ environment: { TZ: hole }, ports: ["x"] });
    expect(problemsOf(compose, raw).join()).toMatch(/"x" is no port/);
  });
});

function dependent(more: object): unknown {
  return task({ vpn: app, app: { ...app, network_mode: "service:vpn", ...more } });
}
