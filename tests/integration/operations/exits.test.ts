import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";
import type { ExitIp } from "../../../lib/domain/ip.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { botSlot, mustHold, mustTakeExit, sampleOwner, sampleRun } from "../../contract/store/samples.ts";
import { eventually } from "../../support/eventually.ts";
import { type OperatorMachine, operatorMachine } from "../../support/operator/operator-machine.ts";

let machine: OperatorMachine;
let store: Store;
beforeAll(async () => {
  machine = await operatorMachine();
  store = await machine.database.store();
  for (const [name, ip] of [
    ["alice", "203.0.113.7"],
    ["bob", "203.0.113.9"],
  ] as const) {
    await launched([
      "account",
      "add",
      name,
      "--venue",
      "binance",
      "--proxy-label",
      `${name}-1`,
      "--proxy-endpoint",
      `http://${name}.example:8001`,
    ]);
    await prove(`${name}-1`, ip);
  }
  await launched(["proxy", "add", "alice-2", "--proxy-endpoint", "http://two.example:8002"]);
  await launched(["assign", "alice", "alice-2"]);
  await prove("alice-2", "203.0.113.8");
});
afterAll(() => machine.remove());

async function launched(words: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await machine.launch(words);
  expect(status, stderr).toBe(0);
  return stdout + stderr;
}

async function prove(label: string, ip: string): Promise<void> {
  const proxy = await store.proxies.find(label);
  if (proxy === undefined) throw new Error(`no ${label}`);
  const found = { runId: undefined, reason: undefined, latencyMs: 1, country: undefined } as const;
  const check = { ...found, proxyId: proxy.id, kind: "proof", isOk: true } as const;
  await store.proxies.recordCheck({ ...check, exitIp: ip as ExitIp, at: instant(Date.now()) });
}

/** A run of the account that leaves by this proxy, as a launcher has it. */
async function running(name: string, label: string, ip: string, fromMs: number) {
  const account = await store.accounts.find(name);
  const proxy = await store.proxies.find(label);
  if (account === undefined || proxy === undefined) throw new Error("nobody to run");
  const owner = sampleOwner();
  await mustHold(store, { slot: botSlot(account), owner });
  const from = instant(Date.now() - fromMs);
  const run = sampleRun(account, owner, {
    phase: "running",
    proxyId: proxy.id,
    proxyLabel: label,
    startedAt: from,
  });
  await store.runs.begin(run);
  const of = { accountId: account.id, proxyId: proxy.id, venues: account.venues, runId: run.id };
  await mustTakeExit(store, {
    ...of,
    exitIps: [ip as ExitIp],
    groupName: undefined,
    seen: new Map(),
    settledEra: undefined,
  });
  await store.runs.openExitUse({ ...of, exitIps: [ip as ExitIp], from });
  return async () => {
    const at = instant(Date.now());
    await store.runs.closeExitUse(run.id, at);
    await store.runs.end(run.id, { at, by: "bot", exitCode: 0, reason: undefined });
    await store.leases.release(run.id, owner.launcherId);
  };
}

interface Ips {
  readonly registered: readonly string[];
  readonly next_change_at: string | null;
  readonly exits: readonly {
    readonly proxy: string;
    readonly exit_ip: string;
    readonly registered: boolean | null;
    readonly venues: readonly {
      readonly venue: string;
      readonly acceptance: string;
      readonly reputation: string;
    }[];
  }[];
}

