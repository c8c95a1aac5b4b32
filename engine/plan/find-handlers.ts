import { nearest } from "../text/nearest.ts";
import { writtenName } from "./bind-task.ts";
import type { Task } from "./task.ts";

/**
 * The handlers that a name notifies: those of the notifying task's role first, then those of the play, then those of
 * its other roles. Within the first of these that knows it, the handler of that name and all that listen to it.
 */
export function findHandlers(handlers: readonly Task[], name: string, role: string | null): readonly Task[] {
  const answers = (handler: Task): boolean => writtenName(handler) === name || handler.source.listen.includes(name);
  const scopes: readonly ((handler: Task) => boolean)[] = [
    (handler) => role !== null && handler.context.role?.name === role,
    (handler) => handler.context.role === null,
    () => true,
  ];
  for (const inScope of scopes) {
    const found = handlers.filter((handler) => inScope(handler) && answers(handler));
    if (found.length > 0) return found;
  }
  return [];
}

export function nearestHandler(handlers: readonly Task[], name: string): string | undefined {
  return nearest(name, [...handlers.map(writtenName), ...handlers.flatMap(({ source }) => source.listen)]);
}
