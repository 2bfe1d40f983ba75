import { serveMetrics } from "../../adapters/metrics/metrics-server.ts";
import { type MetricsPlace, writeMetricsPlace } from "../../domain/alerts/metrics-place.ts";
import { type Measured, writeMetrics } from "../../policy/alerts/write-metrics.ts";
import type { Workspace } from "../workspace.ts";

/** Figures for Prometheus, for as long as a launcher runs. Loaded only by one that was asked for them. */
export function openMetrics(workspace: Workspace, place: MetricsPlace): { stop(): void } {
  return serveMetrics(
    place,
    async () => writeMetrics(await measure(workspace)),
    (why) => {
      const text = `metrics are not served at ${writeMetricsPlace(place)} (${why}): another launcher may have it; tried again each minute`;
      workspace.journal.say({ level: "info", unit: undefined, text });
    },
  );
}

async function measure(workspace: Workspace): Promise<Measured> {
  const { clock, processes } = workspace;
  const { user, system } = process.cpuUsage();
  const own = {
    host: processes.self().host,
    nowMs: clock.now(),
    residentBytes: process.memoryUsage.rss(),
    processorSeconds: (user + system) / 1_000_000,
  };
  try {
    const [{ runs }, alerts] = await Promise.all([workspace.openStore(), workspace.database.openAlerts()]);
    const [live, ended, channels, open] = await Promise.all([
      runs.live(),
      runs.lastEnded(),
      alerts.channels(),
      alerts.alerts(),
    ]);
    return {
      ...own,
      units: [
        ...live.map(({ run, sinceRenewedMs }) => ({ run, silentMs: sinceRenewedMs })),
        ...ended.map((run) => ({ run, silentMs: undefined })),
      ],
      channels: channels.map(({ name, error, waiting }) => ({
        name,
        isFailing: error !== undefined,
        waiting,
      })),
      openAlerts: open.filter(({ overAt }) => overAt === undefined).length,
    };
  } catch {
    return { ...own, units: undefined, channels: [], openAlerts: undefined };
  }
}
