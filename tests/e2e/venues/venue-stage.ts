import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { StoredEvent } from "../../../lib/domain/event.ts";
import { openSlipway, type Slipway } from "../../../lib/index.ts";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";
import type { VenueAnswer, VenueEntry } from "../../lab/venue.ts";
import { installZoo } from "../../leak/clients/install-zoo.ts";
import { e2eStage, proxyOf, readyOn } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { addAccounts } from "./add-accounts.ts";

/** A stage with a venue that counts as Binance (and as OKX under another name), and accounts with two exits each. */
export interface VenueStage {
  readonly stage: Stage;
  readonly operator: Slipway;
  close(): Promise<void>;
}

/** One bot that runs, and the exit that its venue last saw it on. */
export interface RunningBot {
  readonly name: string;
  readonly launcher: RunningLaunch;
  readonly label: string;
}

/** An account, the client that its bot asks by, and its venue. */
export interface VenueAccount {
  readonly name: string;
  readonly client: string;
  readonly venue: "binance" | "okx";
  /** How many exits it has; two unless it is said. */
  readonly exits?: number;
}

/** Makes the stage; an account's exits are `<name>-1`, `<name>-2` and so on. `switching` is what launch.yaml says under `switch`. */
export async function venueStage(accounts: readonly VenueAccount[], switching: string): Promise<VenueStage> {
  const labels = accounts.flatMap(({ name, exits }) => exitsOf(name, exits));
  const stage = await e2eStage({
    proxies: Object.fromEntries(labels.map((label) => [label, "http"] as const)),
    yaml: ({ venuePort, folder }) =>
      [
        "defaults: { stop: { grace: 2s } }",
        `switch: { ${switching} }`,
        `venues: [${["binance", "okx"].map((known) => knownAs(known, venuePort)).join(", ")}]`,
        `bots: { ${accounts.map((account) => botOf(account, { venuePort, folder })).join(", ")} }`,
      ].join("\n"),
  });
  try {
    const configFile = join(stage.folder, "launch.yaml");
    const operator = await openSlipway({ stateFolder: stage.stateFolder, configFile });
    const added = accounts.map(({ name, venue, exits }) => ({ name, venue, labels: exitsOf(name, exits) }));
    await addAccounts(stage, operator, added);
    return {
      stage,
      operator,
      async close() {
        await operator.close();
        await stage.close();
      },
    };
  } catch (error) {
    await stage.close();
    throw error;
  }
}

/** The exits of an account, best first. */
export function exitsOf(name: string, count = 2): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}

function knownAs(venue: string, port: number): string {
  return `{ venue: ${venue}, hosts: [${venue}.venue.test], probe: "https://${venue}.venue.test:${port}/time" }`;
}

function botOf(
  { name, client, venue }: VenueAccount,
  at: { readonly venuePort: number; readonly folder: string },
): string {
  const url = `https://${venue}.venue.test:${at.venuePort}`;
  const ca = `${at.folder}/ca.pem`;
  const env = `{ VENUE_NAME: ${venue}, VENUE_URL: "${url}", SSL_CERT_FILE: "${ca}", REQUESTS_CA_BUNDLE: "${ca}" }`;
  return `${name}: { command: ${JSON.stringify(commandOf(client))}, ports: [${at.venuePort}], env: ${env} }`;
}

