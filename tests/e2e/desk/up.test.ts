import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, defaultsYaml, e2eStage, ok, pidOf, seenAtVenue } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { isRunning } from "../../support/processes/is-running.ts";
import { signal } from "../../support/processes/signal.ts";

let stage: Stage;
let yaml: string;
/** A folder of PATH. */
let shelf: string;
/** A command that is asked inside bob whether he is ready. */
const asks = JSON.stringify([process.execPath, "-e", "process.exit(process.env.VENUE_URL ? 0 : 1)"]);
const yamlFile = (): string => join(stage.folder, "launch.yaml");

beforeAll(async () => {
  // As the README puts it on PATH.
  shelf = await mkdtemp(join(tmpdir(), "slipway-path-"));
  await symlink(join(packageRoot(), "bin/launch"), join(shelf, "launch"));
  stage = await e2eStage({
    bin: join(shelf, "launch"),
    proxies: { "fra-1": "http", "ams-1": "socks5", "zrh-1": "http" },
    yaml: (place) =>
      defaultsYaml(place)
        .replace("carol:", '"c*":')
        .replace("bob: { ", `bob: { ready: { exec: ${asks} }, `)
        .replace("env: { VENUE_URL", "after: [funding], env: { VENUE_URL"),
  });
  await addAccount(stage, "alice", ["fra-1"]);
  await addAccount(stage, "bob", ["ams-1"]);
  await addAccount(stage, "carol", ["zrh-1"]);
  yaml = await readFile(yamlFile(), "utf8");
});
afterAll(async () => {
  await stage.launch(["down"]);
  await stage.close();
  await rm(shelf, { recursive: true });
});

interface Live {
  readonly runs: readonly { readonly unit: string; readonly launcher_pid: number; readonly pid: number }[];
}

async function live(): Promise<Live["runs"]> {
  return (JSON.parse(await ok(stage, ["ps", "--running", "--json"])) as Live).runs;
}

async function nextPid(account: string, before?: number): Promise<number> {
  const from = stage.venue.entries.length;
  return pidOf(
    await seenAtVenue(stage, (entry) => entry.account === account && pidOf(entry) !== before, from),
  );
}

test("a dry run says what would start, on which exit, and starts nothing", async () => {
  const text = await ok(stage, ["up", "--dry-run"]);
  expect(text.split("\n").map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ["UNIT", "OUTCOME", "PROXY", "EXIT IP", "WHY"],
    ["funding", "starts", "-", "-", "-"],
    ["alice", "starts", "fra-1", "-", "after funding"],
    ["bob", "starts", "ams-1", "-", "-"],
    ["carol", "starts", "zrh-1", "-", "-"],
  ]);
  expect(await live()).toEqual([]);
  const unknown = await stage.launch(["up", "alcie", "--dry-run"]);
  expect([unknown.exitCode, unknown.stderr]).toEqual([64, expect.stringMatching(/"alcie".*alice/s)]);
});

test("on a terminal's streams each unit stands behind its name, and Ctrl-C ends all of them", async () => {
  const launcher = stage.start(["up", "bob", "funding"]);
  await launcher.line(/^bob {5}\| /);
  await launcher.line(/^funding \| /);
  expect((await live()).map(({ unit }) => unit).sort()).toEqual(["bob", "funding"]);
  launcher.signal("SIGINT");
  expect(await launcher.ended).toBe(0);
  expect(await ok(stage, ["ps", "--json"])).toContain('"stopped by SIGINT"');
  await launcher.line(/stopping 2 bots and collectors; asked again, it ends them at once/);
  const stopped = launcher.stderr.filter((line) => line.includes("stopped ("));
  expect(stopped.map((line) => /\d of \d/.exec(line)?.[0])).toEqual(["1 of 2", "2 of 2"]);
  expect(await live()).toEqual([]);
});

