import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { RunningLaunch } from "../lab/launch-command.ts";
import { openStage, type Stage, type StageOptions, type StageProxy } from "../lab/stage.ts";
import type { VenueEntry } from "../lab/venue.ts";
import { builtFile } from "./built.ts";
import { eventually } from "./eventually.ts";

/** A stage on the built program, initialised; every bot and collector runs tests/fixtures/bots/asks-venue.mjs unless a command is given. */
export async function e2eStage(
  options: Pick<StageOptions, "proxies"> & Partial<StageOptions>,
): Promise<Stage> {
  const bin = fileURLToPath(new URL("../../bin/launch", import.meta.url));
  const stage = await openStage({
    bin,
    labMain: builtFile("tests/lab/main.js"),
    yaml: defaultsYaml,
    ...options,
  });
  const made = await stage.launch(["init"]);
  expect(made.stderr).not.toContain("LAUNCH_");
  expect(made.exitCode).toBe(0);
  return stage;
}

/** Adds an account with proxies of the stage, best first; proxies already in the pool are only assigned. */
export async function addAccount(
  stage: Stage,
  name: string,
  labels: readonly string[],
  words: readonly string[] = [],
): Promise<void> {
  await ok(stage, ["account", "add", name, ...words]);
  for (const [index, label] of labels.entries()) {
    const { endpoint, user, pass } = proxyOf(stage, label);
    const flags = ["--proxy-endpoint", endpoint, "--proxy-user", user, "--proxy-pass-stdin"];
    const added = await stage.launch(["proxy", "add", label, ...flags], { input: `${pass}\n` });
    if (added.exitCode !== 0) expect(added.stderr).toContain("LAUNCH_ALREADY_EXISTS");
    await ok(stage, ["assign", name, label, "--priority", String(index + 1)]);
  }
}

/** Runs a command that must end with 0 and gives back what it printed. */
export async function ok(stage: Stage, words: readonly string[], input?: string): Promise<string> {
  const result = await stage.launch(words, input === undefined ? {} : { input });
  expect(`${result.exitCode} ${result.stderr}`).toMatch(/^0/);
  return result.stdout;
}

/** Everything that is thought of proxies and assignments: the rows of an export, and what each host sees of each proxy. */
export async function verdictsOf(stage: Stage): Promise<readonly string[]> {
  const file = join(stage.folder, `verdicts-${randomUUID()}.ndjson`);
  await ok(stage, ["db", "export", file]);
  const rows = (await readFile(file, "utf8")).split("\n");
  const found = rows.filter((line) => /"(network_proxies|account_proxy_assignments)"/.test(line));
  expect(found.length).toBeGreaterThan(2);
  return [...found, await ok(stage, ["proxy", "ls", "--json"])];
}

export function proxyOf(stage: Stage, label: string): StageProxy {
  const found = stage.proxies.get(label);
  if (found === undefined) throw new Error(`The stage has no proxy ${label}.`);
  return found;
}

/** Starts a bot with the stage's usual program and waits for its ready line on that proxy. */
export async function startBot(
  stage: Stage,
  name: string,
  label: string,
  words: readonly string[] = [],
): Promise<RunningLaunch> {
  const launcher = stage.start(["bot", "--account", name, ...words]);
  await readyOn(stage, launcher, label);
  return launcher;
}

/** Waits for the ready line that names the proxy and its exit. */
export function readyOn(stage: Stage, launcher: RunningLaunch, label: string): Promise<string> {
  const { exitIp } = proxyOf(stage, label);
  return launcher.line(new RegExp(`${label} +${exitIp.replaceAll(".", "\\.")} .*proven 2/2`));
}

/** The venue's first entry of the account after the given count of entries that fits. */
export async function seenAtVenue(
  stage: Stage,
  fits: (entry: VenueEntry) => boolean,
  from = 0,
): Promise<VenueEntry> {
  const find = () => stage.venue.entries.slice(from).find(fits);
  const found = await eventually(find, (entry) => entry !== undefined, 30_000);
  if (found === undefined) throw new Error("the venue forgot what it saw");
  return found;
}

/** The pid that a bot of the usual program has told to the venue. */
export function pidOf(entry: VenueEntry): number {
  return Number(/pid=(\d+)/.exec(entry.path)?.[1]);
}

const botProgram = fileURLToPath(new URL("../fixtures/bots/asks-venue.mjs", import.meta.url));

/** What launch.yaml says of the units of a stage. */
export function defaultsYaml({ venuePort }: { readonly venuePort: number }): string {
  const command = `[${JSON.stringify(process.execPath)}, ${JSON.stringify(botProgram)}]`;
  const bot = `{ command: ${command}, ports: [${venuePort}], env: { VENUE_URL: "https://venue.test:${venuePort}" } }`;
  return [
    "defaults: { stop: { grace: 2s } }",
    `bots: { alice: ${bot}, bob: ${bot}, carol: ${bot} }`,
    `collectors: { funding: { command: ${command}, env: { UNIT_NAME: funding, VENUE_URL: "https://127.0.0.1:${venuePort}" } } }`,
  ].join("\n");
}
