/** What `meta` can tell the run to do, in the words of the reference. */
export const metaOrders = {
  flush_handlers: "The handlers that were notified so far run now.",
  end_host: "The play ends for this host, which has not failed.",
  end_batch: "The play ends for all hosts of the batch; the next batch begins.",
  end_play: "The play ends for all its hosts, those of later batches too.",
  end_role: "What is left of the role is left out on this host.",
  refresh_inventory: "The inventory is read again: files, programs, nodes. Later plays see what it has become.",
  reset_connection: "The connection to the host is closed; the next task opens it anew.",
  clear_facts: "Facts are looked at again, once somebody reads them.",
} as const;

export type MetaOrder = keyof typeof metaOrders;

export function isMetaOrder(word: string): word is MetaOrder {
  return Object.hasOwn(metaOrders, word);
}

/** Words that people bring along, and what they come to here. */
export const otherOrders: ReadonlyMap<string, string> = new Map([
  ["noop", "take the task out: it does nothing"],
  ["clear_host_errors", "put the tasks that may fail into a block with `rescue`, or give them `ignore_unreachable`"],
  ["role_complete", "it is the engine's own; write `end_role` to leave a role early"],
]);