test("up -d outlives its terminal, keeps what an operator stopped down, starts again what was killed, and goes down", async () => {
  const started = await ok(stage, ["up", "-d", "--json"]);
  const { pid, units } = JSON.parse(started) as { pid: number; units: { name: string; state: string }[] };
  // Nobody waits for bob's answer.
  expect(units.map(({ name, state }) => `${name} ${state}`)).toEqual([
    "funding ready",
    "alice ready",
    expect.stringMatching(/^bob (ready|running)$/),
    "carol ready",
  ]);
  // Nobody ran anything in them: a launcher's own questions are no events.
  expect(await ok(stage, ["events", "--limit", "200", "--json"])).not.toContain("exec.started");
  const runs = await live();
  expect(new Set(runs.map((run) => run.launcher_pid))).toEqual(new Set([pid]));
  const foreground = await stage.launch(["bot", "alice"]);
  expect([foreground.exitCode, foreground.stderr]).toEqual([
    75,
    expect.stringContaining("`launch stop alice`"),
  ]);
  expect((await ok(stage, ["check", "--all"])).match(/^\w+/gm)).toEqual(["alice", "bob", "carol", "funding"]);
  const again = await stage.launch(["up"]);
  expect([again.exitCode, again.stderr]).toEqual([64, expect.stringMatching(/runs already.*launch reload/s)]);

  const [bobs, carols] = [await nextPid("bob"), await nextPid("carol")];
  signal(bobs, "SIGKILL");
  const second = await nextPid("bob", bobs);
  expect(await nextPid("carol")).toBe(carols);

  // What is wrong in the file changes nothing; what changed in it starts that unit anew, and no other.
  await writeFile(yamlFile(), yaml.replace("bots:", "botts:"));
  const refused = await stage.launch(["reload"]);
  expect([refused.exitCode, refused.stderr]).toEqual([
    78,
    expect.stringMatching(/Nothing was changed.*"botts"/s),
  ]);
  // In its own log each mistake has a line.
  const log = await readFile(join(stage.stateFolder, "logs", "up.log"), "utf8");
  expect(log).toMatch(/error: reload: launch\.yaml:\d+:\d+ unknown key "botts"/);
  // One code and one hint, in this program's own name.
  expect(refused.stderr.match(/LAUNCH_CONFIG_INVALID|^hint:/gm)).toHaveLength(2);
  expect(await nextPid("bob")).toBe(second);
  await writeFile(yamlFile(), yaml.replace("bob: { ", "bob: { restart: always, "));
  expect(await ok(stage, ["reload"])).toBe("~ bot bob: started anew (restart)\n3 unchanged");
  await nextPid("bob", second);
  expect(await nextPid("carol")).toBe(carols);
  // What only a start takes over is told, and not taken for unchanged.
  await writeFile(
    yamlFile(),
    `${yaml.replace("bob: { ", "bob: { restart: always, ")}\nswitch: { per_day: 5 }`,
  );
  expect(await ok(stage, ["reload"])).toMatch(/^4 unchanged\n! switch: changed, .*launch up -d --replace/);
  await writeFile(yamlFile(), yaml.replace(/bob: \{.*?\} \}, /, ""));
  expect(await ok(stage, ["reload"])).toBe("- bot bob: stopped\n3 unchanged");

  expect(await ok(stage, ["down"])).toMatch(new RegExp(`launch up \\(pid ${pid}\\) ended after`));
  expect(await live()).toEqual([]);
  expect(await ok(stage, ["down"])).toBe("");
  await gone(pid);
  expect(readdirSync(join(stage.stateFolder, "run")).filter((name) => name.includes("up.json"))).toEqual([]);
  // Who ended them, and how: the signal is launch down's own business.
  const over = JSON.parse(await ok(stage, ["ps", "--json"])) as { runs: { unit: string; reason: string }[] };
  expect(over.runs.map(({ unit, reason }) => `${unit} ${reason}`).sort()).toEqual([
    expect.stringMatching(/^alice stopped by user:\S+ \(launch down\)$/),
    expect.stringMatching(/^bob stopped by a change of launch\.yaml$/),
    expect.stringMatching(/^carol stopped by user:\S+ \(launch down\)$/),
    expect.stringMatching(/^funding stopped by user:\S+ \(launch down\)$/),
  ]);
});

