/**
 * The work that everything is measured by: folders, file contents and cron jobs in equal parts, as most of a homelab's
 * tasks are. Pure, and without imports: tests take it as well as whoever compares lab with other tools.
 */
export type WorkItem =
  | { readonly kind: "directory"; readonly path: string; readonly mode: string }
  | { readonly kind: "content"; readonly path: string; readonly content: string; readonly mode: string }
  | { readonly kind: "cron"; readonly name: string; readonly schedule: string; readonly job: string };

export interface WorkPlace {
  /** An absolute folder on the host that is there already; for lab it may hold a template. */
  readonly folder: string;
  /** Whose crontab; for lab it may be a template. */
  readonly user: string;
}

/** `count` items; the kinds alternate, so that nothing is gained by taking neighbours together. */
export function workItems(count: number, { folder }: Pick<WorkPlace, "folder">): readonly WorkItem[] {
  return Array.from({ length: count }, (_, index): WorkItem => {
    const number = String(index).padStart(4, "0");
    switch (index % 3) {
      case 0:
        return { kind: "directory", path: `${folder}/folder-${number}`, mode: "0750" };
      case 1:
        return {
          kind: "content",
          path: `${folder}/file-${number}.conf`,
          content: `# Setting ${number}\nvalue = ${index}\n`,
          mode: "0640",
        };
      default:
        return { kind: "cron", name: `job ${number}`, schedule: `${index % 60} 4 * * *`, job: `true ${number}` };
    }
  });
}

/** The same as a playbook, in JSON, which is YAML. */
export function labPlaybook(count: number, place: WorkPlace, hosts = "all"): string {
  const tasks = workItems(count, place).map((item) => {
    switch (item.kind) {
      case "directory":
        return { file: { path: item.path, state: "directory", mode: item.mode } };
      case "content":
        return { copy: { dest: item.path, content: item.content, mode: item.mode } };
      case "cron":
        return { cron: { name: item.name, user: place.user, schedule: item.schedule, job: item.job } };
      default:
        return item satisfies never;
    }
  });
  return `${JSON.stringify([{ name: "Workload", hosts, tasks }], null, 1)}\n`;
}
