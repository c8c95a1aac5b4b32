import { createHash } from "node:crypto";
import { isHujsonError, parseHujson } from "../../formats/hujson.ts";
import { policyProblems } from "../../formats/tailnet-problems.ts";
import { canonicalPolicy, isObject } from "../../formats/tailnet-sections.ts";
import { undefinedNames } from "../../formats/tailnet-undefined.ts";
import type { HttpAnswer } from "../../ops/ir.ts";
import { type HttpRequest, json } from "../http/service.ts";
import type { Frozen } from "../world.ts";
import { type Caller, may } from "./caller.ts";
import { DEFAULT_POLICY } from "./default-policy.ts";
import { refusal, type TailnetDesk } from "./desk.ts";
import { failedTests } from "./policy-tests.ts";
import type { Tailnet } from "./state.ts";
import type { TestFailure } from "./test-failure.ts";

/** A request to `/tailnet/NAME/acl`, or to what is below it. */
export function answerPolicy(desk: TailnetDesk, caller: Caller, request: HttpRequest, what: string): HttpAnswer {
  const { method } = request;
  // Asking whether a policy is good changes nothing, but the API wants the right to write for it.
  if (!may(caller, "policy_file", method !== "GET")) {
    return refusal(403, "calling actor does not have enough permissions to perform this function");
  }
  if (what === "" && method === "GET") return shownPolicy(desk, request.headers.accept ?? "");
  if (what === "" && method === "POST") return store(desk, request);
  if (what === "validate" && method === "POST") return validate(desk, request.body);
  return refusal(what === "" || what === "validate" ? 405 : 404, "not found");
}

/** What an If-Match is compared with. */
export function policyEtag(policy: string): string {
  return createHash("sha256").update(policy).digest("hex");
}

function shownPolicy({ tailnet }: TailnetDesk, accept: string): HttpAnswer {
  const headers = { etag: `"${policyEtag(tailnet.policy)}"` };
  if (/hujson/.test(accept)) {
    return { status: 200, headers: { "content-type": "application/hujson", ...headers }, body: tailnet.policy };
  }
  const parsed = parseHujson(tailnet.policy);
  return json(200, isHujsonError(parsed) ? {} : canonicalPolicy(parsed.value), headers);
}

/** A list is one of tests, to be run against the policy that is in force. Good or bad, the status is 200. */
function validate({ tailnet }: TailnetDesk, body: string): HttpAnswer {
  const parsed = parseHujson(body);
  if (!isHujsonError(parsed) && Array.isArray(parsed.value)) {
    const current = parseHujson(tailnet.policy);
    const policy = isHujsonError(current) ? {} : { ...canonicalPolicy(current.value), tests: parsed.value };
    const failures = failedTests(policy, rolesIn(tailnet));
    return json(200, failures.length === 0 ? {} : { message: "test(s) failed", data: failures });
  }
  const trouble = troubleWith(tailnet, body);
  return json(200, trouble ?? {});
}

/** The whole policy is replaced, if it is still the one that the writer has seen, and if it is good. */
function store(desk: TailnetDesk, { headers, body }: HttpRequest): HttpAnswer {
  const wanted = headers["if-match"]?.replace(/^W\//, "").replace(/^"(.*)"$/, "$1");
  const { policy } = desk.tailnet;
  const current = wanted === "ts-default" ? policy === DEFAULT_POLICY : wanted === policyEtag(policy);
  if (wanted !== undefined && !current) return refusal(412, "precondition failed, invalid old hash");
  const trouble = troubleWith(desk.tailnet, body);
  if (trouble !== null) return json(400, trouble);
  desk.change().policy = body;
  return shownPolicy({ ...desk, tailnet: { ...desk.tailnet, policy: body } }, headers.accept ?? "");
}

interface Trouble {
  readonly message: string;
  readonly data?: readonly TestFailure[];
}

function troubleWith(tailnet: Frozen<Tailnet>, text: string): Trouble | null {
  const parsed = parseHujson(text);
  if (isHujsonError(parsed)) return { message: `line ${parsed.line}, column ${parsed.column}: ${parsed.error}` };
  if (!isObject(parsed.value)) return { message: "line 1, column 1: a policy is an object" };
  const policy = canonicalPolicy(parsed.value);
  const [problem] = policyProblems(policy);
  if (problem !== undefined) return { message: `${pathText(problem.path)}: ${problem.message}` };
  const [missing] = undefinedNames(policy);
  if (missing !== undefined) return { message: `${missing.at}: ${missing.name} is not defined in ${missing.section}` };
  const data = failedTests(policy, rolesIn(tailnet));
  return data.length === 0 ? null : { message: "test(s) failed", data };
}

function rolesIn(tailnet: Frozen<Tailnet>): (login: string) => readonly string[] {
  return (login) => {
    const role = Object.hasOwn(tailnet.users, login) ? tailnet.users[login]?.role : undefined;
    return role === undefined ? [] : [role, "member"];
  };
}

function pathText(path: readonly (string | number)[]): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}
