import { isDeepStrictEqual } from "node:util";
import type { Account } from "../../../lib/domain/account.ts";
import type { AccountId } from "../../../lib/domain/ids.ts";
import { exitKeyOf } from "../../../lib/domain/ip.ts";
import type { Incident } from "../../../lib/domain/reputation/incident.ts";
import type { Registration } from "../../../lib/domain/reputation/registration.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { Change } from "../../../lib/domain/verdict/change.ts";
import type { AccountStore } from "../../../lib/ports/store/account-store.ts";
import type { EvidenceStore } from "../../../lib/ports/store/reputation/evidence-store.ts";
import type { ReputationStore } from "../../../lib/ports/store/reputation/reputation-store.ts";
import { byText, itemAt, itemsAt, replaceAt } from "./rows.ts";
import type { Memory } from "./state.ts";

type On<K extends Change["on"]> = Extract<Change, { readonly on: K }>;

export function memoryEvidence(memory: Memory): EvidenceStore {
  return {
    append: async (rows) => {
      const storedAt = instant(memory.now());
      memory.state.evidence.push(...rows.map((row) => ({ row: structuredClone(row), storedAt })));
    },
    list: async ({ accountId, exitKey, withinMs = Number.POSITIVE_INFINITY, limit }) =>
      memory.state.evidence
        .filter(({ row }) => accountId === undefined || row.accountId === accountId)
        .filter(({ row }) => exitKey === undefined || (row.exitIp && exitKeyOf(row.exitIp)) === exitKey)
        .filter(({ storedAt }) => storedAt > memory.now() - withinMs)
        .toReversed()
        .slice(0, limit)
        .map(({ row }) => row),
    keep: async (days) => {
      const before = memory.now() - days * 86_400_000;
      memory.state.evidence = memory.state.evidence.filter(({ storedAt }) => storedAt >= before);
    },
  };
}

export function memoryReputations(memory: Memory): ReputationStore {
  return {
    list: async ({ exitKeys, venues } = {}) =>
      (exitKeys === undefined
        ? memory.state.reputations
        : [...new Set(exitKeys)].flatMap((key) =>
            itemsAt(memory.state.reputations, "exit", ({ exitKey }) => exitKey, key),
          )
      )
        .filter(({ venue }) => venues === undefined || venues.includes(venue))
        .toSorted(byText(({ venue, exitKey }) => `${venue} ${exitKey}`)),
    acceptances: async ({ accountId }) =>
      itemsAt(memory.state.acceptances, "account", (row) => row.accountId, accountId).toSorted(
        byText(({ venue, exitKey }) => `${venue} ${exitKey}`),
      ),
    incidents: async () => openIncidents(memory),
  };
}

export function memoryRegistrations(memory: Memory): Pick<AccountStore, "register" | "registrations"> {
  return {
    register: async (accountId, { exitIps, at, by }) => {
      const { registrations } = memory.state;
      const isLive = (row: Registration) => row.until === undefined;
      const kept = registrationsOf(memory, accountId)
        .filter(isLive)
        .map(({ exitIp }) => exitIp);
      replaceAt(registrations, ["account", (row) => row.accountId, accountId], (row) =>
        isLive(row) && !exitIps.includes(row.exitIp) ? { ...row, until: at } : row,
      );
      for (const exitIp of new Set(exitIps))
        if (!kept.includes(exitIp))
          registrations.push({
            accountId,
            exitIp,
            exitKey: exitKeyOf(exitIp),
            from: at,
            until: undefined,
            by,
          });
    },
    registrations: async (accountId) => registrationsOf(memory, accountId),
  };
}

/** Those of now and of before. */
export function registrationsOf({ state }: Memory, account: AccountId): readonly Registration[] {
  return itemsAt(state.registrations, "account", ({ accountId }) => accountId, account);
}

/** What of an account and of the exit that a candidate had last is read with the facts. */
export function venueFacts({ state }: Memory, account: Account, exitKey: string | undefined) {
  const isAny = account.venues.some((venue) => venue === "any");
  return {
    reputations: itemsAt(state.reputations, "exit", (row) => row.exitKey, exitKey ?? "")
      .filter((row) => isAny || account.venues.includes(row.venue))
      .toSorted(byText(({ venue }) => venue)),
    acceptances: itemsAt(state.acceptances, "account", (row) => row.accountId, account.id)
      .filter((row) => row.exitKey === exitKey)
      .toSorted(byText(({ venue }) => venue)),
  };
}

export function openIncidents({ state, now }: Memory): readonly Incident[] {
  return state.incidents
    .filter(({ untilAt }) => untilAt > now())
    .toSorted(byText(({ kind, name }) => `${kind} ${name}`));
}

/** True when nobody had seen it before. */
export function keepIncident(memory: Memory, incident: Incident): boolean {
  const isSame = ({ kind, name }: Incident) => kind === incident.kind && name === incident.name;
  const open = openIncidents(memory).find(isSame);
  const others = memory.state.incidents.filter((row) => !isSame(row));
  const untilAt = instant(Math.max(open?.untilAt ?? 0, incident.untilAt));
  memory.state.incidents = [...others, { ...incident, since: open?.since ?? incident.since, untilAt }];
  return open === undefined;
}

export function writeReputation({ state }: Memory, { expected, next }: On<"reputation">): boolean {
  const isSame = (row: typeof next) => row.exitKey === next.exitKey && row.venue === next.venue;
  const present = itemsAt(state.reputations, "exit", (row) => row.exitKey, next.exitKey).find(isSame);
  const compared = ({ state, failures, untilAt }: NonNullable<typeof expected>) => [state, failures, untilAt];
  const clear = { state: "clear", failures: 0, untilAt: undefined } as const;
  if (!isDeepStrictEqual(compared(present ?? clear), compared(expected ?? clear))) return false;
  if (present === undefined) state.reputations.push(next);
  else
    replaceAt(state.reputations, ["exit", (row) => row.exitKey, next.exitKey], (row) =>
      row === present ? next : row,
    );
  return true;
}

export function writeAcceptance({ state }: Memory, { expected, next }: On<"acceptance">): boolean {
  const isSame = (row: typeof next) =>
    row.accountId === next.accountId && row.venue === next.venue && row.exitKey === next.exitKey;
  if (itemAt(state.accounts, "id", ({ id }) => id, next.accountId) === undefined) return false;
  const present = itemsAt(state.acceptances, "account", (row) => row.accountId, next.accountId).find(isSame);
  if (present?.state !== expected) return false;
  if (present === undefined) state.acceptances.push(next);
  else
    replaceAt(state.acceptances, ["account", (row) => row.accountId, next.accountId], (row) =>
      row === present ? next : row,
    );
  return true;
}
