import { describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import type { HttpAnswer, HttpSpec, OpReply, ReadOp, WriteOp } from "../../../engine/ops/ir.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const api = "https://api.tailscale.com/api/v2";
const authorization = { Authorization: "Bearer key-of-the-embedded-lab" };

/** One request of a lab's host, as a look or as a change. */
async function ask(world: TestWorld, operation: ReadOp | WriteOp): Promise<OpReply | undefined> {
  const connection = await world.open({ name: "controller", connection: "lab" });
  const section = { user: null, within: [], stopAtFailure: false };
  if (operation.effect === "write") {
    return (await connection.send({ runId: "t", sections: [{ ...section, operations: [operation] }] })).replies[0]?.[0];
  }
  return (await connection.look({ runId: "t", sections: [{ ...section, operations: [operation] }] })).replies[0]?.[0];
}
async function answerTo(
  world: TestWorld,
  method: string,
  path: string,
  more: Partial<HttpSpec> = {},
): Promise<HttpAnswer> {
  const request = { method, url: api + path, headers: authorization, ...more };
  const reply = await ask(
    world,
    method === "GET" || path.endsWith("/validate") || path.endsWith("/token")
      ? read.http(request)
      : write.http(request),
  );
  if (reply?.kind !== "done") throw new Error(JSON.stringify(reply));
  return reply.answer as HttpAnswer;
}

describe("the policy of the lab's tailnet", () => {
  it("is that of a new tailnet at first; asking for it, or whether another one is good, changes nothing", async () => {
    const world = createWorld();
    world.host("controller");
    const before = world.state();
    const text = await answerTo(world, "GET", "/tailnet/-/acl", {
      headers: { ...authorization, Accept: "application/hujson" },
    });
    expect(text.body).toContain("// The policy of a new tailnet.");
    const plain = await answerTo(world, "GET", "/tailnet/example.com/acl", {
      headers: { ...authorization, Accept: "application/json" },
    });
    expect(plain.headers.etag).toBe(text.headers.etag);
    expect(JSON.parse(plain.body)).toMatchObject({ grants: [{ src: ["*"], dst: ["*"], ip: ["*"] }] });
    expect((await answerTo(world, "POST", "/tailnet/-/acl/validate", { body: "{" })).body).toContain(
      "line 1, column 2",
    );
    const token = await answerTo(world, "POST", "/oauth/token", {
      body: "client_id=client-of-the-embedded-lab&client_secret=secret-of-the-embedded-lab&grant_type=client_credentials",
    });
    const { access_token } = JSON.parse(token.body);
    expect(
      (await answerTo(world, "GET", "/tailnet/-/acl", { headers: { Authorization: `Bearer ${access_token}` } })).status,
    ).toBe(200);
    expect(world.state()).toBe(before);
  });

  it("cannot be stored by a look", async () => {
    const reply = await ask(
      createWorld(),
      read.http({ method: "POST", url: `${api}/tailnet/-/acl`, headers: authorization, body: "{}" }),
    );
    expect(reply).toMatchObject({ kind: "failed", error: { message: expect.stringContaining("was sent as a look") } });
  });

  it("is stored only over the one that was seen, and only if it is good", async () => {
    const world = createWorld();
    const etag = (await answerTo(world, "GET", "/tailnet/-/acl")).headers.etag ?? "";
    const store = (body: string, ifMatch: string) =>
      answerTo(world, "POST", "/tailnet/-/acl", { headers: { ...authorization, "If-Match": ifMatch }, body });
    expect(await store("{}", '"other"')).toMatchObject({
      status: 412,
      body: '{"message":"precondition failed, invalid old hash"}',
    });
    const bad = await store(
      '{"tagOwners":{"tag:a":[]},"acls":[{"action":"accept","src":["*"],"dst":["tag:a:22"]}],"tests":[{"src":"per@example.com","deny":["tag:a:22"]}]}',
      etag,
    );
    expect([bad.status, JSON.parse(bad.body)]).toEqual([
      400,
      {
        message: "test(s) failed",
        data: [{ user: "per@example.com", errors: ['address "tag:a:22": want: Drop, got: Accept'] }],
      },
    ]);
    expect(await store("{ // kept\n}", '"ts-default"')).toMatchObject({ status: 200 });
    expect(world.internet.tailnet?.policy).toBe("{ // kept\n}");
    expect(await store("{}", '"ts-default"')).toMatchObject({ status: 412 });
    expect(await store("{}", etag)).toMatchObject({ status: 412 });
  });

  it.each([
    [
      '{"acls":[],"tests":[{"src":"owner@example.com","accept":["tag:a:1"]}],"tagOwners":{"tag:a":[]}}',
      "test(s) failed",
    ],
    [
      '{"tagOwners":{"tag:a":[]},"acls":[{"action":"accept","src":["autogroup:admin"],"dst":["tag:a:1"]}],"tests":[{"src":"anna@example.com","accept":["tag:a:1"]},{"src":"per@example.com","deny":["tag:a:1"]}]}',
      null,
    ],
    ['{"acls":[{"action":"accept","src":["group:x"],"dst":["*:*"]}]}', "acls[0].src: group:x is not defined in groups"],
    ['{"acls":[{"action":"deny","src":["*"],"dst":["*:*"]}]}', "acls[0].action: expected accept"],
    [
      '{"ssh":[{"action":"accept","src":["autogroup:member"],"dst":["tag:a"],"users":["localpart:*@example.com"]}],"tagOwners":{"tag:a":[]},"sshTests":[{"src":"per@example.com","dst":["tag:a"],"accept":["per"],"deny":["root"]}]}',
      null,
    ],
    [
      '{"ssh":[{"action":"check","src":["autogroup:member"],"dst":["autogroup:self"],"users":["root"]}],"sshTests":[{"src":"per@example.com","dst":["per@example.com"],"accept":["root"]}]}',
      "test(s) failed",
    ],
    ["[]", null],
    ['"text"', "a policy is an object"],
  ])("is judged by its own tests and names: %#", async (body, message) => {
    const { status, body: said } = await answerTo(createWorld(), "POST", "/tailnet/-/acl/validate", { body });
    expect([status, JSON.parse(said)]).toEqual([
      200,
      message === null ? {} : expect.objectContaining({ message: expect.stringContaining(message) }),
    ]);
  });

  it("is nobody's without a key that is good for it", async () => {
    const world = createWorld();
    const status = async (headers: Readonly<Record<string, string>>, method = "GET") =>
      (await answerTo(world, method, "/tailnet/-/acl", { headers, ...(method === "POST" && { body: "{}" }) })).status;
    world.internet.tailnet = {
      ...(await freshTailnet(world)),
      apiKeys: {
        old: { expiresAt: 1, scopes: "all" },
        reads: { expiresAt: null, scopes: ["policy_file:read"] },
        other: { expiresAt: null, scopes: ["devices:core"] },
      },
    };
    expect(await status({})).toBe(401);
    expect(await status({ Authorization: "Bearer old" })).toBe(401);
    expect(await status({ Authorization: `Basic ${Buffer.from("reads:").toString("base64")}` })).toBe(200);
    expect(await status({ Authorization: "Bearer reads" }, "POST")).toBe(403);
    expect(await status({ Authorization: "Bearer other" })).toBe(403);
    expect(
      (await answerTo(world, "GET", "/tailnet/other.example/acl", { headers: { Authorization: "Bearer reads" } }))
        .status,
    ).toBe(404);
  });
});

/** The lab's tailnet as it is once something was changed. */
async function freshTailnet(world: TestWorld) {
  const body = await answerTo(world, "POST", "/tailnet/-/acl", { body: "{}" });
  if (body.status !== 200 || world.internet.tailnet === undefined) throw new Error(`stored nothing: ${body.body}`);
  return world.internet.tailnet;
}
