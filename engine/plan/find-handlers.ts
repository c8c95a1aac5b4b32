import { nearest } from "../text/nearest.ts";
import { writtenName } from "./bind-task.ts";
import type { Handler } from "./task.ts";

/**
 * The handlers that a name notifies, in the order in which they are declared. A handler of that name is looked for in
 * the notifying task's role first, then in the play, then in its other roles; of several in one place the last one
 * counts. `ROLE : NAME` is the one of that role. Whoever listens to the name is notified as well, wherever it stands.
 */
export function findHandlers(handlers: readonly Handler[], name: string, role: string | null): readonly Handler[] {
  const named = namedHandler(handlers, name, role);
  const listening = handlers.filter(({ source }) => source.listen.includes(name));
  // Of those that bear one name and listen to one topic the last one counts, too.
  const last = new Map(listening.map((handler) => [handler.source.name ? writtenName(handler) : handler.id, handler]));
  const found = new Set([...(named ? [named] : []), ...last.values()]);
  return handlers.filter((handler) => found.has(handler));
}

function namedHandler(handlers: readonly Handler[], name: string, role: string | null): Handler | undefined {
  const bears = (handler: Handler, wanted: string): boolean =>
    handler.source.name !== null && writtenName(handler) === wanted;
  const roleOf = ({ context }: Handler): string | null => context.role?.name ?? null;
  const ofRole = role === null ? undefined : handlers.findLast((each) => roleOf(each) === role && bears(each, name));
  const ofPlay = handlers.findLast((each) => roleOf(each) === null && bears(each, name));
  const anywhere = handlers.findLast((each) => bears(each, name));
  const qualified = handlers.findLast((each) => {
    const owner = roleOf(each);
    return owner !== null && name.startsWith(`${owner} : `) && bears(each, name.slice(owner.length + 3));
  });
  return ofRole ?? ofPlay ?? anywhere ?? qualified;
}

export function nearestHandler(handlers: readonly Handler[], name: string): string | undefined {
  const names = handlers.flatMap((handler) => (handler.source.name ? [writtenName(handler)] : []));
  return nearest(name, [...names, ...handlers.flatMap(({ source }) => source.listen)]);
}
