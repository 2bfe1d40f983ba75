import type { Run } from "../../domain/run/run.ts";

/** A unit as a scrape shows it. */
export interface MeasuredUnit {
  readonly run: Pick<
    Run,
    "unit" | "phase" | "restarts" | "startedAt" | "endedAt" | "heartbeatAt" | "proxyLabel"
  > & {
    readonly launcher: Pick<Run["launcher"], "host">;
  };
  readonly silentMs: number | undefined;
}

/** What a scrape found. */
export interface Measured {
  /** Undefined when the database did not answer: then nothing is known of units. */
  readonly units: readonly MeasuredUnit[] | undefined;
  readonly channels: readonly {
    readonly name: string;
    readonly isFailing: boolean;
    readonly waiting: number;
  }[];
  readonly openAlerts: number | undefined;
  readonly host: string;
  readonly nowMs: number;
  readonly residentBytes: number;
  readonly processorSeconds: number;
}

type Labels = Readonly<Record<string, string>>;
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly values: readonly (readonly [Labels, number | undefined])[];
}

/** The text that Prometheus reads. Names of accounts and proxies are labels; no address and no secret is. */
export function writeMetrics(measured: Measured): string {
  return metricsOf(measured)
    .flatMap(({ name, help, type, values }) => {
      const known = values.filter(([, value]) => value !== undefined);
      if (known.length === 0) return [];
      const lines = known.map(([labels, value]) => `${name}${labelText(labels)} ${value}`);
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
    })
    .join("\n")
    .concat("\n");
}

function metricsOf(measured: Measured): readonly Metric[] {
  return [...unitMetrics(measured), ...alertMetrics(measured), ...processMetrics(measured)];
}

function unitMetrics({ units = [], host, nowMs }: Measured): readonly Metric[] {
  const once = oneOfEach(units);
  const ofUnits = (name: string, help: string, read: (unit: MeasuredUnit) => number | undefined): Metric =>
    gauge(
      name,
      help,
      once.map((unit) => [labelsOf(unit), read(unit)]),
    );
  return [
    ofUnits("launch_unit_up", "Whether the bot or collector runs.", ({ run }) =>
      Number(run.endedAt === undefined && run.phase === "running"),
    ),
    gauge(
      "launch_unit_phase",
      "1 for the phase that the bot or collector is in.",
      once.map((unit) => [{ ...labelsOf(unit), phase: unit.run.phase }, 1]),
    ),
    ofUnits(
      "launch_unit_started_seconds",
      "When its run began, in seconds since 1970.",
      ({ run }) => run.startedAt / 1_000,
    ),
    ofUnits("launch_unit_restarts", "Restarts of its process within this run.", ({ run }) => run.restarts),
    // Written by the clock of its host.
    ofUnits("launch_unit_heartbeat_age_seconds", "Age of its last stored heartbeat.", ({ run }) =>
      run.endedAt !== undefined || run.heartbeatAt === undefined || run.launcher.host !== host
        ? undefined
        : Math.max(0, nowMs - run.heartbeatAt) / 1_000,
    ),
    ofUnits(
      "launch_unit_launcher_silent_seconds",
      "For how long its launcher has not renewed.",
      ({ run, silentMs }) =>
        run.endedAt !== undefined || silentMs === undefined ? undefined : silentMs / 1_000,
    ),
  ];
}

function alertMetrics({ channels, openAlerts }: Measured): readonly Metric[] {
  const ofChannels = (name: string, help: string, read: (channel: Measured["channels"][number]) => number) =>
    gauge(
      name,
      help,
      channels.map((channel) => [{ channel: channel.name }, read(channel)]),
    );
  return [
    gauge("launch_alerts_open", "Alerts that are not over.", [[{}, openAlerts]]),
    ofChannels("launch_alert_channel_up", "Whether the channel took its last message.", ({ isFailing }) =>
      Number(!isFailing),
    ),
    ofChannels("launch_alert_messages_waiting", "Messages that wait to be sent.", ({ waiting }) => waiting),
  ];
}

function processMetrics({ units, residentBytes, processorSeconds }: Measured): readonly Metric[] {
  return [
    gauge("launch_database_up", "Whether the database answers.", [[{}, units === undefined ? 0 : 1]]),
    gauge("process_resident_memory_bytes", "Memory of the launcher that answers.", [[{}, residentBytes]]),
    {
      name: "process_cpu_seconds_total",
      help: "Processor time of the launcher that answers.",
      type: "counter",
      values: [[{}, processorSeconds]],
    },
  ];
}

function gauge(name: string, help: string, values: Metric["values"]): Metric {
  return { name, help, type: "gauge", values };
}

// A collector with many instances is one series: the one that runs, where one does.
function oneOfEach(units: readonly MeasuredUnit[]): readonly MeasuredUnit[] {
  const byLabels = new Map<string, MeasuredUnit>();
  for (const unit of units) {
    const key = labelText(labelsOf(unit));
    if (byLabels.get(key)?.run.phase !== "running") byLabels.set(key, unit);
  }
  return [...byLabels.values()];
}

function labelsOf({ run }: MeasuredUnit): Labels {
  const { kind, name } = run.unit;
  return {
    kind,
    name,
    host: run.launcher.host,
    ...(run.proxyLabel === undefined ? {} : { proxy: run.proxyLabel }),
  };
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
