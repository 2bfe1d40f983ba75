import { createRequire } from "node:module";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { type Pm2Place, pm2Ecosystem, pm2Launcher } from "../../../../lib/adapters/hosts/pm2-ecosystem.ts";
import { renderTemplate } from "../../../../lib/adapters/hosts/render-template.ts";
import { packageRoot } from "../../../../lib/config/package-root.ts";

type App = Readonly<Record<string, unknown>>;

const place: Pm2Place = {
  templates: join(packageRoot(), "templates"),
  leaseTtlMs: 15_000,
  program: '/opt/it\'s "launch"/bin/launch',
  node: "/opt/node/bin/node",
  cwd: "/srv/`$x`\u2028{{name}}\\",
  homeFolder: "/home/trader",
  logFolder: "/var/lib/launch/logs",
  flags: ["--config", "/etc/launch/launch.yaml"],
};

function appsOf(text: string): readonly App[] {
  const module: { exports: { apps?: readonly App[] } } = { exports: {} };
  runInNewContext(text, { module });
  return module.exports.apps ?? [];
}

describe("the ecosystem file", () => {
  const units = [
    { kind: "bot", name: "alice", graceMs: 15_000 },
    { kind: "collector", name: "funding", graceMs: 60_000 },
  ] as const;

  test("says every value exactly, whatever characters it has", () => {
    const [alice, funding] = appsOf(pm2Ecosystem(units, place, "/tmp/a b\n.cjs"));
    expect(alice).toMatchObject({
      name: "bot-alice",
      script: place.program,
      cwd: place.cwd,
      args: ["bot", "--account", "alice", "--managed", "--success-status", "99", ...place.flags],
      kill_timeout: 20_000,
    });
    expect(funding).toMatchObject({ name: "collector-funding", kill_timeout: 65_000 });
    // A lease may have to be waited for.
    const [patient] = appsOf(pm2Ecosystem(units, { ...place, leaseTtlMs: 300_000 }, "x.cjs"));
    expect([alice?.["listen_timeout"], patient?.["listen_timeout"]]).toEqual([90_000, 375_000]);
    expect(funding?.["args"]).toEqual([
      "collector",
      "funding",
      "--managed",
      "--success-status",
      "99",
      ...place.flags,
    ]);
  });

  test("has one entry that runs all, or those that are named, and has as long as the slowest of them", () => {
    const [one, ...others] = appsOf(pm2Launcher(units, ["alice", "funding"], place, "x.cjs"));
    expect(others).toEqual([]);
    expect(one).toMatchObject({
      name: "launch",
      args: ["up", "alice", "funding", "--no-output", "--success-status", "99", ...place.flags],
      kill_timeout: 90_000,
      stop_exit_codes: [99, 2, 64, 69, 77, 78],
    });
  });

  test("holds the settings of the worked example, and the other way round", () => {
    const example = createRequire(import.meta.url)(join(packageRoot(), "ecosystem.config.cjs")) as {
      apps: readonly App[];
    };
    const own = [
      "name",
      "namespace",
      "script",
      "interpreter",
      "args",
      "cwd",
      "env",
      "out_file",
      "error_file",
    ];
    const settings = (app: App | undefined) =>
      Object.entries(app ?? {})
        .filter(([key]) => !own.includes(key))
        .map(([key, value]) => [key, JSON.stringify(value)]);
    const [generated] = appsOf(pm2Ecosystem(units, place, "x.cjs"));
    expect(settings(example.apps[0])).toEqual(settings(generated));
    expect(Object.keys(example.apps[0] ?? {}).sort()).toEqual(Object.keys(generated ?? {}).sort());
  });
});

describe("a template", () => {
  test("is filled in one pass: a name inside a value stays text", () => {
    expect(renderTemplate("{{a}}-{{b}}", { a: "{{b}}", b: "$&" })).toBe("{{b}}-$&");
  });

  test("that names what nobody gives, or does not name what is given, is a bug", () => {
    expect(() => renderTemplate("{{toString}}", {})).toThrow(/template-name/);
    expect(() => renderTemplate("", { a: "x" })).toThrow(/template-value/);
  });
});
