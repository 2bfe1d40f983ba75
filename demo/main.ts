// `npm run demo`: the main job end to end on loopback, through the real command line, each step checked at the venue.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunningLaunch } from "../tests/lab/launch-command.ts";
import { openStage, type Stage } from "../tests/lab/stage.ts";
import { openSteps } from "./progress.ts";
import { exitStatusOf, stopSignal } from "./stop-signal.ts";
import { expectSame, peersOf, requestFrom, seenFrom } from "./venue-check.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const nextSteps = `Next, from nothing to a proven exit IP with a proxy of yours:

./bin/launch init
./bin/launch account add alice --proxy-label fra-1 --proxy-endpoint http://gw.example:8001 --proxy-user USER
./bin/launch proxy check fra-1
./bin/launch bot alice -- node bots/main.js

README.md says what each does, docs/networking.md the rest.`;
const banRule = "{ name: banned, status: [418], class: ip_banned, until: [{ header: retry-after }] }";
const { step, show, hush } = openSteps();
const stopped = stopSignal();
let closing: Promise<void> | undefined;

console.log("Slipway demo: two accounts, four proxies, one venue; everything on this machine's loopback.\n");
const startedAt = performance.now();
const opening = step("Start four authenticated proxies, two witnesses and a venue", () =>
  openStage({
    proxies: { "fra-1": "http", "ams-1": "socks5", "zrh-1": "http", "waw-1": "http" },
    bin: join(root, "bin/launch"),
    yaml: ({ venuePort }) => unitsYaml(venuePort),
  }),
);
const signal = await Promise.race([stopped, opening.then(play).then(() => undefined, failed)]);
if (signal !== undefined) await giveUp(signal);
await step("Stop the database and look for anything left running", close).catch(failed);
console.log(
  `\nEvery step was checked at the venue. ${((performance.now() - startedAt) / 1000).toFixed(0)} s.\n\n${nextSteps}`,
);

// Once: a step that fails because of a signal must not do it beside whoever acts on the signal.
function close(): Promise<void> {
  closing ??= opening.then(
    (stage) => stage.close(),
    () => {},
  );
  return closing;
}

async function giveUp(name: NodeJS.Signals): Promise<never> {
  hush();
  console.log(`\n${name}: ending what runs and removing the demo's folder.`);
  await close().catch((error: unknown) => console.error(textOf(error)));
  process.exit(exitStatusOf(name));
}

