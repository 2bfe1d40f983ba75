import type { HostLocks } from "../../ports/host/host-lock.ts";
import type { Workspace } from "../workspace.ts";

/** What a launcher tells others while it runs: people, as `notify` says, and whoever asks for `metrics`. Each is loaded if it is wanted. */
export async function openTellers(
  workspace: Workspace,
  hostLocks: HostLocks,
): Promise<{ stop(): Promise<void> }> {
  const { notify, metrics } = workspace.config;
  const [alerts, served] = await Promise.all([
    notify && import("./open-alerts.ts").then(({ openAlerts }) => openAlerts(workspace, notify, hostLocks)),
    metrics && import("./open-metrics.ts").then(({ openMetrics }) => openMetrics(workspace, metrics)),
  ]);
  return {
    async stop() {
      served?.stop();
      await alerts?.stop();
    },
  };
}
