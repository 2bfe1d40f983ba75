import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type OperatorMachine, operatorMachine } from "../../support/operator/operator-machine.ts";

let machine: OperatorMachine;
beforeAll(async () => {
  machine = await operatorMachine();
});
afterAll(() => machine.remove());

const add = (name: string) =>
  `account add ${name} --proxy-label ${name}-1 --proxy-endpoint http://127.0.0.1:9`.split(" ");
const accounts = async () =>
  (await machine.json<{ accounts: { name: string }[] }>(["account", "ls"])).accounts.map(({ name }) => name);

describe("a command that takes something away", () => {
  let name = "";
  let count = 0;
  beforeEach(async () => {
    count += 1;
    name = `desk-${count}`;
    await machine.launch(add(name));
  });

  test("asks on a terminal, and does nothing without a yes", async () => {
    const no = await machine.answerOnTerminal(["account", "rm", name], "[y/N]", "\r");
    expect([no.status, no.stdout]).toEqual([
      130,
      expect.stringMatching(/Remove the account \S+\? \[y\/N\][\s\S]*Nothing was done\./),
    ]);
    expect(await accounts()).toContain(name);
    const cancelled = await machine.answerOnTerminal(["account", "rm", name], "[y/N]", "\u0003");
    expect(cancelled.status).toBe(130);
    const gone = await machine.answerOnTerminal(["account", "rm", name], "[y/N]", "\u0004");
    expect(gone.status).toBe(130);
    expect(await accounts()).toContain(name);
    const yes = await machine.answerOnTerminal(["account", "rm", name], "[y/N]", "y\r");
    expect([yes.status, yes.stdout]).toEqual([0, expect.stringContaining(`Account ${name} was removed.`)]);
    expect(await accounts()).not.toContain(name);
  });

  test("that may lose what a new database has asks too", async () => {
    const words = ["db", "move", "--undo", "--force"];
    const no = await machine.answerOnTerminal(words, "[y/N]", "n\r");
    expect([no.status, no.stdout]).toEqual([
      130,
      expect.stringMatching(/warning: If the new database cannot be reached[\s\S]*Nothing was done\./),
    ]);
    const yes = await machine.stranger.launchOnTerminal([...words, "--yes"], {
      env: { LAUNCH_DATABASE_URL: machine.database.url },
    });
    expect(yes.stdout).not.toContain("[y/N]");
    expect(yes.stdout).toContain("LAUNCH_");
  });

  test("says what it means before it asks", async () => {
    const words = ["demote", name, `${name}-1`, "--for", "2h"];
    const { status, stdout } = await machine.answerOnTerminal(words, "[y/N]", "n\r");
    expect(status).toBe(130);
    expect(stdout).toMatch(
      /warning: \S+ has no other exit that it may use now: its bot cannot start until \d\d:\d\d\.\s+Demote \S+ for \S+\?/,
    );
  });

  test("asks nothing without a terminal, with --yes, -y or --no-input, and under CI", async () => {
    const { stranger, database } = machine;
    const env = { LAUNCH_DATABASE_URL: database.url };
    const label = `${name}-1`;
    const ended = await Promise.all([
      stranger.launch(["proxy", "disable", label], { env }),
      stranger.launchOnTerminal(["proxy", "disable", label, "--yes"], { env }),
      stranger.launchOnTerminal(["proxy", "disable", label, "-y"], { env }),
      stranger.launchOnTerminal(["proxy", "disable", label, "--no-input"], { env }),
      stranger.launchOnTerminal(["proxy", "disable", label], { env: { ...env, CI: "true" } }),
    ]);
    for (const { status, stdout, stderr } of ended) {
      expect([status, stdout + stderr]).toEqual([0, expect.stringContaining("is disabled.")]);
      expect(stdout + stderr).not.toContain("[y/N]");
    }
  });

  test("changes nothing with --dry-run", async () => {
    const all = [["account", "ls"], ["proxy", "ls"], ["events"]];
    const facts = () => Promise.all(all.map((words) => machine.launch([...words, "--json"])));
    const before = await facts();
    await Promise.all(
      [
        `account rm ${name}`,
        `account hold ${name} --why audit`,
        `account edit ${name} --country DE`,
        `proxy rm ${name}-1`,
        `proxy disable ${name}-1`,
        `unassign ${name} ${name}-1`,
        `demote ${name} ${name}-1`,
      ].map(async (line) => {
        const { status, stdout, stderr } = await machine.launch([...line.split(" "), "--dry-run", "--json"]);
        expect([line, status, stderr]).toEqual([line, 0, expect.stringContaining("Nothing was done.")]);
        expect(JSON.parse(stdout)).toMatchObject({ version: 1, dry_run: true });
      }),
    );
    const undated = (finished: readonly { readonly stdout: string }[]) =>
      finished.map(({ stdout }) => stdout.replaceAll(/"(?:for|age)_ms": \d+/g, ""));
    expect(undated(await facts())).toEqual(undated(before));
  });

  test("is refused in a dry run as it would be, and before it asks", async () => {
    const dry = await machine.launch(["unassign", name, "nothing-1", "--dry-run"]);
    expect([dry.status, dry.stderr]).toEqual([64, expect.stringContaining("LAUNCH_UNKNOWN_PROXY")]);
    const asked = await machine.answerOnTerminal(["account", "rm", "nobody"], "[y/N]", "y\r");
    expect([asked.status, asked.stdout]).toEqual([64, expect.not.stringContaining("[y/N]")]);
  });
});

test("what is lost for good has to be typed", async () => {
  const [older] = (await machine.json<{ keys: { key_id: string }[] }>(["keys", "ls"])).keys;
  const id = older?.key_id ?? "";
  await machine.launch(["keys", "new"]);
  const dry = await machine.launch(["keys", "retire", id, "--dry-run"]);
  expect([dry.status, dry.stderr]).toEqual([0, expect.stringContaining("Nothing was done.")]);
  const yes = await machine.answerOnTerminal(["keys", "retire", id], "to do it:", "y\r");
  expect([yes.status, yes.stdout]).toEqual([130, expect.stringContaining("cannot be opened without it")]);
  const typed = await machine.answerOnTerminal(["keys", "retire", id], "to do it:", `${id}\r`);
  expect([typed.status, typed.stdout]).toEqual([0, expect.stringContaining(`Key ${id} was removed`)]);
});

test("what is so already is no failure: the same command again ends with 0", async () => {
  await machine.launch(add("again"));
  await machine.launch(["proxy", "add", "spare", "--proxy-endpoint", "http://127.0.0.1:19"]);
  const chains = [
    ["assign again spare", "unassign again spare"],
    ["account hold again --why audit", "account release again"],
    ["demote again again-1", "revive again again-1"],
    ["account allow again 203.0.113.7 --venue binance", "db migrate"],
  ];
  await Promise.all(
    chains.map(async (chain) => {
      for (const line of chain.flatMap((each) => [each, each])) {
        const { status, stderr } = await machine.launch(line.split(" "));
        expect([line, status, stderr]).toEqual([line, 0, expect.any(String)]);
      }
    }),
  );
});
