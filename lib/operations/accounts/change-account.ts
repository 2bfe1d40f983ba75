import type { Account } from "../../domain/account.ts";
import type { Run } from "../../domain/run/run.ts";
import { LaunchError } from "../../errors.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import { requireAccount } from "../find-by-name.ts";
import { type Operator, record } from "../operator.ts";
import { nameRuns, possiblyLiveRuns } from "../runs/judge-run.ts";

/** Removes an account with its assignments; its proxies and its history stay. Refuses while a run of it may live. */
export async function removeAccount(
  operator: Operator,
  processes: Pick<ProcessTable, "judge">,
  name: string,
): Promise<Account> {
  return await operator.store.transaction(async (store) => {
    const account = await requireAccount(store, name);
    const isOfAccount = ({ unit }: Run) => unit.kind === "bot" && unit.accountId === account.id;
    const runs = (await possiblyLiveRuns(store, processes)).filter(isOfAccount);
    if (runs.length > 0) {
      throw new LaunchError("LAUNCH_IN_USE", `Account "${name}" runs: ${nameRuns(runs)}.`, {
        hint: `Stop the bot with \`launch stop ${name}\`, then remove the account.`,
      });
    }
    await record(operator, store, {
      kind: "account.removed",
      accountId: account.id,
      message: `Account ${name} was removed.`,
    });
    // No later run of the account will ever end what dead launchers left.
    const end = { at: operator.clock.now(), by: "launcher", exitCode: undefined, reason: undefined } as const;
    for (const { run } of await store.runs.live()) if (isOfAccount(run)) await store.runs.end(run.id, end);
    await store.accounts.remove(account.id);
    return account;
  });
}

/** Holds an account: its bot stops at the next renewal and none starts until it is released. */
export async function holdAccount(operator: Operator, name: string, why: string): Promise<Account> {
  return await operator.store.transaction(async (store) => {
    const account = await requireAccount(store, name);
    const hold = { by: operator.actor, why };
    await store.accounts.update(account.id, { hold });
    await record(operator, store, {
      kind: "hold.set",
      accountId: account.id,
      message: `Account ${name} is held: ${why}`,
    });
    return { ...account, hold };
  });
}

/** What a hold means for the account's bot, in a sentence to say before it is set. */
export async function consequencesOfHold(
  { store }: Pick<Operator, "store">,
  name: string,
): Promise<readonly string[]> {
  const live = await store.runs.live();
  const isRunning = live.some(({ run: { unit } }) => unit.kind === "bot" && unit.name === name);
  return isRunning
    ? [`${name}'s bot stops at its next renewal, and none starts until the account is released.`]
    : [];
}

/** Ends a hold; nothing happens when there is none. */
export async function releaseAccount(operator: Operator, name: string): Promise<Account> {
  return await operator.store.transaction(async (store) => {
    const account = await requireAccount(store, name);
    if (account.hold === undefined) return account;
    await store.accounts.update(account.id, { hold: undefined });
    await record(operator, store, {
      kind: "hold.cleared",
      accountId: account.id,
      message: `Account ${name} was released; it was held by ${account.hold.by}: ${account.hold.why}`,
    });
    return { ...account, hold: undefined };
  });
}