async function failed(error: unknown): Promise<never> {
  hush();
  await close().catch(() => {});
  const name = await Promise.race([stopped, Promise.resolve(undefined)]);
  if (name !== undefined) return giveUp(name);
  console.error(`\nThe demo failed: ${textOf(error)}`);
  console.error("hint: Run `./bin/launch doctor` to see what this host lacks.");
  process.exit(1);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function play(on: Stage): Promise<void> {
  await step("Make a private state folder, key and database; add accounts and proxies", () => setUp(on));
  const bob = on.start(["bot", "--account", "bob"]);
  const alice = on.start(["bot", "--account", "alice"]);
  await step("launch bot: each account on its own proven exit IP", async () => {
    show(await alice.line(/fra-1 +127\.0\.0\.11 .*proven 2\/2/));
    show(await bob.line(/ams-1 +127\.0\.0\.12 .*proven 2\/2/));
    await seenFrom(on, "alice", "127.0.0.11", 0);
    await seenFrom(on, "bob", "127.0.0.12", 0);
  });
  await step("launch ps", () => showPs(on));
  await step("launch demote bob ams-1: bob restarts on the next proven exit", async () => {
    const from = on.venue.entries.length;
    await ok(on, ["demote", "bob", "ams-1"]);
    show(await bob.line(/zrh-1 +127\.0\.0\.13 .*proven 2\/2/));
    await seenFrom(on, "bob", "127.0.0.13", from);
  });
  await step("Kill the proxy fra-1: alice moves to the next proven exit", async () => {
    const from = on.venue.entries.length;
    await proxy(on, "fra-1").process.kill();
    show(await alice.line(/ams-1 +127\.0\.0\.12 .*proven 2\/2/, 60_000));
    await seenFrom(on, "alice", "127.0.0.12", from);
  });
  const collector = on.start(["collector", "funding"], { env: { HTTPS_PROXY: "http://127.0.0.1:9" } });
  await step("launch collector: direct, whatever proxy the shell names", async () => {
    await requestFrom(on, "funding", "127.0.0.1");
    expectSame(
      "proxy variables of the collector",
      [
        ...new Set(
          on.venue.entries
            .filter(({ account }) => account === "funding")
            .map(({ path }) => path.replace(/.*proxied=/, "")),
        ),
      ],
      ["0"],
    );
  });
  await step("launch ps", () => showPs(on));
  await step("The venue bans alice's IP and asks bob for a pause: she moves, he stays", () =>
    banOneLimitOther(on, alice, bob),
  );
  await step("Stop all three", async () => {
    for (const launcher of [alice, bob, collector]) launcher.signal("SIGTERM");
    const codes = await Promise.all([alice.ended, bob.ended, collector.ended]);
    expectSame("exit codes", codes.map(String), ["0", "0", "0"]);
    expectSame("alice's addresses", peersOf(on, "alice"), ["127.0.0.11", "127.0.0.12", "127.0.0.14"]);
    expectSame("bob's addresses", peersOf(on, "bob"), ["127.0.0.12", "127.0.0.13"]);
    expectSame("the collector's addresses", peersOf(on, "funding"), ["127.0.0.1"]);
    expectNeverShared(on);
  });
}

async function setUp(on: Stage): Promise<void> {
  await ok(on, ["init"]);
  for (const [account, label] of [
    ["alice", "fra-1"],
    ["bob", "ams-1"],
  ] as const) {
    const { endpoint, user, pass } = proxy(on, label);
    const words = [
      "account",
      "add",
      account,
      "--venue",
      "demo",
      "--new-venue",
      "--proxy-label",
      label,
      "--proxy-endpoint",
      endpoint,
    ];
    await ok(
      on,
      [...words, "--proxy-user", user, "--proxy-pass-stdin", "--proxy-priority", "1"],
      `${pass}\n`,
    );
  }
  for (const label of ["zrh-1", "waw-1"]) {
    const { endpoint, user, pass } = proxy(on, label);
    await ok(
      on,
      ["proxy", "add", label, "--proxy-endpoint", endpoint, "--proxy-user", user, "--proxy-pass-stdin"],
      `${pass}\n`,
    );
  }
  await ok(on, ["assign", "alice", "ams-1", "--priority", "2"]);
  await ok(on, ["assign", "alice", "waw-1", "--priority", "3"]);
  await ok(on, ["assign", "bob", "zrh-1", "--priority", "2"]);
}

async function banOneLimitOther(on: Stage, alice: RunningLaunch, bob: RunningLaunch): Promise<void> {
  const from = on.venue.entries.length;
  const limit = { status: 429, headers: { "retry-after": "30" } };
  await on.venue.order({ do: "answer", answer: limit, peer: "127.0.0.13" });
  const ban = { status: 418, headers: { "retry-after": "7200" } };
  await on.venue.order({ do: "answer", answer: ban, peer: "127.0.0.12" });
  await alice.line(/waw-1 +127\.0\.0\.14 .*proven 2\/2/, 60_000);
  await seenFrom(on, "alice", "127.0.0.14", from);
  await bob.line(/stays on zrh-1/);
  show("alice was banned on 127.0.0.12 and trades from 127.0.0.14 now.");
  show("bob was only rate-limited and stays on 127.0.0.13.");
}

async function showPs(on: Stage): Promise<void> {
  show((await ok(on, ["ps"])).stdout);
}

// At no moment may two accounts be seen from one address: the log is in the order of arrival.
function expectNeverShared(on: Stage): void {
  const owner = new Map<string, string>();
  for (const { account, peer } of on.venue.entries) {
    if (account === undefined || account === "funding") continue;
    for (const [address, holder] of owner) if (holder === account && address !== peer) owner.delete(address);
    const holder = owner.get(peer);
    if (holder !== undefined && holder !== account)
      throw new Error(`${peer} was used by ${holder} and ${account} at once`);
    owner.set(peer, account);
  }
}

async function ok(on: Stage, words: readonly string[], input?: string) {
  const result = await on.launch(words, input === undefined ? {} : { input });
  if (result.exitCode !== 0)
    throw new Error(`launch ${words[0]} ${words[1] ?? ""} ended with ${result.exitCode}: ${result.stderr}`);
  return result;
}

function proxy(on: Stage, label: string) {
  const found = on.proxies.get(label);
  if (found === undefined) throw new Error(`the demo has no proxy ${label}`);
  return found;
}

function unitsYaml(venuePort: number): string {
  const bot = join(root, "demo/bot.mjs");
  const collector = join(root, "demo/collector.mjs");
  const venue = `VENUE_URL: "https://venue.test:${venuePort}"`;
  const unit = `{ command: [node, ${JSON.stringify(bot)}], ports: [${venuePort}], env: { ${venue} } }`;
  return [
    // The steps before have moved both within the last minute; usually one account a minute moves by plan.
    "switch: { fleet_window: 1s }",
    `venues: [{ venue: demo, new: true, hosts: [venue.test], probe: "https://venue.test:${venuePort}/time", rules: [${banRule}] }]`,
    `bots: { alice: ${unit}, bob: ${unit} }`,
    `collectors: { funding: { command: [node, ${JSON.stringify(collector)}], env: { VENUE_PORT: "${venuePort}" } } }`,
  ].join("\n");
}
