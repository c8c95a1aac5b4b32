import { arrived } from "./arrived.ts";
import type { Channel } from "./channel.ts";
import type { OpenConnection } from "./connection.ts";
import { connectionOver } from "./connection-over.ts";
import type { ConnectionEnvironment } from "./environment.ts";
import { startShell } from "./start-shell.ts";

/** The controller itself, through a child process that reads the same scripts as a remote shell would. */
export function openLocal(environment: ConnectionEnvironment): OpenConnection {
  return async (target) => {
    const open = new Set<Channel>();
    const connection = connectionOver({
      target,
      environment,
      loginUser: environment.userName,
      openChannel: async (command) => {
        const channel = await startShell(command, environment);
        open.add(channel);
        void channel.exit.then(() => open.delete(channel));
        return channel;
      },
      close: async () => {
        for (const channel of open) channel.cut();
      },
    });
    const { lookTogether } = connection;
    return {
      ...connection,
      look: (batch) => connection.look(arrived(batch)),
      ...(lookTogether && { lookTogether: (batches) => lookTogether(batches.map((batch) => arrived(batch))) }),
      send: (batch) => connection.send(arrived(batch)),
    };
  };
}
