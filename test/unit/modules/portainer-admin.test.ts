import { describe, expect, test } from "vitest";
import type { HttpAnswer } from "../../../engine/ops/ir.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { portainerAdmin } from "../../../modules/portainer-admin.ts";
import { type Answers, changeOf, looksOf, planOf, problemsOf, resultOf } from "../../support/plan-module.ts";

const password = "correct-horse-battery-staple";
const raw = { password };
const json = (status: number, body: unknown, headers = {}): HttpAnswer => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: body === null ? "" : JSON.stringify(body),
});
const status = json(200, { Version: "2.27.9", InstanceID: "i-1" });
const fresh = { status, check: json(404, { message: "No administrator account found inside the database" }) };
const taken = (login: HttpAnswer) => ({ status, check: json(204, null), login });
const locked = json(
  303,
  { message: "Administrator initialization timeout" },
  { "redirect-reason": "AdminInitTimeout" },
);

test("a new one gets its administrator, by a request whose body is a secret", () => {
  const plan = changeOf(portainerAdmin, raw, fresh);
  expect([plan.before, plan.after]).toEqual([{ administrator: null }, { administrator: "admin" }]);
  const [step] = plan.steps;
  expect(step).toMatchObject({
    kind: "http",
    method: "POST",
    url: "https://127.0.0.1:9443/api/users/admin/init",
    insecure: true,
    okStatuses: [200],
  });
  expect(step?.kind === "http" && step.body instanceof Secret && step.body.reveal()).toBe(
    `{"Username":"admin","Password":"${password}"}`,
  );
  expect(JSON.stringify(plan)).not.toContain(password);
});

test("one that has it is left alone, once the login has shown that it is this one", () => {
  expect(changeOf(portainerAdmin, raw, taken(json(200, { jwt: "e.y.J" }))).steps).toEqual([]);
  expect(looksOf(portainerAdmin, raw, taken(json(200, {}))).login).toMatchObject({
    method: "POST",
    url: "https://127.0.0.1:9443/api/auth",
    effect: "read",
  });
  expect(looksOf(portainerAdmin, { ...raw, verify: false }, { status, check: json(204, null) }).login).toBeUndefined();
  expect(changeOf(portainerAdmin, { ...raw, verify: false }, { status, check: json(204, null) }).steps).toEqual([]);
});

test.each<[string, Answers, RegExp, RegExp]>([
  [
    "nobody listens",
    { status: { status: 0, headers: {}, body: "", unanswered: "refused" }, check: json(0, null) },
    /does not answer at .*: refused/,
    /9443/,
  ],
  ["it has locked itself", { status: locked, check: locked }, /has locked itself/, /restart its container/],
  ["only the check says so", { status, check: locked }, /has locked itself/, /restart its container/],
  ["another password", taken(json(422, { message: "Invalid credentials" })), /does not let admin in/, /verify: false/],
  ["too many tries", taken(json(403, { message: "Access denied" })), /status 403: Access denied/, /wait/],
  [
    "something else",
    { status: { status: 200, headers: {}, body: "<html>" }, check: json(404, null) },
    /is not Portainer/,
    /right port/,
  ],
  ["a proxy", { status, check: json(502, null) }, /is not Portainer \(status 200, 502\)/, /right port/],
])("%s", (_, answers, why, hint) => {
  expect(planOf(portainerAdmin, raw, answers)).toMatchObject({
    kind: "refuse",
    why: expect.stringMatching(why),
    hint: expect.stringMatching(hint),
  });
});

test("a check foretells it where an earlier task starts the container", () => {
  const plan = planOf(portainerAdmin, raw, { status: { status: 0, headers: {}, body: "" }, check: json(0, null) });
  expect(plan.kind === "refuse" && plan.otherwise?.after).toEqual({ administrator: "admin" });
});

test("the result has no token", () => {
  expect(resultOf(portainerAdmin, raw, taken(json(200, { jwt: "e.y.J" })), new Date(0))).toEqual({
    version: "2.27.9",
    instance_id: "i-1",
    admin_exists: true,
  });
});

test("who vouches for the certificate", () => {
  const insecure = (more: object) => looksOf(portainerAdmin, { ...raw, ...more }, fresh).status;
  expect(insecure({ url: "https://portainer.example" })).not.toHaveProperty("insecure");
  expect(insecure({ url: "https://portainer.example", insecure: true })).toHaveProperty("insecure", true);
  expect(insecure({ insecure: false })).not.toHaveProperty("insecure");
  expect(insecure({ url: "http://localhost:9000" })).not.toHaveProperty("insecure");
});

describe("bad parameters", () => {
  test.each<[object, string]>([
    [{}, "password"],
    [{ password: "" }, "at least 12"],
    [{ password: "elevenchars" }, "at least 12"],
    [{ password: "x".repeat(73) }, "at most 72"],
    [{ password: 123456789012 }, "password"],
    [{ ...raw, username: "" }, "name of the administrator"],
    [{ ...raw, username: "a b" }, "no blanks"],
    [{ ...raw, username: "a\n" }, "no blanks"],
    [{ ...raw, url: "127.0.0.1:9443" }, "expected an address"],
    [{ ...raw, url: "https://x/api" }, "expected an address"],
    [{ ...raw, url: "https://u:p@x" }, "expected an address"],
    [{ ...raw, url: "http://" }, "expected an address"],
    [{ ...raw, url: "http://portainer.example:9000" }, "use https"],
    [{ ...raw, url: "http://127.0.0.1:9000", insecure: true }, "no certificate"],
    [{ ...raw, verify: "no" }, "verify"],
    [{ ...raw, user: "x" }, "user"],
  ])("%j", (bad, message) => {
    expect(problemsOf(portainerAdmin, bad).join("\n")).toContain(message);
  });
});
