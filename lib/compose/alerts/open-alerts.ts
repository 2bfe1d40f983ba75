import { join } from "node:path";
import { alertChannels } from "../../adapters/notify/open-channel.ts";
import { outageBook } from "../../adapters/notify/outage-book.ts";
import { plainEnvironment } from "../../config/sources/surroundings.ts";
import type { NotifySettings } from "../../domain/alerts/notify-settings.ts";
import { leaseTimes } from "../../domain/run/lease.ts";
import type { AlertChannels } from "../../ports/alerts/alert-channel.ts";
import type { OutageBook } from "../../ports/alerts/outage-book.ts";
import type { HostLocks } from "../../ports/host/host-lock.ts";
import { AlertLoop } from "../../supervisor/alerts/alert-loop.ts";
import { OutageWatch } from "../../supervisor/alerts/outage-watch.ts";
import type { Keyring } from "../keyring.ts";
import { takeLock } from "../lock-user.ts";
import type { Workspace } from "../workspace.ts";

/** Tells people what `notify` of launch.yaml asks for, for as long as a launcher runs. Loaded only by one that has it. */
export async function openAlerts(
  workspace: Workspace,
  notify: NotifySettings,
  hostLocks: HostLocks,
): Promise<{ stop(): Promise<void> }> {
  const { clock, random, journal, processes, config, database } = workspace;
  const factory = channelsOfHost(workspace.keyring);
  const channels = await Promise.all(notify.channels.map((each) => factory.open(each)));
  const pings = notify.pings.map((each) => factory.openPing(each));
  const { host, pid } = processes.self();
  const place = config.shownDatabase;
  const { trustedMs } = leaseTimes(config.lease.ttlMs);
  const [store, { runs }] = await Promise.all([database.openAlerts(), workspace.openStore()]);
  const book = bookOf(workspace, hostLocks);
  const outage = new OutageWatch({ book, clock, random }, { channels, host, place, trustedMs });
  return new AlertLoop(
    { store, runs, clock, random, journal, outage },
    { notify, channels, pings, self: { host, pid }, place },
  );
}

/** Channels whose commands get only what a program needs to find itself; sealed secrets are opened with the keys of this host. */
export function channelsOfHost({ openText: unseal }: Pick<Keyring, "openText">): AlertChannels {
  return alertChannels({ env: plainEnvironment(), unseal });
}

function bookOf(workspace: Workspace, hostLocks: HostLocks): OutageBook {
  const { stateFolder } = workspace.config;
  const file = join(stateFolder, "alerts", "database-lost.json");
  return outageBook(file, () => takeLock(workspace, hostLocks, { kind: "outage", stateFolder }));
}