function commandOf(client: string): readonly string[] {
  const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/bots/${name}`, import.meta.url));
  if (client === "ccxt") return [process.execPath, fixture("says-answers.mjs"), client, installZoo() ?? ""];
  const isNode = ["fetch", "undici", "https"].includes(client);
  return isNode
    ? [process.execPath, fixture("says-answers.mjs"), client]
    : ["/usr/bin/python3", fixture("says-answers.py"), client];
}

/** Starts a bot and waits until its venue has served it. */
export async function startOn(stage: Stage, name: string): Promise<RunningBot> {
  const from = stage.venue.entries.length;
  const launcher = stage.start(["bot", "--account", name]);
  await launcher.line(/proven 2\/2/, 60_000);
  await launcher.line(/^answer [12]/, 60_000);
  const { peer } = (await eventually(
    () => stage.venue.entries.slice(from).find(({ account }) => account === name),
    (entry) => entry !== undefined,
  )) as VenueEntry;
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

/** The exits of a bot other than the one it is on. */
export function othersOf({ name, label }: RunningBot): readonly string[] {
  return exitsOf(name).filter((other) => other !== label);
}

/** The bot's first line of this kind after so many others. */
export async function printed({ launcher }: RunningBot, after: number, pattern: RegExp): Promise<string> {
  return lineOf(launcher.stdout, after, pattern);
}

/** The launcher's first line of this kind after so many others. */
export async function said({ launcher }: RunningBot, after: number, pattern: RegExp): Promise<string> {
  return lineOf(launcher.stderr, after, pattern);
}

// Where it does not come, the error shows what came instead.
async function lineOf(lines: readonly string[], after: number, pattern: RegExp): Promise<string> {
  const isIt = (line: string): boolean => pattern.test(line);
  const since = await eventually(
    () => lines.slice(after),
    (all) => all.some(isIt),
    60_000,
  );
  return since.find(isIt) ?? "";
}

/** The first event since a moment that says so, as the history has it; of the account where one is named. */
export async function eventOf(
  { operator }: VenueStage,
  name: string | undefined,
  told: RegExp,
  sinceMs: number,
): Promise<StoredEvent> {
  const find = async () =>
    (
      await operator.events.list(name === undefined ? { limit: 200 } : { accountName: name, limit: 200 })
    ).findLast(({ at, kind, message }) => at >= sinceMs && told.test(`${kind}: ${message}`));
  const found = await eventually(find, (event) => event !== undefined, 60_000, 100);
  return found as StoredEvent;
}

/** What the account's bot asked of its venue since then, and from where. */
export function visitsOf(stage: Stage, name: string, from: number): readonly VenueEntry[] {
  return stage.venue.entries.slice(from).filter(({ account }) => account === name);
}

/** Waits until the venue serves the bot from its other exit, and checks that it never came from the old one again nor from a third. */
export async function moved(
  stage: Stage,
  bot: RunningBot,
  from: number,
  swappedFor?: string,
): Promise<{ readonly next: RunningBot; readonly first: VenueEntry }> {
  const old = [proxyOf(stage, bot.label).exitIp, swappedFor];
  const since = (): readonly VenueEntry[] => {
    const seen = visitsOf(stage, bot.name, from);
    const index = seen.findIndex(({ peer }) => !old.includes(peer));
    return index < 0 ? [] : seen.slice(index);
  };
  const after = await eventually(since, (entries) => entries.length > 3, 60_000).catch((error: unknown) => {
    throw new Error(`${bot.name} did not move:\n${bot.launcher.stderr.join("\n")}`, { cause: error });
  });
  const [first] = after as readonly [VenueEntry];
  expect([...new Set(after.map(({ peer }) => peer))]).toEqual([first.peer]);
  const label = labelOf(stage, first.peer);
  await readyOn(stage, bot.launcher, label);
  return { next: { ...bot, label }, first };
}

/** Waits for some more answers to the bot, and checks that each of them went through the exit that it had. */
export async function stayed(
  stage: Stage,
  { name, label, launcher }: RunningBot,
  from: number,
): Promise<void> {
  const after = launcher.stdout.length;
  await eventually(
    () => launcher.stdout.slice(after).filter((line) => line.startsWith("answer ")).length,
    (count) => count >= 6,
    30_000,
  );
  const peers = new Set(visitsOf(stage, name, from).map(({ peer }) => peer));
  peers.delete(proxyOf(stage, label).exitIp);
  expect([...peers]).toEqual([]);
}

/** Waits until the launcher has asked the venue twice through each of these exits: the first answer was no reason to move. */
export async function isAskedTwice(stage: Stage, labels: readonly string[], from: number): Promise<void> {
  for (const label of labels) {
    const { exitIp } = proxyOf(stage, label);
    const probes = () =>
      stage.venue.entries.slice(from).filter(({ account, peer }) => account === undefined && peer === exitIp);
    await eventually(
      () => probes().length,
      (count) => count >= 2,
      60_000,
    );
  }
}
