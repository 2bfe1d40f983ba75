import type { LaunchConfig } from "../launch-config.ts";

/** What a launcher takes from launch.yaml once, when it starts, by the key that says it there; each as a text that can be compared. */
export function launcherSettings(config: LaunchConfig): Readonly<Record<string, string>> {
  const { network, relay, lease, history, evidence, switching, logs, selection, notify, metrics } = config;
  const { venues, outputRules } = config;
  const settings = {
    database: config.shownDatabase,
    network,
    relay,
    lease,
    history,
    evidence,
    switch: switching,
    logs,
    selection,
    notify,
    metrics,
    venues,
    output_rules: outputRules,
  };
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, JSON.stringify(value, asText) ?? ""]),
  );
}

// What JSON would leave out or refuse.
function asText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" || value instanceof RegExp ? String(value) : value;
}

const forAll: ReadonlySet<string> = new Set([
  "network.witnesses",
  "network.direct",
  "network.host_key",
  "network.public_ranges",
  "relay.warm",
  "lease.ttl",
  "history.keep",
  "selection.order",
]);

/** What launch.yaml chose for all that a launcher runs, by name. */
export function choicesForAll({ settings }: LaunchConfig): Readonly<Record<string, string>> {
  const chosen = settings.filter(({ name }) => forAll.has(name));
  return Object.fromEntries(chosen.map(({ name, value }) => [name, value]));
}
