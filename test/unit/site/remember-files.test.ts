import { describe, expect, it } from "vitest";
import type { FileSource } from "../../../engine/site/files.ts";
import { rememberFiles } from "../../../engine/site/remember-files.ts";
import { textFiles } from "../../support/site-fixture.ts";

/** Counts the questions that reach a file system. */
function counted(source: FileSource): { readonly source: FileSource; readonly asked: string[] } {
  const asked: string[] = [];
  const note = <T>(question: string, answer: T): T => {
    asked.push(question);
    return answer;
  };
  return {
    asked,
    source: {
      kind: (path) => note(`kind ${path}`, source.kind(path)),
      list: (path) => note(`list ${path}`, source.list(path)),
      bytes: (path) => note(`bytes ${path}`, source.bytes(path)),
      realPath: (path) => note(`real ${path}`, source.realPath(path)),
      executable: (path) => note(`executable ${path}`, source.executable?.(path) ?? false),
    },
  };
}

describe("files that are remembered", () => {
  it("are asked for once, also where there is nothing", () => {
    const { source, asked } = counted(textFiles({ "/a/x.yml": "1" }));
    const files = rememberFiles(source);
    for (const path of ["/a/x.yml", "/a", "/none", "/a/x.yml", "/a", "/none"]) {
      files.kind(path);
      files.list(path);
      files.bytes(path);
      files.realPath(path);
      files.executable?.(path);
    }
    expect(asked).toHaveLength(15);
    expect(new Set(asked).size).toBe(15);
    expect([...files.answers.keys()]).toEqual(["/a/x.yml", "/a", "/none"]);
  });

  it("stay as they were first seen", () => {
    const texts: Record<string, string> = { "/a/x.yml": "1" };
    const files = rememberFiles(textFiles(texts));
    expect(new TextDecoder().decode(files.bytes("/a/x.yml"))).toBe("1");
    texts["/a/x.yml"] = "2";
    expect(new TextDecoder().decode(files.bytes("/a/x.yml"))).toBe("1");
  });

  it("of a large file keep no more than its digest", () => {
    const { source, asked } = counted(textFiles({ "/a/big": "x".repeat(1024 * 1024 + 1) }));
    const files = rememberFiles(source);
    expect(files.bytes("/a/big")).toHaveLength(1024 * 1024 + 1);
    expect(files.bytes("/a/big")).toHaveLength(1024 * 1024 + 1);
    expect(asked).toHaveLength(2);
    expect(files.answers.get("/a/big")).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });
});
