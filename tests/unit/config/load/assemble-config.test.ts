import { deserialize, serialize } from "node:v8";
import { expect, test } from "vitest";
import type { FileSettings } from "../../../../lib/config/file/settings.ts";
import { assembleConfig } from "../../../../lib/config/load/assemble-config.ts";
import { readSettings } from "../../../../lib/config/read/read-settings.ts";
import { findConfigFile } from "../../../../lib/config/sources/locations.ts";
import { configFolder } from "../../../support/operator/config-folder.ts";

const yaml = `version: 1
database: { schema: desk }
network: { public_ranges: [127.0.0.0/8, "fd00::/8"], host_key: one }
switch: { quiet_hours: "02:00-05:00", per_day: 5 }
logs: { size: 5MB }
notify: { channels: { me: { ntfy: { topic_file: topic } }, dead: { ping: { url_file: url, shape: kuma } } } }
metrics: 127.0.0.1:9464
venues: [{ venue: desk, new: true, hosts: [api.desk.example], rules: [{ name: full, status: [418], class: rate_limited, until: [{ after: 5 }] }] }]
output_rules: [{ name: mine, line: "kicked (\\\\d+)", venue: desk, class: rate_limited }]
defaults: { stop: { grace: 2s }, heartbeat: { lost_after: 20s } }
bots: { "a*": { command: node bot.js, env: { V: 1.10 }, ready: { log: up }, memory_limit: 64MB, restart_at: "04:30" } }
collectors: { funding: { command: [python, f.py], after: [alice] } }
`;

test.each([["a launch.yaml with every section", yaml] as const, ["no launch.yaml", undefined] as const])(
  "%s that one process read is the same configuration in another, frozen",
  (_what, text) => {
    const folder = configFolder();
    if (text !== undefined) folder.write("work/launch.yaml", text);
    const surroundings = { env: {}, cwd: folder.cwd, uid: 1000, homeFolder: folder.home };
    const found = findConfigFile({}, surroundings);
    const sent = deserialize(serialize(readSettings(found?.path))) as FileSettings;
    const config = assembleConfig(sent, { found, flags: {}, surroundings });
    expect(config).toEqual(folder.load());
    expect(config.settings.length).toBeGreaterThan(15);
    expect(thawed(config)).toEqual([]);
  },
);

function thawed(value: unknown, path = "config"): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, each]) => thawed(each, `${path}.${key}`));
  return Object.isFrozen(value) ? inner : [path, ...inner];
}
