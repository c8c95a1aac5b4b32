import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

export interface Page {
  /** Loads a file, and waits until it stands. */
  open(path: string): Promise<void>;
  /** The value of an expression in the page. */
  evaluate(expression: string): Promise<unknown>;
  size(width: number, height: number): Promise<void>;
  scheme(scheme: "dark" | "light"): Promise<void>;
  /** A PNG of the page from so many pixels down, so many pixels high; of the whole page unless said. */
  screenshot(from?: number, height?: number): Promise<Buffer>;
  /** What the page asked the network for, and what its console and its guard (CSP) complained of. */
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}
export interface Browser {
  page(): Promise<Page>;
  close(): Promise<void>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Debian's Chromium without a window, spoken to over a pipe: the tests need no library for that. */
export function openBrowser(): Browser {
  const profile = mkdtempSync(join(tmpdir(), "lab-browser-"));
  const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"];
  const child = spawn(
    "chromium",
    [...flags, "--disable-dev-shm-usage", "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], env: { ...process.env, TZ: "UTC", LANG: "C.UTF-8" } },
  );
  const [, , , input, output] = child.stdio as unknown as readonly [null, null, null, Writable, Readable];
  const waiting = new Map<number, { done(result: Fields): void; fail(error: Error): void }>();
  const listeners = new Map<string, (method: string, params: Fields) => void>();
  let last = 0;
  let rest = "";
  const failAll = (error: Error): void => {
    for (const { fail } of waiting.values()) fail(error);
    waiting.clear();
  };
  const ended = new Promise<void>((done) => {
    child.on("error", (error) => {
      failAll(error);
      done();
    });
    child.on("close", () => {
      failAll(new Error("the browser has ended"));
      done();
    });
  });
  input.on("error", () => {});
  output.setEncoding("utf8");
  output.on("data", (chunk: string) => {
    const messages = (rest + chunk).split("\0");
    rest = messages.pop() ?? "";
    for (const message of messages) {
      const { id, result, error, method, params, sessionId } = JSON.parse(message);
      if (id === undefined) listeners.get(sessionId)?.(method, params);
      else if (error) waiting.get(id)?.fail(new Error(error.message));
      else waiting.get(id)?.done(result);
      waiting.delete(id);
    }
  });

  const send = (method: string, params: Fields = {}, sessionId?: string): Promise<Fields> => {
    last += 1;
    const id = last;
    input.write(`${JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`);
    return new Promise((done, fail) => waiting.set(id, { done, fail }));
  };

  return {
    async page() {
      const { targetId } = await send("Target.createTarget", { url: "about:blank" });
      const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
      const call = (method: string, params: Fields = {}) => send(method, params, String(sessionId));
      const requests: string[] = [];
      const complaints: string[] = [];
      let loaded = (): void => {};
      listeners.set(String(sessionId), (method, params) => {
        const text = JSON.stringify(params);
        if (method === "Network.requestWillBeSent") requests.push(/"url":"([^"]*)"/.exec(text)?.[1] ?? text);
        if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded") complaints.push(text);
        if (method === "Runtime.consoleAPICalled" && params.type !== "log") complaints.push(text);
        if (method === "Page.loadEventFired") loaded();
      });
      for (const domain of ["Page", "Runtime", "Network", "Log"]) await call(`${domain}.enable`);
      const size = (width: number, height: number) =>
        call("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
      const evaluate: Page["evaluate"] = async (expression) => {
        const answer = await call("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
        if (answer.exceptionDetails) throw new Error(JSON.stringify(answer.exceptionDetails));
        return (answer.result as Fields).value;
      };
      return {
        evaluate,
        requests,
        complaints,
        async open(path) {
          const load = new Promise<void>((done) => {
            loaded = done;
          });
          await call("Page.navigate", { url: `file://${path}` });
          await load;
        },
        size: async (width, height) => void (await size(width, height)),
        scheme: async (value) => {
          await call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value }] });
        },
        async screenshot(from = 0, height) {
          const width = await evaluate("innerWidth");
          const clip = height === undefined ? {} : { clip: { x: 0, y: from, width, height, scale: 1 } };
          const { data } = await call("Page.captureScreenshot", { captureBeyondViewport: true, ...clip });
          return Buffer.from(String(data), "base64");
        },
      };
    },
    async close() {
      await send("Browser.close").catch(() => {});
      const limit = setTimeout(() => child.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(limit);
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
