import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import {
  botLine,
  type FleetStage,
  type HostLaunch,
  loginOf,
  openFleetStage,
} from "../../support/hosts/fleet-stage.ts";
import { whyNoHosts } from "../../support/hosts/lab-of-hosts.ts";

/*
 * What is typed on host-a shows and steers what runs on host-b, by the real command line. Host-a declares the bots too, and stands by.
 */

const why = whyNoHosts();
const [here, there] = ["host-a", "host-b"] as const;

describe.skipIf(why !== undefined)(
  `commands across hosts${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    let stage: FleetStage;
    let upThere: HostLaunch;
    let upHere: HostLaunch;

    beforeAll(async () => {
      stage = await openFleetStage({ hosts: [here, there], proxies: 3 });
      await stage.addAccount("alice", ["p1", "p2"]);
      await stage.addAccount("bob", ["p3"]);
      stage.writeYaml(
        [
          "bots:",
          botLine("alice", { more: "after: [funding], " }),
          botLine("bob"),
          'collectors: { funding: { command: ["sleep", "90000"] } }',
        ].join("\n"),
      );
      upThere = stage.start(there, ["up"]);
      await upThere.line(/bob: p3 .*proven/);
      await upThere.line(/alice: p1 .*proven/);
      upHere = stage.start(here, ["up"]);
      await upHere.line(/alice: stands by: .*host-b/);
    });
    afterAll(async () => {
      await stage?.close();
    });

    const typed = (words: readonly string[]) => stage.ok(here, words);
    const lastRun = (account: string) => {
      const entry = stage.venue.entries.findLast((each) => each.account === account);
      if (entry === undefined) throw new Error(`${account} was never seen`);
      return { ...loginOf(entry), peer: entry.peer };
    };
    const rowOf = async (unit: string) => {
      const { runs } = JSON.parse(await typed(["ps", "--json"])) as {
        runs: readonly { unit: string; live: boolean; host: string }[];
      };
      return runs.find((run) => run.unit === unit);
    };

    test("ps names the host of each run, and keeps that column on a narrow terminal where there are several hosts", async () => {
      expect(await rowOf("alice")).toMatchObject({ live: true, host: there, standby: [here] });
      const table = await typed(["ps"]);
      expect(table.split("\n")[0]).toMatch(/HOST/);
      expect(table).toMatch(/alice .*host-b/);
    });

    test("events, why and status tell of a bot of another host", async () => {
      expect(await typed(["events", "alice"])).toMatch(/host-b|p1/);
      expect(await typed(["why", "alice"])).toMatch(/alice runs\..*p1/s);
      expect(await typed(["status", "alice"])).toMatch(/host-b/);
    });

    test("logs and exec say on which host to type them", async () => {
      const logs = await stage.launch(here, ["logs", "alice"]);
      expect(`${logs.exitCode} ${logs.stderr}`).toMatch(/^[1-9].*host-b/s);
      const exec = await stage.launch(here, ["exec", "alice", "--", "true"]);
      expect(`${exec.exitCode} ${exec.stderr}`).toMatch(/^1 .*host-b/s);
    });

    test("rotate moves it to its next exit there", async () => {
      const before = lastRun("alice");
      const text = await typed(["rotate", "alice", "--wait"]);
      expect(text).toMatch(/alice: .*p2/);
      await eventually(
        () => lastRun("alice"),
        ({ peer }) => peer !== before.peer,
        30_000,
      );
      expect(lastRun("alice").host).toBe(there);
    });

    test("restart starts a new process on the same exit there", async () => {
      const before = lastRun("bob");
      await typed(["restart", "bob", "--wait"]);
      const after = await eventually(
        () => lastRun("bob"),
        ({ pid }) => pid !== before.pid,
        30_000,
      );
      expect([after.host, after.peer]).toEqual([there, before.peer]);
    });

    test("an account that is put on hold keeps its bot on no host, until it is let go", async () => {
      await typed(["account", "hold", "bob", "--why", "the venue asks"]);
      const bots = () =>
        [here, there].flatMap((host) =>
          stage.lab
            .host(host)
            .processes()
            .filter(({ command }) => command.endsWith("logs-in.mjs")),
        );
      // Alice's alone.
      await eventually(
        () => bots().length,
        (count) => count === 1,
        30_000,
      );
      expect(await rowOf("bob")).toMatchObject({ account_state: "held" });
      await typed(["account", "release", "bob"]);
      const from = stage.venue.entries.length;
      await eventually(
        () => stage.venue.entries.slice(from).some(({ account }) => account === "bob"),
        (isSeen) => isSeen,
        60_000,
      );
    });

    test("stop ends it there and keeps every other host from taking it; start starts it on the host where that is typed", async () => {
      const stopped = await typed(["stop", "alice", "--wait"]);
      expect(stopped).toMatch(/alice: It (has )?stopped/);
      await upHere.line(/alice/);
      expect(await rowOf("alice")).toMatchObject({ live: false });
      const from = stage.venue.entries.length;
      await typed(["start", "alice"]);
      const seen = await eventually(
        () => stage.venue.entries.slice(from).find(({ account }) => account === "alice"),
        (entry) => entry !== undefined,
        60_000,
      );
      if (seen === undefined) throw new Error("alice was not seen");
      // What she waits for runs on the other host, and counts.
      expect(loginOf(seen).host).toBe(here);
      expect(await rowOf("funding")).toMatchObject({ live: true, host: there });
    });
  },
);
