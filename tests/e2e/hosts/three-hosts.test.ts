import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

/*
 * Three hosts, one database, one account that is started on all three. What is said of times is printed; what is expected goes by
 * the order of what the venue and the database saw.
 */

const why = whyNoHosts();
const hosts = ["host-a", "host-b", "host-c"];
const ttlMs = 15_000;

describe.skipIf(why !== undefined)(`three hosts${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  let stage: FleetStage;
  let ups: readonly HostLaunch[];

  beforeAll(async () => {
    stage = await openFleetStage({ hosts, proxies: 1 });
    await stage.addAccount("alice", ["p1"]);
    stage.writeYaml(`bots:\n${botLine("alice")}`);
    ups = hosts.map((host) => stage.start(host, ["up"]));
  });
  afterAll(async () => {
    await stage?.close();
  });

  const lastLogin = () => {
    const entry = stage.venue.entries.at(-1);
    return entry && { ...loginOf(entry), at: entry.at };
  };
  const loggedIn = async (fits: (login: { host: string; run: string }) => boolean, from = 0) => {
    const find = () => stage.venue.entries.slice(from).find((entry) => fits(loginOf(entry)));
    const entry = await eventually(find, (found) => found !== undefined, 60_000);
    if (entry === undefined) throw new Error("the venue forgot what it saw");
    return { ...loginOf(entry), at: entry.at };
  };
  const upOn = (host: string): HostLaunch => {
    const found = ups.find((up) => up.host === host);
    if (found === undefined) throw new Error(`nothing was started on ${host}`);
    return found;
  };
  const botsOn = (host: string) =>
    stage.lab
      .host(host)
      .processes()
      .filter(({ command }) => command.includes("logs-in.mjs"));

  test("the same account started on all of them runs on one, and the two others stand by and say so", async () => {
    const { host } = await loggedIn(() => true);
    const others = hosts.filter((each) => each !== host);
    for (const other of others)
      await upOn(other).line(new RegExp(`alice: stands by: The bot "alice" already runs on ${host}`));
    const { runs } = JSON.parse(await stage.ok(others[0] ?? "", ["ps", "--json"]));
    expect(runs).toMatchObject([{ unit: "alice", live: true, host, standby: others }]);
    const table = await stage.ok(others[0] ?? "", ["ps"]);
    expect(table).toMatch(new RegExp(`alice .*${host} .*standby: ${others[0]}`));
    expect(hosts.filter((each) => botsOn(each).length > 0)).toEqual([host]);
    // Asked by hand, a stand-by says why it does not start it.
    const started = await stage.launch(others[0] ?? "", ["start", "alice"]);
    expect(`${started.exitCode} ${started.stdout}`).toMatch(new RegExp(`alice.*${host}`));
  });

  test("cut off from the database the holder stops at its deadline, another takes over, and after the healing there is still one", async () => {
    const before = lastLogin();
    if (before === undefined) throw new Error("nobody is logged in");
    const from = stage.venue.entries.length;
    const cutAt = Date.now();
    await stage.lab.host(before.host).cut("database");
    const after = await loggedIn(({ host }) => host !== before.host, from);
    const last = stage.venue.entries.findLast((entry) => loginOf(entry).run === before.run);
    // It could reach the venue all the time: only its own deadline ended it.
    expect(last?.at).toBeLessThan(after.at);
    expect(botsOn(before.host)).toEqual([]);
    await upOn(before.host).line(/alice: the database did not answer for \d+ s, and the lease ended/);
    process.stderr.write(
      `a holder without its database: last seen ${seconds(Number(last?.at) - cutAt)} after the cut, ${after.host} logs in ${seconds(after.at - cutAt)} after it (TTL ${ttlMs / 1_000} s)\n`,
    );
    const healedFrom = stage.venue.entries.length;
    await stage.lab.host(before.host).heal();
    await upOn(before.host).line(
      new RegExp(`alice: stands by: The bot "alice" already runs on ${after.host}`),
      90_000,
    );
    await loggedIn(({ run }) => run === after.run, healedFrom);
    expect(new Set(stage.venue.entries.slice(healedFrom).map((entry) => loginOf(entry).run))).toEqual(
      new Set([after.run]),
    );
    expect(judgeVenue(stage.venue.entries)).toEqual({ doubleLogins: [], sharedExits: [] });
  });

  test("a host whose power fails loses its bot to another one, and stands by when it is back", async () => {
    const before = lastLogin();
    if (before === undefined) throw new Error("nobody is logged in");
    const host = stage.lab.host(before.host);
    const from = stage.venue.entries.length;
    const offAt = Date.now();
    await host.powerOff();
    const after = await loggedIn((login) => login.host !== before.host, from);
    process.stderr.write(`a host without power: ${after.host} logs in ${seconds(after.at - offAt)} later\n`);
    await host.boot();
    const again = stage.start(host.name, ["up"]);
    await again.line(new RegExp(`alice: stands by: .* ${after.host}`));
    expect(judgeVenue(stage.venue.entries)).toEqual({ doubleLogins: [], sharedExits: [] });
  });

  test("an account that is stopped anywhere is down everywhere, and started where its word is given", async () => {
    const { host = "" } = lastLogin() ?? {};
    const [other = ""] = hosts.filter((each) => each !== host);
    const stopped = await stage.ok(other, ["stop", "alice", "--wait"]);
    expect(stopped).toContain("alice: ");
    await eventually(
      () => hosts.flatMap((each) => botsOn(each)),
      (left) => left.length === 0,
      30_000,
    );
    const { runs } = JSON.parse(await stage.ok(other, ["ps", "--json"]));
    expect(runs).toMatchObject([{ unit: "alice", live: false }]);
    const from = stage.venue.entries.length;
    await stage.ok(other, ["start", "alice"]);
    await loggedIn(() => true, from);
    expect(judgeVenue(stage.venue.entries)).toEqual({ doubleLogins: [], sharedExits: [] });
  });
});

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
