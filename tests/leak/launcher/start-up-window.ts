import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { LeakLab } from "../../../lib/leak-check/lab/site/leak-lab.ts";
import { witnessPlaces } from "../lab/launcher-meter.ts";
import { expectNothingPast, families, watchStage } from "../lab/launcher-watch.ts";
import type { StageOfTests, StagePart } from "../lab/use-launcher-stage.ts";

const program = fileURLToPath(new URL("../../fixtures/leak/dials-everything.cjs", import.meta.url));

/** What the stage of these tests needs. */
export const startUpWindow: StagePart = {
  proxies: { "early-k": "http", "early-p": "socks5" },
  accounts: [
    { name: "early-kernel", labels: ["early-k"] },
    { name: "early-preload", labels: ["early-p"] },
  ],
  bots: (lab: LeakLab) => [
    `  early-kernel: { isolation: kernel, ${dialing(lab, true)} }`,
    `  early-preload: { isolation: preload, ${dialing(lab, false)} }`,
  ],
};

/** The required file dials before the bot's own first line, and each child starts before anything is ready to pass. */
function dialing({ addresses }: LeakLab, shell: boolean): string {
  const { target, targetIpv6, proxyHost, proxyPort } = addresses;
  const tcp = [
    { host: target, port: 80 },
    { host: target, port: 8080 },
    { host: targetIpv6, port: 80 },
    // What a launcher itself may dial direct.
    ...witnessPlaces,
    { host: proxyHost, port: proxyPort },
  ];
  const udp = [
    { host: target, port: 443 },
    { host: targetIpv6, port: 443 },
    { host: "8.8.8.8", port: 53 },
  ];
  const places = JSON.stringify({ tcp, udp, dns: "8.8.8.8", shell });
  const command = JSON.stringify([process.execPath, "--require", program, program, "bot"]);
  return `command: ${command}, env: { PLACES: ${JSON.stringify(places)} }, stop: { grace: 500ms }`;
}

/** The tests, for a stage that somebody else opens. */
export function testStartUpWindow(here: StageOfTests): void {
  test("what dials at its first instruction, and each child of it, leaves by its proxy or not at all, until the last of them is dead", async () => {
    const watch = await watchStage(here.stage);
    const exits = [here.proxy("early-k").exitIp, here.proxy("early-p").exitIp];
    const launchers = await Promise.all([
      here.startBot("early-kernel", "early-k"),
      here.startBot("early-preload", "early-p"),
    ]);
    const roles = ["required", "bot", "child", "escaped"];
    await watch.seen([
      ...exits.flatMap((peer) => roles.map((role) => ({ peer, path: new RegExp(`^/${role}$`) }))),
      { peer: here.proxy("early-k").exitIp, path: /^\/shell$/ },
    ]);
    for (const launcher of launchers) launcher.signal("SIGTERM");
    expect(await Promise.all(launchers.map(({ ended }) => ended))).toEqual([0, 0]);
    await expectNothingPast(watch, { launches: launchers.length, exits });
    const askers = await watch.askers();
    const direct = askers.filter((peer) => here.stage.lab.addresses.direct.includes(peer));
    // A launcher has heard enough from the first witness that answers.
    expect(direct.length).toBeLessThanOrEqual(launchers.length * witnessPlaces.length * families);
    expect(askers.filter((peer) => !exits.includes(peer))).toEqual(direct);
  });

  test("the same bot without a tier is seen by every one of these judges", async () => {
    const watch = await watchStage(here.stage);
    const { direct } = here.stage.lab.addresses;
    const launcher = await here.startBot("early-kernel", "early-k", [
      "--isolation",
      "env",
      "--",
      process.execPath,
      "--require",
      program,
      program,
      "bot",
      "tame",
    ]);
    const roles = ["required", "bot", "child", "shell"];
    await watch.seen(roles.map((role) => ({ peer: direct[0] ?? "", path: new RegExp(`^/${role}$`) })));
    await launcher.end();
    const { questions, past } = await watch.crossed();
    expect(past).toBeGreaterThan(50);
    expect(questions).toBeGreaterThan(witnessPlaces.length);
    const kinds = (await watch.arrivals())
      .filter(({ peer }) => direct.includes(peer))
      .map(({ kind }) => kind);
    expect([...new Set(kinds)].sort()).toEqual(["dns", "http", "tcp", "udp"]);
  });
}
