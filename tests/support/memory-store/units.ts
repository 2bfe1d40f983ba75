import type { UnitKey } from "../../../lib/domain/run/unit-key.ts";
import type { UnitRequest } from "../../../lib/domain/run/unit-wish.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { MoveStore } from "../../../lib/ports/store/move-store.ts";
import type { RequestStore } from "../../../lib/ports/store/request-store.ts";
import type { TrafficStore } from "../../../lib/ports/store/traffic-store.ts";
import type { UnitStore } from "../../../lib/ports/store/unit-store.ts";
import { byText, itemAt, itemsAt, replaceAt } from "./rows.ts";
import type { LeaseRow, Memory } from "./state.ts";

const openForMs = 60_000;

export function memoryUnits(memory: Memory): UnitStore {
  return {
    wish: async (key) => memory.state.wishes.get(key),
    wishes: async (keys) =>
      [...memory.state.wishes.values()]
        .filter(({ unitKey }) => keys === undefined || keys.includes(unitKey))
        .toSorted(byText(({ unitKey }) => unitKey)),
    want: async (wish) => {
      memory.state.wishes.set(wish.unitKey, { ...wish, at: instant(memory.now()) });
    },
  };
}

export function memoryRequests(memory: Memory): RequestStore {
  return {
    add: async (request) => {
      if (memory.state.requests.some(({ id }) => id === request.id)) return;
      memory.state.requests.push({ ...request, at: instant(memory.now()), answer: undefined });
    },
    pending: async (keys, held = keys) =>
      memory.state.requests
        .filter(
          ({ unitKey, at, answer }) =>
            keys.includes(unitKey) &&
            answer === undefined &&
            at > memory.now() - openForMs &&
            (held.includes(unitKey) || leasesOf(memory, unitKey).length === 0),
        )
        .slice(0, 100)
        .map((request) => ({ ...request, isBeforeRun: isBeforeRun(memory, request) })),
    answer: async (id, answer) => {
      const found = itemAt(memory.state.requests, "id", (each) => each.id, id);
      if (found === undefined || found.answer !== undefined) return false;
      replaceAt(memory.state.requests, ["id", (each) => each.id, id], (each) => ({ ...each, answer }));
      return true;
    },
    find: async (id) => memory.state.requests.find((each) => each.id === id),
  };
}

function isBeforeRun(memory: Memory, { unitKey, at }: UnitRequest): boolean {
  const leases = leasesOf(memory, unitKey);
  return leases.length > 0 && leases.every(({ acquiredAt }) => at < acquiredAt);
}

function leasesOf({ state }: Memory, unit: UnitKey): readonly LeaseRow[] {
  return itemsAt(state.leases, "unit", ({ unitKey }) => unitKey, unit);
}

export function memoryMoves(memory: Memory): MoveStore {
  return {
    read: async () => memory.state.move,
    write: async (move) => {
      memory.state.move = move;
    },
    holdPool: async () => {},
  };
}

export function memoryTraffic(memory: Memory): TrafficStore {
  return {
    add: async (accountId, traffic) => {
      const month = new Date(memory.now()).toISOString().slice(0, 7);
      const rows = memory.state.traffic;
      for (const added of traffic) {
        const present = itemsAt(rows, "account", (row) => row.accountId, accountId).find(
          (row) => row.month === month && row.venue === added.venue,
        );
        const { tunnels = 0, bytesUp = 0, bytesDown = 0 } = present ?? {};
        const row = {
          accountId,
          month,
          venue: added.venue,
          tunnels: tunnels + added.tunnels,
          bytesUp: bytesUp + added.bytesUp,
          bytesDown: bytesDown + added.bytesDown,
        };
        if (present === undefined) rows.push(row);
        else rows[rows.indexOf(present)] = row;
      }
    },
    read: async (accountId) =>
      memory.state.traffic
        .filter((row) => row.accountId === accountId)
        .toSorted(
          (a, b) =>
            b.month.localeCompare(a.month) ||
            b.bytesUp + b.bytesDown - a.bytesUp - a.bytesDown ||
            (a.venue < b.venue ? -1 : 1),
        )
        .map(({ accountId: _of, ...row }) => row),
  };
}
