import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import {
  botLine,
  type FleetStage,
  type HostLaunch,
  openFleetStage,
} from "../../support/hosts/fleet-stage.ts";
import { places, whyNoHosts } from "../../support/hosts/lab-of-hosts.ts";

/*
 * What is typed on host-a of an exit that a bot of host-b is on, by the real command line. The budget is the account's, wherever it runs.
 */

const why = whyNoHosts();
const [here, there] = ["host-a", "host-b"] as const;
const { host: venueHost, port } = places.venue;

describe.skipIf(why !== undefined)(
  `rotation across hosts${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    let stage: FleetStage;
    let up: HostLaunch;

    beforeAll(async () => {
      stage = await openFleetStage({ hosts: [here, there], proxies: 3 });
      await stage.addAccount("alice", ["p1", "p2", "p3"], ["--venue", "binance"]);
      const venue = `{ venue: binance, hosts: [venue.test, ${venueHost}], probe: "https://venue.test:${port}/time" }`;
      stage.writeYaml(`venues: [${venue}]\nbots:\n${botLine("alice")}`);
      up = stage.start(there, ["up"]);
      await up.line(/alice: p1 .*proven/);
    });
    afterAll(async () => {
      await stage?.close();
    });

    const typed = async (words: readonly string[]) => {
      const { exitCode, stdout, stderr } = await stage.launch(here, words);
      const text = stdout + stderr;
      expect(exitCode, text).toBe(0);
      return text;
    };
    const explained = async () => (await typed(["why", "alice"])).replaceAll(/\s+/g, " ");
    const isOn = (label: string) =>
      eventually(
        () => stage.venue.entries.findLast(({ account }) => account === "alice")?.peer,
        (peer) => peer === stage.exits.get(label),
        60_000,
      );

    test("a report of a burn moves it there, and spends its budget", async () => {
      await isOn("p1");
      const text = await typed(["report", "alice", "--burned", "--until", "2h", "--why", "a captcha"]);
      expect(text).toMatch(/p1 at binance/);
      await isOn("p2");
      const found = await explained();
      expect(found).toMatch(/It is on p2 .* on host-b\./);
      expect(found).toMatch(/It came there because: p1 was left: .*a captcha/);
      expect(found).toContain("Planned switches: 1 of 1 in 10 min");
    });

    test("a burn when that is spent stops it there until its time, and a revival brings it back within seconds", async () => {
      await typed(["burn", "p2", "--venue", "binance", "--until", "2h"]);
      await up.line(/alice: holds, nothing runs: waits until .* planned switch/, 60_000);
      expect(await explained()).toMatch(/waits until .*the account may make 1 planned switch in 10 min/);
      const from = stage.venue.entries.length;
      await typed(["revive", "p2"]);
      await eventually(
        () => stage.venue.entries.slice(from).find(({ account }) => account === "alice")?.peer,
        (peer) => peer === stage.exits.get("p2"),
        60_000,
      );
      expect(await explained()).toContain("Planned switches: 1 of 1 in 10 min");
    });

    test("a rotation asks no budget, and every exit is in the histories that are read here", async () => {
      expect(await typed(["rotate", "alice", "--wait"])).toMatch(/alice: .*p3/);
      await isOn("p3");
      const { uses } = JSON.parse(await stage.ok(here, ["account", "history", "alice", "--json"]));
      expect(uses.map((use: { readonly proxy: string }) => use.proxy)).toEqual(["p3", "p2", "p2", "p1"]);
      expect(await typed(["account", "history", "alice"])).toMatch(/p3 .*rotated by user:/);
      const events = await typed(["events", "--account", "alice", "--limit", "40"]);
      expect(events).toMatch(/exit\.returned .*host-b .*nothing is held against p2 any more/);
      expect(events).toMatch(/reputation\.burned .*host-b .*a captcha/);
      expect(events).toMatch(/unit\.asked .*user:\S+ +host-a .*reported "burned"/);
    });
  },
);
