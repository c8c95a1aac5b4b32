import { expect, it } from "vitest";
import { findLocal } from "../../../engine/plan/find-local-file.ts";
import type { Context } from "../../../engine/plan/task.ts";
import { openSiteFiles } from "../../../engine/site/files.ts";
import { runSite, tasksSite } from "../../support/run-site.ts";
import { textFiles } from "../../support/site-fixture.ts";

/** Files of which one is closed to whoever runs lab. */
function withClosed(closed: string) {
  const files = textFiles({ "/site/files/open": "x", "/site/files/closed": "x", "/site/files/folder/inner": "x" });
  return openSiteFiles({ ...files, bytes: (path) => (path === closed ? undefined : files.bytes(path)) }, "/site");
}
const context = { role: null, playbookFolder: "/site" } as unknown as Context;
const place = { file: "site.yml", line: 1, column: 1 };
const find = (closed: string, name: string, kind: "file" | "folder") =>
  findLocal(withClosed(closed), name, { kind, folder: "files" }, context, place);

it("a file that cannot be read is told before the run, and is not an empty one", () => {
  expect(find("/site/files/closed", "open", "file")).toEqual({ ok: true, value: "/site/files/open" });
  expect(find("/site/files/closed", "closed", "file")).toMatchObject({
    ok: false,
    diagnostics: [{ code: "unreadable-file", message: "files/closed cannot be read" }],
  });
});

it("nor is one in a folder", () => {
  expect(find("/site/files/folder/inner", "folder", "folder")).toMatchObject({
    ok: false,
    diagnostics: [{ code: "unreadable-file", message: "files/folder/inner cannot be read" }],
  });
});

it("roles that lead back to themselves are told, and end there", async () => {
  const again = (name: string) => `- { name: again, include_role: { name: ${name} } }\n`;
  const { diagnostics } = await runSite({
    files: {
      ...tasksSite("- { name: first, include_role: { name: one } }"),
      "roles/one/tasks/main.yml": again("two"),
      "roles/two/tasks/main.yml": again("one"),
      "roles/two/meta/main.yml": "dependencies: [one]\n",
    },
  });
  expect(diagnostics.map(({ code }) => code)).toContain("role-cycle");
});
