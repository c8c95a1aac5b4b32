/** A site as a page of docs/errors shows it: its files by their paths. */
export type ExampleSite = Readonly<Record<string, string>>;

/**
 * The examples of a page: all its blocks of YAML before `## Instead` are one site that has the fault, those behind it
 * one that has not. A block says in its first line which file it is (`# roles/a/tasks/main.yml`); unsaid, a list of plays
 * is the playbook, and any other list its tasks.
 */
export function pageExamples(page: string): { readonly wrong: ExampleSite | null; readonly right: ExampleSite | null } {
  const [before = "", after = ""] = page.split(/^## Instead$/m);
  return { wrong: siteOf(before), right: siteOf(after) };
}

function siteOf(text: string): ExampleSite | null {
  const blocks = [...text.matchAll(/^```(?:yaml|handlebars|ini)\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  if (blocks.length === 0) return null;
  const site: Record<string, string> = {};
  for (const block of blocks) {
    const named = /^(?:# |; |\{\{! )([\w./-]+\/[\w.-]+|lab\.yml)(?: \}\})?$/m.exec(block.split("\n")[0] ?? "")?.[1];
    if (named !== undefined) site[named] = block.slice(block.indexOf("\n") + 1);
    else if (/^(?:- | {2})(?:hosts|import_playbook):/m.test(block)) site["playbooks/site.yml"] = block;
    else site["playbooks/site.yml"] = `- name: Example\n  hosts: all\n  tasks:\n${block.replace(/^(?=.)/gm, "    ")}`;
  }
  return site;
}
