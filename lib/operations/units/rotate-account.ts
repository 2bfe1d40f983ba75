import type { Account } from "../../domain/account.ts";
import type { Run } from "../../domain/run/run.ts";
import { readUnitWord } from "../../domain/text/unit-word.ts";
import { UsageError } from "../../errors.ts";
import { rejectionOf } from "../../policy/eligibility.ts";
import { describeRejections, type Rejection, whatEnds } from "../../policy/rejection.ts";
import type { LiveRun } from "../../ports/store/run-store.ts";
import { botOf, type KnownUnit, requireAccount } from "../find-by-name.ts";
import type { Operator } from "../operator.ts";
import { possiblyLive } from "../runs/judge-run.ts";
import { type Asked, askLauncher, type Reach } from "./ask-launcher.ts";

/**
 * What became of the wish that an account leaves its exit. `asked`: its launcher was told by a row of the database, and nobody waited ·
 * `no_answer`: its launcher does not answer · `not_running` and `no_other_exit`: nobody was asked.
 */
export interface Rotation {
  readonly accountName: string;
  readonly outcome: Exclude<Asked["outcome"], "dead"> | "not_running" | "no_other_exit";
  /** Sentences that say it. */
  readonly text: string;
  /** From the asking to the answer, where it was waited for. */
  readonly tookMs: number | undefined;
}

/**
 * Asks the launchers of these bots to move them to their next exits, all at once. Of those that only a pattern of `words` means,
 * what does not run is left out. Throws UsageError for a collector that is named itself.
 */
export async function rotateUnits(
  operator: Operator,
  reach: Reach,
  units: readonly KnownUnit[],
  { words, isAwaited }: { readonly words: readonly string[]; readonly isAwaited: boolean },
): Promise<readonly Rotation[]> {
  const named = new Set(words.map((word) => readUnitWord(word).name));
  const bots = new Set(units.flatMap(({ kind, name }) => (kind === "bot" ? [name] : [])));
  // By a name that a bot has too, the bot is meant.
  const collector = units.find(
    ({ kind, name }) =>
      kind === "collector" && (words.includes(`collector:${name}`) || (named.has(name) && !bots.has(name))),
  );
  if (collector !== undefined)
    throw new UsageError(
      "LAUNCH_USAGE",
      `${collector.name} is a collector: it connects directly and has no exit to leave.`,
      { hint: "Name accounts: `launch ps` lists them." },
    );
  const runs = await possiblyLive(operator.store, reach.processes);
  const running = new Set(runs.flatMap(({ run: { unit } }) => (unit.kind === "bot" ? [unit.name] : [])));
  const meant = units.filter(({ kind, name }) => kind === "bot" && (named.has(name) || running.has(name)));
  return Promise.all(
    meant.map(({ name }) => rotateAccount(operator, reach, { accountName: name, isAwaited, runs })),
  );
}

interface Wish {
  readonly accountName: string;
  readonly isAwaited: boolean;
  /** What lives, where that is known already. */
  readonly runs?: readonly LiveRun[];
}

/** Asks the launcher of the account's bot to move it to its next exit. Rejects with UsageError LAUNCH_UNKNOWN_ACCOUNT. */
export async function rotateAccount(
  operator: Operator,
  reach: Reach,
  { accountName, isAwaited, runs }: Wish,
): Promise<Rotation> {
  const account = await requireAccount(operator.store, accountName);
  const living = runs ?? (await possiblyLive(operator.store, reach.processes));
  const run = living.find(({ run: { unit } }) => unit.kind === "bot" && unit.accountId === account.id);
  if (run === undefined) return notRunning(accountName);
  const obstacle = await noOtherExit(operator, account, run.run);
  if (obstacle !== undefined)
    return { accountName, outcome: "no_other_exit", text: obstacle, tookMs: undefined };
  const startedAtMs = operator.clock.monotonicMs();
  const asked = await askLauncher(operator, reach, botOf(account), { run, verb: "rotate", isAwaited });
  const tookMs = Math.round(operator.clock.monotonicMs() - startedAtMs);
  const { outcome } = asked;
  if (outcome === "dead") return { ...notRunning(accountName), text: asked.text };
  if (outcome !== "asked") return { accountName, outcome, text: asked.text, tookMs };
  const text = `It was asked to rotate. \`launch why ${accountName}\` shows where it stands.`;
  return { accountName, outcome, text, tookMs: undefined };
}

function notRunning(accountName: string): Rotation {
  const text = `Its bot does not run, so it has no exit to leave. Start it with \`launch bot --account ${accountName}\`.`;
  return { accountName, outcome: "not_running", text, tookMs: undefined };
}

// What is known here of the other exits. Whether its launcher can open their credentials is for the launcher to say, and what this
// host has seen of them says nothing of another one.
async function noOtherExit(
  { store, clock, host, hostKey }: Operator,
  { id, name }: Account,
  run: Run,
): Promise<string | undefined> {
  const facts = await store.accounts.facts(id);
  if (facts === undefined) return undefined;
  const nowMs = clock.now();
  const seenBy = run.launcher.host === host ? hostKey : "";
  const context = { nowMs, excluded: new Map(), openable: () => true, hostKey: seenBy };
  const others = facts.candidates.filter(({ proxy }) => proxy.id !== run.proxyId);
  const rejected: Rejection[] = [];
  for (const other of others) {
    const rejection = rejectionOf(other, facts, context);
    if (rejection === undefined) return undefined;
    rejected.push(rejection);
  }
  const stays = run.proxyLabel === undefined ? "It has no exit" : `It stays on ${run.proxyLabel}`;
  const [first] = rejected;
  if (first === undefined)
    return `${stays}: no other proxy is assigned. Assign one with \`launch assign ${name} <label>\`.`;
  return `${stays}: no other exit is free: ${describeRejections(rejected, nowMs)}. ${whatEnds(name, first)}.`;
}
