import type { Role, RoleUse, Site } from "../site/site.ts";
import type { LabPicture, Thing } from "./picture.ts";

/** Plays with the roles that they use, and these with the roles that they depend on. */
export function pictureRoles({ playbooks, roles }: Site): LabPicture {
  const role = ({ role: name, place }: RoleUse, path: string, around: readonly string[]): Thing => {
    const id = `${path}/${name}`;
    const found: Role | undefined = roles.get(name);
    const more = around.includes(name) ? [] : (found?.dependencies ?? []);
    return {
      id,
      kind: "role",
      name,
      facts: found?.meta.description === undefined ? [] : [found.meta.description],
      origins: [{ source: "playbook", place, task: `role ${name}` }],
      inside: more.map((use) => role(use, id, [...around, name])),
      networks: [],
    };
  };
  const things = playbooks.flatMap(({ plays }) =>
    plays.map((play, index): Thing => {
      const id = `${play.place.file}:${play.place.line}`;
      return {
        id,
        kind: "play",
        name: play.name,
        facts: [`${play.place.file}:${play.place.line}`, `hosts: ${play.hosts.pattern}`],
        origins: [{ source: "playbook", place: play.place, task: `play ${index + 1}` }],
        inside: play.roles.map((use, number) => role(use, `${id}/${number}`, [])),
        networks: [],
      };
    }),
  );
  return { title: "Plays and their roles", things, networks: [], links: [], notes: [] };
}
