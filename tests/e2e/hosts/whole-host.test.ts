import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { patient } from "../../patience/patience.ts";
import { eventually } from "../../support/eventually.ts";
import {
  botLine,
  type FleetStage,
  type HostLaunch,
  loginOf,
  openFleetStage,
} from "../../support/hosts/fleet-stage.ts";
import { judgeVenue } from "../../support/hosts/judge-venue.ts";
import { whyNoHosts } from "../../support/hosts/lab-of-hosts.ts";
import { signal } from "../../support/processes/signal.ts";

/*
 * A host with all of a desk's bots dies. Its leases are another host's at once, and its bots start there a few at a time. Fifty
 * bots in full, five otherwise. Times are printed; what is expected goes by the rows and by what the venue saw.
 */

const why = whyNoHosts();
const count = process.env["LAUNCH_TEST_SIZE"] === "full" ? 50 : 5;
const names = Array.from({ length: count }, (_, index) => `acc-${index + 1}`);
/** Longer than all starts one after the other. */
const allWithinMs = 60_000 + count * 4_000;
/** A wait that is not answered tells more than the end of the test. */
const testWithinMs = patient(60_000 + 4 * allWithinMs);

interface LeaseRow {
  readonly name: string;
  readonly host: string;
  readonly at: string;
  readonly token: number;
}

describe.skipIf(why !== undefined)(`a whole host${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  let stage: FleetStage;
  let ups = new Map<string, HostLaunch>();

  beforeAll(async () => {
    stage = await openFleetStage({ hosts: ["host-a", "host-b"], proxies: count });
    for (const [index, name] of names.entries()) await stage.addAccount(name, [`p${index + 1}`]);
    stage.writeYaml(["bots:", ...names.map((name) => botLine(name, { everyMs: 1_000 }))].join("\n"));
    await startOn("host-a");
    await loggedIn("host-a");
    await startOn("host-b");
    await standBy("host-b");
  }, testWithinMs);
  afterAll(async () => {
    await stage?.close();
  });

  async function startOn(host: string): Promise<void> {
    ups = new Map([...ups, [host, stage.start(host, ["up", "--no-output"])]]);
  }
  const leases = () =>
    stage.rows<LeaseRow>(
      `select a.name, la.host, l.token, l.acquired_at::text as at from launch.leases l join launch.launchers la on la.id = l.launcher_id
       join launch.accounts a on l.unit_key = 'bot:' || a.id order by l.acquired_at`,
    );
  /** Waits until every account is logged in from the host, and gives when each was seen there first. */
  async function loggedIn(host: string, from = 0): Promise<readonly number[]> {
    const firsts = () => {
      const first = new Map<string, number>();
      for (const entry of stage.venue.entries.slice(from))
        if (loginOf(entry).host === host && !first.has(entry.account ?? ""))
          first.set(entry.account ?? "", entry.at);
      return [...first.values()];
    };
    return await eventually(firsts, (found) => found.length === count, allWithinMs, 100);
  }
  async function standBy(host: string): Promise<void> {
    const standing = async () => {
      const rows = await stage.rows<{ units: number }>(
        "select cardinality(standing_by) as units from launch.launchers where host = $1 and ended_at is null order by started_at desc limit 1",
        [host],
      );
      return rows[0]?.units;
    };
    await eventually(standing, (units) => units === count, allWithinMs, 200);
  }

  async function takenOver(from: string, to: string, kill: () => Promise<void>): Promise<void> {
    const before = await leases();
    expect(before.map(({ host }) => host)).toEqual(names.map(() => from));
    const seen = stage.venue.entries.length;
    const diedAt = Date.now();
    await kill();
    const after = await eventually(
      leases,
      (rows) => rows.length === count && rows.every(({ host }) => host === to),
      allWithinMs,
      200,
    );
    const leasesMs = after.map(({ at }) => Date.parse(at) - diedAt);
    const logins = (await loggedIn(to, seen)).map((at) => at - diedAt);
    process.stderr.write(
      `${count} bots of a host that died: leases elsewhere after ${span(leasesMs)}, at the venue after ${span(logins)}, ${pace(logins)}\n`,
    );
    // Each was taken with a greater token than any that died, and none twice: no bot had to start before the last lease was taken.
    const newest = Math.max(...before.map(({ token }) => Number(token)));
    expect(after.filter(({ token }) => Number(token) <= newest)).toEqual([]);
    expect((await leases()).map(({ token }) => token)).toEqual(after.map(({ token }) => token));
    expect(judgeVenue(stage.venue.entries)).toEqual({ doubleLogins: [], sharedExits: [] });
  }

  test(
    "that loses its power loses all its leases to the host that stands by, and each bot starts there once",
    async () => {
      await takenOver("host-a", "host-b", () => stage.powerOff("host-a"));
    },
    testWithinMs,
  );

  test(
    "whose processes are all killed at once loses them too, while it stays",
    async () => {
      await stage.lab.host("host-a").boot();
      await startOn("host-a");
      await standBy("host-a");
      await takenOver("host-b", "host-a", async () => {
        for (const { pid } of stage.lab.host("host-b").processes()) killed(pid);
      });
    },
    testWithinMs,
  );
});

// The death of its launcher may have taken it along.
function killed(pid: number): void {
  try {
    signal(pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}

function span(ms: readonly number[]): string {
  return `${(Math.min(...ms) / 1_000).toFixed(1)} to ${(Math.max(...ms) / 1_000).toFixed(1)} s`;
}

function pace(ms: readonly number[]): string {
  const seconds = (Math.max(...ms) - Math.min(...ms)) / 1_000;
  return `${(ms.length / Math.max(seconds, 0.1)).toFixed(1)} starts a second`;
}
