import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { enterAs } from "../../../engine/connection/become.ts";

const target = { name: "host", connection: "ssh" };
const command = "sh -c 'echo hi'";

it("leaves the command alone for the user that we are", () => {
  expect(enterAs(null, "me", command, target)).toEqual({ command, prompt: null });
  expect(enterAs("me", "me", command, target)).toEqual({ command, prompt: null });
});

it("goes through sudo, with a prompt that cannot be guessed", () => {
  const first = enterAs("root", "me", command, target);
  expect(first.command).toBe(`sudo -S -p ${first.prompt} -u root -- ${command}`);
  expect(enterAs("root", "me", command, target).prompt).not.toBe(first.prompt);
});

it("goes down from root with no password to ask for, in a text that every login shell passes on", () => {
  const { command: text, prompt } = enterAs("www-data", "root", command, target);
  expect(prompt).toBeNull();
  const inside = /^sh -c '([^']*)' lab (.*)$/.exec(text);
  expect(inside?.[1]).not.toMatch(/[\\!\n]/);
  expect(inside?.[2]).toBe(command);
  // It is a program that a shell understands, whatever else the machine has.
  execFileSync("sh", ["-n", "-c", inside?.[1] ?? "("]);
});

it.each(["", "a b", "-i", ".x", "$(id)", "a'b", "a\nb", "x;y", "x$y"])("takes no user called %j", (name) => {
  expect(() => enterAs(name, "me", command, target)).toThrow(/that is no user name/);
});

it.each(["root", "www-data", "_apt", "first.last", "host$", "1000"])("takes %j", (name) => {
  expect(enterAs(name, "me", command, target).command).toContain(name);
});
