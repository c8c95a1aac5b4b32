import ssh2 from "ssh2";
import { expect, it } from "vitest";
import type { Hop } from "../../../../engine/connection/ssh/connect-hop.ts";
import { type Route, shareRoutes } from "../../../../engine/connection/ssh/share-routes.ts";

/** Ways that can be cut, and count how often they were opened and closed. */
function ways() {
  const count = { opened: 0, closed: 0, cut: false };
  const open = async (): Promise<Route> => {
    count.opened += 1;
    let down: string | null = null;
    const last: Hop = {
      client: new ssh2.Client(),
      down: () => {
        if (count.cut) down = "cut";
        return down;
      },
      close: async () => {},
    };
    return {
      last,
      close: async () => {
        count.closed += 1;
      },
    };
  };
  return { count, open };
}

it("opens a way once for all who go it together, and closes it with the last of them", async () => {
  const share = shareRoutes();
  const { count, open } = ways();
  const routes = await Promise.all([share("one", open), share("one", open), share("one", open)]);
  expect(count).toMatchObject({ opened: 1, closed: 0 });
  await routes[0]?.close();
  await routes[0]?.close();
  await routes[1]?.close();
  expect(count.closed).toBe(0);
  await routes[2]?.close();
  expect(count.closed).toBe(1);
  await share("one", open);
  expect(count.opened).toBe(2);
});

it("leaves a way that is down to those who hold it, and opens another one for all who come then", async () => {
  const share = shareRoutes();
  const { count, open } = ways();
  const before = await share("one", open);
  count.cut = true;
  before.last.down();
  count.cut = false;
  const after = await Promise.all([share("one", open), share("one", open)]);
  expect(count.opened).toBe(2);
  await before.close();
  expect(count.closed).toBe(1);
  for (const each of after) await each.close();
  expect(count.closed).toBe(2);
});

it("tells all who wait for it of a way that cannot be had, and tries again for the next one", async () => {
  const share = shareRoutes();
  const { count, open } = ways();
  let tried = 0;
  const fail = async (): Promise<Route> => {
    tried += 1;
    throw new Error("refused");
  };
  const both = await Promise.allSettled([share("one", fail), share("one", fail)]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(tried).toBe(1);
  await share("one", open);
  expect(count.opened).toBe(1);
});
