import { expect, test } from "vitest";
import { instant } from "../../../../lib/domain/time.ts";
import {
  type Measured,
  type MeasuredUnit,
  writeMetrics,
} from "../../../../lib/policy/alerts/write-metrics.ts";

const nowMs = 1_800_000_000_000;
const unit: MeasuredUnit = {
  run: {
    unit: { kind: "collector", name: 'odd"name' },
    phase: "running",
    restarts: 2,
    startedAt: instant(nowMs - 60_000),
    endedAt: undefined,
    heartbeatAt: instant(nowMs - 5_000),
    proxyLabel: "fra-1",
    launcher: { host: "desk-1" },
  },
  silentMs: 1_500,
};
const measured: Measured = {
  units: [unit],
  channels: [{ name: "ops", isFailing: true, waiting: 3 }],
  openAlerts: 1,
  host: "desk-1",
  nowMs,
  residentBytes: 1_000,
  processorSeconds: 1.5,
};
const labels = 'kind="collector",name="odd\\"name",host="desk-1",proxy="fra-1"';

test("figures are written as Prometheus reads them, each series once", () => {
  const text = writeMetrics({
    ...measured,
    units: [unit, { ...unit, run: { ...unit.run, phase: "starting" } }],
  });
  for (const line of [
    `launch_unit_up{${labels}} 1`,
    `launch_unit_heartbeat_age_seconds{${labels}} 5`,
    `launch_unit_launcher_silent_seconds{${labels}} 1.5`,
    'launch_alert_channel_up{channel="ops"} 0',
    'launch_alert_messages_waiting{channel="ops"} 3',
    "launch_database_up 1",
    "# TYPE process_cpu_seconds_total counter",
  ])
    expect(text.split("\n")).toContain(line);
  const series = text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.replace(/ \S+$/, ""));
  expect(new Set(series).size).toBe(series.length);
  expect(text.endsWith("\n")).toBe(true);
});

test("a database that does not answer is a figure, and nothing is said of units then", () => {
  const text = writeMetrics({ ...measured, units: undefined, channels: [], openAlerts: undefined });
  expect(text).toContain("launch_database_up 0");
  expect(text).not.toContain("launch_unit");
});

test("the heartbeat of another host is not measured by this host's clock", () => {
  expect(writeMetrics({ ...measured, host: "desk-2" })).not.toContain("heartbeat_age");
});
