import { isDeepStrictEqual } from "node:util";
import type { ProxyId } from "../../../lib/domain/ids.ts";
import { healthKeptMs, type ProxyHealth } from "../../../lib/domain/proxy/proxy-health.ts";
import type { Instant } from "../../../lib/domain/time.ts";
import type { Change } from "../../../lib/domain/verdict/change.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { keepIncident, writeAcceptance, writeReputation } from "./reputations.ts";
import { byText, itemAt, itemsAt, replaceAt } from "./rows.ts";
import type { Memory } from "./state.ts";

/** What hosts have said within the last days, of one proxy or of all. */
export function recentHealth({ state, now }: Memory, id?: ProxyId): readonly ProxyHealth[] {
  const rows = id === undefined ? state.health : itemsAt(state.health, "proxy", ({ proxyId }) => proxyId, id);
  return rows
    .filter((row) => isRecent(row, now()))
    .toSorted(byText((row) => `${row.proxyId} ${row.hostKey}`));
}

/** Writes each change where its row is as expected. */
export function memoryApply(
  memory: Memory,
  tables: Pick<Store, "history" | "proxies" | "accounts">,
): Store["apply"] {
  return async (changes) => {
    const dropped: Change[] = [];
    for (const change of changes) {
      if (change.on === "incident" && !keepIncident(memory, change.next)) continue;
      if (!write(memory, change)) dropped.push(change);
      else if ("event" in change && change.event !== undefined) await tables.history.append(change.event);
      if (change.on !== "check") continue;
      const { check, assignmentId } = change;
      await tables.proxies.recordCheck(check);
      if (assignmentId !== undefined)
        await tables.accounts.updateAssignment(assignmentId, { lastCheckedAt: check.at });
    }
    return dropped;
  };
}

function write(memory: Memory, change: Change): boolean {
  switch (change.on) {
    case "assignment":
      return writeAssignment(memory, change);
    case "proxy":
      return writeProxy(memory, change);
    case "health":
      return writeHealth(memory, change);
    case "reputation":
      return writeReputation(memory, change);
    case "acceptance":
      return writeAcceptance(memory, change);
    default:
      return true;
  }
}

type On<K extends Change["on"]> = Extract<Change, { readonly on: K }>;

function writeAssignment({ state }: Memory, { id, expected, next }: On<"assignment">): boolean {
  const now = itemAt(state.assignments, "id", (one) => one.id, id);
  if (now === undefined) return false;
  const { status, failures, cooldownUntil } = now;
  if (!isDeepStrictEqual({ status, failures, cooldownUntil }, { ...expected })) return false;
  const { lastLeasedAt = now.lastLeasedAt, ...verdict } = next;
  replaceAt(state.assignments, ["id", (one) => one.id, id], (one) => ({ ...one, ...verdict, lastLeasedAt }));
  return true;
}

function writeProxy({ state }: Memory, { id, expected, next, pin }: On<"proxy">): boolean {
  const now = itemAt(state.proxies, "id", (one) => one.id, id);
  if (now?.state !== expected.state || now.revision !== expected.revision) return false;
  const isPinned = pin !== undefined && now.expectedIp === undefined;
  const pinned = isPinned ? ({ expectedIp: pin, expectedIpSource: "first-proof" } as const) : {};
  replaceAt(state.proxies, ["id", (one) => one.id, id], (one) => ({ ...one, ...next, ...pinned }));
  return true;
}

function writeHealth({ state, now }: Memory, { expected, next }: On<"health">): boolean {
  if (itemAt(state.proxies, "id", (one) => one.id, next.proxyId) === undefined) return false;
  const rows = itemsAt(state.health, "proxy", ({ proxyId }) => proxyId, next.proxyId);
  const present = rows.find(({ hostKey }) => hostKey === next.hostKey);
  if (present !== undefined && isRecent(present, now()) && present.state !== expected) return false;
  // What other hosts said long ago stays where it is: nobody is told of it.
  if (present === undefined) state.health.push(next);
  else
    replaceAt(state.health, ["proxy", ({ proxyId }) => proxyId, next.proxyId], (row) =>
      row === present ? next : row,
    );
  return true;
}

function isRecent({ since, lastOkAt }: ProxyHealth, nowMs: number): boolean {
  return Math.max(since, lastOkAt ?? (0 as Instant)) > nowMs - healthKeptMs;
}
