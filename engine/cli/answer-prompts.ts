import type { Diagnostic } from "../errors/diagnostic.ts";
import { SiteError } from "../errors/site-error.ts";
import type { CheckedPlay } from "../plan/check-site.ts";
import type { SelectedPlay } from "../run/run-site.ts";
import type { VarsPrompt } from "../site/site.ts";
import { Secret } from "../value/secret.ts";
import type { Value } from "../value/value.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";

/** Where questions are asked. */
export interface Terminal {
  /** Somebody is there to answer. */
  readonly present: boolean;
  /** Null: nobody answers any more. */
  ask(question: string, hidden: boolean): Promise<string | null>;
  tell(text: string): void;
}

/**
 * Asks what plays want to know (`vars_prompt`), each play by itself, and all before the run: nobody shall find a question
 * waiting after an hour. What `-e` gives is not asked for.
 */
export async function answerPrompts(
  plays: readonly CheckedPlay[],
  extraVars: VarsLayer,
  terminal: Terminal,
  hide: (secret: Secret) => void,
): Promise<readonly SelectedPlay[]> {
  const missing: Diagnostic[] = [];
  const answered: SelectedPlay[] = [];
  for (const play of plays) {
    const wanted = play.expanded.play.varsPrompt.filter(({ name }) => !extraVars.variables.has(name));
    const variables = new Map<string, Variable>();
    for (const prompt of wanted) {
      const answer = await answerTo(prompt, terminal);
      if (answer === null) {
        missing.push(unanswered(prompt, terminal));
        continue;
      }
      const value: Value = prompt.private ? new Secret(String(answer)) : answer;
      if (value instanceof Secret) hide(value);
      variables.set(prompt.name, { place: prompt.place, content: { kind: "data", value } });
    }
    const prompts: VarsLayer = { level: 4, origin: "answer to vars_prompt", variables };
    answered.push(variables.size === 0 ? play : { ...play, prompts });
  }
  if (missing.length > 0) throw new SiteError(missing);
  return answered;
}

async function answerTo(prompt: VarsPrompt, terminal: Terminal): Promise<string | number | boolean | null> {
  const { fallback } = prompt;
  if (!terminal.present) return fallback ?? null;
  // The default of what is not shown is not shown either.
  const shown = fallback === undefined || prompt.private ? "" : ` [${fallback}]`;
  for (;;) {
    const answer = await terminal.ask(`${prompt.prompt}${shown}`, prompt.private);
    if (answer === null) return null;
    if (answer === "" && fallback !== undefined) return fallback;
    if (!prompt.confirm) return answer;
    const again = await terminal.ask(`confirm ${prompt.prompt}`, prompt.private);
    if (again === null) return null;
    if (again === answer) return answer;
    terminal.tell("the two answers are not the same: once more");
  }
}

function unanswered({ name, place, private: secret }: VarsPrompt, { present }: Terminal): Diagnostic {
  const way = secret
    ? `put \`${name}: …\` into a file that only you can read, and give that: -e @FILE`
    : `give the answer with -e ${name}=…`;
  return {
    code: "no-answer",
    message: present ? `\`${name}\` was not answered` : `cannot ask for \`${name}\`: there is no terminal`,
    place,
    hint: `${way}; or write a \`default\``,
  };
}
