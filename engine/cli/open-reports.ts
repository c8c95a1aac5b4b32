import { extname, resolve } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { SiteError } from "../errors/site-error.ts";
import type { Declared, LabPicture } from "../picture/picture.ts";
import { createHtmlReporter } from "../report/html-report.ts";
import { createJsonlReporter } from "../report/jsonl.ts";
import { createJunitReporter } from "../report/junit.ts";
import type { Redactor } from "../report/redact.ts";
import type { Reporter } from "../report/reporter.ts";
import { nearest } from "../text/nearest.ts";
import { complain } from "./complain.ts";
import { type DeclaredLab, declareLab, drawLab } from "./draw-lab.ts";
import type { Call } from "./load-call.ts";
import { version } from "./version.ts";
import { checkReportPath, openReport, writeReport } from "./write-report.ts";

/** What a report is, by the ending of its file. */
const kinds = new Map<string, "html" | "junit" | "jsonl">([
  [".html", "html"],
  [".htm", "html"],
  [".xml", "junit"],
  [".jsonl", "jsonl"],
]);

/** `--report FILE`, each: told before anything is connected to. */
export function checkReports(files: readonly string[], folder: string): readonly Diagnostic[] {
  const seen = new Set<string>();
  return files.flatMap((file): readonly Diagnostic[] => {
    const path = resolve(folder, file);
    const wrong = (message: string, hint: string): Diagnostic => ({ code: "wrong-option", message, hint });
    if (file.trim() === "") return [wrong("--report takes the name of a file, got nothing", "--report report.html")];
    const ending = extname(file).toLowerCase();
    if (!kinds.has(ending)) {
      const near = nearest(ending, kinds.keys());
      const hint = `${near === undefined ? "" : `did you mean ${near}? `}.html is a page, .xml is JUnit's format, .jsonl has the events`;
      return [wrong(`--report: nobody knows what ${file} is to hold`, hint)];
    }
    if (seen.has(path)) return [wrong(`--report names ${file} twice`, "name each file once")];
    seen.add(path);
    return checkReportPath(path, "--report");
  });
}

export interface ReportsRequest {
  readonly files: readonly string[];
  readonly folder: string;
  readonly call: Call;
  readonly redactor: Redactor;
  now(): Date;
}

/** A reporter for each file. They are written at the end of the run, also of one that was interrupted. */
export function openReports({ files, folder, call, redactor, now }: ReportsRequest): readonly Reporter[] {
  let lab: DeclaredLab | undefined;
  const picture = (seen: readonly Declared[]): LabPicture | null => {
    lab ??= declareLab(call);
    const title = call.site.playbooks.map(({ file }) => file).join(", ");
    return hidden(drawLab(`The lab of ${title}`, lab, seen), redactor);
  };
  return files.map((file): Reporter => {
    const path = resolve(folder, file);
    const complaining = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        // The run is over: what it did is told elsewhere, and its exit status stays.
        if (!(error instanceof SiteError)) throw error;
        complain(error.diagnostics, call.files);
      }
    };
    const write = (text: string): void => complaining(() => writeReport(path, text));
    const kind = kinds.get(extname(file).toLowerCase()) ?? "html";
    return once(
      kind === "html"
        ? createHtmlReporter({ now, version: version(), picture, write })
        : kind === "junit"
          ? createJunitReporter({ now, write })
          : jsonlFile(path, now, complaining),
    );
  });
}

/** Who presses Ctrl-C twice ends the process at once, and has the report of what was done all the more. */
function once(reporter: Reporter): Reporter {
  let ended = false;
  const end = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    process.off("exit", onExit);
    await reporter.end();
  };
  const onExit = (): void => void end();
  process.once("exit", onExit);
  return { on: (event) => reporter.on(event), end };
}

function jsonlFile(path: string, now: () => Date, complaining: (work: () => void) => void): Reporter {
  const file = openReport(path);
  const output = {
    write(text: string): boolean {
      file.write(text);
      return true;
    },
  };
  const { on } = createJsonlReporter(output, { now });
  return { on, end: async () => complaining(() => file.end()) };
}

/** The second net: a secret that came into a name or a fact. */
function hidden(picture: LabPicture, redactor: Redactor): LabPicture {
  const redact = (value: unknown): unknown => {
    if (typeof value === "string") return redactor.redact(value);
    if (Array.isArray(value)) return value.map(redact);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, key === "kind" || key === "id" ? each : redact(each)]),
    );
  };
  return redact(picture) as LabPicture;
}
