import { printManual } from "../../report/manual.ts";
import { nearest } from "../../text/nearest.ts";
import { complain } from "../complain.ts";
import { type ErrorPage, readErrorPages } from "../error-pages.ts";
import { exitCodes } from "../exit-codes.ts";
import { wantsColourOn } from "../wants-colour-on.ts";

/** `lab explain [CODE]` */
export async function explain(asked: string | undefined, options: { readonly json?: boolean }): Promise<number> {
  const pages = readErrorPages();
  const look = { colour: wantsColourOn(process.stdout), width: Math.min(process.stdout.columns ?? 80, 100) };
  if (asked === undefined) {
    process.stdout.write(options.json ? json([...pages.values()]) : `${listing([...pages.values()], look)}\n`);
    return exitCodes.done;
  }
  // As it stands in the output: `error[unknown-keyword]`.
  const code = /^(?:(?:error|warning)\[)?([^\]:]*)\]?:?$/.exec(asked.trim().toLowerCase())?.[1] ?? asked;
  const page = pages.get(code);
  if (!page) {
    const near = nearest(code, pages.keys());
    const hint = near ? `did you mean \`lab explain ${near}\`?` : "`lab explain` lists them all";
    complain([{ code: "unknown-code", message: `no error or warning has the code \`${code}\``, hint }], {
      source: () => undefined,
    });
    return exitCodes.wrong;
  }
  process.stdout.write(options.json ? json(page) : `${printManual(page.text, look)}\n`);
  return exitCodes.done;
}

function listing(pages: readonly ErrorPage[], look: { readonly colour: boolean; readonly width: number }): string {
  return printManual(pages.map(({ code, summary }) => `- **${code}**: ${summary}`).join("\n"), look);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