test("a launcher that is killed takes its units with it, and the next one starts each once", async () => {
  const { pid } = JSON.parse(await ok(stage, ["up", "-d", "alice", "funding", "--json"])) as { pid: number };
  const alices = await nextPid("alice");
  signal(pid, "SIGKILL");
  await gone(alices);
  const next = JSON.parse(await ok(stage, ["up", "-d", "alice", "funding", "--json"])) as { pid: number };
  await nextPid("alice", alices);
  expect((await live()).map((run) => run.launcher_pid)).toEqual([next.pid, next.pid]);
  await ok(stage, ["down"]);
});

// Whoever inherits an orphan may take its time to collect it.
async function gone(pid: number): Promise<void> {
  await eventually(
    async () => isRunning(pid),
    (alive) => !alive,
  );
}

test("a unit that cannot start shows so in ps, status and events while the others run, until it is mended", async () => {
  await writeFile(yamlFile(), yaml.replace('"c*":', 'carol: { command: [pyton3] }, "c*":'));
  // One of the two does not run.
  expect((await stage.launch(["up", "-d", "funding", "carol"])).exitCode).toBe(1);
  const told = async () => {
    const { runs } = JSON.parse(await ok(stage, ["ps", "--json"])) as {
      runs: readonly { readonly unit: string; readonly state: string; readonly reason: string | null }[];
    };
    return runs.find(({ unit }) => unit === "carol");
  };
  const missing = expect.stringMatching(/"pyton3" was not found/) as string;
  expect(await told()).toMatchObject({ state: "failed", reason: missing });
  expect(await ok(stage, ["status", "carol"])).toMatch(/^bot carol does not start again by itself: /);
  const { events } = JSON.parse(await ok(stage, ["events", "--json"])) as {
    events: readonly { readonly kind: string; readonly message: string }[];
  };
  expect(events).toContainEqual(
    expect.objectContaining({
      kind: "bot.stopped",
      message: expect.stringMatching(/^carol does not start: /),
    }),
  );
  await writeFile(yamlFile(), yaml);
  await ok(stage, ["reload"]);
  await eventually(told, (carol) => carol?.state === "running");
  await ok(stage, ["down"]);
});

test("an upgrade takes the units over one at a time, and gives all back when one does not come back", async () => {
  await writeFile(yamlFile(), yaml);
  const started = async (words: readonly string[]) =>
    (JSON.parse(await ok(stage, ["up", "-d", ...words, "--json"])) as { pid: number }).pid;
  const old = await started([]);
  const alices = await nextPid("alice");
  await ok(stage, ["stop", "carol"]);
  // Bob could not start any more: alice and funding, which came before him, go back.
  await writeFile(yamlFile(), yaml.replace(/(bob: .*?command: \[)/, '$1"/no/such/program", '));
  const failed = await stage.launch(["up", "-d", "--replace"]);
  expect(failed.exitCode).not.toBe(0);
  expect(failed.stderr).toMatch(/bob did not come back.*All units run under the old launcher/s);
  expect(failed.stderr).toMatch(/then run `launch up -d --replace` again/);
  const back = await nextPid("alice", alices);
  expect((await live()).map(({ unit, launcher_pid: pid }) => `${unit} ${pid}`).sort()).toEqual([
    `alice ${old}`,
    `bob ${old}`,
    `funding ${old}`,
  ]);

  await writeFile(yamlFile(), yaml);
  const next = await started(["--replace"]);
  await nextPid("alice", back);
  await gone(old);
  expect((await live()).map(({ unit, launcher_pid: pid }) => `${unit} ${pid}`).sort()).toEqual([
    `alice ${next}`,
    `bob ${next}`,
    `funding ${next}`,
  ]);

  // What an operator stopped stays stopped; it starts where the unit is declared.
  expect(await ok(stage, ["start", "carol"])).toMatch(/carol/);
  expect((await live()).map(({ unit }) => unit)).toContain("carol");
  const bobs = await nextPid("bob");
  await ok(stage, ["stop", "bob"]);
  await gone(bobs);
  const fewer = await stage.launch(["up", "-d", "--replace", "alice"]);
  expect(fewer.stderr).toContain("carol: ends with the launcher that is replaced");
  expect(fewer.stderr).not.toMatch(/(alice|funding): ends/);
  // She waits for it, so it comes along.
  expect((await live()).map(({ unit }) => unit).toSorted()).toEqual(["alice", "funding"]);
  await ok(stage, ["down"]);
});