describe("the list of registered exits", () => {
  it.each([
    [["--registered", "203.0.113.7/32"], /"203.0.113.7\/32" is not an IP address/, /203\.0\.113\.7 or 2001/],
    [["--registered", "10.0.0.1"], /10\.0\.0\.1 is not a public address/, /launch proxy ls/],
    [["--registered", ", "], /got no address/, /--clear registered/],
    [["--registered-changes", "once a week"], /how often a list may change/, /1\/7d/],
    [["--key-label", "a".repeat(64)], /cannot be the label of an API key/, /1 to 63/],
    [["--clear", "registred"], /--clear registred is not known/, /registered, registered-changes/],
  ])("refuses %j and says what to type", async (words, why, hint) => {
    const { status, stderr } = await machine.launch(["account", "edit", "alice", ...words]);
    expect([status, stderr]).toEqual([64, expect.stringMatching(why)]);
    expect(stderr).toMatch(hint);
    const [alice] = (await store.accounts.list()).filter(({ name }) => name === "alice");
    expect(alice).toMatchObject({ registeredChanges: undefined, keyLabel: undefined });
  });

  it("is shown with every exit and a line to paste, says when it may change, and warns before an account is left without an exit", async () => {
    const first = await launched([
      "account",
      "edit",
      "alice",
      "--registered",
      "203.0.113.7",
      "--registered-changes",
      "1/7d",
      "--key-label",
      "main",
    ]);
    expect(first).toMatch(/next change of its list is allowed now/);
    const text = await launched(["account", "ips", "alice"]);
    expect(text).toMatch(/alice-1\s+203\.0\.113\.7\s+\S+ \S+ ago\s+yes\s+binance\s+unknown\s+clear/);
    expect(text).toMatch(/alice-2\s+203\.0\.113\.8\s+\S+ \S+ ago\s+NO/);
    expect(text).toContain("Not registered, so never used: 203.0.113.8. The list may be changed now.");
    expect(text).toContain('For the API key "main":\n203.0.113.7,203.0.113.8\n');
    const assigned = await machine.launch(["assign", "alice", "alice-2"]);
    expect(assigned.stderr).toContain("--registered 203.0.113.7,203.0.113.8`");
    const second = await launched(["account", "edit", "alice", "--registered", "203.0.113.8,203.0.113.8"]);
    expect(second).toMatch(/next change of its list is allowed in 6 d 23 h/);
    const { stderr } = await machine.launch(["account", "edit", "alice", "--registered", "203.0.113.99"]);
    expect(stderr).toMatch(/warning: alice has no other exit .*cannot start/);
    const ips = await machine.json<Ips>(["account", "ips", "alice"]);
    expect(ips.registered).toEqual(["203.0.113.99"]);
    expect(Date.parse(ips.next_change_at ?? "")).toBeGreaterThan(Date.now());
    expect(ips.exits.map((exit) => [exit.proxy, exit.registered])).toEqual([
      ["alice-1", false],
      ["alice-2", false],
    ]);
    await launched(["account", "edit", "alice", "--clear", "registered"]);
    const freed = await machine.json<Ips>(["account", "ips", "alice"]);
    expect(freed.exits.map((exit) => exit.registered)).toEqual([null, null]);
    expect(await launched(["events", "--account", "alice", "--limit", "1"])).toContain("registered");
  });

  it("knows which exits a venue takes by an operator's word", async () => {
    expect(await launched(["account", "allow", "alice", "203.0.113.7"])).toMatch(
      /binance takes alice's requests/,
    );
    expect(await launched(["account", "allow", "alice", "203.0.113.7"])).toMatch(/was known/);
    await launched(["account", "allow", "alice", "203.0.113.7", "--venue", "okx"]);
    const { exits } = await machine.json<Ips>(["account", "ips", "alice"]);
    expect(exits[0]?.venues).toMatchObject([
      { venue: "binance", acceptance: "accepted" },
      { venue: "okx", acceptance: "accepted" },
    ]);
    const strange = await machine.launch(["account", "allow", "alice", "203.0.113.7", "--venue", "binnance"]);
    expect([strange.status, strange.stderr]).toEqual([
      64,
      expect.stringContaining('Did you mean "binance"?'),
    ]);
    await launched(["account", "add", "anyone"]);
    const nowhere = await machine.launch(["account", "allow", "anyone", "203.0.113.7"]);
    expect([nowhere.status, nowhere.stderr]).toEqual([64, expect.stringContaining("--venue binance")]);
  });
});

describe("an exit that is burned by hand", () => {
  it("is named by label or address, stands so until its time or a revival, and is in the history", async () => {
    const burned = await launched([
      "burn",
      "bob-1",
      "--venue",
      "Binance",
      "--until",
      "2h",
      "--why",
      "captcha",
    ]);
    expect(burned).toMatch(/warning: bob has no other exit .*cannot start until \d\d:\d\d\./);
    expect(burned).toMatch(/203\.0\.113\.9 is burned at binance until /);
    const { exits } = await machine.json<Ips>(["account", "ips", "bob"]);
    expect(exits[0]?.venues).toMatchObject([{ venue: "binance", reputation: "burned" }]);
    const bot = await machine.launch(["bot", "--account", "bob", "--", "true"]);
    expect([bot.status, bot.stderr]).toEqual([75, expect.stringContaining("burned at binance")]);
    expect(await launched(["revive", "203.0.113.9", "--venue", "binance"])).toMatch(
      /Nothing stands against 203\.0\.113\.9 at binance any more\./,
    );
    const events = await launched(["events", "--limit", "3"]);
    expect(events).toMatch(/reputation\.revived[\s\S]*reputation\.burned[\s\S]*captcha/);
    const nothing = await machine.launch(["revive", "203.0.113.9"]);
    expect([nothing.status, nothing.stderr]).toEqual([
      0,
      "Nothing stood against 203.0.113.9 at any venue.\n",
    ]);
  });

  it.each([
    [["burn", "nobody", "--venue", "binance"], /No proxy is labelled "nobody"/],
    [["burn", "bob-1"], /--venue/],
    [["burn", "bob-1", "--venue", "binance", "--until", "yesterday"], /--until yesterday is not a moment/],
    [["burn", "bob-1", "--venue", "binance", "--until", "2020-01-01"], /is over: here it is/],
    [["burn", "bob-1", "--venue", "binnance"], /Did you mean "binance"/],
    [["revive", "alice"], /which proxy is meant/],
    [["revive", "alice", "alice-1", "--venue", "binance"], /are for an exit alone/],
  ])("%j is refused with what to type", async (words, why) => {
    const { status, stderr } = await machine.launch(words);
    expect([status, stderr]).toEqual([64, expect.stringMatching(why)]);
  });
});

