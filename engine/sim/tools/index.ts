import type { Tool } from "../tool.ts";
import { aptGet } from "./apt-get.ts";
import { cat, echo, no, pwd, readlink, sleep, yes } from "./core.ts";
import { crontab } from "./crontab.ts";
import { aptCache, aptMark, dpkgQuery } from "./dpkg.ts";
import { getent, id } from "./identity.ts";
import { date, hostname, ip, nproc, uname } from "./machine.ts";
import { mkdir, touch } from "./make-files.ts";
import { findmnt, mountpoint } from "./mounts.ts";
import { pct } from "./pct/index.ts";
import { pveam } from "./pveam.ts";
import { pvesh } from "./pvesh/index.ts";
import { pvesm } from "./pvesm/index.ts";
import { sysctl } from "./sysctl.ts";
import { journalctl, systemctl } from "./systemctl.ts";
import { bracket, test } from "./test-expression.ts";

/** Every imitated tool, by name. */
export const tools: ReadonlyMap<string, Tool> = new Map(
  [
    aptCache,
    aptGet,
    aptMark,
    bracket,
    cat,
    crontab,
    date,
    dpkgQuery,
    echo,
    findmnt,
    getent,
    hostname,
    id,
    ip,
    mkdir,
    mountpoint,
    no,
    nproc,
    pct,
    pveam,
    pvesh,
    pvesm,
    pwd,
    readlink,
    journalctl,
    sleep,
    sysctl,
    systemctl,
    test,
    touch,
    uname,
    yes,
  ].map((tool) => [tool.name, tool]),
);
