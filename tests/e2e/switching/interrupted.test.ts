import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openSlipway, type Slipway } from "../../../lib/index.ts";
import type { Fault } from "../../lab/front.ts";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";
import type { VenueEntry } from "../../lab/venue.ts";
import { addAccount, defaultsYaml, e2eStage, ok, pidOf, proxyOf, startBot } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { isRunning } from "../../support/processes/is-running.ts";

const labels = ["fra-1", "ams-1", "zrh-1"] as const;
const swapped = "127.0.1.99";
const alice = { kind: "bot", name: "alice" } as const;
const hookProgram = fileURLToPath(new URL("../../fixtures/hooks/waits-for-file.mjs", import.meta.url));

let stage: Stage;
let operator: Slipway;
let goOnFile: string;
let launcher: RunningLaunch | undefined;

beforeAll(async () => {
  stage = await e2eStage({
    proxies: { "fra-1": "http", "ams-1": "http", "zrh-1": "http" },
    yaml: (made) =>
      [
        defaultsYaml(made),
        "switch: { per_ten_minutes: 1000, per_day: 1000, fleet_share: 1 }",
        `venues: [{ venue: binance, hosts: [venue.test], probe: "https://venue.test:${made.venuePort}/time" }]`,
      ].join("\n"),
  });
  await addAccount(stage, "alice", labels, ["--venue", "binance"]);
  goOnFile = join(stage.folder, "go-on");
  const configFile = join(stage.folder, "launch.yaml");
  operator = await openSlipway({ stateFolder: stage.stateFolder, configFile });
});
afterEach(async () => {
  await launcher?.end();
  launcher = undefined;
  await operator.accounts.release("alice").catch(() => {});
  for (const label of spoiled) await restore(label);
  spoiled.clear();
});
afterAll(async () => {
  await operator.close();
  await stage.close();
});

/** The exits that the next test has to find as they were. */
const spoiled = new Set<string>();

async function spoil(label: string, kind: Fault): Promise<void> {
  spoiled.add(label);
  await proxyOf(stage, label).process.order({ do: "fault", fault: kind });
}

async function restore(label: string): Promise<void> {
  const { process: proxy, exitIp } = proxyOf(stage, label);
  await proxy.order({ do: "fault", fault: { kind: "none" } });
  await proxy.order({ do: "exit", address: exitIp });
  await proxy.order({ do: "revive" });
  await eventually(
    async () => (await stage.launch(["proxy", "check", label])).exitCode,
    (code) => code === 0,
    30_000,
    500,
  );
  await operator.accounts.revive({ accountName: "alice", proxyLabel: label });
  await stage.launch(["revive", label]);
}

/** Where the run is when it is interrupted. */
type Place = "preparing" | "leaving" | "recovering";
type Act = "hold" | "rotate" | "burn" | "kill" | "freeze" | "drift" | "die";

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const places = ["preparing", "leaving", "recovering"] as const;
const short: readonly `${Act} ${Place}`[] = [
  "hold leaving",
  "burn recovering",
  "kill leaving",
  "drift leaving",
  "die recovering",
];
const cells = (["hold", "rotate", "burn", "kill", "freeze", "drift", "die"] as const)
  .flatMap((act) => places.map((place) => ({ act, place })))
  .filter(({ act, place }) => isFull || short.includes(`${act} ${place}`));

test.each(cells)(
  "$act while a run is $place: one bot at most, on proven exits only",
  async ({ act, place }) => {
    const from = stage.venue.entries.length;
    const { bot, hook } = await bring(place, from);
    await acts[act](place);
    if (act === "kill" || act === "freeze") {
      await areGone([bot, hook]);
      await rm(goOnFile, { force: true });
      await writeFile(goOnFile, "");
      launcher = stage.start(["bot", "--account", "alice"]);
      await isServed(stage.venue.entries.length);
    } else if (act === "hold") {
      await eventually(
        async () => (await operator.runs.list()).find(({ unit }) => unit === "alice"),
        (row) => row?.state === "holding",
        30_000,
        50,
      );
      await areGone([bot, hook]);
      const silent = stage.venue.entries.length;
      await operator.accounts.release("alice");
      await writeFile(goOnFile, "");
      await isServed(silent);
    } else {
      const now = stage.venue.entries.length;
      await writeFile(goOnFile, "");
      const left = place === "recovering" && act !== "rotate" ? "ams-1" : "fra-1";
      await isServedElsewhere(now, left);
      if (act === "drift" || act === "die")
        expect(await ok(stage, ["why", "alice"])).toMatch(
          new RegExp(`It came there because:\\s+${left}\\s+was\\s+left`),
        );
    }
    neverTwice(stage.venue.entries.slice(from));
  },
);

