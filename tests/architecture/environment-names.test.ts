import { describe, expect, test } from "vitest";
import { environmentVariables } from "../../lib/config/sources/environment-variables.ts";
import { errorCatalogue } from "../../lib/errors.ts";
import type { Relay } from "../../lib/ports/relay.ts";
import {
  childVariables,
  globalAgentVariables,
  noProxyVariables,
  proxyVariables,
} from "../../lib/protocol/environment.ts";
import { childPlan } from "../../lib/supervisor/process/child-plan.ts";
import { sampleBotSettings } from "../support/fleet/sample-units.ts";
import { projectFiles } from "../support/project-files.ts";

const lib = projectFiles(["lib", "bin"], [".ts", "bin/launch"]);
const [example, guide] = projectFiles([".env.example", "docs/configuration.md"], [".env.example", ".md"]);

describe("names of environment variables", () => {
  test("that lib reads or sets stand in .env.example or in the operator's guide", () => {
    const documented = new Set(namesIn(`${example?.text}\n${guide?.text}`));
    expect(namesOfLib().filter((name) => !documented.has(name))).toEqual([]);
  });

  test("that the guide lists and .env.example offers are read or set by lib", () => {
    const known = new Set(namesOfLib());
    const section = /^## Environment variables\n(.*?)^## /ms.exec(guide?.text ?? "")?.[1] ?? "";
    const cells = [...section.matchAll(/^\| (`[^|]+`) +\|/gm)].map(([, cell = ""]) => cell);
    const offered = [...(example?.text ?? "").matchAll(/^#([A-Z_]+)=/gm)].map(([, name = ""]) => name);
    const listed = [...cells.flatMap(namesIn), ...offered];
    expect(listed.length).toBeGreaterThan(20);
    expect(listed.filter((name) => !known.has(name))).toEqual([]);
  });

  test.each(["kernel", "preload", "env"] as const)(
    "that a bot gets in the %s tier are what the guide says",
    (tier) => {
      const section = /\*\*What a bot gets\*\*(.*?)\n\n[^|\n]/s.exec(guide?.text ?? "")?.[1] ?? "";
      const rows = [...section.matchAll(/^\| (`[^|]+`) +\| ([a-z, ]+?) +\|/gm)];
      const told = rows.filter(([, , tiers = ""]) => tiers === "all" || tiers.split(", ").includes(tier));
      const relay = { host: "127.0.0.1", port: 1, attach: () => {} } as unknown as Relay;
      const links = { relay, token: "Token", botSocket: "/run/bot.sock", proveInside: undefined };
      const { env } = childPlan(sampleBotSettings({ tier, operatorEnv: {} }), links);
      const set = new Set(Object.keys(env).map((name) => name.toUpperCase()));
      expect(rows.length).toBe(7);
      expect([...set].sort()).toEqual(told.flatMap(([, cell = ""]) => namesIn(cell)).sort());
    },
  );
});

function namesIn(text: string): readonly string[] {
  return text.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b/g) ?? [];
}

/** The lists of lib, and every name that is looked up in an environment or stands alone as ours. */
function namesOfLib(): readonly string[] {
  const lists = [
    ...Object.keys(environmentVariables),
    ...Object.values(childVariables),
    ...proxyVariables,
    ...globalAgentVariables,
    ...noProxyVariables.map((name) => name.toUpperCase()),
  ];
  const used = lib.flatMap(({ text }) =>
    [
      ...text.matchAll(/\benv(?:ironment\(\))?(?:\["|\.)([A-Z][A-Z0-9_]*)\b/gi),
      ...text.matchAll(/operatorEnvironment\(\)\["(\w+)"\]/g),
      ...text.matchAll(/"((?:LAUNCH|GLOBAL_AGENT|XDG)_[A-Z0-9_]*[A-Z0-9])"/g),
    ].map(([, name = ""]) => name),
  );
  return [...new Set([...lists, ...used])].filter((name) => /^[A-Z]/.test(name) && !(name in errorCatalogue));
}
