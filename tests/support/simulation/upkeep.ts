import type { Assignment } from "../../../lib/domain/assignment.ts";
import { nextReputation } from "../../../lib/policy/reputation/reputation.ts";
import type { Desk } from "./desk.ts";
import { at, type SimAccount } from "./layout.ts";
import type { World } from "./world.ts";

/** What launchers credit from time to time: clean use of exits that something is held against. */
export function creditCleanUse(
  desk: Desk,
  isRunning: (account: SimAccount) => boolean,
  forMs: number,
  nowS: number,
): void {
  const { database } = desk;
  for (const { exitKey, account } of database.holdings.values()) {
    const key = `${exitKey} ${account.venue}`;
    const row = database.reputations.get(key);
    if (row === undefined || !isRunning(account)) continue;
    database.reputations.set(
      key,
      nextReputation(row, { type: "used-cleanly", cleanMs: forMs }, desk.moment(nowS)),
    );
  }
}

/** The operator's round: what does not come back by itself is brought back once its reason is gone. */
export function mend(desk: Desk, world: World, nowS: number): void {
  const { reputations, assignments, proxies, health } = desk.database;
  const active = world.active(nowS);
  const isBad = (proxy: string) => active.some((fault) => "proxy" in fault && fault.proxy === proxy);
  for (const [key, row] of reputations) {
    const isRefused = active.some((fault) => fault.kind === "exit" && fault.exitKey === row.exitKey);
    if (row.state !== "clear" && row.untilAt === undefined && !isRefused)
      reputations.set(key, nextReputation(row, { type: "revived" }, desk.moment(nowS)));
  }
  for (const [id, row] of assignments) {
    const back = { ...row, status: "standby", failures: 0, cooldownUntil: undefined } as const;
    if (isEndless(row)) assignments.set(id, back);
  }
  for (const [id, row] of proxies) {
    if (row.state === "drifted" && !isBad(id))
      proxies.set(id, { ...row, state: "ok", nextProbeAt: undefined });
  }
  for (const [key, row] of health) if (row.state === "auth_failed" && !isBad(row.proxyId)) health.delete(key);
}

/** Accounts that are on one exit at one venue together. */
export function togetherOn({ database }: Desk): readonly string[] {
  const seen = new Map<string, string>();
  return [...database.holdings.values()].flatMap(({ exitKey, account: { account, venue } }) => {
    const key = `${exitKey} at ${venue}`;
    const other = seen.get(key);
    seen.set(key, account.name);
    return other === undefined ? [] : [`${other} and ${account.name} are both on ${key}`];
  });
}

/** An exit that an account without one could have, by rules of its own: nothing is held against it, and nobody is on it. */
export function freeBeside(
  desk: Desk,
  account: SimAccount,
  excluded: ReadonlyMap<string, unknown>,
  nowS: number,
): string | undefined {
  const now = at(nowS);
  const troubled = desk.vendorsInTrouble(account, nowS);
  const free = desk.database
    .candidates(account)
    .find(({ assignment, proxy, health, reputations, exitHeldBy }) => {
      const isOut = isEndless(assignment) || (assignment.cooldownUntil ?? now) > now;
      const isHeldAgainst = reputations.some(
        ({ state, untilAt }) =>
          state !== "clear" && state !== "probation" && (untilAt ?? Number.POSITIVE_INFINITY) > now,
      );
      const isSilent = health.some(
        ({ state, nextProbeAt }) =>
          state === "auth_failed" || (state === "down" && (nextProbeAt ?? now) > now),
      );
      const isFree = exitHeldBy === undefined && !excluded.has(proxy.id) && proxy.state === "ok";
      return isFree && !isOut && !isHeldAgainst && !isSilent && !troubled.includes(proxy.provider ?? "");
    });
  return free?.proxy.label;
}

// Only an operator brings it back.
function isEndless({ status, cooldownUntil }: Pick<Assignment, "status" | "cooldownUntil">): boolean {
  return status === "quarantined" || (status === "burned" && cooldownUntil === undefined);
}