/** Starts alice's bot and brings its run to the place, where it stays until the file is there. */
async function bring(
  place: Place,
  from: number,
): Promise<{ readonly bot: number; readonly hook: number | undefined }> {
  await rm(goOnFile, { force: true });
  const hook = `${process.execPath} ${hookProgram} ${goOnFile}`;
  const running = await startBot(stage, "alice", "fra-1", ["--pre-switch", hook, "--on-lost", hook]);
  launcher = running;
  const bot = pidOf(await first(from, ({ account }) => account === "alice"));
  if (place === "preparing") {
    await spoil("ams-1", { kind: "hang" });
    void operator.runs.ask(alice, "rotate").catch(() => {});
    await eventually(
      async () => (await operator.runs.list())[0]?.reason,
      (reason) => reason?.includes("looks for another exit") === true,
      30_000,
      50,
    );
    return { bot, hook: undefined };
  }
  if (place === "leaving") void operator.runs.ask(alice, "rotate").catch(() => {});
  else await spoil("fra-1", { kind: "reset" });
  const said = await running.line(place === "leaving" ? /hook pre_switch \d+/ : /hook on_lost \d+/, 60_000);
  return { bot, hook: Number(/hook \w+ (\d+)/.exec(said)?.[1]) };
}

const acts: Readonly<Record<Act, (place: Place) => Promise<unknown>>> = {
  hold: () => operator.accounts.hold("alice", "look into it"),
  rotate: () => operator.runs.ask(alice, "rotate").catch(() => {}),
  burn(place) {
    const label = place === "recovering" ? "ams-1" : "fra-1";
    spoiled.add(label);
    return ok(stage, ["burn", label, "--venue", "binance"]);
  },
  async kill() {
    launcher?.signal("SIGKILL");
    await launcher?.ended;
  },
  // Suspended for longer than its lease, it is not told that it lost it: it has to find out.
  async freeze() {
    launcher?.signal("SIGSTOP");
    await eventually(
      async () => (await operator.runs.list())[0]?.state,
      (state) => state === "silent",
      60_000,
      200,
    );
    launcher?.signal("SIGCONT");
    await launcher?.ended;
  },
  // Nobody looks at an exit on which only a hook runs; what it showed before the bot started counts from the bot's first check on.
  async drift(place) {
    const label = place === "recovering" ? "ams-1" : "fra-1";
    spoiled.add(label);
    await proxyOf(stage, label).process.order({ do: "exit", address: swapped });
    if (place === "recovering") return;
    void operator.runs.ask(alice, "check").catch(() => {});
    await launcher?.line(/leaves fra-1/);
  },
  async die(place) {
    const label = place === "recovering" ? "ams-1" : "fra-1";
    spoiled.add(label);
    await proxyOf(stage, label).process.order({ do: "kill" });
  },
};

async function first(from: number, fits: (entry: VenueEntry) => boolean): Promise<VenueEntry> {
  const find = () => stage.venue.entries.slice(from).find(fits);
  return (await eventually(find, (entry) => entry !== undefined, 60_000)) as VenueEntry;
}

async function isServed(from: number): Promise<void> {
  await first(from, ({ account }) => account === "alice");
}

async function isServedElsewhere(from: number, left: string): Promise<void> {
  const old = proxyOf(stage, left).exitIp;
  await first(from, ({ account, peer }) => account === "alice" && peer !== old && peer !== swapped);
}

async function areGone(pids: readonly (number | undefined)[]): Promise<void> {
  for (const pid of pids)
    if (pid !== undefined)
      await eventually(
        () => isRunning(pid),
        (alive) => !alive,
        20_000,
      );
}

// One that has ended and that nobody asks about is none any more.
/** Each process came from one exit of the stage, and none came again after the next one had come. What left from a swapped address before that was seen is not counted. */
function neverTwice(entries: readonly VenueEntry[]): void {
  const exits = labels.map((label) => proxyOf(stage, label).exitIp);
  const visits = entries
    .filter(({ account, path, peer }) => account === "alice" && path.includes("pid=") && peer !== swapped)
    .map((entry) => `${pidOf(entry)} ${entry.peer}`);
  const rows = visits.filter((visit, index) => visit !== visits[index - 1]);
  expect(new Set(rows).size).toBe(rows.length);
  expect(new Set(rows.map((row) => row.split(" ")[0])).size).toBe(rows.length);
  expect(rows.every((row) => exits.includes(row.split(" ")[1] ?? ""))).toBe(true);
}
