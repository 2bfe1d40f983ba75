import { expect, test } from "vitest";
import { clientsOf } from "../../lib/leak-check/find-leaks.ts";
import { battery, story, useLeakLab } from "./lab/use-leak-lab.ts";

const here = useLeakLab();

// What is not installed proves nothing; Debian's packages of .ci/run bring all of it.
const mayBeAbsent = new Set(
  ["node WebSocket", "Multipath TCP"].concat(process.env["CI"] === "true" ? [] : installedOnDemand()),
);
// The kernel gives these sockets to root alone, whatever protects the bot.
const needsRoot = new Set(process.getuid?.() === 0 ? [] : ["raw ICMP", "packet socket"]);

test("edge case 18: without protection every client of the battery leaks, so the judges can see", async () => {
  const rows = await here.search({ tier: "direct", clients: battery });
  const blind = rows.filter(
    ({ client, verdict }) =>
      verdict !== "LEAK" &&
      !(verdict === "absent" && mayBeAbsent.has(client)) &&
      !(verdict === "refused" && needsRoot.has(client)),
  );
  expect(story(blind)).toBe("");
  expect(rows.filter(({ verdict }) => verdict === "LEAK").length).toBeGreaterThan(30);
});

test("variables alone are found to leak: the env tier is no promise", async () => {
  const names = ["node http", "node net, name", "curl http", "curl --noproxy", "raw UDP 443"];
  const rows = await here.search({
    tier: "env",
    clients: clientsOf("env", battery).filter(({ name }) => names.includes(name)),
  });
  expect(rows.map(({ client, verdict }) => `${client}: ${verdict}`).sort()).toEqual([
    "curl --noproxy: LEAK",
    "curl http: proxied",
    "node http: LEAK",
    "node net, name: LEAK",
    "raw UDP 443: LEAK",
  ]);
});

function installedOnDemand(): readonly string[] {
  return battery.filter(({ program }) => program !== "node").map(({ name }) => name);
}
