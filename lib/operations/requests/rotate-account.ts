import type { Account } from "../../domain/account.ts";
import type { Run } from "../../domain/run/run.ts";
import { rejectionOf } from "../../policy/eligibility.ts";
import { describeRejections, type Rejection, whatEnds } from "../../policy/rejection.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import { requireAccount } from "../find-by-name.ts";
import type { Operator } from "../operator.ts";
import { possiblyLiveRuns } from "../runs/judge-run.ts";
import { answerTo, sendRequest } from "./ask-unit.ts";

/**
 * What became of the wish that an account leaves its exit. `asked`: its launcher was told, and nobody waited · `not_running` and
 * `no_other_exit`: nobody was asked.
 */
export interface Rotation {
  readonly accountName: string;
  readonly outcome: "asked" | "done" | "not_done" | "not_running" | "no_other_exit";
  /** Sentences that say it. */
  readonly text: string;
  /** From the asking to the answer, where it was waited for. */
  readonly tookMs: number | undefined;
}

/** Asks the launcher of the account's bot to move it to its next exit. Rejects with UsageError LAUNCH_UNKNOWN_ACCOUNT. */
export async function rotateAccount(
  operator: Operator,
  processes: Pick<ProcessTable, "judge">,
  { accountName, isAwaited }: { readonly accountName: string; readonly isAwaited: boolean },
): Promise<Rotation> {
  const account = await requireAccount(operator.store, accountName);
  const runs = await possiblyLiveRuns(operator.store, processes);
  const run = runs.find(({ unit }) => unit.kind === "bot" && unit.accountId === account.id);
  if (run === undefined) return notRunning(accountName);
  const obstacle = await noOtherExit(operator, account, run);
  if (obstacle !== undefined)
    return { accountName, outcome: "no_other_exit", text: obstacle, tookMs: undefined };
  const startedAtMs = operator.clock.monotonicMs();
  const message = `The bot ${accountName} was asked to rotate.`;
  const asked = { verb: "rotate", arguments: {}, message } as const;
  const id = await sendRequest(operator, { kind: "bot", name: accountName }, asked);
  if (id === undefined) return notRunning(accountName);
  if (!isAwaited) {
    const text = `It was asked to rotate. \`launch why ${accountName}\` shows where it stands.`;
    return { accountName, outcome: "asked", text, tookMs: undefined };
  }
  const { isDone, text } = await answerTo(operator, id);
  const tookMs = Math.round(operator.clock.monotonicMs() - startedAtMs);
  return { accountName, outcome: isDone ? "done" : "not_done", text, tookMs };
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