describe("histories", () => {
  it("say which exit an account had at a moment and why, and who left by an exit", async () => {
    const end = await running("alice", "alice-1", "203.0.113.7", 3 * 3_600_000);
    const { stderr } = await machine.launch(["unassign", "alice", "alice-2"]);
    expect(stderr).not.toContain("warning");
    const disabled = await machine.launch(["proxy", "disable", "alice-1"]);
    expect(disabled.stderr).toMatch(/warning: alice's bot runs through alice-1 and will leave it/);
    expect(disabled.stderr).toMatch(/warning: alice has no other exit .*stops and waits/);
    await launched(["proxy", "enable", "alice-1"]);
    await launched(["assign", "alice", "alice-2"]);
    await end();
    const later = await running("alice", "alice-2", "203.0.113.8", 1_000);
    const whole = await machine.json<{
      uses: { exit_ip: string; proxy: string; until: string | null; why: string | null }[];
    }>(["account", "history", "alice"]);
    expect(whole.uses).toMatchObject([
      { exit_ip: "203.0.113.8", proxy: "alice-2", until: null },
      { exit_ip: "203.0.113.7", proxy: "alice-1", until: expect.any(String) },
    ]);
    const at = await launched(["account", "history", "alice", "--at", "2h"]);
    expect(at).toMatch(/203\.0\.113\.7 .*started there/);
    expect(at).not.toContain("203.0.113.8");
    expect(await launched(["account", "history", "alice", "--at", "9h"])).toMatch(
      /had no exit at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d: its bot did not run/,
    );
    const of = await machine.json<{ uses: { account: string }[] }>(["proxy", "history", "203.0.113.7"]);
    expect(of.uses).toMatchObject([{ account: "alice" }]);
    expect(await launched(["proxy", "history", "alice-2", "--since", "1h"])).toMatch(/alice .*now/);
    const wrong = await machine.launch(["account", "history", "alice", "--at", "noon"]);
    expect([wrong.status, wrong.stderr]).toEqual([64, expect.stringContaining("--at 14:03")]);
    await later();
    for (const words of [
      ["account", "history", "alice"],
      ["proxy", "history", "alice-1"],
      ["account", "ips", "alice"],
    ])
      for (const line of (await launched([...words])).split("\n")) expect(line).not.toContain("\u001b");
  });

  it("of events go on with --follow, as lines of JSON, until nobody reads them or Ctrl-C comes", async () => {
    const env = { ...machine.stranger.env, LAUNCH_DATABASE_URL: machine.database.url };
    const follow = (...words: string[]) =>
      spawn(process.execPath, [join(packageRoot(), "bin/launch"), "events", ...words], {
        cwd: machine.stranger.home,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
    const child = follow("-f", "--json", "--account", "bob", "--limit", "1");
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value as string) as { kind: string; id: number };
    const known = await next();
    await launched(["account", "hold", "alice", "--why", "not bob's"]);
    await launched(["account", "release", "alice"]);
    await launched(["account", "hold", "bob", "--why", "audit"]);
    const held = await next();
    expect([held.kind, held.id > known.id]).toEqual(["hold.set", true]);
    await launched(["account", "release", "bob"]);
    expect((await next()).kind).toBe("hold.cleared");
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);

    const unread = follow("-f", "--limit", "0");
    const errors: string[] = [];
    unread.stderr.on("data", (chunk: Buffer) => errors.push(String(chunk)));
    unread.stdout.destroy();
    const gone = once(unread, "exit");
    // Whatever happens next is what it cannot print any more.
    const event = { kind: "k", severity: "info", actor: "system", host: "h", message: "m" } as const;
    let isGone = false;
    void gone.then(() => (isGone = true));
    await eventually(
      () => store.history.append({ ...event, at: instant(Date.now()) }).then(() => isGone),
      (is) => is,
      20_000,
    );
    expect([await gone, errors.join("")]).toEqual([[0, null], ""]);
  });
});
