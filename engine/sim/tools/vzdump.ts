import { nodeAt, seconds } from "../files/file-tree.ts";
import { confText } from "../pve/container/container-conf.ts";
import { loginOf } from "../pve/storage/backup-store.ts";
import { storageTrouble } from "../pve/storage/storage-state.ts";
import { findStorage } from "../pve/storage/storages.ts";
import { fails, NotImitated, refuseArgument, says, type Tool } from "../tool.ts";
import { own } from "../world.ts";

/**
 * Saves a container to a backup server, with what is in its own volumes: what is bound into it is left out. Of its
 * options only the storage counts here. Nothing in the lab runs it by itself.
 */
export const vzdump: Tool = {
  name: "vzdump",
  rests: "documented",
  run({ session }, args) {
    const [vmid = "", flag, id = "", ...rest] = args;
    if (!/^\d+$/.test(vmid) || flag !== "--storage" || rest.length > 0) refuseArgument("vzdump", args.join(" "));
    const storage = findStorage(session.host, id);
    if (storage === undefined) return fails(255, `storage '${id}' does not exist\n`);
    if (storage.type !== "pbs") throw new NotImitated("the embedded lab's vzdump saves to backup servers alone");
    const trouble = storageTrouble(session, storage);
    if (trouble !== null) return fails(255, `could not activate storage '${id}': ${trouble.message}\n`);
    const conf = confText(session.host, vmid);
    const inside = own(session.change().pve?.containers ?? {}, vmid)?.inside ?? null;
    if (conf === undefined || inside === null)
      return fails(255, `ERROR: Backup of VM ${vmid} failed - unable to find VM '${vmid}'\n`);
    const { server, store, user } = loginOf(session.host, storage);
    const stores = session.changeInternet().backupServers?.[server]?.stores;
    const started = seconds(session.host);
    stores?.[store]?.push({
      ns: storage.options.get("namespace") ?? "",
      type: "ct",
      id: vmid,
      time: started,
      archives: { "pct.conf.blob": { bytes: conf.length }, "root.pxar.didx": { bytes: 500_000_000 } },
      owner: user,
      encrypted: nodeAt(session.host, `/etc/pve/priv/storage/${id}.enc`) !== undefined,
      guest: { conf: onlyCurrent(conf), inside: structuredClone(inside) },
    });
    session.spend(20_000);
    return says(
      `INFO: starting new backup job: vzdump ${args.join(" ")}\nINFO: Finished Backup of VM ${vmid} (00:00:20)\nINFO: Backup job finished successfully\n`,
    );
  },
};

/** The configuration as it is, without what is pending and the snapshots. */
function onlyCurrent(conf: string): string {
  return (
    conf
      .split(/^\[/m)[0]
      ?.split("\n")
      .filter((line) => !/^(lock|parent):/.test(line))
      .join("\n") ?? ""
  );
}
