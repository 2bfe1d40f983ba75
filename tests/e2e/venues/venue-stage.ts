import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { StoredEvent } from "../../../lib/domain/event.ts";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";
import type { VenueAnswer, VenueEntry } from "../../lab/venue.ts";
import { addAccount, e2eStage, ok, proxyOf, readyOn } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

/** The bots of the stage. */
type BotName = "alice";

/** Which exits each may use, best first. */
const exits: Readonly<Record<BotName, readonly string[]>> = {
  alice: ["fra-1", "fra-2"],
};

/** One bot that runs, and the exit that its venue last saw it on. */
export interface RunningBot {
  readonly name: BotName;
  readonly launcher: RunningLaunch;
  readonly label: string;
}

/** A stage whose venue counts as Binance, where planned switches are not held back: each test makes some. */
export async function venueStage(): Promise<Stage> {
  const proxies = Object.fromEntries(
    Object.values(exits).flatMap((labels) => labels.map((label) => [label, "http"] as const)),
  );
  const stage = await e2eStage({
    proxies,
    yaml: ({ venuePort, folder }) => {
      const env = `{ VENUE_URL: "https://venue.test:${venuePort}", SSL_CERT_FILE: "${folder}/ca.pem", REQUESTS_CA_BUNDLE: "${folder}/ca.pem" }`;
      const bot = `{ command: ${commandOf("fetch")}, ports: [${venuePort}], env: ${env} }`;
      return [
        "defaults: { stop: { grace: 2s } }",
        "switch: { per_ten_minutes: 1000, per_day: 1000, fleet_share: 1, back_off: 1s, back_off_cap: 1s, told_every: 1s, incident_hold: 1s }",
        `venues: [{ venue: binance, hosts: [venue.test], probe: "https://venue.test:${venuePort}/time" }]`,
        `bots: { ${Object.keys(exits)
          .map((name) => `${name}: ${bot}`)
          .join(", ")} }`,
      ].join("\n");
    },
  });
  for (const [name, labels] of Object.entries(exits))
    await addAccount(stage, name, labels, ["--venue", "binance"]);
  return stage;
}

/** What a bot runs that asks by this client. */
function commandWords(client: string): readonly string[] {
  const program = fileURLToPath(new URL("../../fixtures/bots/says-answers.mjs", import.meta.url));
  return [process.execPath, program, client];
}

function commandOf(client: string): string {
  return JSON.stringify(commandWords(client));
}

/** Starts the bot with a client and waits until its venue has served it. */
export async function startOn(stage: Stage, name: BotName, client = "fetch"): Promise<RunningBot> {
  const from = stage.venue.entries.length;
  const launcher = stage.start(["bot", "--account", name, "--", ...commandWords(client)]);
  await launcher.line(/proven 2\/2/);
  const { peer } = await eventually(
    () => stage.venue.entries.slice(from).find(({ account }) => account === name) as VenueEntry,
    (entry) => entry !== undefined,
    30_000,
  );
  return { name, launcher, label: labelOf(stage, peer) };
}

function labelOf(stage: Stage, peer: string): string {
  const found = [...stage.proxies.values()].find(({ exitIp }) => exitIp === peer);
  if (found === undefined) throw new Error(`The venue saw ${peer}, which is no exit of the stage.`);
  return found.label;
}

/** What the venue answers from now on to whoever comes from the proxy's exit; null: as usual. */
export async function answerAt(
  stage: Stage,
  labels: readonly string[],
  answer: VenueAnswer | null,
): Promise<void> {
  for (const label of labels)
    await stage.venue.order({ do: "answer", answer, peer: proxyOf(stage, label).exitIp });
}

/** Takes back everything that a test did to the exits, and waits until the venue serves the bot again. */
export async function settle(stage: Stage, { name, launcher }: RunningBot): Promise<void> {
  await answerAt(stage, exits[name], null);
  // The bot tells its launcher what it met once a second: what is under way must not come after the revival.
  const served = launcher.stdout.length;
  await eventually(
    () => launcher.stdout.slice(served).filter((line) => line.startsWith("answer 2")).length,
    (count) => count >= 6,
    30_000,
  );
  for (const label of exits[name]) {
    const { exitCode, stderr } = await stage.launch(["revive", label, "--venue", "binance"]);
    if (exitCode !== 0) expect(stderr).toContain("Nothing stands against");
  }
}

/** What `launch events` says of the account since a moment, a line each, once it has said what is awaited. */
export function toldOf(stage: Stage, name: BotName, awaited: RegExp, sinceMs: number): Promise<string> {
  const read = async (): Promise<string> => {
    const { events } = JSON.parse(await ok(stage, ["events", "--account", name, "--json"])) as {
      readonly events: readonly (Omit<StoredEvent, "at"> & { readonly at: string })[];
    };
    const recent = events.filter(({ at }) => Date.parse(at) >= sinceMs);
    return recent.map(({ kind, message }) => `${kind}: ${message}`).join("\n");
  };
  return eventually(read, (text) => awaited.test(text), 30_000, 250);
}

/** Waits until the venue serves the bot from another exit, and checks that it never came from the old one again nor from a third. */
export async function moved(stage: Stage, bot: RunningBot, from: number): Promise<RunningBot> {
  const old = proxyOf(stage, bot.label).exitIp;
  const seen = (): readonly string[] =>
    stage.venue.entries.slice(from).flatMap(({ account, peer }) => (account === bot.name ? [peer] : []));
  const since = (): readonly string[] => seen().slice(seen().findIndex((peer) => peer !== old));
  await eventually(seen, (peers) => peers.some((peer) => peer !== old), 60_000).catch((error: unknown) => {
    throw new Error(`${bot.name} did not move:\n${bot.launcher.stderr.join("\n")}`, { cause: error });
  });
  const after = await eventually(since, (peers) => peers.length > 3, 30_000);
  const [next = ""] = after;
  expect([...new Set(after)]).toEqual([next]);
  const label = labelOf(stage, next);
  await readyOn(stage, bot.launcher, label);
  return { ...bot, label };
}

/** Waits for some more answers to the bot, and checks that each of them went through the exit that it had. */
export async function stayed(stage: Stage, { name, label }: RunningBot, from: number): Promise<void> {
  const seen = (since: number): readonly string[] =>
    stage.venue.entries.slice(since).flatMap(({ account, peer }) => (account === name ? [peer] : []));
  const now = stage.venue.entries.length;
  await eventually(
    () => seen(now).length,
    (count) => count >= 6,
    30_000,
  );
  expect([...new Set(seen(from))]).toEqual([proxyOf(stage, label).exitIp]);
}
